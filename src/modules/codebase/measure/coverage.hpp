#pragma once
// How much of a file says what it is for.

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/metrics.hpp"

namespace gsdb::codebase::measure {

/// Whether others see it and ought to be told what it is for.
bool is_documentable(const extract::Element& element, extract::Language language);

/// Counts, for the file and all in it, the functions and types that others see, and those of them that have
/// documentation.
void cover_documentation(const extract::FileFacts& facts, FileMetrics& out);

}  // namespace gsdb::codebase::measure
