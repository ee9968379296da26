#pragma once
// How much of a function says of what type it is, in the languages that leave that to the writer.

#include <tree_sitter/api.h>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/node_kinds.hpp"
#include "modules/codebase/measure/regions.hpp"

namespace gsdb::codebase::measure {

/// Counts the parameters and the result of the function whose region it is.
void count_annotations(TSNode function, const Grammar& grammar, const extract::FileFacts& facts, Region& region);

}  // namespace gsdb::codebase::measure
