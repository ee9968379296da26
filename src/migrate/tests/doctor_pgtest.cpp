#include <gmock/gmock.h>

#include "migrate/doctor.hpp"
#include "migrate/tests/databases.hpp"

namespace gsdb::migrate {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Examination : public ::testing::Test {
  protected:
    Examination() : clean_(Layout::split()) {
        run_task(Installer(connector(), clean_.layout(), {}, &secrets_, {}).install());
        execute("postgres", "drop role if exists onlooker; create role onlooker login");
    }
    void TearDown() override {
        clean_.drop();
        execute("postgres", "drop role onlooker");
    }

    DoctorFacts facts(const std::string& user = "postgres") {
        return run_task(Doctor(connector(user), clean_.layout(), {}).gather(&clock_));
    }
    /// What is wrong with databases and roles; the test server's settings are for speed.
    Findings findings() {
        auto all = diagnose(facts());
        std::erase_if(all, [](const Finding& f) {
            return f.code == "doctor.extension" || f.code == "doctor.setting" || f.code == "doctor.version";
        });
        return all;
    }

    CleanLayout clean_;
    MemorySecrets secrets_;
    SystemClock clock_;
};

TEST_F(Examination, finds_nothing_wrong_after_installing) {
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(Examination, sees_the_settings_of_the_server) {
    EXPECT_THAT(run_task(Doctor(connector(), clean_.layout(), {}).examine()),
                Contains(AllOf(Field(&Finding::object, "setting fsync"), Field(&Finding::severity, Severity::error))));
}

TEST_F(Examination, sees_who_may_connect) {
    execute("postgres",
            "grant connect on database task_db to public; grant connect on database events_db to onlooker; "
            "revoke connect on database learning_db from learning_user");
    const auto found = findings();
    EXPECT_EQ(found.size(), 3);
    EXPECT_THAT(found, Contains(AllOf(Field(&Finding::database, "task_db"),
                                      Field(&Finding::message, HasSubstr("every role")))));
    EXPECT_THAT(found, Contains(AllOf(Field(&Finding::database, "events_db"),
                                      Field(&Finding::message, HasSubstr("onlooker")))));
    EXPECT_THAT(found, Contains(AllOf(Field(&Finding::database, "learning_db"),
                                      Field(&Finding::message, HasSubstr("learning_user")))));
}

TEST_F(Examination, sees_roles_that_are_more_than_they_should_be) {
    execute("postgres", "alter role task_user bypassrls; grant projects_owner to projects_user");
    const auto found = findings();
    execute("postgres", "alter role task_user nobypassrls; revoke projects_owner from projects_user");
    EXPECT_EQ(found.size(), 2);
    EXPECT_THAT(found, Contains(AllOf(Field(&Finding::object, "role task_user"),
                                      Field(&Finding::message, HasSubstr("bypassrls")))));
    EXPECT_THAT(found, Contains(AllOf(Field(&Finding::object, "role projects_user"),
                                      Field(&Finding::message, HasSubstr("projects_owner")))));
}

TEST_F(Examination, sees_missing_databases_and_other_encodings) {
    execute("postgres", "drop database task_db");
    execute("postgres", "drop database events_db");
    execute("postgres", "create database events_db template template0 encoding 'SQL_ASCII' locale 'C'");
    execute("postgres",
            "revoke connect on database events_db from public; grant connect on database events_db to events_user, "
            "analytics_readonly");
    EXPECT_THAT(
        findings(),
        ElementsAre(AllOf(Field(&Finding::database, "task_db"), Field(&Finding::message, "does not exist")),
                    AllOf(Field(&Finding::database, "events_db"), Field(&Finding::message, HasSubstr("SQL_ASCII")))));
}

TEST_F(Examination, sees_installed_extensions) {
    execute("task_db", "create extension pg_trgm");
    EXPECT_THAT(diagnose(facts()), Contains(AllOf(Field(&Finding::object, "extension pg_trgm"),
                                                  Field(&Finding::message, HasSubstr("in use in task_db")))));
}

TEST_F(Examination, compares_the_clocks) {
    EXPECT_LT(std::chrono::abs(facts().clock_offset), std::chrono::seconds(1));
    const ManualClock slow(clock_.now() - std::chrono::seconds(30));
    const auto late = run_task(Doctor(connector(), clean_.layout(), {}).gather(&slow));
    EXPECT_NEAR(std::chrono::duration<double>(late.clock_offset).count(), 30, 1);
}

TEST_F(Examination, works_for_a_role_that_may_see_little) {
    for (const auto& spec : database_specs())
        execute("postgres", "grant connect on database " + std::string(spec.name) + " to onlooker");
    const auto seen = facts("onlooker");
    EXPECT_TRUE(seen.settings.contains("fsync"));
    EXPECT_FALSE(seen.settings.contains("shared_preload_libraries"));
}

}  // namespace
}  // namespace gsdb::migrate
