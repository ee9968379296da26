// What a plug-in's folder may say, and what is told to its author when it says something else.

#include "modules/codebase/plugins/plugin.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "modules/codebase/plugins/plugin_set.hpp"

namespace gsdb::codebase::plugins {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Folder : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "plugins.XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(const std::string& file, std::string_view text) {
        fs::create_directories((folder_ / file).parent_path());
        std::ofstream(folder_ / file) << text;
    }
    std::string fault(const std::string& name = "one") {
        const auto plugin = read_plugin(folder_ / name);
        return plugin ? "it was taken" : plugin.error();
    }
    void write_language(std::string_view yaml) {
        write("one/language.yaml", yaml);
        write("one/a.so", "");
        write("one/symbols.scm", "(comment) @comment");
    }

    fs::path folder_;
};

TEST_F(Folder, with_a_language) {
    write_language("name: ab\nlibrary: a.so\nextensions: [ab, abc]\ncomments:\n  line: \"--\"\n");
    const auto plugin = read_plugin(folder_ / "one");
    ASSERT_TRUE(plugin) << plugin.error();
    EXPECT_EQ(plugin->symbol, "tree_sitter_ab");
    EXPECT_EQ(plugin->comments.line, "--");
    EXPECT_THAT(plugin->extensions, ElementsAre("ab", "abc"));
    EXPECT_EQ(plugin->symbols_query, "(comment) @comment");
}

TEST_F(Folder, changes_its_digest_with_every_file) {
    write_language("name: ab\nlibrary: a.so\nextensions: [ab]\n");
    const auto before = read_plugin(folder_ / "one")->digest;
    EXPECT_EQ(read_plugin(folder_ / "one")->digest, before);
    write("one/a.so", "changed");
    const auto changed = read_plugin(folder_ / "one")->digest;
    EXPECT_NE(changed, before);
    write("one/part/b", "");
    EXPECT_NE(read_plugin(folder_ / "one")->digest, changed);
}

TEST_F(Folder, that_is_wrong_says_where_and_why) {
    EXPECT_THAT(fault(), HasSubstr("neither language.yaml nor check.yaml"));
    write_language("name: ab\nlibrary: a.so\n");
    EXPECT_THAT(fault(), HasSubstr("extensions or file_names"));
    write_language("name: Ab\nlibrary: a.so\nextensions: [ab]\n");
    EXPECT_THAT(fault(), HasSubstr("name is a word"));
    write_language("name: ab\nlibrary: ../a.so\nextensions: [ab]\n");
    EXPECT_THAT(fault(), HasSubstr("a file in the folder"));
    write_language("name: ab\nlibrary: b.so\nextensions: [ab]\n");
    EXPECT_THAT(fault(), HasSubstr("there is no b.so"));
    write_language("name: ab\nlibrary: a.so\nextensions: [ab]\ncolour: red\n");
    EXPECT_THAT(fault(), HasSubstr("language.yaml:4: there is no setting colour"));
    write("one/check.yaml", "");
    EXPECT_THAT(fault(), HasSubstr("both language.yaml and check.yaml"));
}

TEST_F(Folder, with_a_check_names_its_rules) {
    write("two/c.so", "");
    const auto with = [&](std::string_view rules) {
        write("two/check.yaml", std::string("name: c\nlibrary: c.so\n").append(rules));
        return fault("two");
    };
    EXPECT_THAT(with(""), HasSubstr("rules says what it may find"));
    EXPECT_THAT(with("rules:\n  - id: c/x\n    name: N\n"), HasSubstr("description is missing"));
    EXPECT_THAT(with("rules:\n  - id: d/x\n    name: N\n    description: D\n"), HasSubstr("c/ and a word"));
    EXPECT_THAT(with("rules:\n  - id: c/x\n    name: N\n    description: D\n    severity: high\n"),
                HasSubstr("note, warning or error"));
    EXPECT_EQ(with("rules:\n  - id: c/x\n    name: N\n    description: D\n    effort_minutes: 7\n"), "it was taken");
    EXPECT_EQ(read_plugin(folder_ / "two")->rules[0].effort_minutes, 7);
}

TEST_F(Folder, of_plugins_is_read_whole) {
    write_language("name: ab\nlibrary: a.so\nextensions: [ab]\nfile_names: [Abfile]\n");
    write("two/check.yaml",
          "name: c\nlibrary: c.so\nlanguages: [python]\nrules:\n  - id: c/x\n    name: N\n    description: D\n");
    write("two/c.so", "");
    write("three/readme", "");
    PluginSet set(folder_);
    EXPECT_EQ(set.plugins().size(), 2U);
    EXPECT_THAT(set.disabled(), ElementsAre(DisabledPlugin{"three", "neither language.yaml nor check.yaml is there"}));
    EXPECT_EQ(set.language_of("x/y.AB"), 0U);
    EXPECT_EQ(set.language_of("Abfile"), 0U);
    EXPECT_FALSE(set.language_of("ab"));
    EXPECT_THAT(set.checks_of("python"), ElementsAre(1U));
    EXPECT_TRUE(set.checks_of("go").empty());
    set.disable(1, "it crashed");
    set.disable(1, "again");
    EXPECT_TRUE(set.checks_of("python").empty());
    EXPECT_EQ(set.disabled().back(), (DisabledPlugin{"c", "it crashed"}));
    EXPECT_EQ(PluginSet(folder_ / "nowhere").digest(), "");
}

}  // namespace
}  // namespace gsdb::codebase::plugins
