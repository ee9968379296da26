#include "backup/backup_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "backup/backup_folder.hpp"
#include "backup/snapshots.hpp"
#include "backup/workers.hpp"
#include "base/run_task.hpp"
#include "base/together.hpp"
#include "base/uuid.hpp"
#include "cluster/child_pipe.hpp"

namespace gsdb::backup {

namespace {

/// Databases whose content pg_dump alone does not bring back whole.
void refuse_extensions(const HeldSnapshot& held) {
    for (const auto* extension : {"timescaledb", "citus"})
        if (std::ranges::count(held.survey.extensions, extension) > 0)
            throw Failure({.code = "backup.extension",
                           .message = fmt::format("database {} uses {}, whose tables pg_dump does not save whole",
                                                  held.database, extension),
                           .hint = "back the server up with pg_basebackup, or with the extension's own tools",
                           .exit_code = ExitCode::conflict});
}

Failure dump_failed(const std::string& database, const cluster::Finished& ran) {
    const bool is_lock = ran.output.contains("canceling statement due to lock timeout");
    return Failure({.code = "backup.dump_failed",
                    .message = fmt::format("pg_dump of {} failed: {}", database, cluster::describe_status(ran.status)),
                    .detail = ran.output,
                    .hint = is_lock ? "a table is locked by someone: try at a quieter time" : ""});
}

class Run {
  public:
    Run(const Source& source, BackupOptions options)
        : source_(source), options_(std::move(options)), draft_(options_.place) {}

    BackupDone run() {
        try {
            hold();
            describe();
            save();
        } catch (const Failure&) {
            if (!options_.cancel.stop_requested()) throw;
        }
        if (options_.cancel.stop_requested()) throw interrupted("the backup was stopped; nothing is left of it");
        draft_.publish(manifest_, options_.keys);
        return {std::move(manifest_), std::move(notes_)};
    }

  private:
    void hold() {
        std::vector<std::string> names;
        for (const auto& target : source_.layout.targets()) names.push_back(target.database);
        snapshots_ = run_task_on(context_, hold_snapshots(source_.connector(), names, options_.patience));
        if (!snapshots_.one_instant)
            notes_.push_back(fmt::format(
                "the databases are saved as of moments up to {} microseconds apart: something was committed between "
                "their snapshots in each of {} attempts",
                snapshots_.spread.count(), snapshots_.attempts));
    }

    void describe() {
        std::set<std::string> roles;
        const auto& first = snapshots_.databases.front();
        manifest_ = {.id = to_string(Uuid::v7(SystemClock())),
                     .created_at = to_rfc3339(first.taken_at),
                     .program_version = options_.program_version,
                     .layout = source_.layout.kind(),
                     .server_version = fmt::format("{}.{}", first.connection->server_version() / 10000,
                                                   first.connection->server_version() % 10000),
                     .dump_major = options_.dump.major,
                     .one_instant = snapshots_.one_instant,
                     .spread = snapshots_.spread,
                     .key_id = options_.keys != nullptr ? options_.keys->active_key_id() : "",
                     .findings = options_.findings};
        for (const auto& held : snapshots_.databases) {
            refuse_extensions(held);
            manifest_.databases.push_back({.database = held.database,
                                           .file = dump_name(held.database, options_.keys != nullptr),
                                           .snapshot = held.visible,
                                           .schemas = held.survey.schemas,
                                           .extensions = held.survey.extensions,
                                           .connect = held.survey.connect});
            roles.insert(held.survey.other_roles.begin(), held.survey.other_roles.end());
            roles.insert(held.survey.connect.begin(), held.survey.connect.end());
            bytes_expected_ += held.survey.bytes;
            if (!held.survey.left_out.empty())
                notes_.push_back(fmt::format("{}: not saved, because schema public is not the product's: {}",
                                             held.database, fmt::join(held.survey.left_out, ", ")));
        }
        manifest_.other_roles.assign(roles.begin(), roles.end());
    }

    void save() {
        const auto databases = manifest_.databases.size();
        Workers workers(
            worker_count(databases), databases,
            [this](std::size_t piece, const std::stop_token& cancel) { dump(piece, cancel); }, options_.cancel);
        count(workers.token());
        workers.finish();
    }

    /// On a worker's thread.
    void dump(std::size_t piece, const std::stop_token& cancel) {
        auto& database = manifest_.databases[piece];
        const auto& held = snapshots_.databases[piece];
        std::vector<std::string> arguments{"--format=custom", "--compress=0", "--lock-wait-timeout=60000",
                                           "--snapshot=" + held.name};
        for (const auto& schema : database.schemas) arguments.push_back(fmt::format("--schema=\"{}\"", schema));
        const ClientCommand client(options_.dump, std::move(arguments), source_.options(held.database));
        ArchiveWriter writer(draft_.path() / database.file, {.keys = options_.keys, .backup_id = manifest_.id});
        const auto ran = cluster::run_into(client.command(),
                                           [&](ByteView bytes) {
                                               writer.write(bytes);
                                               database.dump_bytes += static_cast<std::int64_t>(bytes.size());
                                               tell(static_cast<std::int64_t>(bytes.size()), database.database);
                                           },
                                           {.cancel = cancel});
        if (!ran) throw Failure(ran.error());
        if (!ran->ok()) throw dump_failed(held.database, *ran);
        database.file_facts = writer.finish();
    }

    /// On this thread, while the others dump what the same snapshots show.
    void count(const std::stop_token& cancel) {
        const std::stop_callback stop(cancel, [this] {
            for (auto& held : snapshots_.databases) held.connection->cancel();
        });
        std::vector<Task<std::vector<TableContent>>> counts;
        for (auto& held : snapshots_.databases)
            counts.push_back(count_tables(held.connection.get(), held.survey.tables));
        try {
            auto all = run_task_on(context_, together(std::move(counts)));
            for (std::size_t i = 0; i < all.size(); ++i) manifest_.databases[i].tables = std::move(all[i]);
        } catch (const Failure&) {
            if (!cancel.stop_requested()) throw;  // what stopped it is told by the workers
        }
    }

    void tell(std::int64_t bytes, std::string_view database) {
        std::scoped_lock lock(mutex_);
        bytes_done_ += bytes;
        if (options_.progress) options_.progress(bytes_done_, std::max(bytes_done_, bytes_expected_), database);
    }

    const Source& source_;
    BackupOptions options_;
    DraftFolder draft_;
    asio::io_context context_{1};
    HeldSnapshots snapshots_;
    Manifest manifest_;
    std::vector<std::string> notes_;
    std::mutex mutex_;
    std::int64_t bytes_done_ = 0, bytes_expected_ = 0;
};

}  // namespace

pg::ConnectOptions Source::options(std::string database) const {
    auto options = administrator;
    options.database = std::move(database);
    return options;
}

Task<> require_all_rows(migrate::Connector connect, std::string database) {
    const auto connection = co_await connect(std::move(database));
    const auto rows = co_await connection->execute(
        "select rolname::text from pg_roles where rolname = current_user and not (rolsuper or rolbypassrls)");
    if (rows.empty()) co_return;
    throw Failure(
        {.code = "backup.no_rights",
         .message = fmt::format("role {} does not see every organization's rows", rows.get<std::string>(0, 0)),
         .detail = "row-level security binds it, and a backup without some rows would be none",
         .hint = fmt::format("as a superuser: alter role \"{}\" bypassrls", rows.get<std::string>(0, 0)),
         .exit_code = ExitCode::conflict});
}

BackupDone make_backup(const Source& source, BackupOptions options) {
    return Run(source, std::move(options)).run();
}

}  // namespace gsdb::backup
