#include "app/graph_text.hpp"

#include <gmock/gmock.h>

namespace gsdb::app {
namespace {

using codebase::Step;
using codebase::Symbol;

Symbol symbol(codebase::SymbolId id, std::string name) {
    Symbol s;
    s.id = id;
    s.path = "a.py";
    s.name = std::move(name);
    return s;
}

Step step(int depth, codebase::SymbolId via, codebase::SymbolId id, std::string name) {
    Step s;
    s.depth = depth;
    s.symbol = symbol(id, std::move(name));
    s.via = via;
    s.kind = "call";
    s.path = "b.py";
    s.line = static_cast<int>(id);
    return s;
}

const std::vector<Step> steps{step(1, 1, 2, "f"), step(1, 1, 3, "g"), step(2, 2, 4, "h\"x"), step(3, 4, 5, "i")};

TEST(GraphText, ATreeShowsWhatIsReachedByWhat) {
    EXPECT_EQ(graph_tree(symbol(1, "root"), steps),
              "a.py:root\n"
              "├─ a.py:f  b.py:2\n"
              "│  └─ a.py:h\"x  b.py:4\n"
              "│     └─ a.py:i  b.py:5\n"
              "└─ a.py:g  b.py:3\n");
    EXPECT_EQ(graph_tree(symbol(1, "root"), {}), "a.py:root\n");
}

TEST(GraphText, ATreeMayBeDeep) {
    std::vector<Step> chain;
    for (int i = 1; i <= 2000; ++i) chain.push_back(step(i, i, i + 1, "f"));
    const auto text = graph_tree(symbol(1, "root"), chain);
    EXPECT_EQ(std::ranges::count(text, '\n'), 2001);
}

TEST(GraphText, ArrowsGoFromWhatCalls) {
    EXPECT_EQ(graph_dot(symbol(1, "root"), {steps[0]}, true),
              "digraph code {\n    n0 [label=\"a.py:root\"];\n    n1 [label=\"a.py:f\"];\n    n1 -> n0 "
              "[label=\"call\"];\n}\n");
    EXPECT_EQ(graph_mermaid(symbol(1, "root"), {steps[0]}, false),
              "flowchart LR\n    n0[\"a.py:root\"]\n    n1[\"a.py:f\"]\n    n0 -->|call| n1\n");
}

TEST(GraphText, QuotesAreEscaped) {
    EXPECT_THAT(graph_dot(symbol(1, "a\"b"), {}, true), testing::HasSubstr("label=\"a.py:a\\\"b\""));
    EXPECT_THAT(graph_mermaid(symbol(1, "a\"b"), {}, true), testing::HasSubstr("[\"a.py:a#quot;b\"]"));
}

}  // namespace
}  // namespace gsdb::app
