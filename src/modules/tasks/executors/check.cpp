#include "modules/tasks/executors/check.hpp"

#include "modules/tasks/executors/command.hpp"
#include "modules/tasks/executors/configuration.hpp"
#include "modules/tasks/executors/http_call.hpp"
#include "modules/tasks/executors/sql_statement.hpp"

namespace gsdb::tasks {

Result<void> check_configuration(std::string_view executor, const std::string& configuration,
                                 const std::string& input) {
    try {
        const Configuration is_object("input", input);
        if (executor == "command")
            read_command(configuration);
        else if (executor == "http")
            read_http_call(configuration, input);
        else if (executor == "sql")
            read_sql_statement(configuration);
        return {};
    } catch (const InvalidInput& problem) {
        return std::unexpected(Error{.code = "tasks.bad_configuration",
                                     .message = problem.what(),
                                     .detail = "",
                                     .hint = "correct it; docs/guides/tasks.md lists what each executor takes",
                                     .exit_code = ExitCode::usage});
    }
}

}  // namespace gsdb::tasks
