#pragma once
// A grammar with its node names resolved to numbers, once per program.

#include <tree_sitter/api.h>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/codebase/extract/builder.hpp"
#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/extract/tree_walk.h"

namespace gsdb::codebase::extract {

struct DeleteWalk {
    void operator()(TreeWalk* walk) const { tree_walk_delete(walk); }
};
/// What a walk over trees needs, to be used for one after the other.
using WalkMemory = std::unique_ptr<TreeWalk, DeleteWalk>;
inline WalkMemory make_walk() {
    return WalkMemory(tree_walk_new());
}

/// The grammar of a language that is_parsed().
const TSLanguage* grammar_of(Language);

/// For each symbol of a grammar the number of what `names` says that its name means, 0 where they do not say. Several
/// symbols may bear one name (aliases); all of them mean the same.
template <class Names>
std::vector<std::uint8_t> meanings_of_symbols(const TSLanguage* language, const Names& names) {
    std::vector<std::uint8_t> meanings(ts_language_symbol_count(language), 0);
    for (TSSymbol symbol = 0; symbol < meanings.size(); ++symbol) {
        if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
        const std::string_view name = ts_language_symbol_name(language, symbol);
        for (const auto& [wanted, meaning] : names)
            if (wanted == name) meanings[symbol] = static_cast<std::uint8_t>(meaning);
    }
    return meanings;
}

/// What a node means to the rules of its language. Every Role starts with `none, error, comment`.
template <class Role>
class RoleTable {
  public:
    template <class Names>
    RoleTable(const TSLanguage* language, const Names& names) : roles_(meanings_of_symbols(language, names)) {
        static_assert(static_cast<int>(Role::error) == tree_role_error &&
                      static_cast<int>(Role::comment) == tree_role_comment);
    }

    explicit RoleTable(std::vector<std::uint8_t> roles) : roles_(std::move(roles)) {}

    /// The symbols of errors are beyond those of the grammar.
    Role operator[](TSSymbol symbol) const {
        return symbol < roles_.size() ? static_cast<Role>(roles_[symbol]) : Role::error;
    }
    TreeRoles as_c() const { return {roles_.data(), static_cast<std::uint32_t>(roles_.size())}; }

  private:
    std::vector<std::uint8_t> roles_;
};

}  // namespace gsdb::codebase::extract
