#pragma once
// A libpq connection whose waiting is done by Asio: the private ground under Connection, COPY and pipelines.

#include <libpq-fe.h>

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/task.hpp"
#include "pg/connect_options.hpp"
#include "pg/rows.hpp"
#include "pg/server_probe.hpp"
#include "pg/sql_error.hpp"
#include "pg/statement.hpp"

namespace gsdb::pg {

using Milliseconds = std::chrono::milliseconds;
using ResultPtr = std::shared_ptr<PGresult>;

/// The cancel requests of a connection that are under way, each on a thread of its own that may outlive the connection.
class CancelRequests {
  public:
    CancelRequests();
    ~CancelRequests();
    CancelRequests(const CancelRequests&) = delete;
    CancelRequests& operator=(const CancelRequests&) = delete;

    /// Called before a request is sent, and after the server has done with it.
    void begin() { ++under_way_; }
    void end();
    bool are_under_way() const { return under_way_ > 0; }
    /// An eventfd that becomes readable whenever a request has ended.
    int ended_fd() const { return ended_fd_; }

  private:
    std::atomic<int> under_way_ = 0;
    int ended_fd_;
};

class Wire : public std::enable_shared_from_this<Wire> {
  public:
    Wire(Executor executor, ConnectOptions options);
    ~Wire();
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    Task<> connect();

    /// Takes an idle connection off its io_context, which may then end before the connection does.
    void park();
    /// Puts a parked connection on an io_context, of any thread.
    void resume(Executor executor);

    PGconn* conn() const { return conn_; }
    const ConnectOptions& options() const { return options_; }
    const std::string& description() const { return description_; }

    /// Until all that is queued has gone to the kernel. Input is taken meanwhile: a server that cannot write its
    /// answers stops reading.
    Task<> flush();
    /// The next result of what was sent, or null at its end. A lost connection is an error result, not an exception.
    /// The end is not told before every cancel request under way has been carried out: the next statement is safe.
    Task<ResultPtr> next_result();
    /// The last result of one statement, or its first error; the connection is ready for the next statement after.
    Task<ResultPtr> only_result();
    /// Until the server has sent something. PQconsumeInput is done.
    Task<> receive();

    /// Takes what has arrived between statements, without waiting.
    void take_input(std::string_view name);
    /// Between statements: until something has arrived (true) or the moment has come (false).
    Task<bool> readable_until(std::chrono::steady_clock::time_point moment);

    /// Asks the server to stop what runs; from any thread. Returns at once.
    void request_cancel();

    /// Looks whether the server has closed an idle connection; sends nothing and does not wait.
    bool peek_alive();
    std::chrono::steady_clock::duration idle_time() const { return std::chrono::steady_clock::now() - last_used_; }

    bool is_broken() const { return broken_ || PQstatus(conn_) != CONNECTION_OK; }
    /// No statement will be sent through this connection again.
    void mark_broken() { broken_ = true; }

    // The error that `result` is, or that the connection is in when there is no result.
    SqlErrorFacts facts_of(const PGresult* result, std::string_view query_name, std::string_view script = {}) const;
    /// Throws the error that `result` is; poisons the connection where the error does.
    [[noreturn]] void throw_error(const PGresult* result, std::string_view query_name, std::string_view script = {});
    [[noreturn]] void throw_error(SqlErrorFacts facts);
    /// For libpq's functions that return 0 when nothing could be sent.
    void require_sent(int sent, std::string_view query_name);

    /// Whether the statement is prepared here. Throws "pg.statement_name_taken" when another has its name.
    bool is_prepared(const Statement& statement) const;
    void remember_prepared(const Statement& statement);

  private:
    friend class Operation;
    enum class Expiry : std::uint8_t { none, cancelling, gave_up, server_gone };
    enum class Alarm : std::uint8_t { cancel, give_up, probe };

    Task<> resolve_host();
    Task<> settle_cancels();
    Task<> wait(bool also_writable);
    [[noreturn]] void throw_wait_error(const boost::system::error_code& error);
    void assign_socket();
    void release_socket();
    void arm(Milliseconds after, Alarm alarm);
    void disarm();
    void expire();
    void give_up(Expiry expiry);
    void probe();
    [[noreturn]] void throw_connect_error();

    std::optional<Executor> executor_;  ///< none while parked
    ConnectOptions options_;
    std::string description_;
    std::string addresses_;  ///< of options_.host where it is a name, separated by commas
    std::string host_list_;  ///< the name once for each address, as libpq wants it
    PGconn* conn_ = nullptr;
    std::shared_ptr<PGcancel> cancel_;
    std::optional<asio::posix::basic_stream_descriptor<Executor>> socket_;
    std::optional<
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>>
        timer_;
    std::unordered_map<std::string, std::string> prepared_;  ///< name to text
    std::chrono::steady_clock::time_point last_used_ = std::chrono::steady_clock::now();
    std::shared_ptr<ServerProbe> probe_;
    std::shared_ptr<bool> armed_;  ///< whether the deadline of the present operation still counts
    Expiry expiry_ = Expiry::none;
    Alarm alarm_ = Alarm::cancel;
    std::chrono::steady_clock::time_point cancelling_until_;
    bool busy_ = false;
    std::string operation_;  ///< what is under way, for messages
    std::atomic<bool> broken_ = false;
    std::atomic<bool> cancel_requested_ = false;
    std::shared_ptr<CancelRequests> cancels_ = std::make_shared<CancelRequests>();
};

/// One exchange with the server, with its deadline. An exchange left before finish(), by an exception or because its
/// coroutine was destroyed, breaks the connection: nobody knows what the server will send next.
class Operation {
  public:
    enum class OnDeadline : std::uint8_t { cancel_statement, give_up };

    /// `deadline` of 0 is none, and lasts as long as the server is there. Throws "pg.connection_busy" when another
    /// exchange is under way.
    Operation(Wire& wire, std::string_view name, Milliseconds deadline,
              OnDeadline on_deadline = OnDeadline::cancel_statement);
    ~Operation();
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    /// The connection has answered everything and is ready for the next exchange.
    void finish(const PGresult* last = nullptr);

  private:
    Wire& wire_;
    bool finished_ = false;
};

bool is_error(const PGresult* result);
std::string_view field_of(const PGresult* result, int field);

}  // namespace gsdb::pg
