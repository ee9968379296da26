#include "integrations/llm/edit_protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/utf8.hpp"
#include "integrations/llm/edit_report.hpp"

namespace gsdb::llm {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

// How many characters the marker has that is made of `sign` and, after a space, `word`; 0 for a line that is none.
std::size_t marker_length(std::string_view line, char sign, std::string_view word) {
    constexpr std::size_t length_min = 7;
    line = line.substr(0, line.find_last_not_of(" \t") + 1);
    const auto length = std::min(line.find_first_not_of(sign), line.size());
    if (length < length_min) return 0;
    const auto rest = line.substr(length);
    if (word.empty()) return rest.empty() ? length : 0;
    return rest.size() == word.size() + 1 && rest.front() == ' ' && rest.ends_with(word) ? length : 0;
}

std::size_t search_marker(std::string_view line) {
    return marker_length(line, '<', "SEARCH");
}
std::size_t divider(std::string_view line) {
    return marker_length(line, '=', "");
}
std::size_t replace_marker(std::string_view line) {
    return marker_length(line, '>', "REPLACE");
}

bool is_json_fence(std::string_view line) {
    return trimmed(line) == "```json";
}

bool is_directive(std::string_view line) {
    return search_marker(line) > 0 || line.starts_with("FILE:") || line.starts_with("DELETE:") ||
           line.starts_with("RENAME:");
}

// Models like to put paths between backticks.
std::string path_in(std::string_view text) {
    text = trimmed(text);
    if (text.size() > 2 && text.starts_with('`') && text.ends_with('`')) text = text.substr(1, text.size() - 2);
    return std::string(text);
}

class AnswerParser {
  public:
    AnswerParser(std::string_view text, const EditLimits& limits) : rest_(text), limits_(limits) {}

    std::expected<EditAnswer, Problems> parse() {
        while (next() && problems_.size() < limits_.problems_max) take_line();
        finish();
        if (problems_.empty()) return std::move(answer_);
        problems_.resize(std::min(problems_.size(), limits_.problems_max));
        return std::unexpected(std::move(problems_));
    }

  private:
    bool next() {
        if (is_kept_) {
            is_kept_ = false;
            return true;
        }
        if (rest_.empty()) return false;
        const auto end = rest_.find('\n');
        line_ = rest_.substr(0, end);
        if (line_.ends_with('\r')) line_.remove_suffix(1);
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
        ++number_;
        return true;
    }
    void keep_line() { is_kept_ = true; }

    void complain(int line, std::string text) { problems_.push_back({.line = line, .text = std::move(text)}); }

    void take_line() {
        if (search_marker(line_) > 0) return take_block();
        if (replace_marker(line_) > 0) return complain(number_, "a REPLACE marker without a SEARCH marker before it");
        if (is_json_fence(line_)) return take_report();
        if (line_.starts_with("FILE:")) take_file(line_.substr(5));
        if (line_.starts_with("DELETE:"))
            add({.kind = Edit::Kind::remove, .path = checked_path(line_.substr(7)), .line = number_});
        if (line_.starts_with("RENAME:")) take_rename(line_.substr(7));
    }

    void take_file(std::string_view text) {
        expect_no_block();
        file_ = checked_path(text);
        file_line_ = number_;
    }

    // A file whose text was written in another way would be left out without a word.
    void expect_no_block() {
        if (file_line_ > 0) complain(file_line_, "no SEARCH block follows this FILE line");
    }

    std::string checked_path(std::string_view text) {
        auto path = path_in(text);
        if (auto problem = path_problem(path, limits_); !problem.empty()) complain(number_, std::move(problem));
        return path;
    }

    void take_rename(std::string_view names) {
        constexpr std::string_view arrow = " -> ";
        const auto at = names.find(arrow);
        if (at == names.npos) return complain(number_, "RENAME is to be written \"RENAME: old path -> new path\"");
        add({.kind = Edit::Kind::rename,
             .path = checked_path(names.substr(0, at)),
             .new_path = checked_path(names.substr(at + arrow.size())),
             .line = number_});
    }

    // From its SEARCH marker to its REPLACE marker. A line that cannot be within a block ends it as a problem.
    void take_block() {
        const auto length = search_marker(line_);
        const int begin = number_;
        Edit edit{.path = file_.value_or(""), .line = begin};
        file_line_ = 0;
        if (!file_) complain(begin, "a SEARCH block without a FILE line before it");
        bool is_in_search = true;
        while (next()) {
            if (search_marker(line_) == length) {
                complain(begin, fmt::format("the block is not ended when line {} begins another", number_));
                return keep_line();
            }
            if (replace_marker(line_) == length) {
                if (is_in_search) return complain(begin, fmt::format("the block has no line {:=>{}}", "", length));
                return add_block(std::move(edit));
            }
            if (divider(line_) == length) {
                if (!is_in_search)
                    complain(number_, fmt::format("the block has a second line {:=>{}}; where it is part of the text, "
                                                  "make the block's three markers longer",
                                                  "", length));
                is_in_search = false;
                continue;
            }
            (is_in_search ? edit.search : edit.text).append(line_).append("\n");
        }
        complain(begin, fmt::format("the block is not ended: there is no line {:>>{}} REPLACE", "", length));
    }

    void add_block(Edit edit) {
        if (edit.search.empty()) edit.kind = Edit::Kind::create;
        if (edit.search == edit.text && !edit.search.empty())
            return complain(edit.line, "the block changes nothing: both of its texts are the same");
        add(std::move(edit));
    }

    void add(Edit edit) {
        if (answer_.edits.size() == limits_.edits_max) {
            complain(edit.line, fmt::format("there are more than {} edits", limits_.edits_max));
            rest_ = {};
            return;
        }
        answer_.edits.push_back(std::move(edit));
    }

    // The last one in the answer is the report. A fence around a block is none.
    void take_report() {
        const int begin = number_;
        std::string text;
        while (next()) {
            if (text.empty() && is_directive(line_)) return keep_line();
            if (trimmed(line_) == "```") {
                report_line_ = begin;
                report_ = std::move(text);
                is_report_open_ = false;
                return;
            }
            text.append(line_).append("\n");
        }
        report_line_ = begin;
        is_report_open_ = true;
    }

    void finish() {
        if (problems_.size() >= limits_.problems_max) return;
        expect_no_block();
        if (report_line_ == 0) return complain(0, "there is no report: a fenced block that begins with ```json");
        if (is_report_open_) return complain(report_line_, "the report's block is not ended by a line ```");
        answer_.report = parse_edit_report(report_, report_line_, limits_, problems_);
        if (!answer_.edits.empty() && answer_.edits.back().line > report_line_)
            complain(answer_.edits.back().line, "an edit comes after the report, which is to be the last");
        if (!problems_.empty()) return;
        const bool has_edits = !answer_.edits.empty();
        if (has_edits && answer_.report.status == Report::Status::nothing_to_do)
            complain(report_line_, "the status is \"nothing_to_do\", but there are edits");
        if (!has_edits && answer_.report.status == Report::Status::done)
            complain(report_line_, "the status is \"done\", but there are no edits");
    }

    std::string_view rest_;
    const EditLimits& limits_;
    std::string_view line_;
    int number_ = 0;
    bool is_kept_ = false;
    std::optional<std::string> file_;
    int file_line_ = 0;  // while no block of it has come
    EditAnswer answer_;
    std::string report_;
    int report_line_ = 0;
    bool is_report_open_ = false;
    Problems problems_;
};

bool is_git_folder(std::string_view part) {
    return std::ranges::equal(part, std::string_view(".git"), {},
                              [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
}

std::string_view part_problem(std::string_view part) {
    constexpr std::size_t bytes_max = 255;
    if (part.empty()) return "has an empty part";
    if (part == "." || part == "..") return "has a part . or ..";
    if (part.size() > bytes_max) return "has a part that is too long";
    if (is_git_folder(part)) return "leads into .git";
    return "";
}

}  // namespace

std::string path_problem(std::string_view path, const EditLimits& limits) {
    if (path.empty()) return "a path is missing";
    const auto say = [&](std::string_view what) {
        return fmt::format("the path {} {}", printable_utf8(utf8_beginning(path, 100)), what);
    };
    if (path.size() > limits.path_bytes_max) return say("is too long");
    if (path.starts_with('/')) return say("is absolute; paths are relative to the repository's root");
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    if (!is_valid_utf8(path) || std::ranges::any_of(path, is_control))
        return say("has characters that are not allowed");
    if (path.contains('\\')) return say("has a backslash; its parts are divided by /");
    while (true) {
        const auto slash = path.find('/');
        if (const auto problem = part_problem(path.substr(0, slash)); !problem.empty()) return say(problem);
        if (slash == path.npos) return "";
        path.remove_prefix(slash + 1);
    }
}

std::expected<EditAnswer, Problems> parse_edit_answer(std::string_view text, const EditLimits& limits) {
    if (text.size() > limits.answer_bytes_max)
        return std::unexpected(
            Problems{{.text = fmt::format("the answer has more than {} bytes", limits.answer_bytes_max)}});
    return AnswerParser(text, limits).parse();
}

}  // namespace gsdb::llm
