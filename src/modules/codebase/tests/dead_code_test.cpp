#include "modules/codebase/dead_code.hpp"

#include <gmock/gmock.h>

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;

constexpr SymbolId file = 100;

ReachableElement function(SymbolId id) {
    return {.symbol = id};
}
ReachableElement type(SymbolId id) {
    return {.symbol = id, .is_type = true};
}
ReachableElement inside(std::uint32_t parent, ReachableElement element) {
    element.parent = parent;
    return element;
}

TEST(Reachable, FromTheTopOfAFileAndFromRoots) {
    auto root = function(3);
    root.is_root = true;
    EXPECT_THAT(reachable({function(1), function(2), root, function(4)}, {{file, 1}, {3, 4}}),
                ElementsAre(true, false, true, true));
}

TEST(Reachable, CirclesAloneAreDead) {
    EXPECT_THAT(reachable({function(1), function(2), function(3)}, {{1, 2}, {2, 1}, {3, 3}}),
                ElementsAre(false, false, false));
}

TEST(Reachable, WhatIsInAFunctionRunsWithItAndMethodsWhenTheyAreCalled) {
    EXPECT_THAT(
        reachable({function(1), inside(0, function(2)), type(3), inside(2, function(4)), inside(2, function(5))},
                  {{file, 1}, {2, 3}, {2, 5}}),
        ElementsAre(true, true, true, false, true));
}

TEST(Reachable, WhatTheLanguageCallsGoesWithItsType) {
    auto constructor = inside(0, function(2));
    constructor.is_implied = true;
    EXPECT_THAT(reachable({type(1), constructor, function(3)}, {{file, 1}, {2, 3}}), ElementsAre(true, true, true));
    EXPECT_THAT(reachable({type(1), constructor, function(3)}, {{2, 3}}), ElementsAre(false, false, false));
}

TEST(Reachable, AMemberThatIsUsedKeepsItsType) {
    EXPECT_THAT(reachable({type(1), inside(0, function(2))}, {{file, 2}}), ElementsAre(true, true));
}

TEST(Reachable, GoesDeepWithoutRecursion) {
    std::vector<ReachableElement> chain;
    std::vector<Use> uses{{-1, 0}};
    for (SymbolId i = 0; i < 200'000; ++i) {
        chain.push_back(function(i));
        uses.push_back({i, i + 1});
    }
    EXPECT_TRUE(reachable(chain, uses).back());
}

}  // namespace
}  // namespace gsdb::codebase
