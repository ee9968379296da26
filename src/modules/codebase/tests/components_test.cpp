#include "modules/codebase/components.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace gsdb::codebase {
namespace {

using Edges = std::vector<std::vector<std::uint32_t>>;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

Edges sorted(Edges components) {
    for (auto& component : components) std::ranges::sort(component);
    return components;
}

TEST(StronglyConnected, FindsCirclesAndSingles) {
    EXPECT_THAT(sorted(strongly_connected({{1}, {2}, {0, 3}, {4}, {3}, {}})),
                UnorderedElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4), ElementsAre(5)));
    EXPECT_TRUE(strongly_connected({}).empty());
    EXPECT_THAT(strongly_connected({{0}}), ElementsAre(ElementsAre(0)));
}

TEST(StronglyConnected, PutsWhatIsReachedFirst) {
    EXPECT_THAT(strongly_connected({{1}, {2}, {}}), ElementsAre(ElementsAre(2), ElementsAre(1), ElementsAre(0)));
}

TEST(StronglyConnected, GoesDeepWithoutRecursion) {
    Edges chain(1'000'000);
    for (std::uint32_t i = 0; i + 1 < chain.size(); ++i) chain[i] = {i + 1};
    EXPECT_EQ(strongly_connected(chain).size(), chain.size());
    chain.back() = {0};
    EXPECT_EQ(strongly_connected(chain).size(), 1U);
}

/// Two nodes are in one component when each reaches the other.
TEST(StronglyConnected, AgreesWithReachability) {
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        const std::uint32_t count = 1 + random() % 12;
        Edges edges(count);
        std::vector<std::vector<bool>> reaches(count, std::vector<bool>(count));
        for (std::uint32_t e = 0; e < count * 3 / 2; ++e) edges[random() % count].push_back(random() % count);
        for (std::uint32_t i = 0; i < count; ++i) {
            reaches[i][i] = true;
            for (const auto to : edges[i]) reaches[i][to] = true;
        }
        for (std::uint32_t k = 0; k < count; ++k)
            for (std::uint32_t i = 0; i < count; ++i)
                for (std::uint32_t j = 0; j < count; ++j)
                    if (reaches[i][k] && reaches[k][j]) reaches[i][j] = true;
        std::vector<std::size_t> component_of(count);
        const auto components = strongly_connected(edges);
        for (std::size_t c = 0; c < components.size(); ++c)
            for (const auto node : components[c]) component_of[node] = c;
        for (std::uint32_t i = 0; i < count; ++i)
            for (std::uint32_t j = 0; j < count; ++j)
                EXPECT_EQ(component_of[i] == component_of[j], reaches[i][j] && reaches[j][i]);
    }
}

}  // namespace
}  // namespace gsdb::codebase
