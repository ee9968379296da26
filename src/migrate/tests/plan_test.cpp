#include "migrate/plan.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace gsdb::migrate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Migration file(int version, std::string name, const std::string& text = "select 1\n", Kind kind = Kind::plain) {
    return {.module = "demo",
            .version = version,
            .name = std::move(name),
            .kind = kind,
            .checksum = sha256_hex(text),
            .text = text,
            .sql = text};
}

ModuleFiles module_of(std::vector<Migration> migrations) {
    return {"demo", {"demo"}, std::move(migrations), {}};
}

AppliedMigration applied(const Migration& migration) {
    return {.module = migration.module,
            .version = migration.version,
            .name = migration.name,
            .checksum = migration.checksum,
            .text = migration.text,
            .program_version = "9.9.9"};
}

std::vector<std::string> labels(const ModulePlan& plan) {
    std::vector<std::string> result;
    std::ranges::transform(plan.steps, std::back_inserter(result), &Migration::label);
    return result;
}

TEST(PlanModule, runs_everything_on_an_empty_database_and_nothing_on_a_full_one) {
    const auto files = module_of({file(1, "a"), file(2, "b")});
    EXPECT_THAT(labels(plan_module(files, {}, "demo_db").value()), ElementsAre("0001_a", "0002_b"));
    const std::vector records{applied(files.migrations[0]), applied(files.migrations[1])};
    EXPECT_THAT(labels(plan_module(files, records, "demo_db").value()), IsEmpty());
    EXPECT_THAT(labels(plan_module(files, std::span(records).first(1), "demo_db").value()), ElementsAre("0002_b"));
}

TEST(PlanModule, refuses_a_schema_newer_than_the_program) {
    const auto program = module_of({file(1, "a")});
    const std::vector records{applied(file(1, "a")), applied(file(2, "b")), applied(file(3, "c"))};
    const auto error = plan_module(program, records, "demo_db").error();
    EXPECT_EQ(error.code, "migrate.newer_schema");
    EXPECT_EQ(error.exit_code, ExitCode::conflict);
    EXPECT_EQ(error.message, "demo_db is newer than this program");
    EXPECT_THAT(error.detail, AllOf(HasSubstr("demo 0003_c"), HasSubstr("9.9.9"), HasSubstr("up to 0001_a")));
    EXPECT_THAT(error.hint, HasSubstr("newer program"));
    EXPECT_EQ(plan_module(module_of({}), records, "demo_db").error().code, "migrate.newer_schema");
}

TEST(PlanModule, shows_what_was_edited_after_it_ran) {
    const auto ran = file(1, "a", "create table demo.a (\n    b text\n);\n");
    const auto now = file(1, "a", "create table demo.a (\n    b integer\n);\n");
    const auto error = plan_module(module_of({now}), std::vector{applied(ran)}, "demo_db").error();
    EXPECT_EQ(error.code, "migrate.edited");
    EXPECT_THAT(error.message, HasSubstr("demo 0001_a"));
    EXPECT_THAT(error.detail,
                AllOf(HasSubstr("-    b text\n+    b integer\n"), HasSubstr("--- applied/0001_a\n+++ file/0001_a")));
}

TEST(PlanModule, refuses_a_renamed_file) {
    const auto error = plan_module(module_of({file(1, "b")}), std::vector{applied(file(1, "a"))}, "demo_db").error();
    EXPECT_EQ(error.code, "migrate.renamed");
    EXPECT_THAT(error.detail, HasSubstr("0001_a"));
}

TEST(PlanModule, refuses_a_file_that_appears_below_what_is_applied) {
    const auto files = module_of({file(1, "a"), file(2, "late"), file(3, "c")});
    const auto error =
        plan_module(files, std::vector{applied(files.migrations[0]), applied(files.migrations[2])}, "demo_db").error();
    EXPECT_EQ(error.code, "migrate.out_of_order");
    EXPECT_THAT(error.message, HasSubstr("demo 0002_late"));
    EXPECT_THAT(error.detail, HasSubstr("0003_c"));
}

TEST(PlanModule, holds_a_contract_and_what_follows_until_it_is_allowed) {
    const auto files = module_of({file(1, "a"), file(2, "drop_old", "select 1\n", Kind::contract), file(3, "c")});
    const auto plan = plan_module(files, {}, "demo_db").value();
    EXPECT_THAT(labels(plan), ElementsAre("0001_a"));
    ASSERT_EQ(plan.held.size(), 2);
    EXPECT_THAT(plan.held[0].reason, HasSubstr("must be allowed explicitly"));
    EXPECT_EQ(plan.held[1].reason, "waits for 0002_drop_old");
    EXPECT_THAT(labels(plan_module(files, {}, "demo_db", {.allow_contract = true}).value()),
                ElementsAre("0001_a", "0002_drop_old", "0003_c"));
}

TEST(PlanModule, stops_where_it_is_told_to) {
    const auto files = module_of({file(1, "a"), file(2, "b"), file(3, "c")});
    const auto plan = plan_module(files, {}, "demo_db", {.up_to = 2}).value();
    EXPECT_THAT(labels(plan), ElementsAre("0001_a", "0002_b"));
    ASSERT_EQ(plan.held.size(), 1);
    EXPECT_EQ(plan.held[0].reason, "only steps up to 0002 were asked for");
}

TEST(PlanDatabase, refuses_records_of_a_module_the_program_does_not_know) {
    const auto files = module_of({file(1, "a")});
    auto record = applied(file(1, "x"));
    record.module = "tasks";
    const std::vector<const ModuleFiles*> expected{&files};
    const auto error = plan_database(expected, std::vector{record}, "task_db").error();
    EXPECT_EQ(error.code, "migrate.newer_schema");
    EXPECT_THAT(error.detail, HasSubstr("module tasks"));
}

TEST(PlanDatabase, plans_each_module_with_its_own_records_in_any_order) {
    const auto demo = module_of({file(1, "a"), file(2, "b")});
    auto other = module_of({file(1, "x")});
    other.module = other.migrations[0].module = "other";
    const std::vector<const ModuleFiles*> expected{&demo, &other};
    const std::vector records{applied(demo.migrations[1]), applied(demo.migrations[0])};
    const auto plans = plan_database(expected, records, "demo_db").value();
    ASSERT_EQ(plans.size(), 2);
    EXPECT_THAT(labels(plans[0]), IsEmpty());
    EXPECT_THAT(labels(plans[1]), ElementsAre("0001_x"));
}

}  // namespace
}  // namespace gsdb::migrate
