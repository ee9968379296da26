#include "backup/restoration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "backup/contents.hpp"
#include "backup/workers.hpp"
#include "base/run_task.hpp"
#include "base/together.hpp"
#include "base/uuid.hpp"
#include "cluster/child_pipe.hpp"
#include "migrate/installer.hpp"
#include "migrate/migrator.hpp"
#include "migrate/shape.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::backup {

using migrate::quote_identifier;
using migrate::quote_literal;

namespace {

constexpr std::int64_t lock_key = 0x6773646200000002;  // "gsdb", 2: one restore at a time on a server

Failure refused(std::string code, std::string message, std::string detail, std::string hint) {
    return Failure({.code = "backup." + std::move(code),
                    .message = std::move(message),
                    .detail = std::move(detail),
                    .hint = std::move(hint),
                    .exit_code = ExitCode::conflict});
}

// ---- the server ------------------------------------------------------------------------------------------------

Task<> take_lock(pg::Connection* connection) {
    const auto rows = co_await connection->execute("select pg_try_advisory_lock($1)", pg::Parameters::of(lock_key));
    if (rows.get<bool>(0, 0)) co_return;
    throw refused("restore_running", "another restore runs on this server", connection->describe(),
                  "wait until it has ended");
}

/// What a restore that was killed left.
Task<> drop_leftovers(pg::Connection* connection, std::vector<std::string> names) {
    const auto rows = co_await connection->execute(
        "select datname::text from pg_database, unnest($1::text[]) as name where left(datname, length(name)) = name "
        "and substr(datname, length(name) + 1) ~ '^_gsdb_(draft|replaced)_[0-9a-f]{8}$'",
        pg::Parameters::of(names));
    for (auto row : rows)
        co_await connection->run_script(
            fmt::format("drop database if exists {} with (force)", quote_identifier(row.next<std::string>())));
}

Task<std::vector<std::string>> existing(pg::Connection* connection, std::vector<std::string> names) {
    const auto rows = co_await connection->execute(
        "select array(select datname::text from pg_database where datname = any ($1) order by 1)",
        pg::Parameters::of(names));
    co_return rows.get<std::vector<std::string>>(0, 0);
}

Task<bool> holds_data(migrate::Connector connect, std::string database) {
    const auto connection = co_await connect(std::move(database));
    const auto rows = co_await connection->execute(
        "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace "
        "where n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm') "
        "and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid "
        "and d.deptype = 'e'))");
    co_return rows.get<bool>(0, 0);
}

/// Roles of others that the dump names; without a password they cannot log in.
Task<std::vector<std::string>> make_other_roles(pg::Connection* connection, std::vector<std::string> names) {
    const auto rows = co_await connection->execute(
        "select array(select name from unnest($1::text[]) as name where not exists (select from pg_roles where rolname "
        "= name))",
        pg::Parameters::of(names));
    auto missing = rows.get<std::vector<std::string>>(0, 0);
    for (const auto& name : missing)
        co_await connection->run_script(fmt::format("create role {} nologin", quote_identifier(name)));
    co_return missing;
}

/// The extensions that others had made; what the server does not have is returned.
Task<std::vector<std::string>> make_other_extensions(migrate::Connector connect, std::string database,
                                                     std::vector<std::string> names) {
    const auto connection = co_await connect(std::move(database));
    const auto rows = co_await connection->execute(
        "select name, exists (select from pg_available_extensions a where a.name = wanted.name) "
        "from unnest($1::text[]) as wanted (name) where not exists (select from pg_extension where extname = name)",
        pg::Parameters::of(names));
    std::vector<std::string> lacking;
    for (auto row : rows) {
        auto name = row.next<std::string>();
        if (row.next<bool>())
            co_await connection->run_script(
                fmt::format("create extension if not exists {} with schema public", quote_identifier(name)));
        else
            lacking.push_back(std::move(name));
    }
    co_return lacking;
}

Task<std::vector<TableContent>> count_restored(migrate::Connector connect, std::string database,
                                               std::stop_token cancel) {
    const auto connection = co_await connect(std::move(database));
    const std::stop_callback stop(cancel, [&] { connection->cancel(); });
    co_await connection->run_script("analyze");
    const auto survey = co_await survey_database(connection.get());
    co_await begin_reading(connection.get());
    co_return co_await count_tables(connection.get(), survey.tables);
}

struct Swap {
    std::string draft, name;
    bool exists;  ///< a database has that name
    std::string replaced;
};

/// All or none. Whoever is connected to a database that gives up its name is cut off.
std::string swap_script(const std::vector<Swap>& swaps) {
    std::string script = "begin;\n";
    for (const auto& swap : swaps) {
        if (swap.exists)
            script += fmt::format(
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = {} and pid <> "
                "pg_backend_pid();\nalter database {} rename to {};\n",
                quote_literal(swap.name), quote_identifier(swap.name), quote_identifier(swap.replaced));
        script +=
            fmt::format("alter database {} rename to {};\n", quote_identifier(swap.draft), quote_identifier(swap.name));
    }
    return script + "commit";
}

/// Findings of today that were not there when the backup was made, under the names of the backup's databases.
migrate::Findings new_findings(migrate::Findings found, const Manifest& manifest, const migrate::Layout& drafts) {
    std::set<std::array<std::string, 3>> known;
    for (const auto& finding : manifest.findings) known.insert({finding.code, finding.database, finding.object});
    const auto targets = drafts.targets();
    migrate::Findings fresh;
    for (auto& finding : found) {
        const auto target = std::ranges::find(targets, finding.database, &migrate::DatabaseTarget::database);
        if (target != targets.end())
            finding.database = manifest.databases[static_cast<std::size_t>(target - targets.begin())].database;
        if (!known.contains({finding.code, finding.database, finding.object})) fresh.push_back(std::move(finding));
    }
    return fresh;
}

}  // namespace

class Restoration::Work {
  public:
    Work(const Destination& destination, const BackupFolder& folder, RestoreOptions options)
        : destination_(destination),
          folder_(folder),
          manifest_(folder.manifest()),
          options_(std::move(options)),
          mark_(to_string(Uuid::v7(SystemClock())).substr(28)),
          drafts_(destination.server.layout.renamed(
              [this](const std::string& name) { return fmt::format("{}_gsdb_draft_{}", name, mark_); })),
          connect_(destination.server.connector()) {
        run_task_on(context_, check());
    }

    ~Work() {
        if (!has_drafts_) return;
        try {
            run_task_on(context_, drop_drafts());
        } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the next restore removes them
        }
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    Trial fill() {
        Trial trial;
        try {
            has_drafts_ = true;
            run_task_on(context_, prepare(&trial));
            load();
            run_task_on(context_, compare(&trial));
        } catch (const Failure&) {
            if (!options_.cancel.stop_requested()) throw;
        }
        if (options_.cancel.stop_requested()) throw interrupted("the restore was stopped; nothing is left of it");
        return trial;
    }

    std::vector<std::string> take_place() { return run_task_on(context_, swap()); }

  private:
    Task<> check() {
        const auto& layout = destination_.server.layout;
        if (layout.kind() != manifest_.layout)
            throw refused("other_layout",
                          fmt::format("the backup is of the {} layout, and this is the {} one",
                                      to_string(manifest_.layout), to_string(layout.kind())),
                          "a dump holds whole databases",
                          fmt::format("set GSDB_DATABASE_LAYOUT={}", to_string(manifest_.layout)));
        maintenance_ = co_await connect_(destination_.maintenance_database);
        const int major = maintenance_->server_version() / 10000;
        if (major < std::stoi(manifest_.server_version))
            throw refused(
                "server_older",
                fmt::format("the backup is of PostgreSQL {}, and the server is {}", manifest_.server_version, major),
                maintenance_->describe(), "restore into a server of the same version or a newer one");
        co_await require_all_rows(connect_, destination_.maintenance_database);
        co_await take_lock(maintenance_.get());
        co_await drop_leftovers(maintenance_.get(), names());
        for (const auto& name : co_await existing(maintenance_.get(), names()))
            if (!options_.replace && co_await holds_data(connect_, name))
                throw refused("holds_data", fmt::format("database {} is there and holds data", name),
                              maintenance_->describe(),
                              "--replace puts the backup in its place; --into NAME restores beside it");
    }

    Task<> prepare(Trial* trial) {
        migrate::Installer installer(
            connect_, drafts_, destination_.modules, destination_.secrets,
            {.maintenance_database = destination_.maintenance_database, .schemas = migrate::Schemas::left_out});
        auto report = co_await installer.install();
        trial->notes = std::move(report.notes);
        const auto roles = co_await make_other_roles(maintenance_.get(), manifest_.other_roles);
        if (!roles.empty())
            trial->notes.push_back(
                fmt::format("made without a password, so they cannot log in: {}; alter role ... "
                            "login password gives them one",
                            fmt::join(roles, ", ")));
        for (std::size_t i = 0; i < manifest_.databases.size(); ++i) {
            const auto lacking = co_await make_other_extensions(connect_, draft(i), manifest_.databases[i].extensions);
            if (!lacking.empty())
                trial->notes.push_back(fmt::format("{}: the server has no extension {}",
                                                   manifest_.databases[i].database, fmt::join(lacking, ", ")));
            for (const auto& role : manifest_.databases[i].connect)
                co_await maintenance_->run_script(fmt::format("grant connect on database {} to {}",
                                                              quote_identifier(draft(i)), quote_identifier(role)));
        }
    }

    void load() {
        const auto databases = manifest_.databases.size();
        for (const auto& database : manifest_.databases) bytes_total_ += database.dump_bytes;
        Workers workers(
            worker_count(databases), databases,
            [this](std::size_t piece, const std::stop_token& cancel) { load_one(piece, cancel); }, options_.cancel);
        workers.finish();
    }

    /// On a worker's thread.
    void load_one(std::size_t piece, const std::stop_token& cancel) {
        const auto& database = manifest_.databases[piece];
        auto connect = destination_.server.options(draft(piece));
        // What is not on disk yet when the machine stops has no place yet either: taking it is a commit that waits.
        connect.extra["options"] += " -c synchronous_commit=off -c statement_timeout=0";
        const ClientCommand client(options_.restore, {"--exit-on-error"}, connect);
        auto reader = folder_.open_dump(database);
        const auto ran = cluster::run_from(client.command(),
                                           [&](std::span<std::uint8_t> room) {
                                               const auto count = reader.read(room);
                                               tell(static_cast<std::int64_t>(count), database.database);
                                               return count;
                                           },
                                           {.cancel = cancel});
        if (!ran) throw Failure(ran.error());
        if (ran->ok()) return;
        throw Failure({.code = "backup.restore_failed",
                       .message = fmt::format("pg_restore of {} failed: {}", database.database,
                                              cluster::describe_status(ran->status)),
                       .detail = ran->output,
                       .hint = "nothing was changed"});
    }

    Task<> compare(Trial* trial) {
        std::vector<Task<std::vector<TableContent>>> counts;
        for (std::size_t i = 0; i < manifest_.databases.size(); ++i)
            counts.push_back(count_restored(connect_, draft(i), options_.cancel));
        const auto found = co_await together(std::move(counts));
        for (std::size_t i = 0; i < found.size(); ++i)
            std::ranges::move(compare_tables(manifest_.databases[i], found[i]), std::back_inserter(trial->differences));
        const auto migrator = value_or_throw(migrate::Migrator::create(connect_, drafts_, destination_.modules));
        for (std::size_t i = 0; i < manifest_.databases.size(); ++i) co_await accept_prints(&migrator, i);
        trial->findings = new_findings(co_await migrator.verify(), manifest_, drafts_);
    }

    /// All but what had drifted when it was saved.
    Task<> accept_prints(const migrate::Migrator* migrator, std::size_t i) {
        const auto connection = co_await connect_(draft(i));
        const auto had_drifted = [&](const migrate::Drift& drift) {
            return std::ranges::any_of(manifest_.findings, [&](const migrate::Finding& finding) {
                return finding.code == "schema.drift" && finding.database == manifest_.databases[i].database &&
                       finding.object == drift.object;
            });
        };
        for (const auto* module : migrator->modules_of(drafts_.targets()[i])) {
            auto drifts = co_await migrate::find_drift(connection.get(), module);
            std::erase_if(drifts, had_drifted);
            co_await migrate::accept_definitions(connection.get(), module->module, std::move(drifts));
        }
    }

    Task<std::vector<std::string>> swap() {
        const auto there = co_await existing(maintenance_.get(), names());
        std::vector<Swap> swaps;
        for (std::size_t i = 0; i < manifest_.databases.size(); ++i) {
            const auto& name = destination_.server.layout.targets()[i].database;
            swaps.push_back(
                {draft(i), name, std::ranges::count(there, name) > 0, fmt::format("{}_gsdb_replaced_{}", name, mark_)});
        }
        co_await maintenance_->run_script(swap_script(swaps));
        has_drafts_ = false;
        std::vector<std::string> done;
        for (const auto& swap : swaps) {
            done.push_back(fmt::format("{} database {}", swap.exists ? "replaced" : "restored", swap.name));
            if (swap.exists)
                co_await maintenance_->run_script(
                    fmt::format("drop database {} with (force)", quote_identifier(swap.replaced)));
        }
        co_return done;
    }

    Task<> drop_drafts() {
        for (const auto& target : drafts_.targets())
            co_await maintenance_->run_script(
                fmt::format("drop database if exists {} with (force)", quote_identifier(target.database)));
    }

    const std::string& draft(std::size_t i) const { return drafts_.targets()[i].database; }
    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& target : destination_.server.layout.targets()) names.push_back(target.database);
        return names;
    }

    void tell(std::int64_t bytes, std::string_view database) {
        std::scoped_lock lock(mutex_);
        bytes_done_ += bytes;
        if (options_.progress) options_.progress(bytes_done_, bytes_total_, database);
    }

    const Destination& destination_;
    const BackupFolder& folder_;
    const Manifest& manifest_;
    RestoreOptions options_;
    std::string mark_;  ///< in the passing names
    migrate::Layout drafts_;
    migrate::Connector connect_;
    asio::io_context context_{1};
    migrate::ConnectionPtr maintenance_;
    bool has_drafts_ = false;
    std::mutex mutex_;
    std::int64_t bytes_done_ = 0, bytes_total_ = 0;
};

Restoration::Restoration(const Destination& destination, const BackupFolder& folder, RestoreOptions options)
    : work_(std::make_unique<Work>(destination, folder, std::move(options))) {}
Restoration::~Restoration() = default;

Trial Restoration::fill() {
    return work_->fill();
}
std::vector<std::string> Restoration::take_place() {
    return work_->take_place();
}

}  // namespace gsdb::backup
