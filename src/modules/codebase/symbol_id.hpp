#pragma once
// The ids of symbols: the same on every machine and in every run.

#include <cstdint>
#include <string_view>

#include "base/uuid.hpp"
#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/link/link.hpp"

namespace gsdb::codebase {

/// The first eight bytes of the SHA-256 of what names a symbol, as codebase.symbol_id() of sql/routines/symbols.sql
/// makes it.
using SymbolId = std::int64_t;

/// An element of a file of a codebase.
SymbolId element_symbol(CodebaseId codebase, std::string_view path, extract::ElementKind kind,
                        std::string_view qualified_name, std::uint32_t overload);

/// The file as a whole: kind module, no name.
SymbolId file_symbol(CodebaseId codebase, std::string_view path);

/// Something of a package or of the language.
SymbolId outside_symbol(const link::Outside& outside);

/// The registry that packages of a language come from: npm, pypi; empty where the language has none.
std::string_view ecosystem_of(extract::Language language);

}  // namespace gsdb::codebase
