#include "modules/codebase/duplicate_run.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "modules/codebase/digest.hpp"
#include "modules/codebase/duplicates/find.hpp"
#include "modules/codebase/duplicates/stored_tokens.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/run_aside.hpp"
#include "modules/codebase/staging.hpp"

namespace gsdb::codebase {

namespace {

using FileRows = std::vector<sql::CurrentFingerprints::Row>;
using SharedPositions = std::vector<std::vector<std::uint32_t>>;

SharedPositions shared_positions(const FileRows& rows) {
    std::vector<std::vector<duplicates::Fingerprint>> files;
    for (const auto& row : rows) files.push_back(duplicates::decode_fingerprints(row.fingerprints));
    return duplicates::shared_positions(files);
}

/// The contents that have something in common with others.
std::vector<BlobId> suspects(const FileRows& rows, const SharedPositions& shared) {
    std::unordered_set<BlobId> blobs;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!shared[i].empty()) blobs.insert(rows[i].blob_id);
    return {blobs.begin(), blobs.end()};
}

Uuid digest_of(const std::vector<std::uint32_t>& symbols) {
    Digest digest;
    digest.add_text({reinterpret_cast<const char*>(symbols.data()), symbols.size() * sizeof symbols[0]});
    return digest.finish();
}

std::vector<DuplicateBlock> find_blocks(const FileRows& rows, SharedPositions shared,
                                        std::vector<sql::TokensOfBlobs::Row> stored,
                                        const duplicates::Options& options) {
    std::unordered_map<BlobId, duplicates::FileTokens> tokens;
    for (auto& row : stored) tokens.emplace(row.blob_id, duplicates::decode_tokens(std::exchange(row.tokens, {})));
    std::vector<duplicates::SourceFile> files;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto found = tokens.find(rows[i].blob_id);
        files.push_back({found == tokens.end() ? nullptr : &found->second, std::move(shared[i])});
    }
    std::vector<DuplicateBlock> blocks;
    for (const auto& found : duplicates::find_duplicates(files, options)) {
        const auto& first = found.places[0];
        DuplicateBlock block{
            .digest = digest_of(duplicates::symbols_of(files[first.file], first.first_token, found.tokens, options)),
            .tokens = static_cast<std::int32_t>(found.tokens),
            .clone_type = static_cast<std::int16_t>(found.clone_type),
            .places = {}};
        for (const auto& place : found.places)
            block.places.push_back({rows[place.file].path, static_cast<std::int32_t>(place.start_line),
                                    static_cast<std::int32_t>(place.end_line)});
        blocks.push_back(std::move(block));
    }
    return blocks;
}

pg::BinaryRowEncoder encode(const std::vector<DuplicateBlock>& blocks) {
    pg::BinaryRowEncoder rows;
    for (const auto& block : blocks)
        for (const auto& place : block.places)
            rows.row(block.digest, place.path, place.start_line, place.end_line, block.tokens, block.clone_type);
    return rows;
}

}  // namespace

Task<DuplicateSearch> DuplicateSearch::begin(pg::TransactionOf<Database> tx, DuplicatesRequest request) {
    auto rows = co_await tx.query<sql::CurrentFingerprints>(
        {.organization_id = request.organization, .codebase_id = request.codebase});
    auto shared = co_await run_aside([&] { return shared_positions(rows); });
    auto stored = co_await tx.query<sql::TokensOfBlobs>(
        {.organization_id = request.organization, .blob_ids = suspects(rows, shared)});
    const duplicates::Options options{
        .tokens_min = std::max(static_cast<std::uint32_t>(request.tokens_min), duplicates::guaranteed_tokens)};
    co_return DuplicateSearch(request,
                              std::async(std::launch::async, [rows = std::move(rows), shared = std::move(shared),
                                                              stored = std::move(stored), options]() mutable {
                                  return find_blocks(rows, std::move(shared), std::move(stored), options);
                              }));
}

Task<std::vector<DuplicateBlock>> DuplicateSearch::store(pg::TransactionOf<Database> tx) {
    auto blocks = co_await run_aside([&] { return found_.get(); });
    co_await tx.query<sql::BeginDuplicates>({});
    co_await stage_duplicates(tx, encode(blocks));
    co_await tx.query<sql::MergeDuplicates>({.organization_id = request_.organization,
                                             .codebase_id = request_.codebase,
                                             .run_number = request_.run_number});
    co_return blocks;
}

}  // namespace gsdb::codebase
