#include "modules/codebase/staging.hpp"

#include <optional>

#include "pg/copy.hpp"

namespace gsdb::codebase {

namespace {

Task<> copy(pg::Transaction tx, std::string table, pg::BinaryRowEncoder rows) {
    if (rows.rows() == 0) co_return;
    auto copy = co_await tx.copy_in("copy pg_temp." + table + " from stdin (format binary)");
    co_await copy.send(rows.take());
    co_await copy.finish();
}

}  // namespace

Task<> stage_facts(pg::Transaction tx, FactRows rows) {
    co_await copy(tx, "staged_blobs", std::move(rows.blobs));
    co_await copy(tx, "staged_elements", std::move(rows.elements));
    co_await copy(tx, "staged_imports", std::move(rows.imports));
    co_await copy(tx, "staged_references", std::move(rows.references));
    co_await copy(tx, "staged_flows", std::move(rows.flows));
    co_await copy(tx, "staged_metrics", std::move(rows.metrics));
    co_await copy(tx, "staged_findings", std::move(rows.findings));
    co_await copy(tx, "staged_directives", std::move(rows.directives));
    co_await copy(tx, "staged_tokens", std::move(rows.tokens));
}

Task<> stage_graph(pg::Transaction tx, GraphRows rows) {
    co_await copy(tx, "staged_symbols", std::move(rows.symbols));
    co_await copy(tx, "staged_relationships", std::move(rows.relationships));
    co_await copy(tx, "staged_resolutions", std::move(rows.resolutions));
    co_await copy(tx, "staged_files_resolved", std::move(rows.files));
}

Task<> stage_issues(pg::Transaction tx, pg::BinaryRowEncoder issues) {
    co_await copy(tx, "staged_issues", std::move(issues));
}

Task<> stage_duplicates(pg::Transaction tx, pg::BinaryRowEncoder duplicates) {
    co_await copy(tx, "staged_duplicates", std::move(duplicates));
}

Task<> stage_history(pg::Transaction tx, pg::BinaryRowEncoder commits, pg::BinaryRowEncoder changes) {
    co_await copy(tx, "staged_commits", std::move(commits));
    co_await copy(tx, "staged_changes", std::move(changes));
}

Task<> stage_refs(pg::Transaction tx, pg::BinaryRowEncoder refs) {
    co_await copy(tx, "staged_refs", std::move(refs));
}

Task<> stage_packages(pg::Transaction tx, pg::BinaryRowEncoder dependencies) {
    co_await copy(tx, "staged_dependencies", std::move(dependencies));
}

Task<> stage_files(pg::Transaction tx, std::vector<FileRow> changed, std::vector<std::string> removed) {
    pg::BinaryRowEncoder rows;
    for (const auto& file : changed)
        rows.row(file.path, false, std::optional(file.mode), file.git_id, file.blob, std::optional(file.size_bytes),
                 file.language, file.skip_reason, file.skip_evidence);
    for (const auto& path : removed)
        rows.row(path, true, std::optional<std::string>{}, std::optional<std::string>{}, std::optional<BlobId>{},
                 std::optional<std::int64_t>{}, std::optional<std::string>{}, std::optional<std::string>{},
                 std::optional<std::string>{});
    co_await copy(tx, "staged_files", std::move(rows));
}

}  // namespace gsdb::codebase
