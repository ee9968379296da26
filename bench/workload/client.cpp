#include "client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "migrate/sql_scanner.hpp"

namespace gsdb::bench {

Client::Client(const std::string& conninfo, const std::string& database, const std::string& role) {
    const char* names[] = {"dbname", "dbname", "application_name", nullptr};
    const char* values[] = {conninfo.c_str(), database.c_str(), "gsdb workload", nullptr};
    connection_.reset(PQconnectdbParams(names, values, 1));
    if (PQstatus(connection_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_.get()));
    if (!role.empty()) query(fmt::format("set session authorization {}", migrate::quote_identifier(role)));
}

std::size_t Client::read_all(const std::string& sql, std::vector<Row>* rows) {
    if (PQsendQuery(connection_.get(), sql.c_str()) == 0) throw std::runtime_error(PQerrorMessage(connection_.get()));
    std::size_t most = 0;
    std::string error;
    while (auto* result = PQgetResult(connection_.get())) {
        const auto count = PQntuples(result);
        most = std::max(most, static_cast<std::size_t>(count));
        if (PQresultStatus(result) == PGRES_FATAL_ERROR) error = PQresultErrorMessage(result);
        if (rows && PQresultStatus(result) == PGRES_TUPLES_OK) {
            rows->clear();
            for (int row = 0; row < count; ++row) {
                Row values;
                for (int column = 0; column < PQnfields(result); ++column)
                    values.push_back(PQgetisnull(result, row, column) ? std::nullopt
                                                                      : std::optional(PQgetvalue(result, row, column)));
                rows->push_back(std::move(values));
            }
        }
        PQclear(result);
    }
    if (!error.empty()) {
        if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) PQclear(PQexec(connection_.get(), "rollback"));
        throw std::runtime_error(error + sql.substr(0, 400));
    }
    return most;
}

std::vector<Row> Client::query(const std::string& sql) {
    std::vector<Row> rows;
    read_all(sql, &rows);
    return rows;
}

Client::Timed Client::time(const std::string& organization, const std::string& call) {
    const auto sql = fmt::format("begin; set local app.organization_id = '{}'; {}; commit", organization, call);
    const auto began = std::chrono::steady_clock::now();
    const auto rows = read_all(sql, nullptr);
    return {Milliseconds(std::chrono::steady_clock::now() - began).count(), rows};
}

}  // namespace gsdb::bench
