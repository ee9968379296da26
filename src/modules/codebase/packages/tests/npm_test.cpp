// package.json and the lock files of npm, yarn and pnpm.

#include <gmock/gmock.h>

#include "package_rows.hpp"

namespace gsdb::codebase::packages {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr auto manifest = R"({
  "name": "app",
  "dependencies": {
    "react": "^18.0.0",
    "old-react": "npm:react@^17.0.0",
    "here": "file:../here",
    "fork": "git+https://user:secret@host.test/fork.git#v1"
  },
  "devDependencies": {"typescript": "5.0.4"},
  "peerDependencies": {"vue": ">=3"},
  "optionalDependencies": {"fsevents": "*"},
  "scripts": {"build": "NODE_ENV=production tsc --build && node x.js"}
})";

TEST(Npm, ReadsWhatAManifestAsksFor) {
    EXPECT_THAT(
        rows_of({{"package.json", manifest}}),
        UnorderedElementsAre("package.json:6 runtime here any; local",
                             "package.json:7 runtime fork any; from git+https://host.test/fork.git#v1",
                             "package.json:11 optional fsevents *", "package.json:4 runtime react ^18.0.0",
                             "package.json:5 runtime react ^17.0.0; as old-react", "package.json:10 peer vue >=3",
                             "package.json:9 development typescript 5.0.4; run by script build"));
}

TEST(Npm, FindsVersionsWhereNodeWouldFindThem) {
    EXPECT_THAT(
        rows_of({{"package.json", R"({"name": "root", "workspaces": ["packages/*"], "dependencies": {"a": "^1"}})"},
                 {"packages/x/package.json", R"({"name": "x", "dependencies": {"a": "^2", "b": "1", "root": "*"}})"},
                 {"elsewhere/package.json", R"({"dependencies": {"a": "^3"}})"},
                 {"package-lock.json", R"({"lockfileVersion": 3, "packages": {
                             "": {"name": "root"},
                             "packages/x": {"name": "x"},
                             "node_modules/x": {"resolved": "packages/x", "link": true},
                             "node_modules/a": {"version": "1.5.0", "resolved": "https://registry.npmjs.org/a.tgz", "license": "MIT"},
                             "packages/x/node_modules/a": {"version": "2.1.0", "resolved": "https://user:pw@own.test/a.tgz"},
                             "node_modules/b": {"version": "1.0.0", "bin": {"bee": "b.js"}},
                             "node_modules/b/node_modules/c": {"version": "4.0.0", "dev": true},
                             "node_modules/c": {"version": "4.0.0"}
                         }})"}}),
        UnorderedElementsAre(
            "packages/x/package.json:1 runtime root *; local", "elsewhere/package.json:1 runtime a ^3",
            "package.json:1 runtime a ^1; locked 1.5.0; in package-lock.json; licence MIT",
            "+package.json runtime c; locked 4.0.0; in package-lock.json",
            "packages/x/package.json:1 runtime a ^2; locked 2.1.0; in package-lock.json; from https://own.test/a.tgz",
            "packages/x/package.json:1 runtime b 1; locked 1.0.0; in package-lock.json"));
}

TEST(Npm, TakesWhatALockFileHasFromTheRegistryForAPackageFromElsewhere) {
    EXPECT_THAT(rows_of({{"package.json", R"({"name": "lib"})"},
                         {"docs/package.json", R"({"dependencies": {"lib": "^1"}})"},
                         {"docs/yarn.lock", "lib@^1:\n  version \"1.2.0\"\n"},
                         {"app/package.json", R"({"dependencies": {"lib": "^1"}})"}}),
                UnorderedElementsAre("docs/package.json:1 runtime lib ^1; locked 1.2.0; in docs/yarn.lock",
                                     "app/package.json:1 runtime lib ^1; local"));
}

TEST(Npm, ReadsTheFirstFormatOfLockFiles) {
    EXPECT_THAT(rows_of({{"package.json", R"({"dependencies": {"a": "^1", "z": "npm:b@2"}})"},
                         {"package-lock.json", R"({"lockfileVersion": 1, "dependencies": {
                             "a": {"version": "1.2.3", "requires": {"b": "^1"}, "dependencies": {"b": {"version": "1.0.0", "dev": true}}},
                             "g": {"version": "git+ssh://git@host.test/g.git#abc"},
                             "z": {"version": "npm:b@2.0.0"}}})"}}),
                UnorderedElementsAre(
                    "package.json:1 runtime a ^1; locked 1.2.3; in package-lock.json",
                    "+package.json development b; locked 1.0.0; in package-lock.json",
                    "package.json:1 runtime b 2; locked 2.0.0; in package-lock.json; as z",
                    "+package.json runtime g; locked abc; in package-lock.json; from git+ssh://host.test/g.git#abc"));
}

TEST(Npm, ReadsYarnOfBothKinds) {
    const std::string asked = R"({"dependencies": {"a": "^1.0", "@s/b": "2.x", "z": "npm:a@^2"}})";
    EXPECT_THAT(rows_of({{"package.json", asked}, {"yarn.lock", R"(# yarn lockfile v1


"@s/b@2.x", "@s/b@^2.1.0":
  version "2.4.0"
  resolved "https://registry.yarnpkg.com/@s/b.tgz#00"

a@^1.0:
  version "1.9.0"
  dependencies:
    deep "^1"

deep@^1:
  version "1.0.1"

"z@npm:a@^2":
  version "2.0.0"
)"}}),
                UnorderedElementsAre("package.json:1 runtime @s/b 2.x; locked 2.4.0; in yarn.lock",
                                     "package.json:1 runtime a ^1.0; locked 1.9.0; in yarn.lock",
                                     "package.json:1 runtime a ^2; locked 2.0.0; in yarn.lock; as z",
                                     "+package.json runtime deep; locked 1.0.1; in yarn.lock"));
    EXPECT_THAT(rows_of({{"package.json", asked}, {"yarn.lock", R"(__metadata:
  version: 8

"@s/b@npm:2.x, @s/b@npm:^2.1.0":
  version: 2.4.0
  resolution: "@s/b@npm:2.4.0"
  languageName: node
  linkType: hard

"a@npm:^1.0":
  version: 1.9.0
  resolution: "a@npm:1.9.0"
  bin:
    tool: ./tool.js
  linkType: hard

"root@workspace:.":
  version: 0.0.0-use.local
  resolution: "root@workspace:."
  linkType: soft

"z@npm:a@^2":
  version: 2.0.0
  resolution: "a@npm:2.0.0"
  linkType: hard
)"}}),
                UnorderedElementsAre("package.json:1 runtime @s/b 2.x; locked 2.4.0; in yarn.lock",
                                     "package.json:1 runtime a ^1.0; locked 1.9.0; in yarn.lock",
                                     "package.json:1 runtime a ^2; locked 2.0.0; in yarn.lock; as z"));
}

TEST(Npm, ReadsPnpmOfAllVersions) {
    const std::map<std::string, std::string> manifests{
        {"package.json", R"({"dependencies": {"a": "^1"}})"},
        {"pnpm-workspace.yaml", "packages:\n  - 'pkg/*'\ncatalog:\n  shared: ^4\ncatalogs:\n  old:\n    shared: ^3\n"},
        {"pkg/x/package.json", R"({"devDependencies": {"@s/b": "2", "shared": "catalog:", "y": "workspace:*"}})"}};
    auto nine = manifests;
    nine["pnpm-lock.yaml"] = R"(lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1
        version: 1.2.0(react@18.0.0)
  pkg/x:
    devDependencies:
      '@s/b':
        specifier: '2'
        version: 2.0.1
      shared:
        specifier: 'catalog:'
        version: 4.4.0
      y:
        specifier: workspace:*
        version: link:../y
packages:
  a@1.2.0:
    resolution: {integrity: sha512-x}
  '@s/b@2.0.1':
    resolution: {integrity: sha512-x}
  deep@3.0.0(react@18.0.0):
    resolution: {tarball: https://own.test/deep.tgz}
  shared@4.4.0: {}
)";
    EXPECT_THAT(rows_of(nine),
                UnorderedElementsAre(
                    "package.json:1 runtime a ^1; locked 1.2.0; in pnpm-lock.yaml",
                    "pkg/x/package.json:1 development y any; local",
                    "+package.json runtime deep; locked 3.0.0; in pnpm-lock.yaml; from https://own.test/deep.tgz",
                    "pkg/x/package.json:1 development @s/b 2; locked 2.0.1; in pnpm-lock.yaml",
                    "pkg/x/package.json:1 development shared ^4; locked 4.4.0; in pnpm-lock.yaml"));
    EXPECT_THAT(rows_of({{"package.json", R"({"dependencies": {"a": "^1", "@s/b": "2"}})"},
                         {"pnpm-lock.yaml", R"(lockfileVersion: 5.4
specifiers:
  a: ^1
dependencies:
  a: 1.2.0_react@18.0.0
  '@s/b': 2.0.1
packages:
  /a/1.2.0_react@18.0.0:
    dev: false
  /@s/b/2.0.1:
    dev: false
  /deep/3.0.0:
    dev: true
)"}}),
                UnorderedElementsAre("package.json:1 runtime @s/b 2; locked 2.0.1; in pnpm-lock.yaml",
                                     "package.json:1 runtime a ^1; locked 1.2.0; in pnpm-lock.yaml",
                                     "+package.json development deep; locked 3.0.0; in pnpm-lock.yaml"));
}

TEST(Npm, TellsToolsApart) {
    EXPECT_THAT(
        rows_of({{"package.json", R"({
  "scripts": {"test": "cross-env CI=1 vitest run", "lint": "eslint . --ext .js", "start": "node -r dotenv/config app.js react"},
  "eslintConfig": {"extends": ["airbnb", "plugin:import/recommended"]},
  "prettier": "@own/prettier-config",
  "dependencies": {"vitest": "1", "eslint": "8", "dotenv": "16", "react": "18",
                   "eslint-config-airbnb": "1", "@own/prettier-config": "1", "@types/node": "20"}})"}}),
        UnorderedElementsAre("package.json:6 runtime @own/prettier-config 1; run by setting prettier",
                             "package.json:6 runtime @types/node 20; run by types",
                             "package.json:5 runtime dotenv 16; run by script start",
                             "package.json:5 runtime eslint 8; run by script lint",
                             "package.json:6 runtime eslint-config-airbnb 1; run by setting eslintConfig",
                             "package.json:5 runtime react 18", "package.json:5 runtime vitest 1; run by script test"));
}

TEST(Npm, SaysWhatItCannotRead) {
    EXPECT_THAT(problems_of({{"package.json", "{\n  \"name\": \"x\",\n  \"dependencies\": {\"a\" \"1\"}\n}"}}),
                UnorderedElementsAre(testing::StartsWith("package.json:3 ")));
    EXPECT_THAT(problems_of({{"package.json", R"({"dependencies": {"a": 1, "b": {"c": "d"}}})"}}),
                UnorderedElementsAre("package.json:1 b of dependencies is no range of versions"));
    EXPECT_THAT(problems_of({{"pnpm-lock.yaml", "a: [1\nb: 2\n"}}),
                UnorderedElementsAre(testing::StartsWith("pnpm-lock.yaml:")));
    EXPECT_THAT(problems_of({{"package.json", "[]"}}),
                UnorderedElementsAre("package.json:0 not a table of names and values"));
    EXPECT_THAT(problems_of({{"package.json", "\xEF\xBB\xBF{}"}}), IsEmpty());
    EXPECT_THAT(problems_of({{"package.json", R"({"dependencies": {"a": "1"}})"},
                             {"package-lock.json", R"({"packages": {}})"},
                             {"yarn.lock", "a@1:\n  version \"1.0\"\n"}}),
                UnorderedElementsAre("yarn.lock:0 package-lock.json is taken for the lock file"));
}

}  // namespace
}  // namespace gsdb::codebase::packages
