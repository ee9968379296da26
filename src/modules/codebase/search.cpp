#include "modules/codebase/search.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/utf8.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/question_rows.hpp"
#include "modules/codebase/run_aside.hpp"

namespace gsdb::codebase {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

template <class Rows>
std::vector<Symbol> symbols_of(const Rows& rows) {
    std::vector<Symbol> symbols;
    std::set<SymbolId> seen;
    for (const auto& row : rows)
        if (seen.insert(row.symbol_id).second) symbols.push_back(symbol_of(row));
    return symbols;
}

/// What lines are looked for.
class LinePattern {
  public:
    explicit LinePattern(std::string text)
        : ignores_case_(std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; })),
          text_(std::move(text)) {}

    /// The first lines of a text that have it, at most `lines_max`.
    std::vector<SourceLine> lines_of(std::string_view text, std::size_t lines_max) const {
        std::vector<SourceLine> lines;
        std::int32_t line = 1;
        std::size_t counted = 0;
        for (auto at = find(text, 0); at != std::string_view::npos && lines.size() < lines_max;) {
            line += static_cast<std::int32_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(counted),
                                                         text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
            counted = at;
            const auto begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
            const auto end = std::min(text.find('\n', at), text.size());
            lines.push_back({.codebase = {},
                             .path = {},
                             .line = line,
                             .column = static_cast<std::int32_t>(at - begin + 1),
                             .text = shown(text.substr(begin, end - begin))});
            at = end == text.size() ? std::string_view::npos : find(text, end);
        }
        return lines;
    }

  private:
    std::size_t find(std::string_view in, std::size_t from) const {
        if (!ignores_case_) return in.find(text_, from);
        const auto found = std::search(in.begin() + static_cast<std::ptrdiff_t>(from), in.end(), text_.begin(),
                                       text_.end(), [](char a, char b) { return lower(a) == b; });
        return found == in.end() ? std::string_view::npos : static_cast<std::size_t>(found - in.begin());
    }
    static std::string shown(std::string_view line) {
        constexpr std::size_t bytes_max = 200;
        constexpr std::string_view white = " \t\r";
        const auto first = line.find_first_not_of(white);
        if (first == std::string_view::npos) return "";
        line = line.substr(first, line.find_last_not_of(white) - first + 1);
        return std::string(utf8_beginning(line, bytes_max));
    }

    bool ignores_case_;
    std::string text_;
};

using FileRows = std::vector<sql::FilesToRead::Row>;

/// Reads files in pieces of so many: a search that has found enough reads no further.
class SourceSearch {
  public:
    SourceSearch(source::ContentsOpener open, std::string text, std::size_t rows_max, unsigned threads)
        : open_(std::move(open)), pattern_(std::move(text)), rows_max_(rows_max), threads_(threads) {}

    SourceLines run(const FileRows& files) {
        constexpr std::size_t files_at_once = 256;
        for (std::size_t first = 0; first < files.size() && found_.lines.size() < rows_max_; first += files_at_once)
            read(std::span(files).subspan(first, std::min(files_at_once, files.size() - first)));
        if (found_.lines.size() > rows_max_) found_.lines.resize(rows_max_);
        return std::move(found_);
    }

  private:
    using FileLines = std::expected<std::vector<SourceLine>, source::Problem>;

    void read(std::span<const sql::FilesToRead::Row> files) {
        for (const auto& file : files) open(file.location);
        std::vector<FileLines> of_files(files.size());
        for_each_on_threads(files.size(), threads_, [&](std::size_t i) { of_files[i] = lines_of(files[i]); });
        for (std::size_t i = 0; i < files.size(); ++i) {
            if (!of_files[i]) {
                found_.problems.push_back(std::move(of_files[i].error()));
                continue;
            }
            ++found_.files_read;
            for (auto& line : *of_files[i]) {
                line.codebase = files[i].codebase;
                line.path = files[i].path;
                found_.lines.push_back(std::move(line));
            }
        }
    }
    void open(const std::string& location) {
        const auto [place, is_new] = contents_.try_emplace(location);
        if (!is_new) return;
        if (auto opened = open_(location))
            place->second = std::move(*opened);
        else
            found_.problems.push_back({location, source::ProblemKind::unreadable, opened.error().message});
    }
    FileLines lines_of(const sql::FilesToRead::Row& file) const {
        const auto& contents = contents_.at(file.location);
        if (contents == nullptr) return std::vector<SourceLine>{};
        const auto text = source::read_text(*contents, file.path, file.git_id);
        if (!text) return std::unexpected(text.error());
        return pattern_.lines_of(*text, rows_max_);
    }

    source::ContentsOpener open_;
    LinePattern pattern_;
    std::size_t rows_max_;
    unsigned threads_;
    std::map<std::string, std::unique_ptr<source::Contents>> contents_;
    SourceLines found_;
};

}  // namespace

Task<std::vector<Symbol>> search_names(pg::Database<Database> database, Scope scope, std::string text, int rows_max) {
    while (text.ends_with('.') || text.ends_with(':')) text.pop_back();
    const auto dot = text.find_last_of(".:");
    const bool is_qualified = dot != std::string::npos;
    constexpr int rows_to_choose_from = 10'000;
    auto symbols = symbols_of(co_await database.query<sql::ElementsLike>(
        reading(scope), {.text = is_qualified ? text.substr(dot + 1) : text,
                         .codebase_id = scope.codebase,
                         .rows_max = is_qualified ? std::max(rows_max, rows_to_choose_from) : rows_max,
                         .organization_id = scope.organization}));
    if (is_qualified) {
        std::ranges::replace(text, ':', '.');
        const auto wanted = lowered(text);
        std::erase_if(symbols, [&](const Symbol& s) { return !lowered(s.name).contains(wanted); });
    }
    if (std::cmp_greater(symbols.size(), rows_max)) symbols.resize(static_cast<std::size_t>(rows_max));
    co_return symbols;
}

Task<std::vector<Symbol>> search_documentation(pg::Database<Database> database, Scope scope, std::string words,
                                               int rows_max) {
    co_return symbols_of(co_await database.query<sql::ElementsSaying>(
        reading(scope),
        {.words = words, .codebase_id = scope.codebase, .rows_max = rows_max, .organization_id = scope.organization}));
}

Task<SourceLines> search_source(pg::Database<Database> database, Scope scope, source::ContentsOpener contents,
                                std::string text, int rows_max, unsigned threads) {
    if (text.empty()) co_return SourceLines{};
    const auto files = co_await database.query<sql::FilesToRead>(
        reading(scope), {.organization_id = scope.organization, .codebase_id = scope.codebase});
    co_return co_await run_aside(
        [&] { return SourceSearch(contents, text, static_cast<std::size_t>(rows_max), threads).run(files); });
}

}  // namespace gsdb::codebase
