#include "queryc/describe.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "queryc/sql_tokens.hpp"

namespace gsdb::queryc {

namespace {

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, ClearResult>;

std::string one_line(const char* message) {
    std::string text = message ? message : "";
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

std::string field(const Answer& answer, int code) {
    const char* text = PQresultErrorField(answer.get(), code);
    return text ? text : "";
}

/// One value as text; nothing for no row or NULL.
std::optional<std::string> query_value(PGconn* connection, const char* sql, const std::vector<std::string>& arguments) {
    std::vector<const char*> values;
    values.reserve(arguments.size());
    for (const auto& argument : arguments) values.push_back(argument.c_str());
    Answer answer(
        PQexecParams(connection, sql, static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0));
    if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK)
        throw Failure({.code = "queryc.catalog",
                       .message = "the catalog could not be read",
                       .detail = one_line(PQresultErrorMessage(answer.get()))});
    if (PQntuples(answer.get()) == 0 || PQgetisnull(answer.get(), 0, 0)) return std::nullopt;
    return PQgetvalue(answer.get(), 0, 0);
}

/// Domains count as what they are made of; an array as its element with brackets.
std::string type_name(PGconn* connection, Oid type) {
    auto name = query_value(connection, R"(
        with recursive base as (
            select t.*, 0 as depth from pg_type t where t.oid = $1::oid
            union all
            select t.*, depth + 1 from base b join pg_type t on t.oid = b.typbasetype where b.typtype = 'd'),
        bare as (select * from base order by depth desc limit 1),
        element as (
            select e.*, case when b.typcategory = 'A' then '[]' else '' end as suffix
            from bare b join pg_type e on e.oid = case when b.typcategory = 'A' then b.typelem else b.oid end)
        select case when typtype = 'e' then format('enum %s.%s', typnamespace::regnamespace, typname)
                    else typname end || suffix
        from element)",
                            {std::to_string(type)});
    return name.value_or("unknown");
}

bool column_is_not_null(PGconn* connection, Oid table, int column) {
    return query_value(connection, "select attnotnull from pg_attribute where attrelid = $1::oid and attnum = $2::int2",
                       {std::to_string(table), std::to_string(column)}) == "t";
}

/// Which tables an outer join may fill with NULLs.
struct OuterJoins {
    bool any_table = false;           ///< the join's shape is not understood: every table
    std::vector<std::string> tables;  ///< right sides of left joins, as written
};

OuterJoins find_outer_joins(std::string_view sql) {
    auto tokens = tokenize(sql);
    std::erase_if(tokens,
                  [](const Token& token) { return token.kind == Token::space || token.kind == Token::comment; });
    auto word_at = [&](std::size_t i, std::string_view lower) {
        return i < tokens.size() && is_word(tokens[i], lower);
    };
    OuterJoins found;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (!word_at(i, "left") && !word_at(i, "right") && !word_at(i, "full")) continue;
        auto join = word_at(i + 1, "outer") ? i + 2 : i + 1;
        if (!word_at(join, "join")) continue;  // the function left(text, n)
        bool is_table = word_at(i, "left") && join + 1 < tokens.size() && tokens[join + 1].kind == Token::word &&
                        !word_at(join + 1, "lateral");
        if (!is_table) {
            found.any_table = true;
            continue;
        }
        std::string name(tokens[join + 1].text);
        for (auto k = join + 2; k + 1 < tokens.size() && tokens[k].text == "."; k += 2)
            name += "." + std::string(tokens[k + 1].text);
        found.tables.push_back(name);
    }
    return found;
}

/// Whether an outer join of the statement may turn the table's columns to NULL.
class NullExtension {
  public:
    NullExtension(PGconn* connection, std::string_view sql) : joins_(find_outer_joins(sql)) {
        for (const auto& table : joins_.tables) {
            auto oid = query_value(connection, "select to_regclass($1)::oid", {table});
            // A common table expression: its columns may come from anywhere.
            if (!oid)
                joins_.any_table = true;
            else
                oids_.insert(*oid);
        }
    }
    bool reaches(Oid table) const { return joins_.any_table || oids_.contains(std::to_string(table)); }

  private:
    OuterJoins joins_;
    std::set<std::string> oids_;
};

/// The file's line that PostgreSQL's error position, in characters of the text, falls on.
std::size_t line_of_position(const Statement& statement, const std::string& position) {
    if (position.empty()) return statement.line;
    auto wanted = std::stoul(position);
    std::size_t line = 0;
    std::size_t characters = 0;
    for (char c : statement.text) {
        if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++characters;
        if (characters >= wanted) break;
        if (c == '\n') ++line;
    }
    return statement.text_lines.at(std::min(line, statement.text_lines.size() - 1));
}

void refuse_failed(const Answer& answer, const Statement& statement) {
    if (PQresultStatus(answer.get()) == PGRES_COMMAND_OK) return;
    auto hint = field(answer, PG_DIAG_MESSAGE_HINT);
    throw Failure(
        {.code = "queryc.prepare",
         .message = fmt::format("{}:{}: PostgreSQL refuses statement {}", statement.file,
                                line_of_position(statement, field(answer, PG_DIAG_STATEMENT_POSITION)), statement.name),
         .detail = fmt::format("{} ({})", field(answer, PG_DIAG_MESSAGE_PRIMARY), field(answer, PG_DIAG_SQLSTATE)),
         .hint = hint.empty() ? "correct the statement, or add the migration that it waits for" : hint,
         .exit_code = ExitCode::problems});
}

void check_columns(const Statement& statement, const LockedStatement& locked) {
    auto refuse = [&](std::string what, std::string remedy) {
        throw Failure({.code = "queryc.prepare",
                       .message = fmt::format("{}: statement {} {}", statement.place(), statement.name, what),
                       .hint = std::move(remedy),
                       .exit_code = ExitCode::problems});
    };
    if (locked.columns.empty() != (statement.cardinality == Cardinality::exec))
        refuse(locked.columns.empty() ? "answers no rows" : "answers rows and is marked :exec",
               locked.columns.empty() ? "mark it :exec, or add returning" : "mark it :one, :optional or :many");
    std::set<std::string> names;
    for (const auto& column : locked.columns)
        if (column.name.starts_with('?') || !names.insert(column.name).second)
            refuse(fmt::format("answers a column '{}' that has no name of its own", column.name),
                   "name it with: as ...");
}

}  // namespace

void Describer::Close::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

Describer::Describer(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str())) {
    if (PQstatus(connection_.get()) == CONNECTION_OK) return;
    throw Failure({.code = "queryc.connect",
                   .message = "the database to prepare the statements on cannot be reached",
                   .detail = one_line(PQerrorMessage(connection_.get())),
                   .hint = "is the server running, and is --database right?",
                   .exit_code = ExitCode::unavailable});
}

LockedStatement Describer::describe(const Statement& statement) {
    auto* connection = connection_.get();
    Answer prepared(PQprepare(connection, "", statement.text.c_str(), 0, nullptr));
    refuse_failed(prepared, statement);
    Answer description(PQdescribePrepared(connection, ""));
    refuse_failed(description, statement);

    LockedStatement locked{.fingerprint = statement.fingerprint()};
    for (int i = 0; i < PQnparams(description.get()); ++i)
        locked.parameters.push_back({statement.parameters.at(static_cast<std::size_t>(i)),
                                     type_name(connection, PQparamtype(description.get(), i))});
    NullExtension null_extension(connection, statement.text);
    for (int i = 0; i < PQnfields(description.get()); ++i) {
        auto table = PQftable(description.get(), i);
        bool not_null = table != 0 && !null_extension.reaches(table) &&
                        column_is_not_null(connection, table, PQftablecol(description.get(), i));
        locked.columns.push_back(
            {PQfname(description.get(), i), type_name(connection, PQftype(description.get(), i)), !not_null});
    }
    // `select do_something()` of a function without a result is how a statement calls one.
    if (statement.cardinality == Cardinality::exec)
        std::erase_if(locked.columns, [](const LockedColumn& column) { return column.type == "void"; });
    check_columns(statement, locked);
    return locked;
}

Lock Describer::describe(const std::vector<Statement>& statements) {
    Lock lock;
    std::vector<std::string> faults;
    for (const auto& statement : statements) {
        try {
            lock.emplace(statement.name, describe(statement));
        } catch (const Failure& failure) {
            faults.push_back(fmt::format("{}\n    remedy: {}", failure.what(), failure.error().hint));
        }
    }
    if (faults.empty()) return lock;
    throw Failure(
        {.code = "queryc.prepare",
         .message = fmt::format("{} of {} statements do not fit the schema", faults.size(), statements.size()),
         .detail = fmt::format("\n  {}", fmt::join(faults, "\n  ")),
         .hint = "correct the statements, or add the migrations that they wait for",
         .exit_code = ExitCode::problems});
}

}  // namespace gsdb::queryc
