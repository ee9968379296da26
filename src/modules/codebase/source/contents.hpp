#pragma once
// Contents of files that were indexed, read again from where they are. The database keeps what was found in them, not
// the files themselves.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::source {

class Contents {
  public:
    virtual ~Contents() = default;

    /// The bytes whose id is `id`, which the file at `path` held; nothing else ever. Problems: vanished (neither the
    /// repository nor the file has them any more), too_large, unreadable.
    virtual std::expected<Bytes, Problem> read(const std::string& path, const ObjectId& id,
                                               std::uint64_t bytes_max) const = 0;
};

/// The text that the indexed file at `path`, as codebase.files has it, held. Problems as of Contents::read(); and
/// unreadable for what is no text.
std::expected<std::string, Problem> read_text(const Contents& contents, std::string_view path, std::string_view git_id);

/// Opens what is at the location of a codebase. Errors: source.not_found, source.not_readable, source.not_a_folder,
/// source.corrupted, source.unsupported.
using ContentsOpener = std::function<Result<std::unique_ptr<Contents>>(const std::string& location)>;

}  // namespace gsdb::codebase::source
