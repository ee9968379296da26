#include "app/commands/commands.hpp"

#include "app/commands/events.hpp"

namespace gsdb::app {

void add_commands(CLI::App& app, Program& program) {
    add_up_commands(app, program);
    add_index_command(app, program);
    add_code_commands(app, program);
    add_sql_command(app, program);
    add_db_commands(app, program);
    add_events_commands(app, program);
    add_task_commands(app, program);
    add_workflow_commands(app, program);
    add_service_commands(app, program);
    add_key_commands(app, program);
    add_settings_commands(app, program);
}

}  // namespace gsdb::app
