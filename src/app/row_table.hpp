#pragma once
// The rows of a statement as a person reads them.

#include <string>
#include <vector>

#include "app/terminal.hpp"
#include "pg/connection.hpp"

namespace gsdb::app {

std::vector<std::string> column_names(const pg::Rows& rows);

/// The rows, received as text, under the names of their columns. NULL is an empty cell; line ends, which would tear the
/// table, are shown as \n and \r.
Table table_of(const pg::Rows& rows);

}  // namespace gsdb::app
