#include "migrate/layout.hpp"

#include <gmock/gmock.h>

#include <set>

namespace gsdb::migrate {
namespace {

using testing::ElementsAre;

TEST(Layout, gives_each_module_its_database_when_split) {
    const auto layout = Layout::split();
    EXPECT_EQ(layout.targets().size(), 8);
    EXPECT_EQ(layout.target_of_schema("identity")->database, "projects_db");
    EXPECT_EQ(layout.target_of_schema("codebase")->database, "codebase_db");
    EXPECT_EQ(layout.target_of_schema("base"), nullptr);
    EXPECT_EQ(layout.target_of_schema("nonsense"), nullptr);
    EXPECT_THAT(layout.target_of_database("learning_db")->schemas(), ElementsAre("base", "learning", "openevolve"));
}

TEST(Layout, has_everything_in_one_database_when_unified) {
    const auto layout = Layout::unified("mine");
    ASSERT_EQ(layout.targets().size(), 1);
    EXPECT_EQ(layout.target_of_schema("identity")->database, "mine");
    EXPECT_EQ(layout.target_of_database("projects_db"), layout.target_of_database("mine"));
    EXPECT_EQ(layout.targets()[0].schemas().size(), 11);
}

TEST(Layout, shares_no_name_between_databases) {
    std::set<std::string_view> names;
    for (const auto& spec : database_specs()) {
        EXPECT_TRUE(names.insert(spec.name).second);
        EXPECT_TRUE(names.insert(spec.owner_role).second);
        EXPECT_TRUE(names.insert(spec.login_role).second);
        for (auto schema : spec.schemas) EXPECT_TRUE(names.insert(schema).second);
    }
}

TEST(Layout, names_the_owner_of_a_schema) {
    EXPECT_EQ(owner_of_schema("openevolve"), "learning_owner");
    EXPECT_EQ(owner_of_schema("base"), "graph_sitter_admin");
}

TEST(Layout, is_parsed_by_name) {
    EXPECT_EQ(parse_layout_kind("unified"), LayoutKind::unified);
    EXPECT_EQ(parse_layout_kind("split"), LayoutKind::split);
    EXPECT_EQ(parse_layout_kind("both").error().exit_code, ExitCode::usage);
}

}  // namespace
}  // namespace gsdb::migrate
