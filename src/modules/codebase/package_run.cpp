#include "modules/codebase/package_run.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "modules/codebase/queries.hpp"
#include "modules/codebase/run_aside.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/text.hpp"
#include "modules/codebase/staging.hpp"

namespace gsdb::codebase {

namespace {

/// Lock files are data to the analysis, large ones too large for it, and some are called generated: here they count.
bool is_of_the_codebase(const source::Verdict& verdict) {
    if (!verdict.skip) return true;
    switch (*verdict.skip) {
        case source::SkipReason::data:
        case source::SkipReason::generated:
        case source::SkipReason::too_large:
            return true;
        default:
            return false;
    }
}

packages::File read_file(const source::SourceTree& tree, const source::Entry& entry) {
    const auto path = source::display_path(entry.path);
    packages::File unread{.path = path};
    const auto content = tree.read(entry, package_file_bytes_max);
    if (!content) {
        unread.problems.push_back({path, 0, content.error().cause});
        return unread;
    }
    const auto text = source::Text::decode(content->bytes);
    if (!text) {
        unread.problems.push_back({path, 0, "no text in a known encoding"});
        return unread;
    }
    return packages::parse(path, text->view());
}

packages::Packages read_packages(const source::SourceTree& tree, const source::Listing& listing,
                                 const source::Classifier& classifier) {
    std::vector<packages::File> files;
    for (const auto& entry : listing.entries)
        if (packages::is_package_file(entry.path) && is_of_the_codebase(classifier.by_entry(entry)))
            files.push_back(read_file(tree, entry));
    return packages::combine(std::move(files));
}

std::optional<std::string_view> unless_empty(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

void append(pg::BinaryRowEncoder& rows, const packages::Dependency& d) {
    rows.row(d.manifest_path,
             d.manifest_line == 0 ? std::nullopt : std::optional(static_cast<std::int32_t>(d.manifest_line)),
             unless_empty(d.lock_path), packages::to_label(d.ecosystem), d.name, packages::to_label(d.scope),
             d.is_direct, unless_empty(d.range), unless_empty(d.condition), unless_empty(d.locked_version),
             unless_empty(d.source_url), unless_empty(d.licence), d.is_local, d.import_names, unless_empty(d.run_by));
}

}  // namespace

Task<PackageSummary> store_packages(pg::TransactionOf<Database> tx, PackageRequest request,
                                    const source::SourceTree& tree, const source::Listing& listing,
                                    const source::Classifier& classifier) {
    auto found = co_await run_aside([&] { return read_packages(tree, listing, classifier); });
    pg::BinaryRowEncoder rows;
    for (const auto& dependency : found.dependencies) append(rows, dependency);
    co_await tx.query<sql::BeginPackages>({});
    co_await stage_packages(tx, std::move(rows));
    const auto merged = co_await tx.query<sql::MergeDependencies>(
        {.organization_id = request.organization, .codebase_id = request.codebase, .run_number = request.run_number});
    co_return PackageSummary{.manifests = found.manifests,
                             .lock_files = found.lock_files,
                             .packages = static_cast<std::int64_t>(found.dependencies.size()),
                             .rows_new = merged.new_rows,
                             .problems = std::move(found.problems)};
}

}  // namespace gsdb::codebase
