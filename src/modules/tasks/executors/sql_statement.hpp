#pragma once
// Tasks that ask a database.
//
//     {"database": "codebase_db", "statement": "select count(*) from codebase.files where language = $1",
//      "parameters": ["python"], "rows_max": 1000}
//
// One query, in a read-only transaction that ends with the task's time. Its output is {"rows", "row_count", "is_cut"};
// rows beyond rows_max, or beyond 1 MiB of them, are left out.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/tasks/handler.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::tasks {

struct SqlStatement {
    std::string database, statement;
    std::vector<std::optional<std::string>> parameters;  ///< as PostgreSQL reads them from text
    std::int64_t rows_max = 1000;
};

/// The statement as configured. Throws InvalidInput.
SqlStatement read_sql_statement(const std::string& configuration);

/// How to connect to a database as a role that can only read; nothing where there is no such database.
using ReaderLogin = std::function<std::optional<pg::ConnectOptions>(std::string_view database)>;

Handler sql_handler(ReaderLogin login);

}  // namespace gsdb::tasks
