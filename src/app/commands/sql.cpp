// gsdb sql: one statement against one of the databases.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/row_table.hpp"
#include "base/run_task.hpp"
#include "pg/connection.hpp"

namespace gsdb::app {

namespace {

struct SqlOptions {
    std::string database = "codebase_db";
    std::string statement;
    bool csv = false;
};

std::string csv_cell(std::string_view text) {
    if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

std::string as_csv(const pg::Rows& rows) {
    std::string text;
    auto line = [&](const std::vector<std::string>& cells) { text += fmt::format("{}\n", fmt::join(cells, ",")); };
    auto names = column_names(rows);
    for (auto& name : names) name = csv_cell(name);
    line(names);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<std::string> cells;
        for (std::size_t column = 0; column < names.size(); ++column)
            cells.push_back(csv_cell(rows.text(row, column).value_or("")));
        line(cells);
    }
    return text;
}

std::string as_table(const pg::Rows& rows) {
    if (rows.column_count() == 0) return fmt::format("{}\n", rows.command_tag());
    return table_of(rows).text() + fmt::format("({} row{})\n", rows.size(), rows.size() == 1 ? "" : "s");
}

json::value json_cell(const pg::Rows& rows, std::size_t row, std::size_t column) {
    auto text = rows.text(row, column);
    if (!text) return nullptr;
    switch (rows.column_type(column)) {
        case pg::oid::boolean:
            return *text == "t";
        case pg::oid::int2:
        case pg::oid::int4:
        case pg::oid::int8:
        case pg::oid::json:
        case pg::oid::jsonb:
            return json::parse(*text);
        default:
            return json::value(*text);
    }
}

json::value as_json(const pg::Rows& rows) {
    json::array list;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        json::object object;
        for (std::size_t column = 0; column < rows.column_count(); ++column)
            object[rows.column_name(column)] = json_cell(rows, row, column);
        list.push_back(std::move(object));
    }
    return {{"command", rows.command_tag()}, {"rows", std::move(list)}};
}

/// A database that is not there is a wrong name here, not a server that is not ready.
Task<std::unique_ptr<pg::Connection>> open_named(pg::ConnectOptions options) {
    try {
        co_return co_await pg::Connection::open(std::move(options));
    } catch (const Failure& failure) {
        auto error = failure.error();
        if (error.code == "pg.no_such_database") error.exit_code = ExitCode::not_found;
        throw Failure(std::move(error));
    }
}

Task<pg::Rows> execute(pg::ConnectOptions options, std::string statement) {
    auto connection = co_await open_named(std::move(options));
    co_return co_await connection->execute(std::move(statement), {}, pg::Format::text);
}

ExitCode run_sql(const Program& program, const SqlOptions& options) {
    auto statement = options.statement;
    if (statement == "-") statement.assign(std::istreambuf_iterator<char>(std::cin), {});
    auto server = DatabaseServer::open(program);
    const auto* target = server->layout().target_of_database(options.database);
    auto database = target ? target->database : options.database;
    auto rows = run_task(execute(server->administrator(database), statement));
    program.answer(as_json(rows), options.csv ? as_csv(rows) : as_table(rows));
    return ExitCode::ok;
}

}  // namespace

void add_sql_command(CLI::App& app, Program& program) {
    auto* command = app.add_subcommand("sql", "Run one SQL statement as administrator and print its rows");
    auto options = std::make_shared<SqlOptions>();
    command->add_option("statement", options->statement, "The statement; - reads it from stdin")->required();
    command
        ->add_option("--db", options->database,
                     "Database: task_db, projects_db, prompts_db, codebase_db, analytics_db, events_db, learning_db, "
                     "workflows_db")
        ->capture_default_str();
    command->add_flag("--csv", options->csv, "Print comma-separated values");
    command->callback(
        [&program, options] { program.action = [&program, options] { return run_sql(program, *options); }; });
}

}  // namespace gsdb::app
