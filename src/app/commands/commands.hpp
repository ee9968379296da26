#pragma once
// The commands of the program, one file each. Every add_... function declares its options and sets Program::action.

#include "app/program.hpp"

namespace gsdb::app {

void add_commands(CLI::App& app, Program& program);

void add_up_commands(CLI::App& app, Program& program);      // up, serve, down, status
void add_index_command(CLI::App& app, Program& program);    // index
void add_code_commands(CLI::App& app, Program& program);    // code calls
void add_code_questions(CLI::App& code, Program& program);  // code callers, callees, impact, path, ...
void add_code_history(CLI::App& code, Program& program);    // code hotspots, owners, cochange
void add_code_context(CLI::App& code, Program& program);    // code context, explain
void add_code_diff(CLI::App& code, Program& program);       // code diff
void add_code_packages(CLI::App& code, Program& program);   // code packages
void add_code_quality(CLI::App& code, Program& program);    // code duplicates, report
void add_code_issues(CLI::App& code, Program& program);     // code issues, check, suppress, unsuppress
void add_code_rules(CLI::App& code, Program& program);      // code rule list, show, add, ...
void add_code_plugins(CLI::App& code, Program& program);    // code plugin list, check
void add_sql_command(CLI::App& app, Program& program);      // sql
void add_db_commands(CLI::App& app,
                     Program& program);  // db init, status, migrate, rollback, verify, doctor, lint, psql
void add_backup_commands(CLI::App& db, Program& program);               // db backup, restore, verify-backup
void add_doctor_command(CLI::App& db, Program& program);                // db doctor
void add_generate_command(CLI::App& db, Program& program);              // db generate
void add_maintenance_commands(CLI::App& db, Program& program);          // db maintain, maintenance
void add_task_commands(CLI::App& app, Program& program);                // task submit, list, show, ...
void add_workflow_commands(CLI::App& app, Program& program);            // workflow start, list, show, ...
void add_workflow_gate_commands(CLI::App& workflow, Program& program);  // workflow gate list, set, remove
void add_service_commands(CLI::App& app, Program& program);             // service connect, list, disconnect
void add_key_commands(CLI::App& app, Program& program);                 // key create, list, revoke
void add_settings_commands(CLI::App& app, Program& program);            // settings, completions, reference

}  // namespace gsdb::app
