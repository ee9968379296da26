// What nobody meant to write: the answer is a problem, in time and memory that go with the size of the file.

#include <gmock/gmock.h>

#include <random>

#include "package_rows.hpp"

namespace gsdb::codebase::packages {
namespace {

const std::vector<std::string> names{"package.json",
                                     "package-lock.json",
                                     "yarn.lock",
                                     "pnpm-lock.yaml",
                                     "pyproject.toml",
                                     "setup.cfg",
                                     "requirements.txt",
                                     "Pipfile",
                                     "Pipfile.lock",
                                     "poetry.lock",
                                     "Cargo.toml",
                                     "Cargo.lock",
                                     "go.mod",
                                     "go.sum",
                                     "pom.xml",
                                     "build.gradle",
                                     "gradle.lockfile",
                                     "a.versions.toml",
                                     "Gemfile",
                                     "Gemfile.lock",
                                     "composer.json",
                                     "composer.lock",
                                     "a.csproj",
                                     "packages.lock.json",
                                     "vcpkg.json",
                                     "conanfile.txt",
                                     "CMakeLists.txt",
                                     "pnpm-workspace.yaml",
                                     "Directory.Packages.props"};

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

TEST(Hostile, DepthIsBounded) {
    for (const auto& [path, text] : std::map<std::string, std::string>{
             {"package.json", repeated("{\"dependencies\":", 100'000)},
             {"package-lock.json", "{\"dependencies\":" + repeated("{\"a\":{\"version\":\"1\",\"dependencies\":", 100) +
                                       "{}" + repeated("}}", 100) + "}"},
             {"pyproject.toml", "a = " + repeated("[", 100'000)},
             {"pnpm-lock.yaml", repeated("[", 100'000)},
             {"pom.xml", repeated("<project>", 100'000)}}) {
        EXPECT_EQ(problems_of({{path, text}}).size(), 1U) << path;
    }
}

TEST(Hostile, ReferencesOfYamlDoNotGrow) {
    std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";
    for (char c = 'b'; c < 'k'; ++c)
        text += fmt::format("{0}: &{0} [*{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}]\n", c,
                            static_cast<char>(c - 1));
    EXPECT_TRUE(rows_of({{"pnpm-lock.yaml", text}}).empty());
}

TEST(Hostile, PropertiesThatMeanThemselvesEnd) {
    EXPECT_EQ(
        rows_of(
            {{"pom.xml",
              "<project><properties><a>${b}${b}</a><b>${a}${a}</b></properties><dependencies><dependency><groupId>g</"
              "groupId><artifactId>x</artifactId><version>${a}</version></dependency></dependencies></project>"}})
            .size(),
        1U);
    EXPECT_EQ(rows_of({{"a/pom.xml",
                        "<project><parent><relativePath>../b/pom.xml</relativePath></"
                        "parent><dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId></dependency></"
                        "dependencies></project>"},
                       {"b/pom.xml", "<project><parent><relativePath>../a/pom.xml</relativePath></parent></project>"}})
                  .size(),
              1U);
}

TEST(Hostile, AnyBytesGiveAnAnswer) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const std::string alphabet = "{}[]\"':,=@<>/\\ \n\t#-_.$()^~*;&!|azAZ09\x80\xff";
    const std::vector<std::string> words{
        "dependencies", "node_modules/", "version", "[[package]]\n",    "require (\n",
        "<dependency>", "</dependency>", "gem 'x'", "implementation '", "find_package(",
        "name = ",      "-e ",           "-r ",     "git+https://",     "@npm:",
        "<project>"};
    for (int round = 0; round < 300; ++round) {
        for (const auto& name : names) {
            std::string text;
            for (auto length = random() % 60; length > 0; --length)
                text += random() % 3 == 0 ? words[random() % words.size()]
                                          : std::string(1, alphabet[random() % alphabet.size()]);
            for (const auto& row : packages_of({{name, text}}).dependencies)
                EXPECT_FALSE(row.name.empty()) << name << "\n" << text;
        }
    }
}

TEST(Hostile, WhatIsStoredFitsTheDatabase) {
    const auto all =
        packages_of({{"package.json", "{\"dependencies\": {\"a\\u0000b\": \"1\", \"\\u0000\": \"1\", \"" +
                                          repeated("\xC3\xA4", 2000) + "\": \"" + repeated("9", 5000) + "\"}}"}});
    ASSERT_EQ(all.dependencies.size(), 2U);
    EXPECT_EQ(all.dependencies[0].name, "ab");
    EXPECT_EQ(all.dependencies[1].name, repeated("\xC3\xA4", 128) + "…");
    EXPECT_EQ(all.dependencies[1].range, repeated("9", 256) + "…");
}

TEST(Hostile, LongListsTakeTimeInProportion) {
    EXPECT_EQ(rows_of({{"requirements.txt", repeated("a==1\n", 100'000)}}).size(), 1U);
    EXPECT_EQ(problems_of({{"requirements.txt", repeated("no requirement\n", 100'000)}}).size(), 20U);
    std::string nested;
    for (int i = 0; i < 20'000; ++i) nested += fmt::format("\"node_modules/p{}\": {{\"version\": \"1.{}\"}},", i, i);
    EXPECT_EQ(
        rows_of({{"package.json", "{}"}, {"package-lock.json", "{\"packages\": {" + nested + "\"\": {}}}"}}).size(),
        20'000U);
}

}  // namespace
}  // namespace gsdb::codebase::packages
