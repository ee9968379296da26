// gsdb db ...: what an administrator does with the databases.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/findings.hpp"
#include "app/installation.hpp"
#include "app/migration_progress.hpp"
#include "app/module_list.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/run_task.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

struct MigrateArguments {
    bool dry_run = false, allow_contract = false;
    std::string module;
    int up_to = 0;
};

migrate::MigrateOptions migrate_options(const Program& program, const MigrateArguments& arguments) {
    return {.program_version = std::string(program_version),
            .allow_contract = arguments.allow_contract,
            .module = arguments.module.empty() ? std::nullopt : std::optional(arguments.module),
            .up_to = arguments.up_to == 0 ? std::nullopt : std::optional(arguments.up_to),
            .progress = show_migration(program)};
}

// --- init
// -------------------------------------------------------------------------------------------------------------

ExitCode init(const Program& program) {
    auto server = DatabaseServer::open(program);
    auto installed = install(program, *server);
    std::string text;
    for (const auto& change : installed.changes) text += change + "\n";
    for (const auto& step : installed.applied) text += fmt::format("applied {}\n", step);
    if (text.empty()) text = "nothing to do: everything is there and current\n";
    json::array changes(installed.changes.begin(), installed.changes.end());
    json::array applied(installed.applied.begin(), installed.applied.end());
    program.answer({{"changes", std::move(changes)}, {"applied", std::move(applied)}}, text);
    return ExitCode::ok;
}

// --- status
// -----------------------------------------------------------------------------------------------------------

std::string module_state(const migrate::ModuleStatus& module) {
    if (!module.pending.empty()) return fmt::format("{} pending", module.pending.size());
    if (module.routines_pending > 0) return fmt::format("{} routines pending", module.routines_pending);
    if (module.drifted.value_or(0) > 0) return fmt::format("{} objects drifted", *module.drifted);
    return "current";
}

json::value to_json(const migrate::DatabaseStatus& database) {
    json::array modules;
    for (const auto& m : database.modules)
        modules.push_back({{"module", m.module},
                           {"version", m.version},
                           {"applied", m.applied},
                           {"pending", json::value_from(m.pending)},
                           {"routines_pending", m.routines_pending},
                           {"state", module_state(m)},
                           {"applied_at", m.applied_at ? json::value(to_rfc3339(*m.applied_at)) : json::value(nullptr)},
                           {"program_version", m.program_version}});
    return {{"database", database.database},
            {"exists", database.exists},
            {"size_bytes", database.size_bytes},
            {"current", database.is_current()},
            {"modules", std::move(modules)},
            {"refusal", database.refusal ? app::to_json(*database.refusal).at("error") : json::value(nullptr)}};
}

ExitCode status(const Program& program) {
    auto server = DatabaseServer::open(program);
    auto databases = run_task(make_migrator(*server).status());
    Table table({"database", "size", "module", "version", "state"});
    json::array list;
    bool is_current = true;
    for (const auto& database : databases) {
        is_current &= database.is_current();
        list.push_back(to_json(database));
        if (!database.exists) table.add({database.database, "", "", "", "missing"});
        for (const auto& module : database.modules)
            table.add({database.database, format_bytes(database.size_bytes), module.module, module.version,
                       database.refusal ? database.refusal->message : module_state(module)});
    }
    program.answer({{"current", is_current}, {"databases", std::move(list)}}, table.text());
    return is_current ? ExitCode::ok : ExitCode::problems;
}

// --- migrate, rollback
// --------------------------------------------------------------------------------------------------

ExitCode show_plan(const Program& program, const DatabaseServer& server, migrate::MigrateOptions options) {
    auto plans = run_task(make_migrator(server).plan(std::move(options)));
    std::string text;
    json::array list;
    for (const auto& plan : plans) {
        if (!plan.sql.empty()) text += fmt::format("-- {}\n{}\n", plan.database, plan.sql);
        for (const auto& held : plan.held)
            text += fmt::format("-- {}: {} is held back: {}\n", plan.database, held.step, held.reason);
        list.push_back({{"database", plan.database}, {"sql", plan.sql}});
    }
    program.answer({{"databases", std::move(list)}}, text.empty() ? "-- nothing to do\n" : text);
    return ExitCode::ok;
}

ExitCode migrate_all(const Program& program, const MigrateArguments& arguments) {
    if (arguments.up_to != 0 && arguments.module.empty())
        throw Failure({.code = "usage",
                       .message = "--to needs --module",
                       .hint = "gsdb db migrate --module identity --to 3",
                       .exit_code = ExitCode::usage});
    auto server = DatabaseServer::open(program);
    auto options = migrate_options(program, arguments);
    if (arguments.dry_run) return show_plan(program, *server, std::move(options));
    auto done = run_task(make_migrator(*server).migrate(std::move(options)));
    let_reader_see_all(program, *server);
    Table table({"database", "step", "ms"});
    std::string held;
    json::array list;
    for (const auto& database : done) {
        json::array applied;
        for (const auto& step : database.applied) {
            table.add({database.database, step.step, std::to_string(step.milliseconds)});
            applied.push_back({{"step", step.step}, {"milliseconds", step.milliseconds}});
        }
        for (const auto& routine : database.routines) table.add({database.database, "routine " + routine, ""});
        for (const auto& h : database.held)
            held += fmt::format("held back: {} {}: {}\n", database.database, h.step, h.reason);
        list.push_back({{"database", database.database},
                        {"applied", std::move(applied)},
                        {"routines", json::value_from(database.routines)}});
    }
    program.answer({{"databases", std::move(list)}},
                   (table.empty() ? "nothing to do: every database is current\n" : table.text()) + held);
    return ExitCode::ok;
}

ExitCode rollback(const Program& program, const std::string& module, bool dry_run) {
    auto server = DatabaseServer::open(program);
    auto migrator = make_migrator(*server);
    auto undone = dry_run ? run_task(migrator.plan_rollback(module))
                          : run_task(migrator.rollback(module, migrate_options(program, {})));
    json::value document{{"database", undone.database}, {"step", undone.step}, {"sql", undone.sql}, {"done", !dry_run}};
    program.answer(document, dry_run
                                 ? fmt::format("-- {}: would undo {}\n{}\n", undone.database, undone.step, undone.sql)
                                 : fmt::format("{}: undid {}\n", undone.database, undone.step));
    return ExitCode::ok;
}

// --- verify, lint
// -----------------------------------------------------------------------------------------------

ExitCode verify(const Program& program) {
    auto server = DatabaseServer::open(program);
    return report_findings(program, run_task(make_migrator(*server).verify()),
                           "verified: every database is as recorded");
}

ExitCode lint(const Program& program) {
    auto server = DatabaseServer::open(program);
    return report_findings(program, run_task(make_migrator(*server).lint()), "lint: nothing found");
}

// --- psql
// ---------------------------------------------------------------------------------------------------------------

/// Runs psql and waits for it, because an embedded server that was started for it goes with this process.
ExitCode open_psql(const Program& program, const std::string& name, const std::vector<std::string>& arguments) {
    auto server = DatabaseServer::open(program);
    const auto* target = server->layout().target_of_database(name);
    auto options = server->administrator(target ? target->database : name);
    if (!options.password.empty()) setenv("PGPASSWORD", options.password.c_str(), 1);
    std::vector<std::string> words{"psql",       "-h", options.host,    "-p", std::to_string(options.port), "-U",
                                   options.user, "-d", options.database};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    auto child = fork();
    if (child == 0) {
        execvp("psql", argv.data());
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        throw Failure({.code = "db.no_psql",
                       .message = "psql is not installed",
                       .detail = "",
                       .hint = "apt-get install postgresql-client",
                       .exit_code = ExitCode::unavailable});
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ExitCode::ok : ExitCode::failed;
}

void add_simple(CLI::App& db, Program& program, const char* name, const char* description,
                ExitCode (*run)(const Program&)) {
    db.add_subcommand(name, description)->callback([&program, run] {
        program.action = [&program, run] { return run(program); };
    });
}

}  // namespace

void add_db_commands(CLI::App& app, Program& program) {
    auto* db = app.add_subcommand("db", "Create, migrate, check and open the databases");
    db->require_subcommand(1);
    auto* init_command = db->add_subcommand("init",
                                            "Create roles, databases and schemas on the server that GSDB_DATABASE_URL "
                                            "names, or on the embedded one; changes nothing that is there");
    add_setting_option(*init_command, program, settings::database_layout, "--layout");
    add_setting_option(*init_command, program, settings::database_name, "--name");
    init_command->callback([&program] { program.action = [&program] { return init(program); }; });
    add_simple(*db, program, "status", "Show version, size and state of every database and module", status);
    add_simple(*db, program, "verify", "Compare every database with what was recorded of it", verify);
    add_simple(*db, program, "lint", "Check the schemas against the house rules", lint);
    add_doctor_command(*db, program);
    add_maintenance_commands(*db, program);
    add_generate_command(*db, program);

    auto* migrate = db->add_subcommand("migrate", "Apply what is pending");
    auto arguments = std::make_shared<MigrateArguments>();
    migrate->add_flag("--dry-run", arguments->dry_run, "Print the SQL that would run");
    migrate->add_flag("--allow-contract", arguments->allow_contract,
                      "Also run steps that take away what old programs use");
    migrate->add_option("--module", arguments->module, "Only this module");
    migrate->add_option("--to", arguments->up_to, "Up to this version of the module")->check(CLI::PositiveNumber);
    migrate->callback(
        [&program, arguments] { program.action = [&program, arguments] { return migrate_all(program, *arguments); }; });

    auto* undo = db->add_subcommand("rollback", "Undo the last step of a module");
    auto module = std::make_shared<std::string>();
    auto dry_run = std::make_shared<bool>(false);
    undo->add_option("module", *module, "identity, projects, codebase, base")->required();
    undo->add_flag("--dry-run", *dry_run, "Print the SQL that would run");
    undo->callback([&program, module, dry_run] {
        program.action = [=, &program] { return rollback(program, *module, *dry_run); };
    });

    add_backup_commands(*db, program);

    auto* psql = db->add_subcommand("psql", "Open psql on a database; what follows -- goes to psql");
    auto database = std::make_shared<std::string>("codebase_db");
    auto rest = std::make_shared<std::vector<std::string>>();
    psql->add_option("database", *database, "Which database")->capture_default_str();
    psql->add_option("arguments", *rest, "For psql");
    psql->callback([&program, database, rest] {
        program.action = [=, &program] { return open_psql(program, *database, *rest); };
    });
}

}  // namespace gsdb::app
