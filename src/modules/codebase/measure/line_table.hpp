#pragma once
// How many lines of a stretch are code and comment.

#include <string_view>
#include <vector>

#include "modules/codebase/extract/facts.hpp"
#include "modules/codebase/measure/metrics.hpp"

namespace gsdb::codebase::measure {

class LineTable {
  public:
    /// Fills in the lines of the file and of all that is measured in it. A line that two elements share counts for
    /// both.
    void measure(std::string_view source, const extract::FileFacts& facts, FileMetrics& out);

  private:
    void count(const extract::Span& span, Metrics& out) const;

    /// Lines of each kind up to a line; of line 0 none.
    std::vector<std::uint32_t> code_, comment_;
};

}  // namespace gsdb::codebase::measure
