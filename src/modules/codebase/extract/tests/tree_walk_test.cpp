// The walk over tree-sitter's memory visits what TSTreeCursor visits.

#include "modules/codebase/extract/tree_walk.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <vector>

#include "modules/codebase/extract/grammar.hpp"

namespace gsdb::codebase::extract {
namespace {

namespace fs = std::filesystem;

using Tree = std::unique_ptr<TSTree, decltype(&ts_tree_delete)>;
using Walk = std::unique_ptr<TreeWalk, decltype(&tree_walk_delete)>;

struct Visit {
    const void* id;
    std::uint32_t depth;
    TSFieldId field;
    TSSymbol symbol;
    TSPoint start;

    bool operator==(const Visit& other) const {
        return id == other.id && depth == other.depth && field == other.field && symbol == other.symbol &&
               start.row == other.start.row && start.column == other.start.column;
    }
};

Tree parse(Language language, std::string_view source) {
    const std::unique_ptr<TSParser, decltype(&ts_parser_delete)> parser(ts_parser_new(), ts_parser_delete);
    ts_parser_set_language(parser.get(), grammar_of(language));
    return {ts_parser_parse_string(parser.get(), nullptr, source.data(), static_cast<std::uint32_t>(source.size())),
            ts_tree_delete};
}

std::vector<Visit> by_cursor(const Tree& tree) {
    std::vector<Visit> visits;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree.get()));
    std::uint32_t depth = 0;
    for (bool more = true; more;) {
        const auto node = ts_tree_cursor_current_node(&cursor);
        visits.push_back({node.id, depth, ts_tree_cursor_current_field_id(&cursor), ts_node_symbol(node),
                          ts_node_start_point(node)});
        if (ts_tree_cursor_goto_first_child(&cursor)) {
            ++depth;
            continue;
        }
        while (more && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            more = depth-- > 0;
            ts_tree_cursor_goto_parent(&cursor);
        }
    }
    ts_tree_cursor_delete(&cursor);
    return visits;
}

std::vector<Visit> by_walk(const Tree& tree) {
    const std::vector<std::uint8_t> roles(ts_language_symbol_count(ts_tree_language(tree.get())), 3);
    const Walk walk(tree_walk_new(), tree_walk_delete);
    tree_walk_start(walk.get(), ts_tree_root_node(tree.get()),
                    {roles.data(), static_cast<std::uint32_t>(roles.size())});
    std::vector<Visit> visits;
    TreeStep step{};
    while (tree_walk_next(walk.get(), true, &step)) {
        EXPECT_EQ(tree_walk_path(walk.get())[step.depth], step.role);
        EXPECT_EQ(step.left, step.depth) << "every node is a step, so each leaves its siblings only";
        visits.push_back({step.node.id, step.depth, tree_walk_field(walk.get()), ts_node_symbol(step.node),
                          ts_node_start_point(step.node)});
    }
    return visits;
}

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

TEST(TreeWalk, visits_what_the_cursor_visits) {
    std::mt19937 random(7);
    for (const auto& entry : fs::recursive_directory_iterator("src/modules/codebase/extract/tests/cases")) {
        if (!entry.is_regular_file() || entry.path().extension() == ".facts") continue;
        auto source = read(entry.path());
        const auto language = detect_language(entry.path().string(), source);
        for (int damage = 0; damage < 20; ++damage) {  // broken trees have nodes that whole ones have not
            const auto tree = parse(language, source);
            EXPECT_TRUE(by_walk(tree) == by_cursor(tree)) << entry.path() << " with " << damage << " characters lost";
            source.erase(random() % source.size(), 1);
        }
    }
}

TEST(TreeWalk, tells_what_was_left_between_two_steps) {
    const auto tree = parse(Language::python, "class A:\n  def f(self):\n    x\ny\ndef g(): pass\n");
    const auto* language = grammar_of(Language::python);
    std::vector<std::uint8_t> roles(ts_language_symbol_count(language), tree_role_none);
    roles[ts_language_symbol_for_name(language, "function_definition", 19, true)] = 3;
    const Walk walk(tree_walk_new(), tree_walk_delete);
    tree_walk_start(walk.get(), ts_tree_root_node(tree.get()),
                    {roles.data(), static_cast<std::uint32_t>(roles.size())});
    TreeStep step{};
    ASSERT_TRUE(tree_walk_next(walk.get(), true, &step));
    EXPECT_EQ(step.depth, 3) << "module, class, block, function";
    ASSERT_TRUE(tree_walk_next(walk.get(), true, &step));
    EXPECT_EQ(step.depth, 1);
    EXPECT_EQ(step.left, 1) << "the class was left";
    EXPECT_FALSE(tree_walk_next(walk.get(), true, &step));
}

TEST(TreeWalk, counts_children_without_comments) {
    const auto tree = parse(Language::c, "int x = f(1, /* a */ b, // c\n d(2), 4, 5, 6, 7, 8, 9, 10);\n");
    const auto* language = grammar_of(Language::c);
    std::vector<std::uint8_t> roles(ts_language_symbol_count(language), tree_role_none);
    roles[ts_language_symbol_for_name(language, "comment", 7, true)] = tree_role_comment;
    roles[ts_language_symbol_for_name(language, "argument_list", 13, true)] = 3;
    const Walk walk(tree_walk_new(), tree_walk_delete);
    const TreeRoles table{roles.data(), static_cast<std::uint32_t>(roles.size())};
    tree_walk_start(walk.get(), ts_tree_root_node(tree.get()), table);
    TreeStep step{};
    ASSERT_TRUE(tree_walk_next(walk.get(), true, &step));
    EXPECT_EQ(tree_count_children(step.node, table), 10);
}

}  // namespace
}  // namespace gsdb::codebase::extract
