#include "migrate/doctor.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/together.hpp"
#include "migrate/sql_scanner.hpp"

namespace gsdb::migrate {
namespace {

using namespace std::chrono_literals;

// ---- what is asked -----------------------------------------------------------------------------------------------

constexpr const char* members_sql = R"(
    select m.rolname::text, r.rolname::text
    from pg_roles m, pg_roles r
    where m.rolname = any ($1) and r.rolname = any ($2) and pg_has_role(m.oid, r.oid, 'member') and not m.rolsuper)";

constexpr const char* database_sql = R"(
    select pg_encoding_to_char(d.encoding)::text,
           array(select extname::text from pg_extension),
           exists (select from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                   where a.grantee = 0 and a.privilege_type = 'CONNECT'),
           array(select pg_get_userbyid(a.grantee)::text from aclexplode(d.datacl) a
                 where a.grantee <> 0 and a.grantee <> d.datdba and a.privilege_type = 'CONNECT'
                   and pg_get_userbyid(a.grantee)::text <> all ($1) order by 1),
           array(select wanted from unnest($2::text[]) as wanted
                 where not coalesce((select has_database_privilege(r.oid, d.oid, 'connect') from pg_roles r
                                     where r.rolname = wanted), false) order by 1),
           age(d.datfrozenxid)::bigint
    from pg_database d where d.datname = current_database())";

constexpr const char* collation_sql = R"(
    select datcollversion is not null and datcollversion is distinct from pg_database_collation_actual_version(oid)
    from pg_database where datname = current_database())";

std::vector<std::string> as_strings(const std::vector<std::string_view>& views) {
    return {views.begin(), views.end()};
}

std::vector<std::string> users_of(const DatabaseTarget& target) {
    std::vector<std::string> users{std::string(readonly_role)};
    for (const auto* spec : target.specs) users.emplace_back(spec->login_role);
    return users;
}

class Examination {
  public:
    Examination(Connector connect, Layout layout) : connect_(std::move(connect)), layout_(std::move(layout)) {}

    Task<> examine_server(const Clock* clock, std::string maintenance_database) {
        const auto connection = co_await connect_(std::move(maintenance_database));
        facts.server = co_await read_server_facts(connection.get());
        for (auto row : co_await connection->execute("select name, coalesce(setting, '') from pg_settings")) {
            auto name = row.next<std::string>();
            facts.settings.emplace(std::move(name), row.next<std::string>());
        }
        const auto open = co_await connection->execute(
            "select count(*) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()");
        facts.connections_open = open.get<std::int64_t>(0, 0);
        co_await compare_clocks(connection.get(), clock);
        co_await examine_members(connection.get());
    }

    Task<> examine_databases() {
        std::vector<Task<DatabaseFacts>> all;
        for (const auto& target : layout_.targets()) all.push_back(examine_database(&target));
        facts.databases = co_await together(std::move(all));
    }

    DoctorFacts facts;

  private:
    /// The server's clock is read between two looks at this machine's; the answer belongs in the middle.
    Task<> compare_clocks(pg::Connection* connection, const Clock* clock) {
        const auto before = clock->now();
        const auto rows = co_await connection->execute("select clock_timestamp()");
        facts.now = clock->now();
        facts.clock_offset = rows.get<Timestamp>(0, 0) - (before + (facts.now - before) / 2);
    }

    Task<> examine_members(pg::Connection* connection) {
        std::vector<std::string> mighty{std::string(admin_role)};
        for (const auto& spec : database_specs()) mighty.emplace_back(spec.owner_role);
        for (auto row :
             co_await connection->execute(members_sql, pg::Parameters::of(as_strings(login_roles()), mighty))) {
            auto member = row.next<std::string>();
            facts.mighty_members.emplace_back(std::move(member), row.next<std::string>());
        }
    }

    Task<DatabaseFacts> examine_database(const DatabaseTarget* target) {
        DatabaseFacts database{.name = target->database};
        database.exists = facts.server.databases.contains(target->database);
        if (!database.exists) co_return database;
        const auto connection = co_await connect_(target->database);
        const auto rows = co_await connection->execute(
            database_sql, pg::Parameters::of(as_strings(product_roles()), users_of(*target)));
        auto row = rows[0];
        database.encoding = row.next<std::string>();
        for (auto& name : row.next<std::vector<std::string>>()) database.extensions.insert(std::move(name));
        database.public_may_connect = row.next<bool>();
        database.strangers = row.next<std::vector<std::string>>();
        database.locked_out = row.next<std::vector<std::string>>();
        database.transaction_age = row.next<std::int64_t>();
        if (facts.server.major() >= 15)
            database.collation_changed = (co_await connection->execute(collation_sql)).get<bool>(0, 0);
        co_return database;
    }

    Connector connect_;
    Layout layout_;
};

// ---- how it is judged --------------------------------------------------------------------------------------------

class Diagnosis {
  public:
    Diagnosis(const DoctorFacts& facts, const DoctorOptions& options) : facts_(facts), options_(options) {}

    Findings run() {
        judge_version();
        judge_settings();
        judge_connections();
        judge_clock();
        judge_roles();
        for (const auto& database : facts_.databases) judge_database(database);
        judge_extensions();
        Findings by_severity;
        for (const auto severity : {Severity::error, Severity::warning, Severity::info})
            std::ranges::copy_if(findings_, std::back_inserter(by_severity),
                                 [&](const Finding& finding) { return finding.severity == severity; });
        return by_severity;
    }

  private:
    void add(Severity severity, std::string code, std::string object, std::string message, std::string remedy = {},
             std::string database = {}) {
        findings_.push_back({severity, "doctor." + std::move(code), std::move(database), std::move(object),
                             std::move(message), std::move(remedy)});
    }

    void judge_version() {
        const auto major = facts_.server.major();
        const auto object = "PostgreSQL " + facts_.server.version;
        if (major < server_major_min || major > server_major_max)
            return add(
                Severity::error, "version", object,
                fmt::format("is not supported; this program works with {} to {}", server_major_min, server_major_max),
                "upgrade the server with pg_upgrade, or gsdb");
        const auto last_day = end_of_life(major);
        if (!last_day) return;
        const auto today = std::chrono::floor<std::chrono::days>(facts_.now);
        if (today > *last_day)
            return add(Severity::warning, "version", object,
                       fmt::format("has had no repairs, security ones included, since {:%F}", *last_day),
                       "upgrade to a newer major version with pg_upgrade");
        if (*last_day - today < std::chrono::days(180))
            add(Severity::info, "version", object, fmt::format("gets its last repairs on {:%F}", *last_day),
                "plan the upgrade to a newer major version");
    }

    // ---- settings ------------------------------------------------------------------------------------------------

    bool is(std::string_view setting, std::string_view value) const {
        const auto found = facts_.settings.find(std::string(setting));
        return found != facts_.settings.end() && found->second == value;
    }
    /// Nothing when the setting is unknown or no number.
    std::optional<std::int64_t> number(std::string_view setting) const {
        const auto found = facts_.settings.find(std::string(setting));
        std::int64_t value = 0;
        if (found == facts_.settings.end()) return std::nullopt;
        const auto& text = found->second;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
    }

    struct BadValue {
        std::string_view setting, value;
        Severity severity;
        std::string_view consequence;
    };

    void judge_settings() {
        static constexpr std::array<BadValue, 10> bad_values{{
            {"fsync", "off", Severity::error, "a crash of the machine destroys the databases"},
            {"full_page_writes", "off", Severity::error,
             "a crash of the machine may leave pages half written for ever"},
            {"autovacuum", "off", Severity::error,
             "tables grow without limit and the server stops when transaction ids run out"},
            {"track_counts", "off", Severity::error, "autovacuum does nothing without the counts"},
            {"synchronous_commit", "off", Severity::warning, "a crash loses what was acknowledged in the last second"},
            {"zero_damaged_pages", "on", Severity::error, "damaged pages are emptied without a word"},
            {"wal_level", "minimal", Severity::warning, "neither base backups nor replicas are possible"},
            {"password_encryption", "md5", Severity::warning,
             "passwords set from now on are stored in a form that is easily guessed"},
            {"data_checksums", "off", Severity::info,
             "a disk that returns wrong data is not noticed (pg_checksums turns it on)"},
            {"track_io_timing", "off", Severity::info, "nobody can tell slow disks from slow queries"},
        }};
        for (const auto& bad : bad_values)
            if (is(bad.setting, bad.value))
                add(bad.severity, "setting", fmt::format("setting {}", bad.setting),
                    fmt::format("is {}: {}", bad.value, bad.consequence), remedy_for(bad.setting));
        judge_memory();
    }

    static std::string remedy_for(std::string_view setting) {
        if (setting == "data_checksums") return "stop the server, pg_checksums --enable";
        if (setting == "wal_level") return "alter system set wal_level = replica, then restart";
        if (setting == "password_encryption")
            return "alter system set password_encryption = 'scram-sha-256', then reload";
        const auto good = setting == "zero_damaged_pages" ? "off" : "on";
        return fmt::format("alter system set {} = {}, then reload", setting, good);
    }

    void judge_memory() {
        constexpr std::int64_t page_kib = 8, tiny_mib = 64;
        const auto pages = number("shared_buffers");
        if (!pages || *pages * page_kib >= tiny_mib * 1024) return;
        add(Severity::warning, "setting", "setting shared_buffers",
            fmt::format("is {} MiB: nearly every read goes to the operating system", *pages * page_kib / 1024),
            "alter system set shared_buffers to a quarter of the machine's memory, then restart");
    }

    void judge_connections() {
        const auto max = number("max_connections");
        if (!max || options_.connections_wanted == 0) return;
        const auto reserved =
            number("superuser_reserved_connections").value_or(0) + number("reserved_connections").value_or(0);
        const auto free = *max - reserved;
        if (options_.connections_wanted > free)
            return add(Severity::error, "connections", "setting max_connections",
                       fmt::format("is {}, {} of them reserved: this program's pools may open {}", *max, reserved,
                                   options_.connections_wanted),
                       "raise max_connections, lower database.connections or http.threads, or put PgBouncer in front");
        if (options_.connections_wanted + facts_.connections_open > free)
            add(Severity::warning, "connections", "setting max_connections",
                fmt::format("is {}: {} are open and this program's pools may open {} more", *max,
                            facts_.connections_open, options_.connections_wanted),
                "raise max_connections, or lower database.connections or http.threads");
    }

    void judge_clock() {
        const auto offset = std::chrono::abs(facts_.clock_offset);
        if (offset < 2s) return;
        add(offset < 60s ? Severity::warning : Severity::error, "clock", "the server's clock",
            fmt::format("is {:.1f} s {} this machine's: times, leases and expiries disagree",
                        std::chrono::duration<double>(offset).count(),
                        facts_.clock_offset > 0s ? "ahead of" : "behind"),
            "synchronise both machines (chrony, systemd-timesyncd)");
    }

    // ---- roles and databases -------------------------------------------------------------------------------------

    void judge_roles() {
        for (const auto role : product_roles()) {
            const auto found = facts_.server.roles.find(std::string(role));
            if (found == facts_.server.roles.end()) {
                add(Severity::error, "role", fmt::format("role {}", role), "does not exist", "gsdb db init");
            } else if (found->second.is_superuser || found->second.bypasses_row_security) {
                add(Severity::error, "role", fmt::format("role {}", role),
                    found->second.is_superuser ? "is superuser: no organization is safe from it"
                                               : "has bypassrls: it sees every organization's rows",
                    fmt::format("alter role \"{}\" nosuperuser nobypassrls", role));
            }
        }
        for (const auto& [member, role] : facts_.mighty_members)
            add(Severity::error, "role", fmt::format("role {}", member),
                fmt::format("is a member of {}: row-level security does not bind it", role),
                fmt::format("revoke \"{}\" from \"{}\"", role, member));
    }

    void judge_database(const DatabaseFacts& database) {
        const auto object = fmt::format("database {}", database.name);
        if (!database.exists)
            return add(Severity::error, "database", object, "does not exist", "gsdb db init", database.name);
        if (database.encoding != "UTF8")
            add(Severity::error, "database", object,
                fmt::format("has the encoding {}: source code needs UTF8", database.encoding),
                "create it anew with encoding UTF8 and restore its data", database.name);
        if (database.public_may_connect)
            add(Severity::error, "connect", object, "lets every role of the server connect",
                fmt::format("revoke connect on database \"{}\" from public (gsdb db init does)", database.name),
                database.name);
        for (const auto& role : database.strangers)
            add(Severity::info, "connect", object, fmt::format("may be connected to by role {}", role),
                fmt::format("if it should not: revoke connect on database \"{}\" from \"{}\"", database.name, role),
                database.name);
        for (const auto& role : database.locked_out)
            add(Severity::error, "connect", object, fmt::format("cannot be connected to by role {}", role),
                "gsdb db init", database.name);
        if (database.collation_changed)
            add(Severity::warning, "collation", object,
                "was made with another version of the operating system's collation: indexes on text may be in the "
                "wrong order",
                fmt::format("reindex database \"{0}\"; alter database \"{0}\" refresh collation version",
                            database.name),
                database.name);
        judge_age(database, object);
        if (database.extensions.contains("citus") && database.extensions.contains("timescaledb"))
            add(Severity::error, "citus_with_timescaledb", object,
                "has both citus and timescaledb: a join of a hypertable with a distributed table returns wrong rows "
                "without an error",
                "drop one of the two extensions", database.name);
    }

    void judge_age(const DatabaseFacts& database, const std::string& object) {
        constexpr std::int64_t worrying = 1'000'000'000, dangerous = 1'800'000'000;
        if (database.transaction_age < worrying) return;
        add(database.transaction_age < dangerous ? Severity::warning : Severity::error, "transaction_age", object,
            fmt::format("has transaction ids {} million old; at 2147 million the server refuses to write",
                        database.transaction_age / 1'000'000),
            "end old transactions and prepared transactions, drop unused replication slots, then vacuum freeze",
            database.name);
    }

    // ---- extensions ----------------------------------------------------------------------------------------------

    void judge_extensions() {
        if (facts_.server.preloaded_libraries.contains("citus") &&
            facts_.server.preloaded_libraries.contains("timescaledb"))
            add(Severity::warning, "citus_with_timescaledb", "setting shared_preload_libraries",
                "has both citus and timescaledb: in one database they return wrong rows without an error",
                "keep them on different servers");
        for (const auto& extension : known_extensions()) judge_extension(extension);
    }

    void judge_extension(const KnownExtension& extension) {
        const std::string name(extension.name);
        const auto object = "extension " + name;
        std::vector<std::string> where;
        for (const auto& database : facts_.databases)
            if (database.extensions.contains(name)) where.push_back(database.name);
        const bool is_loaded = !extension.is_preloaded || facts_.server.preloaded_libraries.contains(name);
        if (!where.empty() && is_loaded)
            return add(Severity::info, "extension", object,
                       fmt::format("is in use in {}: {}", fmt::join(where, ", "), extension.gives));
        if (!facts_.server.available_extensions.contains(name))
            return add(Severity::info, "extension", object,
                       fmt::format("is not on the server; it would give {}", extension.gives));
        const auto create = fmt::format("create extension {}", quote_identifier(name));
        add(Severity::info, "extension", object,
            fmt::format("is available and not in use; it would give {}", extension.gives),
            is_loaded ? create : fmt::format("add {} to shared_preload_libraries, restart, {}", name, create));
    }

    const DoctorFacts& facts_;
    const DoctorOptions& options_;
    Findings findings_;
};

}  // namespace

std::vector<KnownExtension> known_extensions() {
    return {{"pg_stat_statements", "what each statement costs, summed up: slow queries and advice come from it", true},
            {"pg_trgm", "fast search for parts of names and paths", false},
            {"btree_gin", "one index over an organization and a document", false},
            {"btree_gist", "constraints against overlapping times", false},
            {"uuid-ossp", "the older UUID functions, for scripts that call them", false},
            {"timescaledb", "hypertables instead of partitions for time series", true},
            {"citus", "organizations spread over many servers", true},
            {"pg_cron", "maintenance that runs without gsdb", true},
            {"hypopg", "index advice that was tried without building the index", false},
            {"postgres_fdw", "one place to read all databases from", false},
            {"plpgsql_check", "static checks of the routines", false}};
}

std::optional<std::chrono::sys_days> end_of_life(int major) {
    using namespace std::chrono;
    static const std::map<int, sys_days> last_days{{12, 2024y / November / 21}, {13, 2025y / November / 13},
                                                   {14, 2026y / November / 12}, {15, 2027y / November / 11},
                                                   {16, 2028y / November / 9},  {17, 2029y / November / 8},
                                                   {18, 2030y / November / 14}};
    const auto found = last_days.find(major);
    return found == last_days.end() ? std::nullopt : std::optional(found->second);
}

Task<DoctorFacts> Doctor::gather(const Clock* clock) const {
    Examination examination(connect_, layout_);
    co_await examination.examine_server(clock, options_.maintenance_database);
    co_await examination.examine_databases();
    co_return std::move(examination.facts);
}

Task<Findings> Doctor::examine() const {
    const SystemClock clock;
    const auto facts = co_await gather(&clock);
    co_return diagnose(facts, options_);
}

Findings diagnose(const DoctorFacts& facts, const DoctorOptions& options) {
    return Diagnosis(facts, options).run();
}

}  // namespace gsdb::migrate
