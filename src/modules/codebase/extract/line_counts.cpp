#include "modules/codebase/extract/line_counts.hpp"

#include <algorithm>
#include <vector>

namespace gsdb::codebase::extract {
namespace {

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

/// Whether everything visible in [start, end) is inside comments. `next` moves on over the comments that are behind.
bool is_all_comment(std::string_view source, std::size_t start, std::size_t end, std::span<const CommentSpan> comments,
                    std::size_t& next) {
    while (next < comments.size() && comments[next].end <= start) ++next;
    auto at = next;
    while (start < end) {
        if (is_space(source[start])) {
            ++start;
            continue;
        }
        while (at < comments.size() && comments[at].end <= start) ++at;
        if (at == comments.size() || comments[at].start > start) return false;
        start = comments[at].end;
    }
    return true;
}

/// Finds comments by their markers; a string hides markers until its quote or the end of the line.
class MarkerScan {
  public:
    MarkerScan(std::string_view source, const CommentSyntax& syntax) : source_(source), syntax_(syntax) {
        for (const auto& marker : syntax.line) note_first(marker);
        for (const auto& marker : syntax.block_open) note_first(marker);
        for (const char quote : syntax.quotes) first_[static_cast<unsigned char>(quote)] = true;
    }

    std::vector<CommentSpan> comments() {
        std::vector<CommentSpan> found;
        std::size_t at = 0;
        while (at < source_.size()) {
            if (!first_[static_cast<unsigned char>(source_[at])]) {
                ++at;
            } else if (const auto end = comment_end(at); end > at) {
                found.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
                at = end;
            } else if (syntax_.quotes.find(source_[at]) != std::string_view::npos) {
                at = string_end(at);
            } else {
                ++at;
            }
        }
        return found;
    }

  private:
    /// Markers that begin with a newline hold at the start of a line only, so at the start of the file too.
    void note_first(std::string_view marker) {
        if (!marker.empty()) first_[static_cast<unsigned char>(marker[0] == '\n' ? marker[1] : marker[0])] = true;
    }

    bool stands_at(std::string_view marker, std::size_t at) const {
        if (marker.empty()) return false;
        if (marker[0] != '\n') return source_.compare(at, marker.size(), marker) == 0;
        return (at == 0 || source_[at - 1] == '\n') && source_.compare(at, marker.size() - 1, marker.substr(1)) == 0;
    }

    std::size_t line_end(std::size_t at) const { return std::min(source_.find('\n', at), source_.size()); }

    /// Where the comment that starts at `at` ends; `at` itself when none starts there.
    std::size_t comment_end(std::size_t at) const {
        for (int i = 0; i < 2; ++i) {
            if (!stands_at(syntax_.block_open[i], at)) continue;
            const auto close = source_.find(
                syntax_.block_close[i], at + syntax_.block_open[i].size() - (syntax_.block_open[i][0] == '\n' ? 1 : 0));
            if (close == std::string_view::npos) return source_.size();
            const auto end = close + syntax_.block_close[i].size();
            return syntax_.block_close[i].starts_with('\n') ? line_end(end) : end;
        }
        for (const auto& marker : syntax_.line)
            if (stands_at(marker, at)) return line_end(at);
        return at;
    }

    std::size_t string_end(std::size_t at) const {
        const char quote = source_[at];
        for (++at; at < source_.size() && source_[at] != '\n'; ++at) {
            if (source_[at] == '\\') {
                ++at;
            } else if (source_[at] == quote) {
                return at + 1;
            }
        }
        return std::min(at, source_.size());
    }

    std::string_view source_;
    const CommentSyntax& syntax_;
    bool first_[256] = {};
};

template <class Visit>
void classify_lines(std::string_view source, std::span<const CommentSpan> comments, const Visit& visit) {
    std::size_t next = 0;
    for (std::size_t start = 0; start < source.size();) {
        const auto end = std::min(source.find('\n', start), source.size());
        auto first = start;
        while (first < end && is_space(source[first])) ++first;
        if (first == end) {
            visit(LineKind::blank);
        } else {
            visit(is_all_comment(source, first, end, comments, next) ? LineKind::comment : LineKind::code);
        }
        start = end + 1;
    }
}

}  // namespace

void for_each_line(std::string_view source, std::span<const CommentSpan> comments,
                   const std::function<void(LineKind)>& visit) {
    classify_lines(source, comments, visit);
}

LineCounts count_lines(std::string_view source, std::span<const CommentSpan> comments) {
    LineCounts counts;
    classify_lines(source, comments, [&](LineKind kind) {
        ++counts.total;
        ++(kind == LineKind::blank ? counts.blank : kind == LineKind::comment ? counts.comment : counts.code);
    });
    return counts;
}

LineCounts count_lines(std::string_view source, const CommentSyntax& syntax) {
    return count_lines(source, MarkerScan(source, syntax).comments());
}

}  // namespace gsdb::codebase::extract
