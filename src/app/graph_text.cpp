#include "app/graph_text.hpp"

#include <fmt/format.h>

#include <unordered_map>

namespace gsdb::app {

namespace {

using codebase::Step;
using codebase::Symbol;
using codebase::SymbolId;

class Tree {
  public:
    explicit Tree(const std::vector<Step>& steps) {
        for (const auto& step : steps) below_[step.via].push_back(&step);
    }

    /// Without recursion: a chain of calls may be long.
    std::string text(const Symbol& root) const {
        auto text = root.label() + "\n";
        std::vector<Level> levels{{below(root.id)}};
        while (!levels.empty()) {
            auto& level = levels.back();
            if (level.next == level.steps.size()) {
                levels.pop_back();
                continue;
            }
            const auto& step = *level.steps[level.next++];
            for (std::size_t i = 0; i + 1 < levels.size(); ++i)
                text += levels[i].next < levels[i].steps.size() ? "│  " : "   ";
            text += level.next < level.steps.size() ? "├─ " : "└─ ";
            text += fmt::format("{}  {}:{}\n", step.symbol.label(), step.path, step.line);
            levels.push_back({below(step.symbol.id)});
        }
        return text;
    }

  private:
    struct Level {
        std::vector<const Step*> steps;
        std::size_t next = 0;
    };

    std::vector<const Step*> below(SymbolId id) const {
        const auto found = below_.find(id);
        return found == below_.end() ? std::vector<const Step*>{} : found->second;
    }

    std::unordered_map<SymbolId, std::vector<const Step*>> below_;
};

std::string quoted(std::string_view text, std::string_view quote) {
    std::string result = "\"";
    for (const char c : text) result += c == '"' ? std::string(quote) : std::string(1, c);
    return result + "\"";
}

/// Numbers for the symbols of a walk, and a line for each node and edge.
template <class Node, class Edge>
std::string drawn(const Symbol& root, const std::vector<Step>& steps, bool leads_in, Node node, Edge edge) {
    std::unordered_map<SymbolId, std::size_t> numbers{{root.id, 0}};
    std::string text = node(std::size_t{0}, root.label());
    for (const auto& step : steps)
        if (const auto [found, is_new] = numbers.try_emplace(step.symbol.id, numbers.size()); is_new)
            text += node(found->second, step.symbol.label());
    for (const auto& step : steps) {
        const auto near = numbers.at(step.via), far = numbers.at(step.symbol.id);
        text += leads_in ? edge(far, near, step.kind) : edge(near, far, step.kind);
    }
    return text;
}

}  // namespace

std::string symbol_list(const std::vector<Symbol>& symbols) {
    std::string text;
    for (const auto& symbol : symbols) {
        text += fmt::format("{}:{}  {} {}\n", symbol.path.empty() ? symbol.package : symbol.path, symbol.start_line,
                            symbol.kind, symbol.name);
        if (!symbol.signature.empty()) text += fmt::format("    {}\n", symbol.signature);
        if (!symbol.documentation.empty())
            text += fmt::format("    {}\n", symbol.documentation.substr(0, symbol.documentation.find('\n')));
    }
    return text;
}

std::string graph_tree(const Symbol& root, const std::vector<Step>& steps) {
    return Tree(steps).text(root);
}

std::string graph_dot(const Symbol& root, const std::vector<Step>& steps, bool leads_in) {
    return "digraph code {\n" +
           drawn(
               root, steps, leads_in,
               [](std::size_t n, const std::string& label) {
                   return fmt::format("    n{} [label={}];\n", n, quoted(label, "\\\""));
               },
               [](std::size_t from, std::size_t to, const std::string& kind) {
                   return fmt::format("    n{} -> n{} [label={}];\n", from, to, quoted(kind, "\\\""));
               }) +
           "}\n";
}

std::string graph_mermaid(const Symbol& root, const std::vector<Step>& steps, bool leads_in) {
    return "flowchart LR\n" + drawn(
                                  root, steps, leads_in,
                                  [](std::size_t n, const std::string& label) {
                                      return fmt::format("    n{}[{}]\n", n, quoted(label, "#quot;"));
                                  },
                                  [](std::size_t from, std::size_t to, const std::string& kind) {
                                      return fmt::format("    n{} -->|{}| n{}\n", from, kind, to);
                                  });
}

}  // namespace gsdb::app
