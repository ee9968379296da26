#include "migrate/doctor.hpp"

#include <gmock/gmock.h>

namespace gsdb::migrate {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;
using std::chrono::sys_days;

/// A server that gives no reason for complaint.
DoctorFacts healthy() {
    DoctorFacts facts;
    facts.server = {.version_num = 150020, .version = "15.20"};
    for (const auto role : product_roles()) facts.server.roles[std::string(role)] = {.can_log_in = true};
    facts.settings = {{"fsync", "on"},
                      {"full_page_writes", "on"},
                      {"autovacuum", "on"},
                      {"track_counts", "on"},
                      {"synchronous_commit", "on"},
                      {"zero_damaged_pages", "off"},
                      {"wal_level", "replica"},
                      {"password_encryption", "scram-sha-256"},
                      {"data_checksums", "on"},
                      {"track_io_timing", "on"},
                      {"shared_buffers", "16384"},
                      {"max_connections", "100"},
                      {"superuser_reserved_connections", "3"}};
    facts.now = sys_days(std::chrono::year(2026) / 11 / 21);
    facts.databases = {{.name = "task_db", .exists = true, .encoding = "UTF8"}};
    return facts;
}

/// The findings that are not about what extensions would give.
Findings judged(const DoctorFacts& facts, const DoctorOptions& options = {}) {
    auto findings = diagnose(facts, options);
    std::erase_if(findings, [](const Finding& finding) { return finding.code == "doctor.extension"; });
    return findings;
}

auto finding(Severity severity, const std::string& object, const std::string& message) {
    return AllOf(Field(&Finding::severity, severity), Field(&Finding::object, HasSubstr(object)),
                 Field(&Finding::message, HasSubstr(message)));
}

TEST(Doctor, finds_nothing_wrong_with_a_healthy_server) {
    EXPECT_THAT(judged(healthy(), {.connections_wanted = 64}), IsEmpty());
    EXPECT_FALSE(has_problems(diagnose(healthy())));
}

struct Symptom {
    const char* name;
    std::function<void(DoctorFacts&)> plant;
    Severity severity;
    const char* object;
    const char* message;
};

class DoctorFinds : public ::testing::TestWithParam<Symptom> {};

TEST_P(DoctorFinds, and_says_a_remedy) {
    auto facts = healthy();
    GetParam().plant(facts);
    const auto findings = judged(facts, {.connections_wanted = 64});
    ASSERT_EQ(findings.size(), 1);
    EXPECT_THAT(findings.front(), finding(GetParam().severity, GetParam().object, GetParam().message));
    EXPECT_NE(findings.front().remedy, "");
    EXPECT_TRUE(findings.front().code.starts_with("doctor."));
}

auto setting(const char* name, const char* value) {
    return [=](DoctorFacts& facts) { facts.settings[name] = value; };
}

INSTANTIATE_TEST_SUITE_P(
    Each, DoctorFinds,
    ::testing::Values(
        Symptom{"fsync", setting("fsync", "off"), Severity::error, "fsync", "destroys"},
        Symptom{"full_page_writes", setting("full_page_writes", "off"), Severity::error, "full_page_writes",
                "half written"},
        Symptom{"autovacuum", setting("autovacuum", "off"), Severity::error, "autovacuum", "grow"},
        Symptom{"track_counts", setting("track_counts", "off"), Severity::error, "track_counts", "autovacuum"},
        Symptom{"synchronous_commit", setting("synchronous_commit", "off"), Severity::warning, "synchronous_commit",
                "acknowledged"},
        Symptom{"zero_damaged_pages", setting("zero_damaged_pages", "on"), Severity::error, "zero_damaged_pages",
                "emptied"},
        Symptom{"wal_level", setting("wal_level", "minimal"), Severity::warning, "wal_level", "backups"},
        Symptom{"password_encryption", setting("password_encryption", "md5"), Severity::warning, "password_encryption",
                "guessed"},
        Symptom{"data_checksums", setting("data_checksums", "off"), Severity::info, "data_checksums", "wrong data"},
        Symptom{"track_io_timing", setting("track_io_timing", "off"), Severity::info, "track_io_timing", "slow disks"},
        Symptom{"shared_buffers", setting("shared_buffers", "1024"), Severity::warning, "shared_buffers", "is 8 MiB"},
        Symptom{"few_connections", setting("max_connections", "60"), Severity::error, "max_connections", "may open 64"},
        Symptom{"connections_in_use", [](auto& f) { f.connections_open = 40; }, Severity::warning, "max_connections",
                "40 are open"},
        Symptom{"old_version", [](auto& f) { f.server.version_num = 130000; }, Severity::error, "PostgreSQL",
                "not supported"},
        Symptom{"new_version", [](auto& f) { f.server.version_num = 190000; }, Severity::error, "PostgreSQL",
                "not supported"},
        Symptom{"end_of_life", [](auto& f) { f.server.version_num = 140000; }, Severity::warning, "PostgreSQL",
                "since 2026-11-12"},
        Symptom{"end_of_life_soon", [](auto& f) { f.now = sys_days(std::chrono::year(2027) / 8 / 1); }, Severity::info,
                "PostgreSQL", "on 2027-11-11"},
        Symptom{"clock_ahead", [](auto& f) { f.clock_offset = 5s; }, Severity::warning, "clock", "5.0 s ahead of"},
        Symptom{"clock_behind", [](auto& f) { f.clock_offset = -90s; }, Severity::error, "clock", "90.0 s behind"},
        Symptom{"role_missing", [](auto& f) { f.server.roles.erase("task_user"); }, Severity::error, "role task_user",
                "does not exist"},
        Symptom{"role_superuser", [](auto& f) { f.server.roles["task_user"].is_superuser = true; }, Severity::error,
                "role task_user", "is superuser"},
        Symptom{"role_bypassrls", [](auto& f) { f.server.roles["task_user"].bypasses_row_security = true; },
                Severity::error, "role task_user", "bypassrls"},
        Symptom{"role_member", [](auto& f) { f.mighty_members = {{"task_user", "task_owner"}}; }, Severity::error,
                "role task_user", "member of task_owner"},
        Symptom{"database_missing", [](auto& f) { f.databases[0].exists = false; }, Severity::error, "database task_db",
                "does not exist"},
        Symptom{"encoding", [](auto& f) { f.databases[0].encoding = "LATIN1"; }, Severity::error, "database task_db",
                "LATIN1"},
        Symptom{"public_connect", [](auto& f) { f.databases[0].public_may_connect = true; }, Severity::error,
                "database task_db", "every role"},
        Symptom{"stranger", [](auto& f) { f.databases[0].strangers = {"grafana"}; }, Severity::info, "database task_db",
                "grafana"},
        Symptom{"locked_out", [](auto& f) { f.databases[0].locked_out = {"task_user"}; }, Severity::error,
                "database task_db", "task_user"},
        Symptom{"collation", [](auto& f) { f.databases[0].collation_changed = true; }, Severity::warning,
                "database task_db", "collation"},
        Symptom{"age_worrying", [](auto& f) { f.databases[0].transaction_age = 1'200'000'000; }, Severity::warning,
                "database task_db", "1200 million"},
        Symptom{"age_dangerous", [](auto& f) { f.databases[0].transaction_age = 2'000'000'000; }, Severity::error,
                "database task_db", "2000 million"},
        Symptom{"citus_with_timescaledb", [](auto& f) { f.databases[0].extensions = {"citus", "timescaledb"}; },
                Severity::error, "database task_db", "wrong rows"},
        Symptom{"both_preloaded", [](auto& f) { f.server.preloaded_libraries = {"citus", "timescaledb"}; },
                Severity::warning, "shared_preload_libraries", "wrong rows"}),
    [](const auto& symptom) { return std::string(symptom.param.name); });

TEST(Doctor, says_of_each_extension_what_it_gives_or_would_give) {
    auto facts = healthy();
    EXPECT_THAT(diagnose(facts), Contains(finding(Severity::info, "pg_stat_statements", "is not on the server")));
    facts.server.available_extensions = {"pg_stat_statements", "pg_trgm"};
    EXPECT_THAT(diagnose(facts), Contains(AllOf(finding(Severity::info, "pg_trgm", "is available"),
                                                Field(&Finding::remedy, "create extension \"pg_trgm\""))));
    EXPECT_THAT(
        diagnose(facts),
        Contains(AllOf(finding(Severity::info, "pg_stat_statements", "is available"),
                       Field(&Finding::remedy, HasSubstr("add pg_stat_statements to shared_preload_libraries")))));
    facts.databases[0].extensions = {"pg_stat_statements", "pg_trgm"};
    EXPECT_THAT(diagnose(facts), Contains(finding(Severity::info, "pg_trgm", "is in use in task_db")));
    EXPECT_THAT(diagnose(facts), Not(Contains(finding(Severity::info, "pg_stat_statements", "is in use"))));
    facts.server.preloaded_libraries = {"pg_stat_statements"};
    EXPECT_THAT(diagnose(facts), Contains(finding(Severity::info, "pg_stat_statements", "is in use in task_db")));
}

TEST(Doctor, puts_the_worst_first) {
    auto facts = healthy();
    facts.settings["data_checksums"] = "off";
    facts.settings["wal_level"] = "minimal";
    facts.settings["fsync"] = "off";
    const auto findings = judged(facts);
    ASSERT_EQ(findings.size(), 3);
    EXPECT_EQ(findings[0].severity, Severity::error);
    EXPECT_EQ(findings[1].severity, Severity::warning);
    EXPECT_EQ(findings[2].severity, Severity::info);
}

TEST(Doctor, does_not_judge_what_it_may_not_see) {
    auto facts = healthy();
    facts.settings.clear();
    EXPECT_THAT(judged(facts, {.connections_wanted = 64}), IsEmpty());
}

TEST(EndOfLife, is_known_for_every_supported_version) {
    for (int major = server_major_min; major <= server_major_max; ++major) EXPECT_TRUE(end_of_life(major)) << major;
    EXPECT_FALSE(end_of_life(99));
}

}  // namespace
}  // namespace gsdb::migrate
