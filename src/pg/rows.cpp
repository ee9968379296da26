#include "pg/rows.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <cassert>
#include <charconv>

#include "base/error.hpp"
#include "pg/statement.hpp"

namespace gsdb::pg {

std::size_t Rows::size() const {
    return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

std::size_t Rows::column_count() const {
    return result_ ? static_cast<std::size_t>(PQnfields(result_.get())) : 0;
}

std::string_view Rows::column_name(std::size_t column) const {
    auto* name = PQfname(result_.get(), static_cast<int>(column));
    return name ? name : "";
}

Oid Rows::column_type(std::size_t column) const {
    return PQftype(result_.get(), static_cast<int>(column));
}

std::size_t Rows::column(std::string_view name) const {
    for (std::size_t i = 0; i < column_count(); ++i)
        if (column_name(i) == name) return i;
    throw Failure({.code = "pg.no_such_column",
                   .message = fmt::format("the result has no column \"{}\"", name),
                   .hint = "Compare the names in the statement's select list."});
}

std::int64_t Rows::affected() const {
    std::string_view text = result_ ? PQcmdTuples(result_.get()) : "";
    std::int64_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
}

std::string_view Rows::command_tag() const {
    return result_ ? PQcmdStatus(result_.get()) : "";
}

bool Rows::is_null(std::size_t row, std::size_t column) const {
    if (row >= size() || column >= column_count())
        throw Failure({.code = "pg.no_such_value",
                       .message = fmt::format("row {}, column {} of a result of {} rows and {} columns was asked for",
                                              row, column, size(), column_count()),
                       .hint = "Compare the statement's select list with what the program reads."});
    return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) == 1;
}

Value Rows::value(std::size_t row, std::size_t column) const {
    auto r = static_cast<int>(row);
    auto c = static_cast<int>(column);
    auto* start = reinterpret_cast<const std::uint8_t*>(PQgetvalue(result_.get(), r, c));
    return {.bytes = {start, static_cast<std::size_t>(PQgetlength(result_.get(), r, c))},
            .type = column_type(column),
            .column = column_name(column)};
}

std::optional<std::string_view> Rows::text(std::size_t row, std::size_t column) const {
    if (is_null(row, column)) return std::nullopt;
    assert(PQfformat(result_.get(), static_cast<int>(column)) == 0 && "the result was not asked for as text");
    return as_text(value(row, column).bytes);
}

void detail::throw_with_statement(const Statement& statement, const Failure& failure) {
    auto error = failure.error();
    error.message = fmt::format("statement {}: {}", statement.name, error.message);
    throw Failure(std::move(error));
}

void detail::check_cardinality(const Statement& statement, const Rows& rows) {
    auto fail = [&](std::string_view promised) {
        throw Failure({.code = "pg.cardinality",
                       .message = fmt::format("{} rows were returned, {} is promised", rows.size(), promised),
                       .hint = "Correct the statement, or the row count behind its name in the .sql file."});
    };
    if (statement.cardinality == Cardinality::one && rows.size() != 1) fail("exactly one");
    if (statement.cardinality == Cardinality::optional && rows.size() > 1) fail("at most one");
}

}  // namespace gsdb::pg
