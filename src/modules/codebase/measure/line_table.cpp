#include "modules/codebase/measure/line_table.hpp"

#include <algorithm>

#include "modules/codebase/extract/line_counts.hpp"

namespace gsdb::codebase::measure {

void LineTable::measure(std::string_view source, const extract::FileFacts& facts, FileMetrics& out) {
    code_.assign(1, 0);
    comment_.assign(1, 0);
    extract::for_each_line(source, facts.comments, [&](extract::LineKind kind) {
        code_.push_back(code_.back() + (kind == extract::LineKind::code ? 1 : 0));
        comment_.push_back(comment_.back() + (kind == extract::LineKind::comment ? 1 : 0));
    });
    out.whole.lines = facts.lines.total;
    out.whole.code_lines = facts.lines.code;
    out.whole.comment_lines = facts.lines.comment;
    for (std::size_t i = 0; i < out.elements.size(); ++i)
        if (out.elements[i].is_measured) count(facts.elements[i].span, out.elements[i].metrics);
}

void LineTable::count(const extract::Span& span, Metrics& out) const {
    const auto last = std::min<std::size_t>(span.end.line, code_.size() - 1);
    const auto before = std::min<std::size_t>(std::max(span.start.line, 1U) - 1, last);
    out.lines = static_cast<std::uint32_t>(last - before);
    out.code_lines = code_[last] - code_[before];
    out.comment_lines = comment_[last] - comment_[before];
}

}  // namespace gsdb::codebase::measure
