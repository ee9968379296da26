#include "migrate/server_facts.hpp"

#include <gmock/gmock.h>

namespace gsdb::migrate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ServerFacts good() {
    return {.version_num = 150020,
            .version = "15.20",
            .where = "postgres at db.example:5432 as dba",
            .user = "dba",
            .can_create_databases = true,
            .can_create_roles = true,
            .locale = "C.UTF-8",
            .available_extensions = {"pg_trgm"}};
}

std::vector<Error> problems(const ServerFacts& facts, const Layout& layout = Layout::split()) {
    return find_install_problems(facts, layout, {"pg_trgm"});
}

/// The only problem there is, which has to name a remedy.
Error problem(const ServerFacts& facts) {
    const auto all = problems(facts);
    EXPECT_EQ(all.size(), 1);
    if (all.empty()) return {};
    EXPECT_NE(all.front().hint, "");
    return all.front();
}

TEST(InstallProblems, are_none_on_a_good_server) {
    EXPECT_THAT(problems(good()), IsEmpty());
}

TEST(InstallProblems, name_a_version_that_is_too_old_or_too_new) {
    auto facts = good();
    facts.version_num = 130022;
    facts.version = "13.22";
    EXPECT_EQ(problem(facts).code, "install.server_version");
    EXPECT_THAT(problem(facts).message, HasSubstr("PostgreSQL 13.22 is not supported"));
    EXPECT_THAT(problem(facts).detail, AllOf(HasSubstr("14 to 18"), HasSubstr("db.example")));
    EXPECT_THAT(problem(facts).hint, HasSubstr("pg_upgrade"));
    facts.version_num = 190000;
    EXPECT_THAT(problem(facts).hint, HasSubstr("newer gsdb"));
    for (const int version : {140000, 150000, 160000, 170000, 180004}) {
        facts.version_num = version;
        EXPECT_THAT(problems(facts), IsEmpty()) << version;
    }
}

TEST(InstallProblems, name_a_standby_once_and_a_read_only_server) {
    auto facts = good();
    facts.read_only = true;
    EXPECT_EQ(problem(facts).code, "install.read_only");
    facts.in_recovery = true;
    EXPECT_EQ(problem(facts).code, "install.standby");
    EXPECT_THAT(problem(facts).hint, HasSubstr("primary"));
}

TEST(InstallProblems, ask_for_rights_only_where_something_has_to_be_created) {
    auto facts = good();
    facts.can_create_roles = false;
    EXPECT_EQ(problem(facts).code, "install.no_createrole");
    for (const auto role : product_roles()) facts.roles[std::string(role)] = {};
    EXPECT_THAT(problems(facts), IsEmpty());
    facts.can_create_databases = false;
    EXPECT_EQ(problem(facts).code, "install.no_createdb");
    for (const auto& spec : database_specs())
        facts.databases[std::string(spec.name)] = {.encoding = "UTF8", .owner = "dba", .is_administered = true};
    EXPECT_THAT(problems(facts), IsEmpty());
}

TEST(InstallProblems, name_databases_that_are_not_to_be_used) {
    auto facts = good();
    facts.databases["task_db"] = {.encoding = "LATIN1", .owner = "dba", .is_administered = true};
    EXPECT_EQ(problem(facts).code, "install.encoding");
    facts.databases["task_db"] = {.encoding = "UTF8", .owner = "somebody"};
    EXPECT_EQ(problem(facts).code, "install.not_owner");
    EXPECT_EQ(problem(facts).hint, "as its owner: grant \"somebody\" to \"dba\"");
    facts.databases["task_db"] = {.encoding = "UTF8", .owner = "dba", .is_administered = true, .is_broken = true};
    EXPECT_EQ(problem(facts).code, "install.broken_database");
    EXPECT_THAT(problems(facts, Layout::unified("other")), IsEmpty());
}

TEST(InstallProblems, name_roles_that_are_more_than_they_should_be) {
    for (const auto role : {ServerFacts::Role{.is_superuser = true},
                            {.bypasses_row_security = true},
                            {.can_create_roles = true},
                            {.can_create_databases = true}}) {
        auto facts = good();
        facts.roles["task_user"] = role;
        EXPECT_EQ(problem(facts).code, "install.role_too_mighty");
    }
    auto facts = good();
    facts.roles["graph_sitter_admin"] = {.can_create_roles = true, .can_create_databases = true};
    EXPECT_THAT(problems(facts), IsEmpty());
    facts.roles["graph_sitter_admin"].is_superuser = true;
    EXPECT_EQ(problem(facts).code, "install.role_too_mighty");
}

TEST(InstallProblems, name_missing_extensions_and_those_that_do_not_go_together) {
    auto facts = good();
    facts.available_extensions.clear();
    EXPECT_EQ(problem(facts).code, "install.extension_missing");
    EXPECT_THAT(problem(facts).message, HasSubstr("pg_trgm"));
    facts = good();
    facts.preloaded_libraries = {"citus", "timescaledb"};
    EXPECT_EQ(problem(facts).code, "install.citus_with_timescaledb");
}

TEST(InstallProblems, are_told_all_at_once) {
    ServerFacts facts{.version_num = 130000, .in_recovery = true};
    EXPECT_EQ(problems(facts).size(), 5);  // version, standby, roles, databases, extension
}

}  // namespace
}  // namespace gsdb::migrate
