#pragma once
// Rows of the database as lines of text.

#include <string>
#include <vector>

#include "pg/connection.hpp"

namespace gsdb::codebase {

/// The rows of a query, their columns joined by bars; a null is a dash.
inline Task<std::vector<std::string>> lines_of(pg::ConnectOptions options, std::string query) {
    auto connection = co_await pg::Connection::open(std::move(options));
    auto rows = co_await connection->execute(std::move(query), {}, pg::Format::text);
    std::vector<std::string> lines;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::string line;
        for (std::size_t column = 0; column < rows.column_count(); ++column) {
            if (column > 0) line += '|';
            line += rows.text(row, column).value_or("-");
        }
        lines.push_back(std::move(line));
    }
    co_return lines;
}

}  // namespace gsdb::codebase
