#pragma once
// From a syntax tree to facts by what a query file says of it.

#include <tree_sitter/api.h>

#include "modules/codebase/extract/builder.hpp"
#include "modules/codebase/extract/symbol_query.hpp"

namespace gsdb::codebase::extract {

/// One walk. At each node that a pattern begins with, its patterns are tried there and nowhere else, so that work is
/// linear in the file, whatever nests.
void extract_by_query(Builder&, TSNode root, const SymbolQuery&);

}  // namespace gsdb::codebase::extract
