// Packages in the database: which rows a run writes and ends, and that a history of changes ends in the rows that a
// first run would have made.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "index_fixture.hpp"

namespace gsdb::codebase {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PackageRun : public IndexFixture {
  protected:
    /// All that is stored of the packages of a codebase, without what tells one codebase or run from another.
    std::vector<std::string> packages_of(const std::string& codebase) {
        return ask(
            "select concat_ws('|', manifest_path, coalesce(manifest_line, 0), lock_path, ecosystem, d.name, scope, "
            "is_direct, requested_range, condition, locked_version, source_url, licence, is_local, import_names, "
            "run_by) from codebase.external_dependencies d join codebase.codebases c on c.id = d.codebase_id where "
            "c.name = '" +
            codebase + "' and d.last_run is null order by 1");
    }

    MemoryTree tree_{
        "/sample",
        {{"package.json", R"({"name": "app", "dependencies": {"react": "^18"}, "devDependencies": {"vite": "5"}})"},
         {"package-lock.json", R"({"packages": {"node_modules/react": {"version": "18.2.0", "license": "MIT"},
                                                            "node_modules/loose-envify": {"version": "1.4.0"}}})"},
         {"node_modules/react/package.json", R"({"name": "react", "dependencies": {"x": "1"}})"},
         {"index.js", "import React from 'react';\n"}}};
};

INSTANTIATE_TEST_SUITE_P(Layouts, PackageRun, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(to_string(info.param)); });

constexpr auto rows_with_runs =
    "select name, requested_range, locked_version, licence, first_run, last_run from codebase.external_dependencies "
    "order by name, first_run, requested_range";

TEST_P(PackageRun, StoresWhatManifestsAndLockFilesSay) {
    const auto summary = index(tree_);
    ASSERT_TRUE(summary.packages);
    EXPECT_EQ(summary.packages->manifests, 1) << "not that of a vendored package";
    EXPECT_EQ(summary.packages->lock_files, 1);
    EXPECT_EQ(summary.packages->rows_new, 3);
    EXPECT_THAT(ask(rows_with_runs),
                ElementsAre("loose-envify|-|1.4.0|-|1|-", "react|^18|18.2.0|MIT|1|-", "vite|5|-|-|1|-"));
    EXPECT_THAT(ask("select name, files_using from codebase.dependency_usage where is_direct order by name"),
                ElementsAre("react|1", "vite|0"));
}

TEST_P(PackageRun, LeavesWhatStandsAndEndsWhatChanged) {
    index(tree_);
    tree_.files["index.js"] = "import React from 'react';\nlet a;\n";
    EXPECT_FALSE(index(tree_).packages) << "no manifest changed";
    tree_.files["package.json"] =
        R"({"name": "app", "dependencies": {"react": "^18", "vue": "3"}, "devDependencies": {"vite": "6"}})";
    EXPECT_EQ(index(tree_).packages->rows_new, 2);
    EXPECT_THAT(ask(rows_with_runs), ElementsAre("loose-envify|-|1.4.0|-|1|-", "react|^18|18.2.0|MIT|1|-",
                                                 "vite|5|-|-|1|2", "vite|6|-|-|3|-", "vue|3|-|-|3|-"));
    tree_.files.erase("package-lock.json");
    EXPECT_EQ(index(tree_).packages->rows_new, 1) << "react is not locked any more";
    tree_.files.erase("package.json");
    EXPECT_EQ(index(tree_).packages->packages, 0);
    EXPECT_THAT(ask("select count(*) from codebase.external_dependencies where last_run is null"), ElementsAre("0"));
    EXPECT_THAT(ask("select first_run, last_run from codebase.external_dependencies where name = 'react' order by 1"),
                ElementsAre("1|3", "4|4"));
}

TEST_P(PackageRun, WhatCannotBeReadDoesNotEndTheRun) {
    tree_.files["pyproject.toml"] = "[project\n";
    tree_.files["requirements.txt"] = "flask\nthis is none\n\xff\xfe";
    tree_.files["sub/package.json"] =
        std::string("{\"dependencies\": {\"a\\u0000\": \"") + std::string(4000, 'x') + "\"}}";
    const auto summary = index(tree_);
    ASSERT_TRUE(summary.packages);
    std::vector<std::string> paths;
    for (const auto& problem : summary.packages->problems)
        paths.push_back(fmt::format("{}:{}", problem.path, problem.line));
    EXPECT_THAT(paths, ElementsAre("pyproject.toml:1", "requirements.txt:2", "requirements.txt:3"));
    EXPECT_THAT(ask("select name, length(requested_range) from codebase.external_dependencies where manifest_path = "
                    "'sub/package.json'"),
                ElementsAre("a|257"));
}

TEST_P(PackageRun, AHistoryOfChangesEndsWhereAFirstRunBegins) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
    const std::vector<std::string> names{"a", "b", "c", "app", "x"}, ranges{"^1", "^2", "*", "workspace:*", "npm:c@1"};
    const auto random_text = [&](const std::string& path) -> std::string {
        if (path.ends_with("package.json"))
            return fmt::format(
                R"({{"name": "{}", "workspaces": ["packages/*"], "dependencies": {{"{}": "{}", "{}": "{}"}}, "scripts": {{"s": "{}"}}}})",
                pick(names), pick(names), pick(ranges), pick(names), pick(ranges), pick(names));
        if (path.ends_with("yarn.lock"))
            return fmt::format("{}@^1:\n  version \"1.{}\"\n\n{}@^2:\n  version \"2.0\"\n", pick(names), random() % 3,
                               pick(names));
        if (path.ends_with(".toml"))
            return fmt::format(
                "[package]\nname = '{}'\n[dependencies]\n{} = '1'\n{}.workspace = true\n[workspace.dependencies]\n{} = "
                "'{}'\n",
                pick(names), pick(names), "w", "w", random() % 3);
        return fmt::format("{}=={}\n", pick(names), random() % 3);
    };
    const std::vector<std::string> paths{"package.json", "packages/p/package.json", "yarn.lock",
                                         "Cargo.toml",   "crates/c/Cargo.toml",     "requirements.txt"};
    for (int step = 0; step < 12; ++step) {
        for (auto changes = 1 + random() % 2; changes > 0; --changes) {
            const auto path = pick(paths);
            if (random() % 4 == 0)
                tree_.files.erase(path);
            else
                tree_.files[path] = random_text(path);
        }
        index(tree_);
    }
    MemoryTree again("/again", tree_.files);
    index(again);
    EXPECT_EQ(packages_of("sample"), packages_of("sample-2"));
    EXPECT_THAT(ask("select id from codebase.external_dependencies where last_run < first_run"), IsEmpty());
}

}  // namespace
}  // namespace gsdb::codebase
