#pragma once
// A grammar with its node names resolved to numbers, once per program.

#include <tree_sitter/api.h>

#include <string_view>
#include <utility>
#include <vector>

#include "modules/codebase/extract/builder.hpp"
#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/extract/tree_walk.h"

namespace gsdb::codebase::extract {

/// The grammar of a language that is_parsed().
const TSLanguage* grammar_of(Language);

/// What a node means to the rules of its language. Every Role starts with `none, error, comment`.
template <class Role>
class RoleTable {
  public:
    /// Several symbols of a grammar may bear one name (aliases); all of them get the role.
    template <class Names>
    RoleTable(const TSLanguage* language, const Names& names) : roles_(ts_language_symbol_count(language), 0) {
        static_assert(static_cast<int>(Role::error) == tree_role_error &&
                      static_cast<int>(Role::comment) == tree_role_comment);
        for (TSSymbol symbol = 0; symbol < roles_.size(); ++symbol) {
            if (ts_language_symbol_type(language, symbol) != TSSymbolTypeRegular) continue;
            const std::string_view name = ts_language_symbol_name(language, symbol);
            for (const auto& [wanted, role] : names)
                if (wanted == name) roles_[symbol] = static_cast<std::uint8_t>(role);
        }
    }

    /// The symbols of errors are beyond those of the grammar.
    Role operator[](TSSymbol symbol) const {
        return symbol < roles_.size() ? static_cast<Role>(roles_[symbol]) : Role::error;
    }
    TreeRoles as_c() const { return {roles_.data(), static_cast<std::uint32_t>(roles_.size())}; }

  private:
    std::vector<std::uint8_t> roles_;
};

}  // namespace gsdb::codebase::extract
