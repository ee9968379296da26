// gsdb db backup, restore, verify-backup.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/findings.hpp"
#include "app/installation.hpp"
#include "app/interruption.hpp"
#include "app/module_list.hpp"
#include "app/progress.hpp"
#include "app/running.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "backup/recovery.hpp"
#include "backup/restoration.hpp"
#include "backup/trial_server.hpp"
#include "base/moment.hpp"
#include "base/run_task.hpp"
#include "crypto/secret_file.hpp"
#include "migrate/integrity.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace fs = std::filesystem;

namespace {

// ---- what the three have in common -------------------------------------------------------------------------------

fs::path default_key_file(const Program& program) {
    return home_of(program).secrets() / "backup.key";
}

/// To open a backup with: the file that is named, or the home's own when there is one.
std::optional<crypto::KeyRing> opening_keys(const Program& program, const std::string& key_file) {
    const auto path = key_file.empty() ? default_key_file(program) : fs::path(key_file);
    if (key_file.empty() && !fs::exists(path)) return std::nullopt;
    return value_or_throw(crypto::KeyRing::parse(value_or_throw(crypto::read_secret_file(path)), path.string()));
}

const crypto::KeyRing* pointer_to(const std::optional<crypto::KeyRing>& keys) {
    return keys ? &*keys : nullptr;
}

backup::Progress show_progress(const Program& program, std::string label) {
    const auto output = progress_output(program);
    auto bar = std::make_shared<ProgressBar>(std::move(label), output);
    return [bar](std::int64_t done, std::int64_t total, std::string_view database) {
        bar->update(done, total, fmt::format("{} {}", format_bytes(done), database));
    };
}

backup::CheckProgress show_check(const Program& program) {
    return
        [show = show_progress(program, "checking")](std::int64_t done, std::int64_t total) { show(done, total, ""); };
}

backup::ClientProgram client(const Program& program, std::string_view name, int major) {
    return value_or_throw(
        backup::find_client_program(name, major, program.settings.get(settings::postgres_bindir), std::getenv));
}

std::string absolute(const std::string& path) {
    auto whole = fs::absolute(path).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).string();
}

json::array databases_json(const backup::Manifest& manifest) {
    json::array list;
    for (const auto& database : manifest.databases)
        list.push_back({{"database", database.database},
                        {"file", database.file},
                        {"tables", database.tables.size()},
                        {"rows", database.rows()},
                        {"dump_bytes", database.dump_bytes},
                        {"bytes", database.file_facts.bytes}});
    return list;
}

// ---- backup ----------------------------------------------------------------------------------------------------

struct BackupArguments {
    std::string to, key_file;
    bool encrypt = false;
};

/// 2026-11-26T14-05-09Z below the home, or below the folder that is named; a name that is not there is the backup's.
fs::path place_of(const Program& program, const std::string& to) {
    const auto now = to_rfc3339(SystemClock().now());
    auto name = now.substr(0, 19) + "Z";
    std::ranges::replace(name, ':', '-');
    if (to.empty()) return home_of(program).root() / "backups" / name;
    const fs::path given = absolute(to);
    const bool is_backup = fs::exists(given / "manifest.sha256");
    return fs::is_directory(given) && !is_backup ? given / name : given;
}

std::optional<crypto::KeyRing> sealing_keys(const Program& program, const BackupArguments& arguments) {
    if (!arguments.encrypt) return std::nullopt;
    if (!arguments.key_file.empty()) return opening_keys(program, arguments.key_file);
    const auto path = default_key_file(program);
    const bool is_new = !fs::exists(path);
    auto keys = value_or_throw(crypto::KeyRing::open_or_create(path));
    if (is_new)
        program.note(
            fmt::format("made the key {}: keep a copy elsewhere, without it no encrypted backup opens", path.string()));
    return keys;
}

int server_major(const backup::Source& source, const std::string& database) {
    return run_task([](migrate::Connector connect, std::string name) -> Task<int> {
        const auto connection = co_await connect(std::move(name));
        co_return connection->server_version() / 10000;
    }(source.connector(), database));
}

ExitCode make(const Program& program, const BackupArguments& arguments) {
    Interruption interruption;
    const auto place = place_of(program, arguments.to);
    const auto keys = sealing_keys(program, arguments);
    auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    const backup::Source source{server->layout(), server->administrator(server->maintenance_database())};
    run_task(backup::require_all_rows(source.connector(), server->maintenance_database()));
    const auto done = backup::make_backup(
        source, {.place = place,
                 .program_version = std::string(program_version),
                 .keys = pointer_to(keys),
                 .dump = client(program, "pg_dump", server_major(source, server->maintenance_database())),
                 .findings = run_task(make_migrator(*server).verify()),
                 .cancel = interruption.token(),
                 .progress = show_progress(program, "saving")});
    for (const auto& note : done.notes) program.note(note);
    const auto& manifest = done.manifest;
    Table table({"database", "tables", "rows", "dump", "stored"});
    for (const auto& d : manifest.databases)
        table.add({d.database, std::to_string(d.tables.size()), format_count(d.rows()), format_bytes(d.dump_bytes),
                   format_bytes(d.file_facts.bytes)});
    program.answer({{"backup", place.string()},
                    {"id", manifest.id},
                    {"created_at", manifest.created_at},
                    {"one_instant", manifest.one_instant},
                    {"spread_microseconds", manifest.spread.count()},
                    {"key_id", manifest.key_id},
                    {"rows", manifest.rows()},
                    {"bytes", manifest.stored_bytes()},
                    {"databases", databases_json(manifest)},
                    {"notes", json::value_from(done.notes)}},
                   fmt::format("{}{}\n", table.text(), place.string()));
    return ExitCode::ok;
}

// ---- restore ---------------------------------------------------------------------------------------------------

struct RestoreArguments {
    std::string path, key_file, into;
    bool replace = false;
    std::string to_time, to_position;
    bool latest = false;

    bool goes_back() const { return latest || !to_time.empty() || !to_position.empty(); }
};

/// Faults that were in the data when it was saved, as every table was compared. What was restored stays, whatever they
/// say.
migrate::Findings faults_in_data(const Program& program, const DatabaseServer& server, const migrate::Layout& layout) {
    try {
        return run_task(migrate::check_integrity(
            migrate::connector_to(server.administrator(server.maintenance_database())), layout));
    } catch (const Failure& failure) {
        program.note(fmt::format("the data was restored and not checked: {}", failure.what()));
        return {};
    }
}

backup::RecoveryTarget target_of(const RestoreArguments& arguments) {
    backup::RecoveryTarget target;
    auto refuse = [](std::string message, std::string hint) {
        return Failure(
            {.code = "usage", .message = std::move(message), .hint = std::move(hint), .exit_code = ExitCode::usage});
    };
    if (!arguments.to_time.empty()) {
        target.time = parse_moment(arguments.to_time);
        if (!target.time)
            throw refuse(fmt::format("{} is not a moment", arguments.to_time),
                         "give date, time and offset: '2026-11-26 14:05:09+00:00', 2026-11-26T14:05:09.25Z");
    }
    if (!arguments.to_position.empty()) {
        target.position = backup::LogPosition::parse(arguments.to_position);
        if (!target.position)
            throw refuse(fmt::format("{} is not a position in the log", arguments.to_position),
                         "as pg_current_wal_lsn() prints it: 0/1A2B3C4");
    }
    return target;
}

void refuse_while_serving(const Program& program) {
    const auto running = find_running(home_of(program));
    if (!running) return;
    throw Failure({.code = "backup.in_use",
                   .message = fmt::format("gsdb serves this home, process {}", running->pid),
                   .detail = "it would go on with connections to databases that are replaced",
                   .hint = "gsdb down, or restore beside them with --into NAME",
                   .exit_code = ExitCode::conflict});
}

/// The embedded server as it was: replayed on the side, then exchanged.
ExitCode go_back(const Program& program, const RestoreArguments& arguments) {
    const auto target = target_of(arguments);
    if (!uses_embedded_server(program))
        throw Failure({.code = "backup.not_embedded",
                       .message = "only the embedded server can be taken back to a moment",
                       .detail = "GSDB_DATABASE_URL names a server of your own",
                       .hint = "use that server's own archive; gsdb db restore PATH brings a backup back",
                       .exit_code = ExitCode::conflict});
    refuse_while_serving(program);
    Interruption interruption;
    const auto home = home_of(program);
    const auto done = backup::recover(
        home, target, {.bindir = program.settings.get(settings::postgres_bindir), .cancel = interruption.token()});
    auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    auto findings = run_task(make_migrator(*server).verify());
    std::ranges::move(faults_in_data(program, *server, server->layout()), std::back_inserter(findings));
    program.answer({{"target", target.describe()},
                    {"base", done.base.name},
                    {"replaced", done.replaced.string()},
                    {"findings", to_json(findings)}},
                   fmt::format("recovered to {} from the base backup {}\nwhat was there before: {} (until the next "
                               "recovery)\n{}",
                               target.describe(), done.base.name, done.replaced.string(), to_text(findings)));
    return ExitCode::ok;
}

void refuse_differences(const backup::Trial& trial) {
    if (trial.differences.empty()) return;
    throw Failure(
        {.code = "backup.differs",
         .message = fmt::format("what was restored is not what was saved, in {} tables", trial.differences.size()),
         .detail = fmt::format("{}", fmt::join(trial.differences, "; ")),
         .hint = "nothing was changed; use another backup",
         .exit_code = ExitCode::problems});
}

backup::RestoreOptions restore_options(const Program& program, const backup::Manifest& manifest,
                                       const Interruption& interruption) {
    return {.restore = client(program, "pg_restore", manifest.dump_major),
            .cancel = interruption.token(),
            .progress = show_progress(program, "restoring")};
}

ExitCode restore(const Program& program, const RestoreArguments& arguments) {
    if (arguments.goes_back()) return go_back(program, arguments);
    if (arguments.path.empty())
        throw Failure({.code = "usage",
                       .message = "what is to be restored?",
                       .hint = "gsdb db restore PATH, or --to-time, --to-lsn or --latest",
                       .exit_code = ExitCode::usage});
    if (arguments.into.empty()) refuse_while_serving(program);
    Interruption interruption;
    const auto keys = opening_keys(program, arguments.key_file);
    const backup::BackupFolder folder(absolute(arguments.path), pointer_to(keys));
    folder.check_files(interruption.token(), show_check(program));
    auto options = restore_options(program, folder.manifest(), interruption);
    options.replace = arguments.replace;
    auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    migrate::FileSecretStore secrets(server->home().secrets());
    const auto modules = module_schemas();
    const auto layout = server->layout().renamed([&](const std::string& name) {
        return arguments.into.empty() ? name : fmt::format("{}_{}", name, arguments.into);
    });
    const backup::Destination destination{.server = {layout, server->administrator(server->maintenance_database())},
                                          .maintenance_database = server->maintenance_database(),
                                          .secrets = &secrets,
                                          .modules = modules};
    backup::Restoration restoration(destination, folder, std::move(options));
    auto trial = restoration.fill();
    refuse_differences(trial);
    auto changes = restoration.take_place();
    if (arguments.into.empty()) std::ranges::move(let_reader_see_all(program, *server), std::back_inserter(changes));
    std::ranges::move(faults_in_data(program, *server, layout), std::back_inserter(trial.findings));
    for (const auto& note : trial.notes) program.note(note);
    std::string text;
    for (const auto& change : changes) text += change + "\n";
    text += fmt::format("{} rows as of {}\n", format_count(folder.manifest().rows()), folder.manifest().created_at);
    program.answer({{"backup", folder.path().string()},
                    {"created_at", folder.manifest().created_at},
                    {"rows", folder.manifest().rows()},
                    {"changes", json::value_from(changes)},
                    {"findings", to_json(trial.findings)},
                    {"notes", json::value_from(trial.notes)}},
                   text + to_text(trial.findings));
    return ExitCode::ok;
}

// ---- verify ----------------------------------------------------------------------------------------------------

struct VerifyArguments {
    std::string path, key_file;
    bool restore = false;
};

backup::Trial try_on(const backup::Destination& destination, const backup::BackupFolder& folder,
                     backup::RestoreOptions options) {
    return backup::Restoration(destination, folder, std::move(options)).fill();
}

/// On a server of its own, or in databases of passing names on the administrator's.
backup::Trial try_restore(const Program& program, const backup::BackupFolder& folder,
                          const Interruption& interruption) {
    const auto modules = module_schemas();
    auto options = restore_options(program, folder.manifest(), interruption);
    auto renamed = [&](const migrate::Layout& layout) {
        return layout.renamed([](const std::string& name) { return name + "_trial"; });
    };
    if (!uses_embedded_server(program)) {
        auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
        migrate::FileSecretStore secrets(server->home().secrets());
        return try_on({.server = {renamed(server->layout()), server->administrator(server->maintenance_database())},
                       .maintenance_database = server->maintenance_database(),
                       .secrets = &secrets,
                       .modules = modules},
                      folder, std::move(options));
    }
    const auto layout =
        folder.manifest().layout == migrate::LayoutKind::split ? migrate::Layout::split() : migrate::Layout::unified();
    const backup::TrialServer server(home_of(program), program.settings.get(settings::postgres_bindir),
                                     std::stoi(folder.manifest().server_version), interruption.token());
    backup::PassingSecretStore secrets;
    return try_on({.server = {renamed(layout), server.administrator()},
                   .maintenance_database = "postgres",
                   .secrets = &secrets,
                   .modules = modules},
                  folder, std::move(options));
}

ExitCode verify(const Program& program, const VerifyArguments& arguments) {
    Interruption interruption;
    const auto keys = opening_keys(program, arguments.key_file);
    const backup::BackupFolder folder(absolute(arguments.path), pointer_to(keys));
    folder.check_files(interruption.token(), show_check(program));
    backup::Trial trial;
    if (arguments.restore) trial = try_restore(program, folder, interruption);
    const auto& manifest = folder.manifest();
    const bool is_well = trial.differences.empty() && !migrate::has_problems(trial.findings);
    std::string text = to_text(trial.findings);
    for (const auto& difference : trial.differences) text += difference + "\n";
    if (is_well)
        text += fmt::format("{}: {} rows of {} {}\n", folder.path().string(), format_count(manifest.rows()),
                            manifest.created_at,
                            arguments.restore ? "were restored and are as they were saved"
                                              : "are whole (--restore also restores them for a trial)");
    program.answer({{"ok", is_well},
                    {"backup", folder.path().string()},
                    {"id", manifest.id},
                    {"created_at", manifest.created_at},
                    {"one_instant", manifest.one_instant},
                    {"rows", manifest.rows()},
                    {"restored", arguments.restore},
                    {"differences", json::value_from(trial.differences)},
                    {"findings", to_json(trial.findings)},
                    {"databases", databases_json(manifest)}},
                   text);
    return is_well ? ExitCode::ok : ExitCode::problems;
}

template <class Arguments>
void run_with(CLI::App& command, Program& program, const std::shared_ptr<Arguments>& arguments,
              ExitCode (*run)(const Program&, const Arguments&)) {
    command.callback([&program, arguments, run] {
        program.action = [&program, arguments, run] { return run(program, *arguments); };
    });
}

void add_key_option(CLI::App& command, std::string& key_file) {
    command.add_option("--key-file", key_file,
                       "0600 file of the key (openssl rand -hex 32); otherwise secrets/backup.key in the home folder");
}

/// Instead of a backup's folder; one of them at most.
void add_recovery_options(CLI::App& command, RestoreArguments& arguments) {
    const std::array options{
        command.add_option("--to-time", arguments.to_time,
                           "With postgres.archive, instead of a backup: the embedded server as it was at this moment, "
                           "with offset: '2026-11-26 14:05:09+00:00'"),
        command.add_option("--to-lsn", arguments.to_position, "As it was at this position of its log: 0/1A2B3C4"),
        static_cast<CLI::Option*>(command.add_flag("--latest", arguments.latest, "As the end of its log has it"))};
    for (auto* option : options) {
        for (const auto* name : {"path", "--into", "--replace"}) option->excludes(command.get_option(name));
        for (auto* other : options)
            if (other != option) option->excludes(other);
    }
}

}  // namespace

void add_backup_commands(CLI::App& db, Program& program) {
    auto* make_command = db.add_subcommand("backup", "Save all databases, as of one instant, into a new folder");
    auto make_arguments = std::make_shared<BackupArguments>();
    make_command->add_option("--to", make_arguments->to,
                             "The folder to make, or a folder to make it in; otherwise backups/ in the home folder");
    make_command->add_flag("--encrypt", make_arguments->encrypt, "Encrypt every file");
    add_key_option(*make_command, make_arguments->key_file);
    make_command->get_option("--key-file")->needs("--encrypt");
    run_with(*make_command, program, make_arguments, make);

    auto* restore_command = db.add_subcommand(
        "restore", "Bring the databases of a backup back; they appear all at once, when they are whole and compared");
    auto restore_arguments = std::make_shared<RestoreArguments>();
    restore_command->add_option("path", restore_arguments->path, "The backup's folder");
    auto* replace = restore_command->add_flag(
        "--replace", restore_arguments->replace,
        "Take the place of databases that hold data: they are dropped, and who is connected to them is cut off");
    restore_command
        ->add_option("--into", restore_arguments->into,
                     "Restore beside the present databases, into task_db_NAME and so on")
        ->check(CLI::Validator(
            [](std::string& text) {
                const bool is_plain =
                    !text.empty() && text.size() <= 16 &&
                    text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
                return is_plain ? std::string() : "use at most 16 of a-z, 0-9 and _";
            },
            "NAME"))
        ->excludes(replace);
    add_recovery_options(*restore_command, *restore_arguments);
    add_key_option(*restore_command, restore_arguments->key_file);
    run_with(*restore_command, program, restore_arguments, restore);

    auto* verify_command = db.add_subcommand("verify-backup", "Check every file of a backup, and that it restores");
    auto verify_arguments = std::make_shared<VerifyArguments>();
    verify_command->add_option("path", verify_arguments->path, "The backup's folder")->required();
    verify_command->add_flag("--restore", verify_arguments->restore,
                             "Also restore it for a trial, compare every table, verify, and remove the trial");
    add_key_option(*verify_command, verify_arguments->key_file);
    run_with(*verify_command, program, verify_arguments, verify);
}

}  // namespace gsdb::app
