#include "modules/codebase/questions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/error.hpp"
#include "modules/codebase/components.hpp"
#include "modules/codebase/queries.hpp"
#include "modules/codebase/question_rows.hpp"

namespace gsdb::codebase {

namespace {

constexpr std::int32_t candidates_max = 100;

/// Whether `end` is `whole` or what comes after one of the separators in it.
bool is_end_of(std::string_view end, std::string_view whole, char separator) {
    if (!whole.ends_with(end)) return false;
    return whole.size() == end.size() || whole[whole.size() - end.size() - 1] == separator;
}

/// A question for a symbol, taken apart.
struct Wanted {
    std::string path;  ///< empty: any
    std::string name;

    explicit Wanted(std::string_view text) {
        const auto colon = text.rfind(':');
        if (colon != std::string_view::npos && colon > 0) {
            path = text.substr(0, colon);
            text.remove_prefix(colon + 1);
            if (path.ends_with(':')) path.pop_back();  // `path::name`
        }
        name = text;
    }
    std::string last() const { return name.substr(name.rfind('.') + 1); }
    /// Of `path:line`; 0 for any other form.
    std::int32_t line() const {
        std::int32_t number = 0;
        const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
        return problem == std::errc{} && end == name.data() + name.size() && !path.empty() ? number : 0;
    }
};

Task<std::vector<Symbol>> elements(pg::Database<Database> database, Scope scope, Wanted wanted) {
    std::vector<Symbol> symbols;
    for (const auto& row :
         co_await database.query<sql::ElementsNamed>(reading(scope), {.organization_id = scope.organization,
                                                                      .name = wanted.last(),
                                                                      .codebase_id = scope.codebase,
                                                                      .rows_max = 10 * candidates_max})) {
        if (!is_end_of(wanted.name, row.qualified_name, '.')) continue;
        if (!wanted.path.empty() && !is_end_of(wanted.path, row.path, '/')) continue;
        symbols.push_back(symbol_of(row));
    }
    const auto is_exact = [&](const Symbol& s) {
        return s.name == wanted.name && (wanted.path.empty() || s.path == wanted.path);
    };
    if (std::ranges::any_of(symbols, is_exact)) std::erase_if(symbols, [&](const Symbol& s) { return !is_exact(s); });
    co_return symbols;
}

bool is_callable_or_type(std::string_view kind) {
    constexpr std::string_view others[] = {"module",   "package", "namespace", "enum_member",
                                           "property", "field",   "variable",  "constant"};
    return std::ranges::find(others, kind) == std::end(others);
}

/// The innermost function or class around a line of each file that the path may mean.
Task<std::vector<Symbol>> elements_at(pg::Database<Database> database, Scope scope, Wanted wanted) {
    std::vector<Symbol> symbols;
    bool is_exact = false;
    for (const auto& row :
         co_await database.query<sql::ElementsAround>(reading(scope), {.path = wanted.path,
                                                                       .line = wanted.line(),
                                                                       .organization_id = scope.organization,
                                                                       .codebase_id = scope.codebase})) {
        if (!is_callable_or_type(row.kind) || (is_exact && row.path != wanted.path)) continue;
        if (!symbols.empty() && symbols.back().path == row.path && symbols.back().codebase == row.codebase) continue;
        is_exact |= row.path == wanted.path;
        symbols.push_back(symbol_of(row));
    }
    co_return symbols;
}

Task<std::vector<Symbol>> files(pg::Database<Database> database, Scope scope, std::string path) {
    std::vector<Symbol> symbols;
    for (const auto& row : co_await database.query<sql::FilesAt>(
             reading(scope), {.path = path, .organization_id = scope.organization, .codebase_id = scope.codebase}))
        symbols.push_back({.id = row.symbol_id,
                           .codebase = row.codebase,
                           .path = row.path,
                           .package = {},
                           .name = {},
                           .kind = "module",
                           .language = row.language.value_or(""),
                           .start_line = 1,
                           .end_line = row.lines.value_or(0),
                           .signature = {},
                           .documentation = {}});
    co_return symbols;
}

/// `package.name` or `package:name`.
Task<std::vector<Symbol>> of_packages(pg::Database<Database> database, Scope scope, std::string text) {
    std::vector<Symbol> symbols;
    const auto end = std::min(text.find_first_of(".:"), text.size());
    for (const auto& row : co_await database.query<sql::PackageSymbols>(
             reading(scope), {.organization_id = scope.organization,
                              .package = text.substr(0, end),
                              .name = end < text.size() ? text.substr(end + 1) : std::string()}))
        symbols.push_back({.id = row.symbol_id,
                           .codebase = {},
                           .path = {},
                           .package = row.package.value_or(""),
                           .name = row.qualified_name,
                           .kind = {},
                           .language = row.language,
                           .start_line = 0,
                           .end_line = 0,
                           .signature = {},
                           .documentation = {}});
    co_return symbols;
}

std::vector<std::string> kinds_of(Walk walk) {
    switch (walk) {
        case Walk::callers:
        case Walk::callees:
            return {"call", "instantiate", "decorate"};
        case Walk::subtypes:
        case Walk::supertypes:
            return {"inherit", "implement"};
        case Walk::uses:
            return {"type_use", "read", "pass", "expand", "override"};
        case Walk::dependents:
        case Walk::dependencies:
            return {"import", "re_export"};
        case Walk::impact:
            break;
    }
    return {"call",   "instantiate", "type_use",  "inherit",  "implement", "decorate", "read", "write",
            "expand", "import",      "re_export", "override", "pass",      "test",     "link"};
}

template <class Row>
Step step_of(const Row& row) {
    return {.depth = 0,
            .symbol = {.id = row.symbol_id,
                       .codebase = row.codebase.value_or(""),
                       .path = row.path.value_or(""),
                       .package = row.package.value_or(""),
                       .name = row.name,
                       .kind = {},
                       .language = {},
                       .start_line = 0,
                       .end_line = 0,
                       .signature = {},
                       .documentation = {}},
            .via = {},
            .kind = "call",
            .path = row.mention_path,
            .line = row.line,
            .column = row.column,
            .method = row.method,
            .confidence = row.confidence};
}

}  // namespace

bool leads_in(Walk walk) {
    return walk != Walk::callees && walk != Walk::uses && walk != Walk::supertypes && walk != Walk::dependencies;
}

std::string Symbol::label() const {
    const auto& place = path.empty() ? package : path;
    if (name.empty()) return place;
    return place.empty() ? name : fmt::format("{}:{}", place, name);
}

Task<std::vector<Symbol>> find_symbols(pg::Database<Database> database, Scope scope, std::string text) {
    auto symbols = co_await files(database, scope, text);
    const Wanted wanted(text);
    if (symbols.empty() && wanted.line() > 0) co_return co_await elements_at(database, scope, wanted);
    if (symbols.empty()) symbols = co_await elements(database, scope, wanted);
    if (symbols.empty()) symbols = co_await of_packages(database, scope, text);
    if (symbols.size() > candidates_max) symbols.resize(candidates_max);
    co_return symbols;
}

Task<Symbol> find_symbol(pg::Database<Database> database, Scope scope, std::string text) {
    auto symbols = co_await find_symbols(database, scope, text);
    if (symbols.empty())
        throw Failure({.code = "codebase.symbol_not_found",
                       .message = fmt::format("nothing is called '{}'", text),
                       .detail = "no function, class or file of the newest complete runs has that name",
                       .hint = "gsdb code search NAME finds names that are like it; gsdb index PATH adds code",
                       .exit_code = ExitCode::not_found});
    if (symbols.size() == 1) co_return std::move(symbols.front());
    constexpr std::size_t shown = 8;
    std::vector<std::string> names;
    for (const auto& s : symbols) {
        if (names.size() == shown) break;
        names.push_back(fmt::format("{} ({}, line {})", s.label(), s.codebase, s.start_line));
    }
    if (symbols.size() > shown) names.push_back(fmt::format("and {} more", symbols.size() - shown));
    throw Failure({.code = "codebase.symbol_is_ambiguous",
                   .message = fmt::format("'{}' may be one of {}", text, symbols.size()),
                   .detail = fmt::format("{}", fmt::join(names, "; ")),
                   .hint = "name it with its path, PATH:NAME, by a line of it, PATH:LINE, or with its codebase",
                   .exit_code = ExitCode::usage});
}

Task<std::vector<Step>> walk(pg::Database<Database> database, Scope scope, SymbolId symbol, Walk walk,
                             WalkOptions options) {
    std::vector<Step> steps;
    for (const auto& row :
         co_await database.query<sql::WalkGraph>(reading(scope), {.symbol_id = symbol,
                                                                  .direction = leads_in(walk) ? "in" : "out",
                                                                  .kinds = kinds_of(walk),
                                                                  .depth_max = options.depth_max,
                                                                  .confidence_min = options.confidence_min,
                                                                  .rows_max = options.rows_max})) {
        // An import brings a file and what is named of it: of dependencies the files and packages count.
        if (walk == Walk::dependencies && row.path && !row.name.empty()) continue;
        auto step = step_of(row);
        step.depth = row.depth;
        step.via = row.via_id;
        step.kind = row.kind;
        step.symbol.kind = row.symbol_kind.value_or("");
        steps.push_back(std::move(step));
    }
    co_return steps;
}

Task<std::vector<Step>> call_path(pg::Database<Database> database, Scope scope, SymbolId from, SymbolId to,
                                  WalkOptions options) {
    std::vector<Step> steps;
    auto before = from;
    for (const auto& row :
         co_await database.query<sql::CallPath>(reading(scope), {.from_symbol = from,
                                                                 .to_symbol = to,
                                                                 .depth_max = options.depth_max,
                                                                 .confidence_min = options.confidence_min})) {
        auto step = step_of(row);
        step.depth = row.step;
        step.via = std::exchange(before, row.symbol_id);
        steps.push_back(std::move(step));
    }
    co_return steps;
}

Task<std::vector<Mention>> mentions_of(pg::Database<Database> database, Scope scope, SymbolId symbol, int rows_max) {
    std::vector<Mention> mentions;
    for (const auto& row : co_await database.query<sql::MentionsOf>(
             reading(scope), {.organization_id = scope.organization, .symbol_id = symbol, .rows_max = rows_max}))
        mentions.push_back({.codebase = row.codebase.value_or(""),
                            .path = row.path.value_or(""),
                            .source = row.source.value_or(""),
                            .source_kind = row.source_kind,
                            .kind = row.kind,
                            .method = row.method,
                            .line = row.line,
                            .column = row.column.value_or(0),
                            .length_bytes = row.length_bytes.value_or(0),
                            .confidence = row.confidence.value_or(0)});
    co_return mentions;
}

Task<std::vector<std::vector<std::string>>> import_cycles(pg::Database<Database> database, OrganizationId organization,
                                                          CodebaseId codebase) {
    std::vector<std::string> paths;
    std::map<std::string, std::uint32_t> numbers;
    const auto number = [&](const std::string& path) {
        const auto [found, is_new] = numbers.try_emplace(path, static_cast<std::uint32_t>(paths.size()));
        if (is_new) paths.push_back(path);
        return found->second;
    };
    std::vector<std::vector<std::uint32_t>> edges;
    for (const auto& row : co_await database.query<sql::FileEdges>(
             reading({organization}), {.organization_id = organization, .codebase_id = codebase})) {
        const auto from = number(row.source_path), to = number(row.target_path);
        edges.resize(paths.size());
        edges[from].push_back(to);
    }
    edges.resize(paths.size());
    std::vector<std::vector<std::string>> cycles;
    for (const auto& component : strongly_connected(edges)) {
        if (component.size() < 2) continue;
        auto& cycle = cycles.emplace_back();
        for (const auto file : component) cycle.push_back(paths[file]);
        std::ranges::sort(cycle);
    }
    std::ranges::sort(cycles,
                      [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
    co_return cycles;
}

Task<CodebaseId> find_codebase(pg::Database<Database> database, OrganizationId organization, std::string id_or_name) {
    const auto found = co_await database.query<sql::FindCodebase>(
        reading({organization}), {.organization_id = organization, .id_or_name = id_or_name});
    if (!found)
        throw Failure({.code = "codebase.not_found",
                       .message = fmt::format("there is no codebase '{}'", id_or_name),
                       .hint = "gsdb sql 'select name, location from codebases' lists them; gsdb index PATH adds one",
                       .exit_code = ExitCode::not_found});
    co_return found->codebase_id;
}

}  // namespace gsdb::codebase
