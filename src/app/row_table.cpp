#include "app/row_table.hpp"

namespace gsdb::app {

namespace {

std::string cell_of(std::string_view text) {
    std::string cell;
    for (char c : text) cell += c == '\n' ? "\\n" : c == '\r' ? "\\r" : std::string(1, c);
    return cell;
}

}  // namespace

std::vector<std::string> column_names(const pg::Rows& rows) {
    std::vector<std::string> names;
    for (std::size_t column = 0; column < rows.column_count(); ++column) names.emplace_back(rows.column_name(column));
    return names;
}

Table table_of(const pg::Rows& rows) {
    Table table(column_names(rows));
    for (std::size_t row = 0; row < rows.size(); ++row) {
        std::vector<std::string> cells;
        for (std::size_t column = 0; column < rows.column_count(); ++column)
            cells.push_back(cell_of(rows.text(row, column).value_or("")));
        table.add(std::move(cells));
    }
    return table;
}

}  // namespace gsdb::app
