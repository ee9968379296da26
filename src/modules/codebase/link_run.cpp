#include "modules/codebase/link_run.hpp"

#include <algorithm>
#include <unordered_map>

#include "modules/codebase/flow/stored_flow.hpp"
#include "modules/codebase/graph_rows.hpp"
#include "modules/codebase/link/link.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/run_aside.hpp"
#include "modules/codebase/staging.hpp"

namespace gsdb::codebase {

namespace {

using KnownDigests = std::unordered_map<std::string, Uuid>;
using FlowRows = std::vector<sql::CurrentFlows::Row>;

struct LinkedRows {
    GraphRows rows;
    LinkResult result;
};

/// The flows of the rows, which are emptied.
std::pair<std::vector<link::SourceFile>, std::vector<flow::FlowPlaces>> decode(FlowRows& rows, unsigned threads) {
    std::vector<link::SourceFile> files(rows.size());
    std::vector<flow::FlowPlaces> places(rows.size());
    for_each_on_threads(rows.size(), threads, [&](std::size_t i) {
        auto stored = flow::decode(std::exchange(rows[i].flow, {}));
        files[i] = {.path = rows[i].path, .flow = std::move(stored.flow)};
        places[i] = std::move(stored.places);
    });
    return {std::move(files), std::move(places)};
}

/// Links the files, and encodes the rows of those that came out other than `known`, which are taken out of it.
LinkedRows link_files(const LinkRequest& request, FlowRows rows, KnownDigests& known) {
    const auto [files, places] = decode(rows, request.threads);
    const auto links = link::link(files, request.manifests, request.stop);
    std::vector<LinkedFile> linked;
    for (std::size_t i = 0; i < files.size(); ++i)
        linked.push_back(
            {.path = files[i].path, .blob = rows[i].blob_id, .flow = &files[i].flow, .places = &places[i]});
    CodebaseGraph graph(request.codebase, std::move(linked), links);
    LinkedRows linked_rows{
        .rows = {},
        .result = {.summary = {.files = static_cast<std::int64_t>(files.size()),
                               .calls = static_cast<std::int64_t>(links.edges.size()),
                               .calls_outside = static_cast<std::int64_t>(links.outside_calls.size()),
                               .calls_unknown = static_cast<std::int64_t>(links.unknown.size())},
                   .graph = graph.summary()}};
    for (std::uint32_t file = 0; file < graph.file_count(); ++file) {
        const auto found = known.find(std::string(graph.path(file)));
        const bool stands = found != known.end() && found->second == graph.digest(file);
        if (found != known.end()) known.erase(found);
        if (stands) continue;
        graph.append(linked_rows.rows, file);
        ++linked_rows.result.summary.files_changed;
    }
    return linked_rows;
}

}  // namespace

Task<LinkResult> link_codebase(pg::TransactionOf<Database> tx, LinkRequest request) {
    KnownDigests known;
    for (auto& row : co_await tx.query<sql::CurrentResolutions>(
             {.organization_id = request.organization, .codebase_id = request.codebase}))
        known.emplace(std::move(row.path), row.digest);
    auto rows = co_await tx.query<sql::CurrentFlows>(
        {.organization_id = request.organization, .codebase_id = request.codebase});
    auto [changed, result] = co_await run_aside([&] { return link_files(request, std::move(rows), known); });
    for (const auto& [gone, digest] : known) {
        changed.files.row(gone);
        ++result.summary.files_changed;
    }
    if (result.summary.files_changed > 0) {
        co_await tx.query<sql::BeginLinking>({});
        co_await stage_graph(tx, std::move(changed));
        co_await tx.query<sql::MergeLinks>({.organization_id = request.organization,
                                            .codebase_id = request.codebase,
                                            .run_number = request.run_number});
    }
    co_return std::move(result);
}

}  // namespace gsdb::codebase
