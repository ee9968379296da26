#include "migrate/migration.hpp"

#include <gmock/gmock.h>

#include "migrate/concurrent_index.hpp"

namespace gsdb::migrate {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

Result<Migration> parse(std::string_view text, std::string_view name = "0001_add_people.sql") {
    return parse_migration("demo", {name, text});
}

Error error_of(std::string_view text, std::string_view name = "0001_add_people.sql") {
    auto result = parse(text, name);
    return result ? Error{} : result.error();
}

TEST(ParseMigration, takes_name_sql_and_rollback_apart) {
    const auto migration =
        parse("-- Why.\ncreate table demo.a ();\n-- migrate: rollback\ndrop table demo.a;\n").value();
    EXPECT_EQ(migration.qualified_label(), "demo 0001_add_people");
    EXPECT_EQ(migration.kind, Kind::plain);
    EXPECT_EQ(migration.sql, "-- Why.\ncreate table demo.a ();\n");
    EXPECT_EQ(migration.rollback_sql, "drop table demo.a;\n");
    EXPECT_TRUE(migration.in_transaction);
    EXPECT_EQ(migration.lock_timeout, 5s);
}

TEST(ParseMigration, reads_settings_from_the_leading_comment) {
    const auto migration =
        parse(
            "-- migrate: kind=contract lock_timeout=250ms\n--migrate: transaction=off\ndrop index concurrently demo.a")
            .value();
    EXPECT_EQ(migration.kind, Kind::contract);
    EXPECT_EQ(migration.lock_timeout, 250ms);
    EXPECT_FALSE(migration.in_transaction);
    EXPECT_EQ(parse("-- migrate: kind=switch lock_timeout=2min\nselect 1").value().lock_timeout, 120s);
}

TEST(ParseMigration, knows_every_kind_by_name) {
    for (const auto name : {"plain", "expand", "switch", "contract"})
        EXPECT_EQ(to_string(parse(std::string("-- migrate: kind=") + name + "\nselect 1").value().kind), name);
}

TEST(ParseMigration, ignores_what_looks_like_a_setting_inside_quotes_or_behind_sql) {
    const auto migration = parse("select $$\n-- migrate: rollback\n$$; -- migrate: rollback\n").value();
    EXPECT_EQ(migration.rollback_sql, "");
}

TEST(ParseMigration, refuses_names_that_tell_no_order) {
    for (const auto name :
         {"1_a.sql", "0000_a.sql", "0001.sql", "0001_.sql", "0001_A.sql", "0001-a.sql", "0001_a.txt", "0001_a b.sql"})
        EXPECT_THAT(error_of("select 1", name).detail, HasSubstr("0001_what_it_does.sql")) << name;
}

TEST(ParseMigration, names_file_and_line_of_a_mistake) {
    const auto error = error_of("-- a\n-- migrate: knd=expand\nselect 1");
    EXPECT_EQ(error.code, "migrate.file_invalid");
    EXPECT_THAT(error.message, HasSubstr("demo/0001_add_people.sql"));
    EXPECT_THAT(error.detail, AllOf(HasSubstr("line 2"), HasSubstr("\"knd\"")));
    EXPECT_THAT(error.hint, HasSubstr("lock_timeout"));
}

struct Mistake {
    const char* text;
    const char* expected;
};

TEST(ParseMigration, refuses_each_mistake_with_its_own_words) {
    for (const Mistake& mistake : {
             Mistake{"", "no statement"},
             {"-- only\n", "no statement"},
             {"-- migrate: kind=later\nselect 1", "kind cannot be \"later\""},
             {"-- migrate: lock_timeout=5\nselect 1", "lock_timeout cannot be"},
             {"-- migrate: lock_timeout=-5s\nselect 1", "lock_timeout cannot be"},
             {"-- migrate: lock_timeout=0s\nselect 1", "lock_timeout cannot be"},
             {"-- migrate: transaction=maybe\nselect 1", "transaction cannot be"},
             {"-- migrate: batch_size=0\nselect 1", "batch_size cannot be"},
             {"select 1;\n-- migrate: kind=expand\n", "line 2: a setting follows the first statement"},
             {"select 1;\n-- migrate: undo\nselect 2", "\"undo\" is neither"},
             {"select 1;\n-- migrate: rollback\n-- nothing\n", "section rollback is empty"},
             {"select 1;\n-- migrate: rollback\nselect 1;\n-- migrate: rollback\nselect 1", "appears twice"},
             {"select 1;\n-- migrate: verify\nselect 1", "only a backfill"},
             {"select 1;\ncommit;", "line 2: \"commit\" controls the transaction"},
             {"begin;\nselect 1;", "line 1: \"begin\""},
             {"select 1;\n-- migrate: rollback\nselect 1;\nrollback;", "line 4: \"rollback\""},
             {"create index concurrently a on demo.b (c)", "cannot run in a transaction"},
             {"create unique index concurrently a on demo.b (c)", "cannot run in a transaction"},
             {"-- migrate: transaction=off\ncreate index concurrently on demo.b (c)", "needs its name"},
             {"-- migrate: transaction=off\ncreate index concurrently if not exists a on b (c)", "its table's schema"},
             {"vacuum demo.b", "cannot run in a transaction"},
             {"alter system set a = 1", "cannot run in a transaction"},
         })
        EXPECT_THAT(error_of(mistake.text).detail, HasSubstr(mistake.expected)) << mistake.text;
}

constexpr std::string_view backfill = R"(-- migrate: kind=backfill batch_size=50
select count(*), max(id) from (select id from demo.a where id > :cursor limit :batch_size) as batch;
-- migrate: total
select count(*) from demo.a;
-- migrate: verify
select count(*) from demo.a where b is null;
)";

TEST(ParseMigration, reads_a_backfill) {
    const auto migration = parse(backfill).value();
    EXPECT_EQ(migration.kind, Kind::backfill);
    EXPECT_EQ(migration.batch_size, 50);
    EXPECT_EQ(migration.total_sql, "select count(*) from demo.a");
    EXPECT_EQ(migration.verify_sql, "select count(*) from demo.a where b is null");
}

TEST(ParseMigration, refuses_a_backfill_that_could_not_be_resumed_or_verified) {
    const auto with = [](std::string_view from, std::string_view to) {
        std::string text(backfill);
        return text.replace(text.find(from), from.size(), to);
    };
    EXPECT_THAT(error_of(with(":cursor", "0")).detail, HasSubstr("uses :cursor"));
    EXPECT_THAT(error_of(with(":batch_size", "50")).detail, HasSubstr("uses :batch_size"));
    EXPECT_THAT(error_of(with("as batch;", "as batch; select 2;")).detail, HasSubstr("one statement"));
    EXPECT_THAT(error_of(with("-- migrate: verify\nselect count(*) from demo.a where b is null;\n", "")).detail,
                HasSubstr("section verify"));
    EXPECT_THAT(error_of(with("is null;", "is null; select 1;")).detail, HasSubstr("several statements"));
    EXPECT_THAT(error_of(with("batch_size=50", "transaction=off")).detail, HasSubstr("each batch"));
}

TEST(Checksum, sees_text_but_not_line_ends_and_trailing_space) {
    const auto checksum = [](std::string_view text) { return parse(text).value().checksum; };
    const auto plain = checksum("select 1;\nselect 2;\n");
    EXPECT_EQ(plain, checksum("select 1;\r\nselect 2;"));
    EXPECT_EQ(plain, checksum("\xEF\xBB\xBFselect 1;  \nselect 2;\t\n\n\n"));
    EXPECT_NE(plain, checksum("select 1;\n\nselect 2;\n"));
    EXPECT_NE(plain, checksum("select 1;\nselect 3;\n"));
    // Of FIPS 180-2, so that records stay readable by anything.
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Result<ModuleFiles> parse_named(std::initializer_list<std::string_view> names) {
    std::vector<SqlFile> files;
    for (auto name : names) files.push_back({name, "select 1"});
    return parse_module({.name = "demo", .schemas = {"demo"}, .sql = {.migrations = files}});
}

TEST(ConcurrentIndex, is_recognised_with_its_folded_names) {
    const auto index = concurrent_index_of(
        "CREATE UNIQUE INDEX concurrently IF not EXISTS \"A \"\"b\" /* x */ ON only Demo.People (c)");
    ASSERT_TRUE(index);
    EXPECT_EQ(index->name, "A \"b");
    EXPECT_EQ(index->schema, "demo");
    EXPECT_FALSE(concurrent_index_of("create index a on demo.b (c)"));
    EXPECT_FALSE(concurrent_index_of("drop index concurrently demo.a"));
    EXPECT_FALSE(concurrent_index_of("create index concurrently"));
}

TEST(ParseModule, orders_by_version) {
    const auto files = parse_named({"0002_b.sql", "0001_a.sql"}).value();
    EXPECT_EQ(files.migrations[0].label(), "0001_a");
    EXPECT_EQ(files.migrations[1].label(), "0002_b");
}

TEST(ParseModule, refuses_gaps_and_duplicates) {
    EXPECT_EQ(parse_named({"0001_a.sql", "0003_c.sql"}).error().code, "migrate.gap");
    EXPECT_EQ(parse_named({"0002_a.sql"}).error().code, "migrate.gap");
    const auto error = parse_named({"0001_a.sql", "0001_b.sql"}).error();
    EXPECT_EQ(error.code, "migrate.duplicate_version");
    EXPECT_THAT(error.message, HasSubstr("demo 0001_b"));
    EXPECT_THAT(error.detail, HasSubstr("0001_a"));
}

TEST(BaseSchema, is_embedded_and_valid) {
    const auto files = parse_module(base_schema());
    ASSERT_TRUE(files) << files.error().message << ": " << files.error().detail;
    EXPECT_THAT(files->schemas, ElementsAre("base"));
}

}  // namespace
}  // namespace gsdb::migrate
