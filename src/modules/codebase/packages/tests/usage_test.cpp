// Which packages are used, and what is imported that nothing asks for.

#include "modules/codebase/packages/usage.hpp"

#include <gmock/gmock.h>

#include "package_rows.hpp"

namespace gsdb::codebase::packages {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> verdicts(const std::map<std::string, std::string>& texts, const std::vector<Import>& imports) {
    const auto packages = packages_of(texts);
    const auto verdicts = UsageJudge(packages.dependencies, imports).verdicts();
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        lines.push_back(fmt::format("{} {} {}{}: {}", packages.dependencies[i].name, to_label(verdicts[i].usage),
                                    verdicts[i].files_using, verdicts[i].is_certain ? "" : "?", verdicts[i].reason));
    return lines;
}

std::vector<std::string> missing(const std::map<std::string, std::string>& texts, const std::vector<Import>& imports,
                                 const std::string& inside = {}) {
    const auto packages = packages_of(texts);
    std::vector<std::string> lines;
    for (const auto& one :
         UsageJudge(packages.dependencies, imports).missing([&](const auto& name) { return name == inside; }))
        lines.push_back(fmt::format("{}:{} {} {} {}{}: {}", one.path, one.line, to_label(one.ecosystem), one.name,
                                    one.files, one.is_certain ? "" : "?", one.reason));
    return lines;
}

constexpr auto npm = Ecosystem::npm;
constexpr auto pypi = Ecosystem::pypi;
constexpr auto go = Ecosystem::go;
constexpr auto maven = Ecosystem::maven;
constexpr auto cargo = Ecosystem::cargo;

TEST(Usage, OfNpmIsWithinThePackageThatAsks) {
    const std::map<std::string, std::string> manifests{
        {"package.json",
         R"({"dependencies": {"shared": "1", "never": "1", "cli": "1", "@types/node": "1"}, "devDependencies": {"dev": "1"}, "scripts": {"x": "cli --a"}})"},
        {"a/package.json", R"({"name": "a", "dependencies": {"inner": "1", "old": "npm:real@1"}})"},
        {"b/package.json", R"({"dependencies": {"a": "*"}})"}};
    EXPECT_THAT(
        verdicts(manifests, {{npm, "shared", "a/x.js", 1}, {npm, "inner", "b/y.js", 2}, {npm, "old", "a/x.js", 3}}),
        ElementsAre("inner elsewhere 0: b/y.js imports it, and nothing below a", "real used 1: 1 file imports it",
                    "a not_judged 0: it is of the codebase itself", "@types/node run 0: types", "cli run 0: script x",
                    "dev not_judged 0: scope development", "never unused 0: nothing imports never",
                    "shared used 1: 1 file imports it"));
}

TEST(Usage, OfPythonGoesByModules) {
    EXPECT_THAT(
        verdicts({{"requirements.txt",
                   "PyYAML\nBeautifulSoup4\ngoogle-cloud-storage\nprotobuf\nFlask-Login\ngunicorn\npython-foo\n"}},
                 {{pypi, "yaml", "a.py", 1},
                  {pypi, "google.cloud.storage.blob", "a.py", 2},
                  {pypi, "flask_login", "b.py", 1},
                  {pypi, "foo", "b.py", 2}}),
        ElementsAre("pyyaml used 1: 1 file imports it", "beautifulsoup4 unused 0: nothing imports bs4",
                    "google-cloud-storage used 1?: 1 file imports it",
                    "protobuf unused 0: nothing imports google.protobuf", "flask-login used 1?: 1 file imports it",
                    "gunicorn run 0?: program", "python-foo used 1?: 1 file imports it"));
}

TEST(Usage, OfGoGoesByTheLongestModule) {
    EXPECT_THAT(
        verdicts({{"go.mod",
                   "module m\nrequire (\n a.test/x v1.0.0\n a.test/x/v2 v2.0.0\n a.test/y v1.0.0 // indirect\n)\n"}},
                 {{go, "a.test/x/v2/deep", "a.go", 1}}),
        ElementsAre("a.test/x unused 0: nothing imports a.test/x", "a.test/x/v2 used 1: 1 file imports it",
                    "a.test/y not_judged 0: something else needs it"));
}

TEST(Usage, OfCargoAndMaven) {
    EXPECT_THAT(
        verdicts({{"Cargo.toml",
                   "[dependencies]\nserde-json = '1'\nrnd = { package = 'rand', version = '1' }\nlog = '0.4'\n"}},
                 {{cargo, "serde_json::Value", "src/a.rs", 1}, {cargo, "rnd", "src/a.rs", 2}}),
        ElementsAre("serde-json used 1: 1 file imports it", "rand used 1: 1 file imports it",
                    "log unused 0: nothing imports log"));
    EXPECT_THAT(
        verdicts({{"build.gradle",
                   "api 'com.google.guava:guava:1'\napi 'org.own:thing:1'\napi 'com.google.other:x:1'\napi "
                   "'net.far:y:1'\n"}},
                 {{maven, "com.google.common.collect", "A.java", 1}, {maven, "org.own.sub", "A.java", 2}}),
        ElementsAre("com.google.guava:guava used 1: 1 file imports it", "org.own:thing used 1?: 1 file imports it",
                    "com.google.other:x not_judged 0?: something of the same owner is imported",
                    "net.far:y unused 0?: nothing imports net.far, if that is what imports of it look like"));
    EXPECT_THAT(verdicts({{"Gemfile", "gem 'x'\n"}}, {}),
                ElementsAre("x not_judged 0?: imports of this ecosystem are not followed"));
}

TEST(Missing, IsWhatNoManifestAsksFor) {
    const std::map<std::string, std::string> manifests{
        {"package.json", R"({"dependencies": {"a": "1", "@types/estree": "1"}})"},
        {"package-lock.json",
         R"({"packages": {"node_modules/a": {"version": "1.0.0"}, "node_modules/deep": {"version": "1.0.0"}}})"},
        {"requirements.txt", "flask\n"}};
    EXPECT_THAT(
        missing(manifests,
                {{npm, "a", "x.js", 1},
                 {npm, "deep", "y.js", 4},
                 {npm, "deep", "x.js", 2},
                 {npm, "gone", "x.js", 3},
                 {npm, "@/x", "x.js", 5},
                 {npm, "~", "x.js", 5},
                 {npm, "virtual:x", "x.js", 6},
                 {npm, "estree", "x.js", 7},
                 {npm, "@site/src", "x.js", 8},
                 {pypi, "werkzeug.routing", "a.py", 1},
                 {pypi, "own", "a.py", 2},
                 {pypi, "_typeshed", "a.py", 3}},
                "own"),
        ElementsAre(
            "x.js:2 npm deep 2: no manifest asks for it; package-lock.json has it because something else needs it",
            "x.js:3 npm gone 1: no manifest asks for it", "a.py:1 pypi werkzeug 1?: no manifest asks for it"));
    EXPECT_THAT(
        missing({{"go.mod", "module m\nrequire a.test/y v1.0.0 // indirect\n"}},
                {{go, "fmt", "a.go", 1}, {go, "a.test/y/z", "a.go", 2}, {go, "b.test/q", "a.go", 3}}),
        ElementsAre("a.go:2 go a.test/y 1: no manifest asks for it; go.mod has it because something else needs it",
                    "a.go:3 go b.test/q 1: no manifest asks for it"));
    EXPECT_THAT(missing({{"pom.xml",
                          "<project><dependencies><dependency><groupId>com.google.truth</groupId><artifactId>x</"
                          "artifactId><version>1</version></dependency></dependencies></project>"}},
                        {{maven, "java.util", "A.java", 1},
                         {maven, "com.google.common", "A.java", 2},
                         {maven, "org.far.away", "A.java", 3},
                         {cargo, "hir", "a.rs", 1}}),
                ElementsAre("A.java:3 maven org.far.away 1?: no manifest asks for it"));
    EXPECT_THAT(missing({}, {{npm, "a", "x.js", 1}}),
                ElementsAre("x.js:1 npm a 1?: no manifest of npm asks for anything"));
}

}  // namespace
}  // namespace gsdb::codebase::packages
