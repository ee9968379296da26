#include "modules/codebase/checks/rules.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>

namespace gsdb::codebase::checks {
namespace {

TEST(Rules, StandAtTheirKeyAndHaveAnIdOfTheirOwn) {
    std::set<std::string_view> ids;
    for (std::size_t i = 0; i < rules().size(); ++i) {
        EXPECT_EQ(static_cast<std::size_t>(rules()[i].key), i) << rules()[i].id;
        EXPECT_TRUE(ids.insert(rules()[i].id).second) << rules()[i].id;
        EXPECT_EQ(find_rule(rules()[i].id), &rules()[i]);
    }
    EXPECT_EQ(find_rule("bug/nothing"), nullptr);
}

TEST(Rules, AreDescribedByTheReference) {
    std::ostringstream page;
    page << std::ifstream("docs/reference/rules.md").rdbuf();
    EXPECT_EQ(page.str(), reference_page()) << "./dev gen writes it";
}

}  // namespace
}  // namespace gsdb::codebase::checks
