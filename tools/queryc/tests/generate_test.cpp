#include "queryc/generate.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"

namespace gsdb::queryc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view sql = R"(-- name: find_project :optional
-- param parent_project_id: nullable
-- column total: not null
-- type id: ProjectId
-- The project of that name.
select id, lead_user_id, some_id, name, role, tags, total, public
from projects.projects
where organization_id = :organization_id and parent_project_id = :parent_project_id
-- name: touch_project :exec
update projects.projects set name = :name where organization_id = :organization_id
)";

const Generation generation{.tag = "projects::Database",
                            .header_name = "modules/projects/queries.hpp",
                            .id_types = {"OrganizationId", "ProjectId", "UserId"}};

Lock lock_of(const std::vector<Statement>& statements) {
    return {{"find_project",
             {.fingerprint = statements[0].fingerprint(),
              .parameters = {{"organization_id", "uuid"}, {"parent_project_id", "uuid"}},
              .columns = {{"id", "uuid", false},
                          {"lead_user_id", "uuid", true},
                          {"some_id", "uuid", false},
                          {"name", "text", false},
                          {"role", "enum identity.role", false},
                          {"tags", "text[]", true},
                          {"total", "int8", true},
                          {"public", "bool", false}}}},
            {"touch_project",
             {.fingerprint = statements[1].fingerprint(),
              .parameters = {{"name", "text"}, {"organization_id", "uuid"}},
              .columns = {}}}};
}

class Generate : public testing::Test {
  protected:
    std::vector<Statement> statements_ = parse_statements(sql, "projects.sql");
    Lock lock_ = lock_of(statements_);
};

TEST_F(Generate, WritesOneStructForEachStatement) {
    auto header = generate(statements_, lock_, generation).header;
    EXPECT_THAT(header, HasSubstr(R"(namespace gsdb::projects {
struct Database;
}

namespace gsdb::projects::sql {

/// The project of that name.
struct FindProject {
    struct Params {
        OrganizationId organization_id;
        std::optional<ProjectId> parent_project_id;
    };
    struct Row {
        ProjectId id;
        std::optional<UserId> lead_user_id;
        Uuid some_id;
        std::string name;
        std::string role;
        std::optional<std::vector<std::string>> tags;
        std::int64_t total;
        bool public_;
    };
    using Module = Database;
    static constexpr pg::Cardinality cardinality = pg::Cardinality::optional;
    static const pg::Statement statement;
    static void bind(pg::Parameters& parameters, const Params& params);
    static Row read(pg::RowReader& row);
};)"));
}

TEST_F(Generate, TextsStandInTheSourceSoThatAnotherOneRebuildsNothingElse) {
    const auto generated = generate(statements_, lock_, generation);
    EXPECT_THAT(generated.header, Not(HasSubstr("select")));
    EXPECT_THAT(generated.source, HasSubstr(R"(constinit const pg::Statement FindProject::statement{
    .name = "projects.find_project",
    .text = R"sql(select /* projects.find_project */ id, lead_user_id,)"));
    EXPECT_THAT(generated.source, HasSubstr(R"(where organization_id = $1 and parent_project_id = $2)sql",
    .cardinality = pg::Cardinality::optional,
    .scope = pg::Scope::tenant};)"));
}

TEST_F(Generate, AStatementWithoutRowsHasNoRow) {
    auto generated = generate(statements_, lock_, generation);
    auto header = generated.header.substr(generated.header.find("struct TouchProject"));
    EXPECT_THAT(header, Not(HasSubstr("Row")));
    EXPECT_THAT(generated.source, Not(HasSubstr("TouchProject::read")));
}

TEST_F(Generate, BindsAndReadsInThePositionsOrder) {
    auto source = generate(statements_, lock_, generation).source;
    EXPECT_THAT(source, HasSubstr("#include \"modules/projects/queries.hpp\"\n"));
    EXPECT_THAT(source, HasSubstr(R"(void TouchProject::bind(pg::Parameters& parameters, const Params& params) {
    parameters.add(params.name);
    parameters.add(params.organization_id);
})"));
    EXPECT_THAT(source, HasSubstr(R"(        .id = row.next<ProjectId>(),
        .lead_user_id = row.next<std::optional<UserId>>(),)"));
}

TEST_F(Generate, BindsTextsInBinaryWhereTheServerSaidThatTheyAreTexts) {
    lock_["touch_project"].parameters[0].type = "text[]";
    auto source = generate(statements_, lock_, generation).source;
    EXPECT_THAT(source, HasSubstr("    parameters.add(pg::TextArray{params.name});\n"));
    lock_["touch_project"].parameters[0].type = "enum projects.kind[]";
    source = generate(statements_, lock_, generation).source;
    EXPECT_THAT(source, HasSubstr("    parameters.add(params.name);\n"));
}

TEST_F(Generate, TheSameInputGivesTheSameBytes) {
    auto first = generate(statements_, lock_, generation);
    auto second = generate(statements_, parse_lock(to_json(lock_), "lock"), generation);
    EXPECT_EQ(first.header, second.header);
    EXPECT_EQ(first.source, second.source);
}

TEST_F(Generate, RefusesAStaleLockAndSaysWhichStatementAndWhatToRun) {
    lock_["touch_project"].fingerprint = "sha256:00";
    lock_["gone"] = {};
    lock_.erase("find_project");
    try {
        generate(statements_, lock_, generation);
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.error().code, "queryc.stale");
        EXPECT_THAT(failure.what(), HasSubstr("projects.sql:1: statement find_project is new"));
        EXPECT_THAT(failure.what(), HasSubstr("projects.sql:9: the text of touch_project changed"));
        EXPECT_THAT(failure.what(), HasSubstr("statement gone is in the lock file and in no .sql file"));
        EXPECT_THAT(failure.error().hint, HasSubstr("./dev gen"));
    }
}

TEST_F(Generate, RefusesATypeThatCppDoesNotKnow) {
    lock_["find_project"].columns[6].type = "polygon";
    EXPECT_THAT([&] { generate(statements_, lock_, generation); },
                testing::ThrowsMessage<Failure>(HasSubstr("total of statement find_project is of type polygon")));
}

TEST_F(Generate, RefusesAnOverrideOfAColumnThatIsNotThere) {
    statements_[0].nullable_columns["totals"] = false;
    EXPECT_THAT([&] { generate(statements_, lock_, generation); },
                testing::ThrowsMessage<Failure>(HasSubstr("find_project answers no column totals")));
}

TEST(IdTypes, AreReadFromTheHeaderThatDeclaresThem) {
    EXPECT_THAT(find_id_types("using UserId = Id<struct UserTag>;\nusing X = Y;\nusing RunId = Id<struct RunTag>;"),
                ElementsAre("RunId", "UserId"));
}

TEST(Lock, SurvivesItsOwnText) {
    auto lock = lock_of(parse_statements(sql, "projects.sql"));
    EXPECT_EQ(parse_lock(to_json(lock), "lock"), lock);
    EXPECT_EQ(to_json({}), "{\n}\n");
    EXPECT_THAT([] { parse_lock("{\"a\": 1}", "queries.lock.json"); },
                testing::ThrowsMessage<Failure>(HasSubstr("queries.lock.json is not a lock file")));
}

TEST(Lock, DifferencesShowBothSides) {
    Lock locked{{"a", {.fingerprint = "x", .parameters = {}, .columns = {{"id", "uuid", false}}}}};
    Lock database{{"a", {.fingerprint = "x", .parameters = {}, .columns = {{"id", "text", false}}}}};
    ASSERT_EQ(differences(locked, database).size(), 1);
    EXPECT_THAT(differences(locked, database)[0], HasSubstr("\"type\": \"text\""));
    EXPECT_TRUE(differences(locked, locked).empty());
}

}  // namespace
}  // namespace gsdb::queryc
