#pragma once
// A connection of the workload: plain libpq, one statement at a time, errors thrown.

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gsdb::bench {

using Milliseconds = std::chrono::duration<double, std::milli>;
using Row = std::vector<std::optional<std::string>>;

class Client {
  public:
    /// `conninfo` names an administrator; the session then goes on as `role`, as if it had logged in.
    Client(const std::string& conninfo, const std::string& database, const std::string& role = "");

    /// The rows of the last statement of `sql`.
    std::vector<Row> query(const std::string& sql);

    /// How long `call` takes in a transaction of the organization, sent and answered at once, and its number of rows.
    struct Timed {
        double milliseconds;
        std::size_t rows;
    };
    Timed time(const std::string& organization, const std::string& call);

  private:
    /// Reads all results; the rows of the one that has most.
    std::size_t read_all(const std::string& sql, std::vector<Row>* rows);

    struct Close {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    std::unique_ptr<PGconn, Close> connection_;
};

}  // namespace gsdb::bench
