#pragma once
// Which files of a tree are worth analysing, and why the others are not. Decided from what the maintainers say
// (.gitattributes), the path, and the content, in this order.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "modules/codebase/source/attributes.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::source {

/// The labels are stored.
enum class SkipReason : std::uint8_t {
    symlink,    ///< its target is indexed where it is
    submodule,  ///< another repository's files
    too_large,
    vendored,   ///< somebody else's code, copied in: node_modules/, third_party/, jquery.js
    generated,  ///< made by a program from something else
    minified,   ///< generated for machines: white space taken out
    data,       ///< lock files, tables, recorded output: in a text format, but not written by anyone
    binary,
    encoding,    ///< text in no encoding that can be told (see Text::decode)
    long_lines,  ///< mostly lines that no person wrote
    unknown_language,
};
std::string_view to_label(SkipReason reason);

struct Verdict {
    std::optional<SkipReason> skip;  ///< nothing: analyse it
    std::string evidence;            ///< what it was decided on: "folder node_modules", "line 2: Code generated"
};

struct ClassifyOptions {
    bool include_vendored = false;
    bool include_generated = false;  ///< minified files stay out: they have nothing to show
    std::uint64_t file_bytes_max = 2 << 20;
    std::uint64_t line_bytes_max = 20'000;  ///< files mostly made of longer lines are skipped
};

/// Safe from any number of threads.
class Classifier {
  public:
    explicit Classifier(ClassifyOptions options = {}, Attributes attributes = {});

    /// Before reading: what kind, size, attributes and path tell.
    Verdict by_entry(const Entry& entry) const;

    /// After reading, for what by_entry() lets through: what the content tells. Never says encoding or
    /// unknown_language: those are known when the text is decoded and its language looked up.
    Verdict by_content(std::string_view path, ByteView content) const;

  private:
    ClassifyOptions options_;
    Attributes attributes_;
};

}  // namespace gsdb::codebase::source
