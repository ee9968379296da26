#include "modules/codebase/call_graph.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/interruption.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/text.hpp"

namespace gsdb::codebase {

namespace {

/// Reads and parses the files of a listing on several threads.
class FlowReader {
  public:
    FlowReader(const source::SourceTree& tree, const source::Listing& listing, const source::Classifier& classifier,
               const AnalysisOptions& options, const std::stop_token& stop)
        : tree_(tree), listing_(listing), classifier_(classifier), options_(options), stop_(stop) {}

    void run(CallGraph& graph) {
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < options_.threads; ++i) threads.emplace_back([&] { work(graph); });
        }
        std::ranges::sort(graph.files, {}, &link::SourceFile::path);
    }

  private:
    void work(CallGraph& graph) {
        extract::Extractor extractor(options_.limits);
        for (std::size_t i = next_++; i < listing_.entries.size() && !stop_.stop_requested(); i = next_++)
            add(graph, extractor, listing_.entries[i]);
    }

    void add(CallGraph& graph, extract::Extractor& extractor, const source::Entry& entry) {
        if (classifier_.by_entry(entry).skip) return;
        const auto content = tree_.read(entry, options_.classify.file_bytes_max);
        if (!content || classifier_.by_content(entry.path, content->bytes).skip) return;
        const auto text = source::Text::decode(content->bytes);
        if (!text) return;
        if (link::is_manifest(entry.path)) {
            const std::lock_guard lock(mutex_);
            return graph.manifests.add(source::display_path(entry.path), text->view());
        }
        const auto language = extract::detect_language(entry.path, text->view());
        if (!flow::is_followed(language)) return;
        std::optional<flow::FileFlow> flow;
        extractor.extract(text->view(), language, [&](TSNode root, std::string_view parsed) {
            flow = flow::make_flow(root, parsed, language);
        });
        if (!flow) return;
        const std::lock_guard lock(mutex_);
        graph.files.push_back({source::display_path(entry.path), *std::move(flow)});
    }

    const source::SourceTree& tree_;
    const source::Listing& listing_;
    const source::Classifier& classifier_;
    const AnalysisOptions& options_;
    const std::stop_token& stop_;
    std::atomic<std::size_t> next_ = 0;
    std::mutex mutex_;
};

bool is_javascript(const link::SourceFile& file) {
    using extract::Language;
    const auto language = file.flow.language;
    return language == Language::javascript || language == Language::typescript || language == Language::tsx;
}

}  // namespace

CallGraph find_calls(source::SourceTree& tree, const AnalysisOptions& options, const std::stop_token& stop) {
    const auto listing = value_or_throw(tree.list({.threads = static_cast<unsigned>(options.threads), .stop = stop}));
    const source::Classifier classifier(options.classify, source::Attributes::of_tree(tree, listing));
    CallGraph graph;
    FlowReader(tree, listing, classifier, options, stop).run(graph);
    try {
        if (stop.stop_requested()) throw link::Stopped();
        graph.links = link::link(graph.files, graph.manifests, stop);
    } catch (const link::Stopped&) {
        throw interrupted("the analysis was stopped", "", "run it again");
    }
    return graph;
}

std::vector<NamedEdge> named_edges(const CallGraph& graph) {
    std::set<link::Definition> called_in_place;
    for (const auto& edge : graph.links.edges) {
        const auto& file = graph.files[edge.callee.file];
        if (edge.callee.is_class || edge.callee.file != edge.file || !is_javascript(file)) continue;
        const auto& function = file.flow.functions[edge.callee.index];
        if (function.has(flow::FunctionFlag::inline_argument) && function.parent == edge.caller)
            called_in_place.insert(edge.callee);
    }
    std::vector<NamedEdge> edges;
    for (const auto& edge : graph.links.edges) {
        if (edge.callee.is_class) continue;
        const auto& file = graph.files[edge.file];
        const auto callee = link::qualified_name(graph.files[edge.callee.file], edge.callee);
        for (auto caller = edge.caller; caller != flow::none; caller = file.flow.functions[caller].parent) {
            edges.push_back({link::qualified_name(file, {edge.file, caller}), callee});
            if (!called_in_place.contains({edge.file, caller})) break;
        }
    }
    std::ranges::sort(edges);
    const auto repeated = std::ranges::unique(edges);
    edges.erase(repeated.begin(), repeated.end());
    return edges;
}

}  // namespace gsdb::codebase
