#include "queryc/statement.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"

namespace gsdb::queryc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view claim_job = R"(-- What this file is about.

-- name: claim_job :optional
-- scope: cross
-- param queue: nullable
-- column lease_until: not null
-- type owner: UserId
-- Takes the oldest runnable job.
--
-- `skip locked` lets workers pass each other.
update workflows.jobs set state = 'running'
where queue = :queue -- the caller's :choice
  and tags[1:2] = :tags

  and run_at <= :now and :queue <> ''
returning id, lease_until;

-- name: count_jobs :one
select count(*) as total from workflows.jobs where organization_id = :organization_id
)";

std::string fault_of(std::string_view text) {
    try {
        parse_statements(text, "jobs.sql");
        return "no fault";
    } catch (const Failure& failure) {
        EXPECT_NE(failure.error().hint, "") << failure.what();
        return failure.what();
    }
}

TEST(Statement, ReadsHeaderAndText) {
    auto statements = parse_statements(claim_job, "jobs.sql");
    ASSERT_EQ(statements.size(), 2);
    const auto& first = statements[0];
    EXPECT_EQ(first.name, "claim_job");
    EXPECT_EQ(first.cardinality, Cardinality::optional);
    EXPECT_EQ(first.scope, Scope::cross);
    EXPECT_THAT(first.documentation,
                ElementsAre("Takes the oldest runnable job.", "", "`skip locked` lets workers pass each other."));
    EXPECT_THAT(first.nullable_parameters, ElementsAre("queue"));
    EXPECT_THAT(first.nullable_columns, ElementsAre(std::pair("lease_until", false)));
    EXPECT_THAT(first.types, ElementsAre(std::pair("owner", "UserId")));
    EXPECT_THAT(first.parameters, ElementsAre("queue", "tags", "now"));
    EXPECT_EQ(first.text,
              "update workflows.jobs set state = 'running'\n"
              "where queue = $1\n"
              "  and tags[1:2] = $2\n"
              "  and run_at <= $3 and $1 <> ''\n"
              "returning id, lease_until");
    EXPECT_EQ(first.place(), "jobs.sql:3");
    EXPECT_THAT(first.text_lines, ElementsAre(11, 12, 13, 15, 16));
    EXPECT_EQ(statements[1].scope, Scope::tenant);
    EXPECT_EQ(statements[1].cardinality, Cardinality::one);
}

TEST(Statement, FingerprintFollowsTheSqlAndNotTheComments) {
    auto print = [](std::string_view text) { return parse_statements(text, "f.sql")[0].fingerprint(); };
    auto plain = print("-- name: a :one\nselect :b as c");
    EXPECT_EQ(plain, print("-- name: a :optional\n-- about it\nselect :b as c; -- more\n"));
    EXPECT_NE(plain, print("-- name: a :one\nselect :b as d"));
    EXPECT_NE(plain, print("-- name: a :one\nselect :x as c")) << "a renamed parameter is another field";
}

TEST(Statement, FaultsNameTheLineAndTheRemedy) {
    EXPECT_THAT(fault_of("\nselect 1"), HasSubstr("jobs.sql:2: SQL before the first"));
    EXPECT_THAT(fault_of("-- name: ClaimJob :one\nselect 1"), HasSubstr("jobs.sql:1: 'ClaimJob' is not a name"));
    EXPECT_THAT(fault_of("-- name: a\nselect 1"), HasSubstr("how many rows"));
    EXPECT_THAT(fault_of("-- name: a :several\nselect 1"), HasSubstr("how many rows"));
    EXPECT_THAT(fault_of("-- name: a :one\n-- scope: mine\nselect 1"), HasSubstr("jobs.sql:2: unknown scope 'mine'"));
    EXPECT_THAT(fault_of("-- name: a :one\n-- param b: optional\nselect :b"), HasSubstr("jobs.sql:2: a parameter can"));
    EXPECT_THAT(fault_of("-- name: a :one\n-- param c: nullable\nselect :b"), HasSubstr("has no parameter :c"));
    EXPECT_THAT(fault_of("-- name: a :one\n-- column b: maybe\nselect 1"), HasSubstr("jobs.sql:2: column b"));
    EXPECT_THAT(fault_of("-- name: a :one\n-- type b\nselect 1"), HasSubstr("jobs.sql:2: a type"));
    EXPECT_THAT(fault_of("-- name: a :one\n\n-- name: b :one\nselect 1"),
                HasSubstr("jobs.sql:1: statement a has no SQL"));
    EXPECT_THAT(fault_of("-- name: a :exec\ndelete from b;\ndelete from c"),
                HasSubstr("jobs.sql:3: a second statement"));
    EXPECT_THAT(fault_of("-- name: a :one\nselect $1"), HasSubstr("jobs.sql:2: a parameter by number, $1"));
    EXPECT_THAT(fault_of("-- name: a :one\nselect :Queue"), HasSubstr("jobs.sql:2: parameter ':Queue'"));
    EXPECT_THAT(fault_of("-- name: a :one\nselect 'x"), HasSubstr("jobs.sql:2: this string never ends"));
}

class StatementFolder : public testing::Test {
  protected:
    void SetUp() override { std::filesystem::create_directories(folder_); }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    void write(const std::string& name, std::string_view text) { std::ofstream(folder_ / name) << text; }

    std::filesystem::path folder_ = std::filesystem::path(testing::TempDir()) / "queryc_statements";
};

TEST_F(StatementFolder, IsReadInTheOrderOfTheNames) {
    write("b.sql", "-- name: alpha :one\nselect 1 as x");
    write("a.sql", "-- name: beta :one\nselect 1 as x");
    write("notes.md", "-- name: gamma");
    auto statements = read_statements(folder_);
    ASSERT_EQ(statements.size(), 2);
    EXPECT_EQ(statements[0].place(), "b.sql:1");
    EXPECT_EQ(statements[1].name, "beta");
}

TEST_F(StatementFolder, RefusesANameThatIsTaken) {
    write("a.sql", "-- name: alpha :one\nselect 1 as x");
    write("b.sql", "\n-- name: alpha :one\nselect 1 as x");
    EXPECT_THAT([&] { read_statements(folder_); },
                testing::ThrowsMessage<Failure>(HasSubstr("b.sql:2: the name alpha is taken by a.sql:1")));
}

TEST_F(StatementFolder, TypesOfTheFolderGiveWayToTheStatements) {
    write("types.toml", "[types]\nlead_id = \"UserId\"\nid = \"TeamId\"\n");
    write("a.sql", "-- name: alpha :one\n-- type id: ProjectId\nselect 1 as x");
    auto statements = read_statements(folder_);
    EXPECT_THAT(statements[0].types, ElementsAre(std::pair("id", "ProjectId"), std::pair("lead_id", "UserId")));
}

TEST_F(StatementFolder, TypesThatCannotBeReadNameTheirLine) {
    write("a.sql", "-- name: alpha :one\nselect 1 as x");
    write("types.toml", "[types]\nlead_id = UserId\n");
    EXPECT_THAT([&] { read_statements(folder_); }, testing::ThrowsMessage<Failure>(HasSubstr("types.toml:2:")));
    write("types.toml", "[types]\n\nlead_id = 7\n");
    EXPECT_THAT([&] { read_statements(folder_); }, testing::ThrowsMessage<Failure>(HasSubstr("types.toml:3:")));
}

}  // namespace
}  // namespace gsdb::queryc
