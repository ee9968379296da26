#include "app/sample_queries.hpp"

#include <fmt/format.h>

#include <array>

#include "app/row_table.hpp"
#include "base/run_task.hpp"
#include "pg/connection.hpp"

namespace gsdb::app {

namespace {

struct Sample {
    std::string_view question;
    std::string_view sql;
};

constexpr std::array samples{
    Sample{"the longest functions",
           "select path, qualified_name, end_line - start_line + 1 as lines from code_elements where kind in "
           "('function', 'method') order by lines desc, path limit 5"},
    Sample{"what is in each language",
           "select language, kind, count(*) from code_elements group by language, kind order by 3 desc, 1, 2 limit 5"},
    Sample{"what is called most",
           "select name, count(*) as calls from raw_references where kind = 'call' group by name order by calls desc, "
           "name limit 5"},
};

Task<std::string> run_samples(pg::ConnectOptions options, std::string gsdb) {
    auto connection = co_await pg::Connection::open(std::move(options));
    std::string text;
    for (const auto& sample : samples) {
        auto rows = co_await connection->execute(std::string(sample.sql), {}, pg::Format::text);
        text += fmt::format("\n{}:\n  {} sql \"{}\"\n{}", sample.question, gsdb, sample.sql, table_of(rows).text(4));
    }
    co_return text;
}

}  // namespace

std::string sample_queries_text(const DatabaseServer& server, const std::string& gsdb) {
    return run_task(run_samples(server.administrator(server.layout().target_of_schema("codebase")->database), gsdb));
}

}  // namespace gsdb::app
