#pragma once
// Facts as rows of binary COPY, encoded on the threads that found them.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/uuid.hpp"
#include "modules/codebase/checks/finding.hpp"
#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/metrics.hpp"
#include "modules/codebase/plugin_findings.hpp"
#include "pg/copy.hpp"

namespace gsdb::codebase {

/// Part of every blob id: the same content analysed by another version is another blob.
std::string analyser_version();

/// The id under which the facts of a content are kept: a function of the content's Git id, its language, the analyser's
/// version and the digests of the plug-ins that had a part in it, so that every thread, run and machine gives the same.
BlobId blob_id(std::string_view git_id, std::string_view language, std::string_view plugins = {});

/// A content whose facts are to be stored.
struct AnalysedBlob {
    BlobId id;
    std::string git_id;
    std::uint32_t size_bytes = 0;
    std::string_view language{};  ///< the label that a plug-in gives it; empty: that of the facts
};

/// Encoded rows of several blobs, one buffer for each staging table of sql/routines/staging.sql.
struct FactRows {
    pg::BinaryRowEncoder blobs{}, elements{}, imports{}, references{}, flows{}, metrics{}, findings{}, directives{},
        tokens{};

    std::size_t bytes() const {
        return blobs.size_bytes() + elements.size_bytes() + imports.size_bytes() + references.size_bytes() +
               flows.size_bytes() + metrics.size_bytes() + findings.size_bytes() + directives.size_bytes() +
               tokens.size_bytes();
    }
};

/// Appends the rows of one blob after another. One per thread.
class FactEncoder {
  public:
    void append(FactRows& rows, const AnalysedBlob& blob, const extract::FileFacts& facts,
                const measure::FileMetrics& metrics, const checks::FileFindings& findings,
                const std::vector<PlacedFinding>& of_plugins = {});

  private:
    std::int32_t name_index(std::string_view name);
    void append_references(pg::BinaryRowEncoder& out, BlobId blob, const std::vector<extract::Reference>& references);

    // The arrays of one blob's references, kept for their memory.
    std::unordered_map<std::string_view, std::int32_t> index_of_name_;
    std::vector<std::string_view> names_;
    std::vector<std::int32_t> name_indexes_, receiver_indexes_, elements_, lines_, columns_;
    std::vector<std::int16_t> kind_codes_, argument_counts_;
};

}  // namespace gsdb::codebase
