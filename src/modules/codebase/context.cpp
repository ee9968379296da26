#include "modules/codebase/context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/error.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/question_rows.hpp"
#include "modules/codebase/run_aside.hpp"

namespace gsdb::codebase {

namespace {

/// A function or class, and where its text is.
struct Element {
    Symbol symbol;
    std::string location, members;
    std::optional<std::string> git_id;
};

template <class Row>
Element element_of(const Row& row) {
    return {.symbol = symbol_of(row), .location = row.location, .members = row.members, .git_id = row.git_id};
}

/// A symbol that has to do with the subject.
struct Related {
    ContextRole role{};
    Step step;  ///< the mention that leads to it or from it
    double score = 0;
};

struct Direction {
    Walk walk{};
    ContextRole role{};
    int depth_max = 1;
    double weight = 1;  ///< how much it matters next to the other directions
};

constexpr Direction directions[] = {{Walk::callees, ContextRole::callee, 2, 1.0},
                                    {Walk::uses, ContextRole::used, 1, 0.7},
                                    {Walk::supertypes, ContextRole::supertype, 5, 0.7},
                                    {Walk::callers, ContextRole::caller, 2, 0.6},
                                    {Walk::subtypes, ContextRole::subtype, 1, 0.4}};

/// What is around the subject in the graph, what matters most first, each symbol once.
Task<std::vector<Related>> related_to(pg::Database<Database> database, Scope scope, SymbolId subject) {
    constexpr int rows_max = 200;
    std::map<SymbolId, Related> found;
    for (const auto& direction : directions) {
        auto steps = co_await walk(database, scope, subject, direction.walk,
                                   {.depth_max = direction.depth_max, .rows_max = rows_max});
        for (auto& step : steps) {
            if (step.symbol.path.empty() || step.symbol.name.empty()) continue;
            const auto score = direction.weight * static_cast<double>(step.confidence) / step.depth;
            const auto role = step.kind == "override" ? ContextRole::supertype : direction.role;
            auto& known = found[step.symbol.id];
            if (score > known.score) known = {.role = role, .step = std::move(step), .score = score};
        }
    }
    std::vector<Related> related;
    for (auto& [id, one] : found) related.push_back(std::move(one));
    std::ranges::sort(related, [](const Related& a, const Related& b) {
        return std::tuple(-a.score, a.step.symbol.path, a.step.symbol.name, a.step.symbol.id) <
               std::tuple(-b.score, b.step.symbol.path, b.step.symbol.name, b.step.symbol.id);
    });
    if (related.size() > rows_max) related.resize(rows_max);
    co_return related;
}

/// The lines of files, each read once.
class Lines {
  public:
    explicit Lines(source::ContentsOpener open) : open_(std::move(open)) {}

    /// Lines `first` to `last`, from 1, as they stand there; nothing when the file cannot be had.
    std::optional<std::string> of(const Element& element, std::int32_t first, std::int32_t last) {
        const auto& text = file(element);
        if (!text) return std::nullopt;
        std::size_t begin = 0;
        for (std::int32_t line = 1; line < first && begin != std::string::npos; ++line)
            begin = after_line(*text, begin);
        auto end = begin;
        for (std::int32_t line = first; line <= last && end != std::string::npos; ++line) end = after_line(*text, end);
        if (begin == std::string::npos) return std::nullopt;
        return text->substr(begin, end == std::string::npos ? end : end - begin);
    }
    std::vector<source::Problem> take_problems() { return std::move(problems_); }

  private:
    static std::size_t after_line(const std::string& text, std::size_t from) {
        const auto end = text.find('\n', from);
        return end == std::string::npos ? end : end + 1;
    }
    const std::optional<std::string>& file(const Element& element) {
        const auto [found, is_new] = files_.try_emplace({element.location, element.symbol.path});
        if (is_new) found->second = read(element);
        return found->second;
    }
    std::optional<std::string> read(const Element& element) {
        const auto [found, is_new] = contents_.try_emplace(element.location);
        if (is_new) {
            if (auto opened = open_(element.location))
                found->second = std::move(*opened);
            else
                problems_.push_back({element.location, source::ProblemKind::unreadable, opened.error().message});
        }
        if (found->second == nullptr || !element.git_id) return std::nullopt;
        auto text = source::read_text(*found->second, element.symbol.path, *element.git_id);
        if (text) return std::move(*text);
        problems_.push_back(std::move(text.error()));
        return std::nullopt;
    }

    source::ContentsOpener open_;
    std::map<std::string, std::unique_ptr<source::Contents>> contents_;
    std::map<std::pair<std::string, std::string>, std::optional<std::string>> files_;
    std::vector<source::Problem> problems_;
};

void add_indented(std::string& text, std::string_view lines) {
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        text += fmt::format("    {}\n", lines.substr(0, end));
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
}

/// Signature, the first paragraph of the documentation, and the signatures of the members of a type.
std::string outline(const Element& element) {
    const auto& s = element.symbol;
    auto text = (s.signature.empty() ? s.kind + " " + s.name : s.signature) + "\n";
    add_indented(text, std::string_view(s.documentation).substr(0, s.documentation.find("\n\n")));
    const bool is_callable = s.kind == "function" || s.kind == "method" || s.kind == "constructor";
    if (!is_callable) add_indented(text, element.members);
    return text;
}

/// What a heading above the piece takes.
std::int64_t heading_tokens(const Symbol& symbol) {
    constexpr std::int64_t role_and_lines = 12;
    return token_estimate(symbol.label()) + role_and_lines;
}

/// Fills a budget.
class ContextBuilder {
  public:
    ContextBuilder(source::ContentsOpener contents, std::int64_t tokens_max)
        : lines_(std::move(contents)), tokens_left_(tokens_max) {}

    void add_subject(const Element& element) {
        auto piece = piece_of(element, {.role = ContextRole::subject, .step = {}, .score = 1});
        const auto& s = element.symbol;
        if (auto source = lines_.of(element, s.start_line, s.end_line)) {
            piece.is_source = piece.is_whole = true;
            piece.text = std::move(*source);
        } else {
            piece.text = outline(element);
        }
        cut(piece);
        take(std::move(piece));
    }

    void add(const Element& element, const Related& related) {
        if (is_taken(element.symbol)) return;
        auto piece = piece_of(element, related);
        constexpr std::int64_t share_of_whole = 4;
        const auto& s = element.symbol;
        constexpr std::int32_t short_caller_lines = 12;
        const bool may_be_whole = !has_something_within(s) && (related.role != ContextRole::caller ||
                                                               s.end_line - s.start_line < short_caller_lines);
        if (auto source = may_be_whole ? lines_.of(element, s.start_line, s.end_line) : std::nullopt;
            source && cost(piece, *source) <= tokens_left_ / share_of_whole) {
            piece.is_source = piece.is_whole = true;
            piece.text = std::move(*source);
        } else if (!take_call(piece, element, related)) {
            piece.text = outline(element);
        }
        if (cost(piece, piece.text) <= tokens_left_)
            take(std::move(piece));
        else
            ++context_.left_out;
    }

    Context context(Symbol symbol) {
        context_.symbol = std::move(symbol);
        context_.unreadable = lines_.take_problems();
        return std::move(context_);
    }

  private:
    static ContextPiece piece_of(const Element& element, const Related& related) {
        return {.role = related.role,
                .symbol = element.symbol,
                .distance = related.step.depth,
                .confidence = related.role == ContextRole::subject || related.role == ContextRole::around
                                  ? 1
                                  : related.step.confidence,
                .start_line = element.symbol.start_line,
                .end_line = element.symbol.end_line,
                .text = {}};
    }
    static std::int64_t cost(const ContextPiece& piece, std::string_view text) {
        return token_estimate(text) + heading_tokens(piece.symbol);
    }

    static bool is_within(const Symbol& inner, const Symbol& outer) {
        return inner.codebase == outer.codebase && inner.path == outer.path && outer.start_line <= inner.start_line &&
               inner.end_line <= outer.end_line;
    }
    /// Whether it lies in something that is there as a whole.
    bool is_taken(const Symbol& symbol) const {
        return std::ranges::any_of(context_.pieces,
                                   [&](const auto& p) { return p.is_whole && is_within(symbol, p.symbol); });
    }
    bool has_something_within(const Symbol& symbol) const {
        return std::ranges::any_of(context_.pieces, [&](const auto& p) { return is_within(p.symbol, symbol); });
    }

    /// The lines around the call of the subject.
    bool take_call(ContextPiece& piece, const Element& element, const Related& related) {
        constexpr std::int32_t around = 2;
        if (related.role != ContextRole::caller || related.step.depth != 1) return false;
        const auto first = std::max(element.symbol.start_line, related.step.line - around);
        const auto last = std::min(element.symbol.end_line, related.step.line + around);
        auto source = lines_.of(element, first, last);
        if (!source) return false;
        piece.start_line = first, piece.end_line = last, piece.is_source = true;
        piece.text = std::move(*source);
        return true;
    }

    /// Whole lines as far as the budget goes, and at least one.
    void cut(ContextPiece& piece) const {
        const auto room = std::max<std::int64_t>(1, tokens_left_ - heading_tokens(piece.symbol));
        if (token_estimate(piece.text) <= room) return;
        const auto end = piece.text.rfind('\n', static_cast<std::size_t>(3 * room) - 1);
        piece.text.resize(end == std::string::npos ? piece.text.find('\n') + 1 : end + 1);
        piece.is_whole = false;
        piece.end_line = piece.start_line + static_cast<std::int32_t>(std::ranges::count(piece.text, '\n')) - 1;
    }

    void take(ContextPiece piece) {
        piece.tokens = cost(piece, piece.text);
        context_.tokens += piece.tokens;
        tokens_left_ -= piece.tokens;
        context_.pieces.push_back(std::move(piece));
    }

    Lines lines_;
    std::int64_t tokens_left_;
    Context context_;
};

bool is_around(const Element& outer, const Element& inner) {
    return inner.symbol.name.starts_with(outer.symbol.name + ".") && outer.symbol.path == inner.symbol.path;
}

/// The subject, and the types and functions around it, the nearest first.
Task<std::vector<Element>> subject_and_around(pg::Database<Database> database, Scope scope, Symbol symbol) {
    std::vector<Element> elements;
    for (const auto& row : co_await database.query<sql::ElementsAround>(
             {.organization = scope.organization, .access = pg::Access::read_only},
             {.path = symbol.path,
              .line = symbol.start_line,
              .organization_id = scope.organization,
              .codebase_id = scope.codebase})) {
        if (row.path != symbol.path || row.codebase != symbol.codebase) continue;
        if (elements.empty() ? row.symbol_id == symbol.id : is_around(element_of(row), elements.front()))
            elements.push_back(element_of(row));
    }
    co_return elements;
}

}  // namespace

std::string_view to_label(ContextRole role) {
    switch (role) {
        case ContextRole::subject:
            return "subject";
        case ContextRole::around:
            return "around";
        case ContextRole::callee:
            return "callee";
        case ContextRole::used:
            return "used";
        case ContextRole::supertype:
            return "supertype";
        case ContextRole::caller:
            return "caller";
        case ContextRole::subtype:
            return "subtype";
    }
    return "";
}

std::int64_t token_estimate(std::string_view text) {
    return static_cast<std::int64_t>((text.size() + 2) / 3);
}

Task<Context> context_of(pg::Database<Database> database, Scope scope, source::ContentsOpener contents,
                         std::string text, std::int64_t tokens_max) {
    const auto symbol = co_await find_symbol(database, scope, text);
    const auto inner = co_await subject_and_around(database, scope, symbol);
    if (inner.empty())
        throw Failure({.code = "codebase.not_an_element",
                       .message = fmt::format("'{}' is no function or class of a codebase", symbol.label()),
                       .detail = "a context is made around one",
                       .hint = "gsdb code deps PATH answers for a file, gsdb code search NAME finds what is in it",
                       .exit_code = ExitCode::usage});
    const auto related = co_await related_to(database, scope, symbol.id);
    std::vector<SymbolId> ids;
    for (const auto& one : related) ids.push_back(one.step.symbol.id);
    std::map<SymbolId, Element> elements;
    for (const auto& row : co_await database.query<sql::ElementsOfSymbols>(
             {.organization = scope.organization, .access = pg::Access::read_only},
             {.organization_id = scope.organization, .symbol_ids = ids}))
        elements.emplace(row.symbol_id, element_of(row));
    co_return co_await run_aside([&] {
        ContextBuilder builder(contents, tokens_max);
        builder.add_subject(inner.front());
        for (const auto& outer : std::span(inner).subspan(1))
            builder.add(outer, {.role = ContextRole::around, .step = {}, .score = 1});
        for (const auto& one : related) {
            const auto found = elements.find(one.step.symbol.id);
            const bool is_there =
                std::ranges::any_of(inner, [&](const Element& e) { return e.symbol.id == one.step.symbol.id; });
            if (found != elements.end() && !is_there) builder.add(found->second, one);
        }
        return builder.context(symbol);
    });
}

}  // namespace gsdb::codebase
