#pragma once
// What tests ask of the database.

#include <string>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "pg/connection.hpp"

namespace gsdb::queryc {

/// The first column of a query's rows, which are texts.
inline Task<std::vector<std::string>> first_column(pg::ConnectOptions options, std::string query) {
    auto connection = co_await pg::Connection::open(std::move(options));
    auto rows = co_await connection->execute(std::move(query));
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < rows.size(); ++i) texts.push_back(rows.get<std::string>(i, 0UZ));
    co_return texts;
}

}  // namespace gsdb::queryc
