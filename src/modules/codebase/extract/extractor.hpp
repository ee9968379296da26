#pragma once
// From the bytes of one file to its facts.

#include <tree_sitter/api.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::extract {

/// Part of the key under which facts are cached: raised whenever the same bytes would give other facts.
constexpr std::uint32_t extractor_version = 4;

/// What one file may cost. The defaults let every hand-written file through.
struct Limits {
    std::size_t source_bytes_max = 8U << 20U;
    std::chrono::milliseconds deadline{5000};  ///< work of the thread on the parse; the walk after it is linear
    std::uint32_t element_depth_max = 128;
    std::size_t signature_bytes_max = 512;
    std::size_t doc_bytes_max = 2048;
    std::size_t receiver_bytes_max = 96;
};

class LoadedLanguage;

/// Extracts facts, file after file, reusing its parsers. One per thread; not to be shared.
class Extractor {
  public:
    explicit Extractor(Limits limits = {});
    Extractor(Extractor&&) noexcept;
    Extractor& operator=(Extractor&&) noexcept;
    ~Extractor();

    /// Sees the root of the tree that facts are extracted from, and the text that was parsed.
    using SeeTree = std::function<void(TSNode root, std::string_view parsed)>;
    /// The same, with the facts as extract() will return them.
    using SeeTreeAndFacts = std::function<void(TSNode root, std::string_view parsed, const FileFacts& facts)>;

    /// The facts of `source`, which is taken to be written in `language` (see detect_language). Never fails: what could
    /// not be learned is told by FileFacts::status. `source` must outlive the facts. `see` is called when there is a
    /// tree.
    FileFacts extract(std::string_view source, Language language, const SeeTreeAndFacts& see);
    FileFacts extract(std::string_view source, Language language, const SeeTree& see);
    FileFacts extract(std::string_view source, Language language) {
        return extract(source, language, SeeTreeAndFacts());
    }
    /// The same in a language that the program does not bring (loaded_language.hpp).
    FileFacts extract(std::string_view source, const LoadedLanguage& language, const SeeTreeAndFacts& see);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gsdb::codebase::extract
