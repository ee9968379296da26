#include "modules/codebase/explanation.hpp"

#include <algorithm>

#include "modules/codebase/queries.hpp"
#include "modules/codebase/question_rows.hpp"

namespace gsdb::codebase {

namespace {

constexpr int depth_max = 100;
constexpr int rows_max = 100'000;

Task<std::vector<Step>> all(pg::Database<Database> database, Scope scope, SymbolId symbol, Walk direction) {
    co_return co_await walk(database, scope, symbol, direction, {.depth_max = depth_max, .rows_max = rows_max});
}

std::int64_t count(const std::vector<Step>& steps, std::int32_t depth) {
    return std::ranges::count(steps, depth, &Step::depth);
}

Task<std::int64_t> count_tests(pg::Database<Database> database, Scope scope, const std::vector<Step>& steps) {
    std::vector<SymbolId> ids;
    for (const auto& step : steps) ids.push_back(step.symbol.id);
    std::int64_t tests = 0;
    for (const auto& row : co_await database.query<sql::ElementsOfSymbols>(
             reading(scope), {.organization_id = scope.organization, .symbol_ids = ids}))
        tests += row.is_test ? 1 : 0;
    co_return tests;
}

Task<std::optional<ElementFigures>> figures_of(pg::Database<Database> database, Scope scope, Symbol symbol) {
    for (const auto& row :
         co_await database.query<sql::ElementFigures>(reading(scope), {.organization_id = scope.organization,
                                                                       .codebase_id = *scope.codebase,
                                                                       .path = symbol.path,
                                                                       .qualified_name = symbol.name,
                                                                       .start_line = symbol.start_line}))
        co_return ElementFigures{.lines = row.lines,
                                 .code_lines = row.code_lines,
                                 .cyclomatic_complexity = row.cyclomatic_complexity,
                                 .cognitive_complexity = row.cognitive_complexity,
                                 .nesting_max = row.nesting_max,
                                 .parameters = row.parameters,
                                 .cohesion_groups = row.cohesion_groups,
                                 .maintainability_index = row.maintainability_index,
                                 .fan_in = row.fan_in,
                                 .fan_out = row.fan_out,
                                 .inheritance_depth = row.inheritance_depth,
                                 .direct_subtypes = row.subtypes,
                                 .functions = row.functions,
                                 .simpler = row.simpler};
    co_return std::nullopt;
}

}  // namespace

Task<Explanation> explain(pg::Database<Database> database, Scope scope, std::string text) {
    Explanation answer{.symbol = co_await find_symbol(database, scope, text)};
    const auto& symbol = answer.symbol;
    const auto callers = co_await all(database, scope, symbol.id, Walk::callers);
    answer.callers = count(callers, 1);
    answer.callers_in_all = static_cast<std::int64_t>(callers.size());
    answer.tests = co_await count_tests(database, scope, callers);
    const auto callees =
        co_await walk(database, scope, symbol.id, Walk::callees, {.depth_max = 1, .rows_max = rows_max});
    answer.callees = static_cast<std::int64_t>(callees.size());
    answer.impacted = static_cast<std::int64_t>((co_await all(database, scope, symbol.id, Walk::impact)).size());
    answer.supertypes = static_cast<std::int64_t>((co_await all(database, scope, symbol.id, Walk::supertypes)).size());
    answer.subtypes = static_cast<std::int64_t>((co_await all(database, scope, symbol.id, Walk::subtypes)).size());
    if (symbol.path.empty()) co_return answer;
    scope.codebase = co_await find_codebase(database, scope.organization, symbol.codebase);
    answer.figures = co_await figures_of(database, scope, symbol);
    if (const auto row = co_await database.query<sql::CouplingOfFile>(
            reading(scope),
            {.organization_id = scope.organization, .codebase_id = *scope.codebase, .path = symbol.path}))
        answer.coupling = FileCoupling{row->afferent, row->efferent, row->instability};
    const auto path = co_await find_path(database, scope, symbol.path);
    answer.has_history = path.has_history;
    if (path.has_history) answer.ownership = co_await owners_of(database, scope.organization, path);
    co_return answer;
}

}  // namespace gsdb::codebase
