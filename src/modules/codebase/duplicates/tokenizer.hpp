#pragma once
// From the tree of a file to its tokens.

#include <tree_sitter/api.h>

#include <memory>
#include <string_view>

#include "modules/codebase/duplicates/tokens.hpp"

namespace gsdb::codebase::duplicates {

/// Part of the key under which tokens are kept: raised whenever the same bytes would give other tokens or fingerprints,
/// or they would be stored otherwise.
constexpr std::uint32_t duplicates_version = 1;

/// Reads file after file, reusing its memory. One per thread.
class Tokenizer {
  public:
    Tokenizer();
    Tokenizer(Tokenizer&&) noexcept;
    Tokenizer& operator=(Tokenizer&&) noexcept;
    ~Tokenizer();

    /// `root` is of a tree of that language, `parsed` its text. The blocks of Python stand between two signs, as
    /// braces are elsewhere. A string is one token, and the code in its interpolations follows it.
    FileTokens tokenize(TSNode root, std::string_view parsed, extract::Language language);

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace gsdb::codebase::duplicates
