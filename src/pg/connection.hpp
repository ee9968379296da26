#pragma once
// One connection to PostgreSQL. Belongs to one coroutine at a time; every function must be awaited before the next.
//
//     auto connection = co_await pg::Connection::open({.host = "/run/gsdb", .database = "codebase_db"});
//     auto files = co_await connection->query<sql::CountFiles>({.codebase = id});
//     auto rows = co_await connection->execute("select $1 + 1", pg::Parameters::of(41));
//
// All functions throw SqlError when the server refuses or the connection is lost. A statement outside a transaction
// that is lost so may have taken effect; inside one it has not.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "pg/connect_options.hpp"
#include "pg/rows.hpp"
#include "pg/sql_error.hpp"
#include "pg/statement.hpp"

namespace gsdb::pg {

using Milliseconds = std::chrono::milliseconds;

class Wire;
class CopyIn;   // copy.hpp
class CopyOut;  // copy.hpp

struct Notification {
    std::string channel;
    std::string payload;
    int backend_pid;  ///< of the session that sent it
};

class Connection {
  public:
    /// Connects within options.connect_deadline.
    static Task<std::unique_ptr<Connection>> open(ConnectOptions options);
    explicit Connection(std::shared_ptr<Wire> wire);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs a typed statement. After `deadline` the statement is cancelled and SqlError says is_deadline_exceeded();
    /// without one the connection's own applies. Of Scope::tenant it must be inside a Transaction with an organization.
    template <Query Q>
    Task<Answer<Q>> query(typename Q::Params params, std::optional<Milliseconds> deadline = std::nullopt) {
        auto rows = co_await run(Q::statement, bind<Q>(params), deadline);
        co_return read_answer<Q>(rows);
    }

    /// The same without types: what query() is made of.
    Task<Rows> run(Statement statement, Parameters parameters, std::optional<Milliseconds> deadline = std::nullopt);

    /// Runs one statement typed by hand, not prepared. Read binary rows with get<T>(), text rows with text().
    Task<Rows> execute(std::string sql, Parameters parameters = {}, Format format = Format::binary,
                       std::optional<Milliseconds> deadline = std::nullopt);

    /// Runs many statements as psql would: one transaction unless the script says otherwise. The SqlError has the line.
    /// COPY ... FROM STDIN is refused. No deadline unless given.
    Task<> run_script(std::string sql, std::optional<Milliseconds> deadline = std::nullopt);

    /// Starts COPY ... FROM STDIN (FORMAT binary). No deadline unless given.
    Task<CopyIn> copy_in(std::string sql, std::optional<Milliseconds> deadline = std::nullopt);
    /// Starts COPY ... TO STDOUT (FORMAT binary).
    Task<CopyOut> copy_out(std::string sql, std::optional<Milliseconds> deadline = std::nullopt);

    /// Not through PgBouncer: the session that listens must be this one.
    Task<> listen(std::string channel);
    Task<> unlisten(std::string channel);
    /// The next notification, or nothing when none came within `deadline`.
    Task<std::optional<Notification>> wait_notification(Milliseconds deadline);

    /// Asks the server to stop the running statement, which then throws 57014. From any thread; returns at once.
    /// When the statement had just ended, the connection is closed instead of letting the next one be hit.
    void cancel();

    void set_statement_deadline(Milliseconds deadline) { statement_deadline_ = deadline_outside_ = deadline; }
    Milliseconds statement_deadline() const { return statement_deadline_; }

    const ConnectOptions& options() const;
    /// "codebase_db at /run/x:5432 as codebase_user".
    const std::string& describe() const;
    /// 150020 for 15.20.
    int server_version() const;
    int backend_pid() const;
    bool is_broken() const;
    bool in_transaction() const;
    /// False when the server has closed the connection, found out without a message, or, when the connection has not
    /// been used for `probe_after`, by a round trip.
    Task<bool> is_alive(Milliseconds probe_after);

    // For the other parts of this folder.
    Wire& wire() const { return *wire_; }
    void begin_unit(bool has_tenant, Milliseconds deadline);
    void end_unit();
    void require_scope(const Statement& statement) const;

  private:
    Task<> prepare(Statement statement, Parameters parameters, Milliseconds deadline);

    std::shared_ptr<Wire> wire_;
    Milliseconds statement_deadline_;
    Milliseconds deadline_outside_;  ///< what statement_deadline_ is again after the transaction
    bool has_tenant_ = false;        ///< a transaction with an organization is open
};

}  // namespace gsdb::pg
