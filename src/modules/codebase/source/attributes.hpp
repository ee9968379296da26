#pragma once
// What a tree's .gitattributes files say about the nature of its files: linguist-generated and linguist-vendored, as
// the hosting services understand them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/source/path_pattern.hpp"
#include "modules/codebase/source/tree.hpp"

namespace gsdb::codebase::source {

/// The maintainers' word on a file; nothing where they say nothing.
struct StatedNature {
    std::optional<bool> generated;
    std::optional<bool> vendored;
};

class Attributes {
  public:
    /// Reads the .gitattributes files of a listing.
    static Attributes of_tree(const SourceTree& tree, const Listing& listing);

    /// Adds the file of a folder (`base` is empty or ends with '/'); those of folders further down come later.
    void add(std::string_view text, const std::string& base);

    StatedNature of(std::string_view path) const;

  private:
    struct Rule {
        std::string base;
        PathPattern pattern;
        StatedNature nature;
        bool unsets_generated = false;  ///< `!linguist-generated`: as if nothing had been said
        bool unsets_vendored = false;
    };
    std::vector<Rule> rules_;
};

}  // namespace gsdb::codebase::source
