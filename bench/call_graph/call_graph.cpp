// Whether the calls we find are those that people wrote down for small programs.
//
//     bench_call_graph [--misses] [--methods] [--category LANGUAGE/CATEGORY] [FOLDER]
//
// FOLDER holds LANGUAGE/CATEGORY/CASE/callgraph.json: caller -> callees, by qualified names, beside the sources of the
// case (default: ../shared/data/callgraph). Only edges between functions that the case names and its files define
// count. Precision: edges found that are labelled; recall: edges labelled that are found; exact: cases in which both
// are 1. With --methods the precision of each way to find a call follows: what codebase::confidence_of() says.

#include "modules/codebase/call_graph.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "modules/codebase/source/folder.hpp"

using namespace gsdb::codebase;
namespace fs = std::filesystem;

namespace {

using Edges = std::set<NamedEdge>;

struct Score {
    std::size_t right = 0, wrong = 0, missed = 0, cases = 0, exact = 0;

    void add(const Score& other) {
        right += other.right, wrong += other.wrong, missed += other.missed;
        cases += other.cases, exact += other.exact;
    }
    double precision() const { return share(right, wrong); }
    double recall() const { return share(right, missed); }
    double exactness() const { return share(exact, cases - exact); }
    static double share(std::size_t part, std::size_t rest) {
        return part + rest == 0 ? 1 : static_cast<double>(part) / static_cast<double>(part + rest);
    }
};

struct Labels {
    Edges edges;
    std::set<std::string> names;
};

Labels read_labels(const fs::path& file) {
    simdjson::dom::parser parser;
    Labels labels;
    for (const auto [caller, callees] : parser.load(file.string()).get_object()) {
        labels.names.emplace(caller);
        for (const auto callee : callees.get_array()) {
            labels.names.emplace(callee.get_string().value());
            labels.edges.insert({std::string(caller), std::string(callee.get_string().value())});
        }
    }
    return labels;
}

/// Whether a name is of one of the files of a case: the file's module, or something in it.
bool is_of_case(const std::set<std::string>& modules, std::string name) {
    for (;; name.resize(name.rfind('.'))) {
        if (modules.contains(name)) return true;
        if (name.rfind('.') == std::string::npos) return false;
    }
}

std::set<std::string> modules_of(const fs::path& folder) {
    std::set<std::string> modules;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() != ".json")
            modules.insert(link::module_name(fs::relative(entry.path(), folder).string()));
    return modules;
}

/// Findings by method, and by whether the call had one possible meaning or several.
using MethodScores = std::map<std::pair<std::string_view, bool>, Score>;

void add_methods(MethodScores& scores, const CallGraph& graph, const Labels& labels) {
    std::map<std::pair<std::uint32_t, flow::Index>, int> candidates;
    for (const auto& edge : graph.links.edges) ++candidates[{edge.file, edge.call}];
    for (const auto& edge : graph.links.edges) {
        const NamedEdge named{link::qualified_name(graph.files[edge.file], {edge.file, edge.caller}),
                              link::qualified_name(graph.files[edge.callee.file], edge.callee)};
        if (!labels.names.contains(named.caller) || !labels.names.contains(named.callee)) continue;
        auto& score = scores[{to_label(edge.method), candidates[{edge.file, edge.call}] > 1}];
        labels.edges.contains(named) ? ++score.right : ++score.wrong;
    }
}

Score score_case(const fs::path& folder, bool shows_misses, MethodScores& methods) {
    const auto labels = read_labels(folder / "callgraph.json");
    const auto tree = gsdb::value_or_throw(source::open_folder(folder.string()));
    const auto graph = find_calls(*tree, {}, {});
    add_methods(methods, graph, labels);
    const auto modules = modules_of(folder);
    Edges found;
    for (const auto& edge : named_edges(graph))
        if (labels.names.contains(edge.caller) && labels.names.contains(edge.callee)) found.insert(edge);
    Score score{.cases = 1};
    const auto show = [&](std::string_view what, const NamedEdge& edge) {
        if (shows_misses) fmt::print("  {} {}: {} -> {}\n", folder.string(), what, edge.caller, edge.callee);
    };
    for (const auto& edge : labels.edges) {
        if (!is_of_case(modules, edge.caller) || !is_of_case(modules, edge.callee)) continue;
        found.contains(edge) ? ++score.right : ++score.missed;
        if (!found.contains(edge)) show("missed", edge);
    }
    for (const auto& edge : found)
        if (!labels.edges.contains(edge)) {
            ++score.wrong;
            show("wrong", edge);
        }
    score.exact = score.wrong == 0 && score.missed == 0 ? 1 : 0;
    return score;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> folders;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_directory()) folders.push_back(entry.path());
    std::ranges::sort(folders);
    return folders;
}

void print(std::string_view name, const Score& score) {
    fmt::print("{:<28} {:>5} {:>6} {:>6} {:>6} {:>9.3f} {:>7.3f} {:>4}/{}\n", name, score.right + score.missed,
               score.right, score.wrong, score.missed, score.precision(), score.recall(), score.exact, score.cases);
}

void print_methods(const MethodScores& methods) {
    fmt::print("{:<28} {:>5} {:>6} {:>6}\n", "method", "found", "right", "(right + 1) / (found + 2)");
    for (const auto& [method, score] : methods) {
        const auto found = score.right + score.wrong;
        fmt::print("{:<28} {:>5} {:>6} {:>9.3f}\n",
                   fmt::format("{}, {}", method.first, method.second ? "several" : "one"), found, score.right,
                   static_cast<double>(score.right + 1) / static_cast<double>(found + 2));
    }
}

void print_goals(const std::string& language, const Score& score) {
    const bool is_python = language == "python";
    const auto ratio = [&](std::string_view what, double value, double goal) {
        fmt::print("RATIO calls_{}_{} {:.3f} {:.3f} {:.3f} goal>={}\n", language, what, value, value, value, goal);
    };
    ratio("precision", score.precision(), is_python ? 0.98 : 0.95);
    ratio("recall", score.recall(), is_python ? 0.92 : 0.88);
    if (is_python) ratio("exact", score.exactness(), 0.8);
}

}  // namespace

int main(int count, char** values) {
    bool shows_misses = false, shows_methods = false;
    MethodScores methods;
    std::string only;
    fs::path folder = "../shared/data/callgraph";
    for (int i = 1; i < count; ++i) {
        const std::string_view value = values[i];
        if (value == "--misses")
            shows_misses = true;
        else if (value == "--methods")
            shows_methods = true;
        else if (value == "--category" && i + 1 < count)
            only = values[++i];
        else
            folder = value;
    }
    if (!fs::is_directory(folder)) {
        fmt::print("SKIPPED: {} has no labelled programs; name a folder that does\n", folder.string());
        return 0;
    }
    fmt::print("{:<28} {:>5} {:>6} {:>6} {:>6} {:>9} {:>7} {}\n", "category", "edges", "right", "wrong", "missed",
               "precision", "recall", "exact");
    for (const auto& language : folders_in(folder)) {
        Score all;
        for (const auto& category : folders_in(language)) {
            const auto name = language.filename().string() + "/" + category.filename().string();
            if (!only.empty() && name != only) continue;
            Score score;
            for (const auto& one : folders_in(category)) score.add(score_case(one, shows_misses, methods));
            print(name, score);
            all.add(score);
        }
        print(language.filename().string(), all);
        print_goals(language.filename().string(), all);
    }
    if (shows_methods) print_methods(methods);
    return 0;
}
