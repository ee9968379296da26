#include "modules/codebase/query_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "modules/codebase/digest.hpp"
#include "modules/codebase/queries.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::codebase {

namespace {

using Transaction = pg::TransactionOf<Database>;
using Answer = std::expected<std::vector<Issue>, std::string>;

constexpr std::size_t query_bytes_max = 64U << 10U;

Error bad_rule(std::string message) {
    return {.code = "codebase.bad_rule",
            .message = std::move(message),
            .hint = "docs/reference/rules.md says how a rule is written",
            .exit_code = ExitCode::usage};
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto first = text.find_first_not_of(space);
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(space) - first + 1);
}

/// The header lines `-- key: value`; what stands behind them is left in `text`.
std::map<std::string, std::string> take_header(std::string_view& text) {
    std::map<std::string, std::string> header;
    std::string last;
    while (trim(text.substr(0, text.find('\n'))).starts_with("--")) {
        const auto line = trim(trim(text.substr(0, text.find('\n'))).substr(2));
        const auto colon = line.find(':');
        const auto key = line.substr(0, colon);
        const bool is_key = colon != std::string_view::npos && !key.empty() &&
                            std::ranges::all_of(key, [](char c) { return c >= 'a' && c <= 'z'; });
        if (is_key)
            header[last = key] = trim(line.substr(colon + 1));
        else if (!last.empty())
            header[last] += " " + std::string(line);  // goes on
        const auto end = text.find('\n');
        text = end == std::string_view::npos ? "" : text.substr(end + 1);
    }
    return header;
}

bool is_rule_id(std::string_view id) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    const auto slash = id.find('/');
    return id.size() <= 100 && slash != std::string_view::npos && slash > 0 && slash + 1 < id.size() &&
           id.front() >= 'a' && id.front() <= 'z' &&
           std::ranges::all_of(id, [&](char c) { return is_part(c) || c == '/'; }) && !id.contains("//") &&
           !id.ends_with('/') && id.substr(0, slash).find('-') == std::string_view::npos;
}

/// Columns that a query may give, and what stands for one that it does not.
struct Column {
    std::string_view name, type, otherwise;
};
constexpr std::array<Column, 11> columns{{{"path", "text", ""},
                                          {"start_line", "integer", ""},
                                          {"message", "text", ""},
                                          {"codebase_id", "uuid", ""},
                                          {"key", "text", "message::text"},
                                          {"start_column", "integer", "1"},
                                          {"end_line", "integer", "start_line::integer"},
                                          {"end_column", "integer", "null"},
                                          {"severity", "text", "null"},
                                          {"effort_minutes", "integer", "null"},
                                          {"symbol_id", "bigint", "null"}}};

/// The SELECT that asks the view for what it has, or the name of a column that it lacks.
std::expected<std::string, std::string> select_from_view(const std::vector<std::string>& given, int rows_max) {
    std::string list;
    for (const auto& column : columns) {
        const bool is_given = std::ranges::find(given, column.name) != given.end();
        if (!is_given && column.otherwise.empty()) return std::unexpected(std::string(column.name));
        list +=
            fmt::format("{}({})::{}", list.empty() ? "" : ", ", is_given ? column.name : column.otherwise, column.type);
    }
    return fmt::format("select {} from pg_temp.query_rule where codebase_id = $1 limit {}", list, rows_max + 1);
}

checks::Severity severity_or(const std::optional<std::string>& label, checks::Severity otherwise) {
    using enum checks::Severity;
    for (const auto severity : {note, warning, error})
        if (label == to_label(severity)) return severity;
    return otherwise;
}

/// Throws std::string, what is wrong with the row.
Issue issue_of(const pg::Rows& rows, std::size_t row, const StoredRule& rule) {
    const auto text = [&](int column) { return rows.get<std::optional<std::string>>(row, column); };
    const auto number = [&](int column) { return rows.get<std::optional<std::int32_t>>(row, column); };
    const auto path = text(0), message = text(2);
    if (!path || path->empty() || !message || trim(*message).empty())
        throw std::string("it gave a row without path or message");
    constexpr std::size_t message_bytes_max = 1000;
    Issue issue{.rule = rule.id,
                .severity = severity_or(text(8), rule.severity),
                .effort_minutes = std::max(0, number(9).value_or(rule.effort_minutes)),
                .message = message->substr(0, message_bytes_max),
                .path = *path,
                .symbol = rows.get<std::optional<std::int64_t>>(row, 10),
                .start_line = std::max(1, number(1).value_or(1)),
                .start_column = std::max(1, number(5).value_or(1)),
                .subject = text(4).value_or("")};
    issue.end_line = std::max(issue.start_line, number(6).value_or(issue.start_line));
    issue.end_column = std::max(issue.end_line == issue.start_line ? issue.start_column : 1, number(7).value_or(1));
    return issue;
}

/// What is done inside the subtransaction.
Task<Answer> ask(Transaction tx, const QueryRuleRequest& request) {
    const auto& rule = *request.rule;
    co_await tx.execute(fmt::format("set local statement_timeout = {}", request.deadline.count()));
    // As a view a text can be nothing but one SELECT, and the server says what it reads and calls.
    co_await tx.execute("create temporary view query_rule as " + rule.query + "\n");
    const auto problem = co_await tx.query<sql::QueryRuleProblem>({});
    if (problem.problem) co_return std::unexpected(*problem.problem);
    const auto select = select_from_view(problem.columns, request.rows_max);
    if (!select) co_return std::unexpected("it gives no column " + select.error());
    co_await tx.execute("set local transaction_read_only = on");
    const auto rows = co_await tx.execute(*select, pg::Parameters::of(request.codebase.uuid));
    if (rows.size() > static_cast<std::size_t>(request.rows_max))
        co_return std::unexpected(fmt::format("it gave more than {} rows", request.rows_max));
    std::vector<Issue> issues;
    try {
        for (std::size_t row = 0; row < rows.size(); ++row) issues.push_back(issue_of(rows, row, rule));
    } catch (const std::string& reason) {
        co_return std::unexpected(reason);
    }
    co_return issues;
}

/// Whether an error is of the query: not of the connection, and not one that the whole run answers by beginning again.
bool is_of_query(const pg::SqlError& error) {
    return !error.poisons_connection() && !error.is_retryable() && !error.is_unavailable();
}

std::string reason_of(const pg::SqlError& error, const QueryRuleRequest& request) {
    if (error.sqlstate() == "57014") return fmt::format("it did not end within {} ms", request.deadline.count());
    return fmt::format("it fails: {} ({})", error.facts().message, error.sqlstate());
}

}  // namespace

Result<StoredRule> parse_query_rule(std::string_view file) {
    auto query = file;
    auto header = take_header(query);
    for (const auto* const key : {"id", "name", "description", "severity"})
        if (header[key].empty()) return std::unexpected(bad_rule(fmt::format("the file has no line -- {}: ...", key)));
    StoredRule rule{.id = header["id"],
                    .name = header["name"],
                    .description = header["description"],
                    .source = "query",
                    .help_uri = header["help"]};
    if (!is_rule_id(rule.id))
        return std::unexpected(
            bad_rule(fmt::format("{} is no id: category/name, of small letters, digits, - and _", rule.id)));
    rule.category = rule.id.substr(0, rule.id.find('/'));
    if (checks::find_rule(rule.id) != nullptr) return std::unexpected(bad_rule(rule.id + " is a rule of the product"));
    const auto severity = header["severity"];
    if (severity != "note" && severity != "warning" && severity != "error")
        return std::unexpected(bad_rule(severity + " is no severity: note, warning or error"));
    rule.severity = severity_or(severity, checks::Severity::note);
    constexpr std::int32_t effort_minutes = 15;
    rule.effort_minutes = effort_minutes;
    if (const auto& effort = header["effort"]; !effort.empty()) {
        const auto [end, problem] = std::from_chars(effort.data(), effort.data() + effort.size(), rule.effort_minutes);
        if (problem != std::errc{} || end != effort.data() + effort.size() || rule.effort_minutes < 0)
            return std::unexpected(bad_rule(effort + " is no number of minutes"));
    }
    query = trim(query);
    while (query.ends_with(';')) query = trim(query.substr(0, query.size() - 1));
    if (query.empty() || query.size() > query_bytes_max)
        return std::unexpected(bad_rule("the file has no query, or one of more than 64 KiB"));
    rule.query = query;
    Digest digest;
    digest.add_text(file);
    rule.version = to_string(digest.finish()).substr(0, 8);
    return rule;
}

Task<Answer> run_query_rule(Transaction tx, QueryRuleRequest request) {
    Answer answer;
    std::optional<std::string> failed;
    co_await tx.execute("savepoint query_rule");
    try {
        answer = co_await ask(tx, request);
    } catch (const pg::SqlError& error) {
        if (!is_of_query(error)) throw;
        failed = reason_of(error, request);
    }
    co_await tx.execute("rollback to savepoint query_rule");
    co_await tx.execute("release savepoint query_rule");
    if (failed) co_return std::unexpected(*failed);
    co_return answer;
}

}  // namespace gsdb::codebase
