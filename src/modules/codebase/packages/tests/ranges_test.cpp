// Which versions a range accepts: examples of the documents that ranges.hpp names.

#include "modules/codebase/packages/ranges.hpp"

#include <gtest/gtest.h>

namespace gsdb::codebase::packages {
namespace {

struct Example {
    Ecosystem ecosystem;
    const char *range, *version;
    std::optional<bool> accepted;
};

TEST(Ranges, AcceptWhatTheirDocumentsSay) {
    constexpr auto npm = Ecosystem::npm;
    constexpr auto cargo = Ecosystem::cargo;
    constexpr auto pypi = Ecosystem::pypi;
    for (const auto& [ecosystem, range, version, accepted] :
         std::vector<Example>{{npm, "^1.2.3", "1.9.0", true},
                              {npm, "^1.2.3", "2.0.0", false},
                              {npm, "^0.2.3", "0.3.0", false},
                              {npm, "^0.0.3", "0.0.4", false},
                              {npm, "^0.0", "0.0.9", true},
                              {npm, "~1.2.3", "1.2.9", true},
                              {npm, "~1.2", "1.3.0", false},
                              {npm, "~1", "1.9.0", true},
                              {npm, "1.x", "1.5.0", true},
                              {npm, "*", "9.0.0", true},
                              {npm, "", "9.0.0", true},
                              {npm, "1.2 - 2.3", "2.3.9", true},
                              {npm, "1.2 - 2.3.4", "2.3.5", false},
                              {npm, ">=1.2 <2 || 3", "3.4.0", true},
                              {npm, ">= 1.2.0", "1.1.0", false},
                              {npm, ">1", "1.5.0", false},
                              {npm, "^1.0.0", "1.1.0-beta", false},
                              {npm, "^1.1.0-alpha", "1.1.0-beta.2", true},
                              {npm, "^1.1.0-alpha", "1.2.0-beta", false},
                              {npm, "^1.0.0", "2.0.0-rc.1", false},
                              {npm, "1.0.0", "1.0.0+build", true},
                              {npm, "latest", "1.0.0", std::nullopt},
                              {cargo, "1.2", "1.9.0", true},
                              {cargo, "1.2", "2.0.0", false},
                              {cargo, "0.1", "0.2.0", false},
                              {cargo, "=1.2.3", "1.2.4", false},
                              {cargo, ">=1, <2.5", "2.4.9", true},
                              {cargo, "1.*", "1.7.0", true},
                              {pypi, "~=2.2", "2.9", true},
                              {pypi, "~=2.2", "3.0", false},
                              {pypi, "~=1.4.5", "1.5.0", false},
                              {pypi, "==1.1", "1.1.0", true},
                              {pypi, "==1.1.*", "1.1.post1", true},
                              {pypi, "!=1.5.*", "1.5.2", false},
                              {pypi, ">1.7", "1.7.0.post1", false},
                              {pypi, ">=2,<3", "2.31.0", true},
                              {pypi, "<3", "3.0a1", false},
                              {pypi, "==1.0+a", "1.0+b", false},
                              {pypi, "==1.0", "1.0+b", true},
                              {pypi, "===1.0", "1.0.0", false},
                              {pypi, "^1.2", "1.9", true},
                              {pypi, "^0.2", "0.3", false},
                              {pypi, ">=1!1.0", "2.0", false},
                              {pypi, ">=x", "1", std::nullopt},
                              {Ecosystem::rubygems, "~> 1", "1.0", std::nullopt}})
        EXPECT_EQ(accepts(ecosystem, range, version), accepted)
            << to_label(ecosystem) << " '" << range << "' " << version;
}

}  // namespace
}  // namespace gsdb::codebase::packages
