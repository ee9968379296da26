#include "pg/wire.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <thread>
#include <vector>

#include "pg/observations.hpp"

namespace gsdb::pg {

namespace {

// How long a cancelled statement gets to end before its connection is given up.
constexpr Milliseconds cancel_grace{2'000};
// A request that comes before the server has begun with the statement is for nothing, so it is repeated.
constexpr Milliseconds cancel_again{100};

void observe_notice(void* description, const PGresult* notice) {
    observe::emit(ServerNotice{.database = *static_cast<const std::string*>(description),
                               .severity = std::string(field_of(notice, PG_DIAG_SEVERITY_NONLOCALIZED)),
                               .message = std::string(field_of(notice, PG_DIAG_MESSAGE_PRIMARY))});
}

int line_of(std::string_view script, std::string_view position) {
    auto at = std::strtoul(std::string(position).c_str(), nullptr, 10);
    if (at == 0 || script.empty()) return 0;
    // The server counts characters, not bytes.
    int line = 1;
    for (std::size_t i = 0; i < script.size() && at > 1; ++i) {
        if (script[i] == '\n') ++line;
        if ((static_cast<unsigned char>(script[i]) & 0xC0) != 0x80) --at;
    }
    return line;
}

std::string first_line(std::string_view text) {
    auto line = std::string(text.substr(0, text.find('\n')));
    return line.empty() ? "the connection to the server was lost" : line;
}

// libpq 15 hides the SQLSTATE of a refused connection, but prints it when asked to be verbose: "FATAL:  28P01: text".
std::string sqlstate_in(std::string_view text) {
    auto is_state_char = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    for (auto at = text.find(":  "); at != std::string_view::npos; at = text.find(":  ", at + 1)) {
        auto state = text.substr(at + 3, 6);
        if (state.size() == 6 && state[5] == ':' && std::ranges::all_of(state.substr(0, 5), is_state_char))
            return std::string(state.substr(0, 5));
    }
    return "";
}

}  // namespace

bool is_error(const PGresult* result) {
    auto status = PQresultStatus(result);
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || status == PGRES_PIPELINE_ABORTED;
}

std::string_view field_of(const PGresult* result, int field) {
    auto* text = PQresultErrorField(result, field);
    return text ? text : "";
}

Wire::Wire(Executor executor, ConnectOptions options)
    : executor_(std::move(executor)), options_(std::move(options)), description_(options_.describe()) {
    timer_.emplace(*executor_);
}

Wire::~Wire() {
    release_socket();
    PQfinish(conn_);
}

// ---- connecting ------------------------------------------------------------------------------------------------

// libpq would look a name up while the whole thread waits.
Task<> Wire::resolve_host() {
    const auto& host = options_.host;
    boost::system::error_code error;
    asio::ip::make_address(host, error);
    bool is_name = error && !host.empty() && !host.starts_with('/') && !host.starts_with('@') && !host.contains(',');
    if (!is_name || options_.extra.contains("hostaddr")) co_return;
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(*executor_);
    auto found = co_await resolver.async_resolve(host, "", asio::redirect_error(use_task, error));
    if (error)
        throw SqlError({.sqlstate = "08001",
                        .severity = "FATAL",
                        .message = fmt::format("the host name \"{}\" is not known: {}", host, error.message()),
                        .query_name = "connect",
                        .database = description_});
    for (const auto& entry : found) {
        if (!addresses_.empty()) addresses_ += ',', host_list_ += ',';
        addresses_ += entry.endpoint().address().to_string();
        host_list_ += host;
    }
}

Task<> Wire::connect() {
    co_await resolve_host();
    auto port = std::to_string(options_.port);
    std::vector<const char*> keywords, values;
    auto set = [&](const char* keyword, const std::string& value) {
        if (value.empty()) return;
        keywords.push_back(keyword);
        values.push_back(value.c_str());
    };
    for (const auto& [keyword, value] : options_.extra) set(keyword.c_str(), value);
    set("host", addresses_.empty() ? options_.host : host_list_);
    set("hostaddr", addresses_);
    set("port", port);
    set("dbname", options_.database);
    set("user", options_.user);
    set("password", options_.password);
    set("application_name", options_.application_name);
    keywords.insert(keywords.end(), {"client_encoding", nullptr});
    values.insert(values.end(), {"UTF8", nullptr});

    conn_ = PQconnectStartParams(keywords.data(), values.data(), 0);
    if (!conn_) throw std::bad_alloc();
    PQsetErrorVerbosity(conn_, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(conn_, &observe_notice, &description_);
    if (PQstatus(conn_) == CONNECTION_BAD) throw_connect_error();

    Operation operation(*this, "connect", options_.connect_deadline, Operation::OnDeadline::give_up);
    for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
        // libpq may close the socket and open another under the same number: watched anew in each round.
        assign_socket();
        auto direction = next == PGRES_POLLING_READING ? asio::posix::descriptor_base::wait_read
                                                       : asio::posix::descriptor_base::wait_write;
        boost::system::error_code error;
        co_await socket_->async_wait(direction, asio::redirect_error(use_task, error));
        release_socket();
        if (error) throw_connect_error();
        next = PQconnectPoll(conn_);
        if (next == PGRES_POLLING_FAILED) throw_connect_error();
    }
    assign_socket();
    PQsetErrorVerbosity(conn_, PQERRORS_DEFAULT);
    PQsetnonblocking(conn_, 1);
    cancel_ = {PQgetCancel(conn_), &PQfreeCancel};
    operation.finish();
}

void Wire::throw_connect_error() {
    std::string text = PQerrorMessage(conn_);
    SqlErrorFacts facts{
        .sqlstate = sqlstate_in(text), .severity = "FATAL", .query_name = "connect", .database = description_};
    if (expiry_ == Expiry::gave_up) {
        facts.deadline_exceeded = true;
        facts.sqlstate = "08001";
        facts.message = fmt::format("no answer within {} ms", options_.connect_deadline.count());
    } else {
        facts.message = first_line(text);
        if (facts.sqlstate.empty()) {
            facts.sqlstate = "08001";
        } else {
            // The message says the SQLSTATE at its end.
            facts.message.erase(facts.message.find(facts.sqlstate + ": "), facts.sqlstate.size() + 2);
        }
    }
    throw SqlError(std::move(facts));
}

void Wire::assign_socket() {
    release_socket();
    socket_.emplace(*executor_, PQsocket(conn_));
}

void Wire::release_socket() {
    // The descriptor belongs to libpq: Asio forgets it, and does not close it.
    if (socket_ && socket_->is_open()) socket_->release();
    socket_.reset();
}

void Wire::park() {
    release_socket();
    timer_.reset();
    executor_.reset();
}

void Wire::resume(Executor executor) {
    executor_ = std::move(executor);
    assign_socket();
    timer_.emplace(*executor_);
}

// ---- waiting ---------------------------------------------------------------------------------------------------

Task<> Wire::wait(bool also_writable) {
    using namespace asio::experimental::awaitable_operators;
    using asio::posix::descriptor_base;
    if (expiry_ >= Expiry::gave_up) throw_wait_error({});
    boost::system::error_code error;
    if (also_writable) {
        boost::system::error_code read_error, write_error;
        co_await (socket_->async_wait(descriptor_base::wait_read, asio::redirect_error(use_task, read_error)) ||
                  socket_->async_wait(descriptor_base::wait_write, asio::redirect_error(use_task, write_error)));
        if (read_error && write_error) error = read_error;
    } else {
        co_await socket_->async_wait(descriptor_base::wait_read, asio::redirect_error(use_task, error));
    }
    if (expiry_ >= Expiry::gave_up || error) throw_wait_error(error);
}

void Wire::throw_wait_error(const boost::system::error_code& error) {
    mark_broken();
    if (expiry_ == Expiry::server_gone)
        throw SqlError({.sqlstate = "08006",
                        .severity = "FATAL",
                        .message = fmt::format("no answer for {} ms, and a second connection got none either",
                                               options_.silence_max.count()),
                        .hint = "Look whether the server works, and the network and poolers on the way to it; then "
                                "try again.",
                        .query_name = operation_,
                        .database = description_});
    bool gave_up = expiry_ == Expiry::gave_up;
    throw SqlError({.sqlstate = gave_up ? "57014" : "08006",
                    .severity = "FATAL",
                    .message = gave_up ? "the deadline has passed and the server does not answer"
                                       : "waiting for the server: " + error.message(),
                    .query_name = operation_,
                    .database = description_,
                    .deadline_exceeded = gave_up});
}

Task<> Wire::receive() {
    co_await wait(false);
    PQconsumeInput(conn_);
}

bool Wire::peek_alive() {
    // A closing server says why and then closes: the first look takes the words, the second finds the end.
    for (int look = 0; look < 2; ++look)
        if (!is_broken() && PQconsumeInput(conn_) == 0) mark_broken();
    return !is_broken();
}

void Wire::take_input(std::string_view name) {
    if (PQconsumeInput(conn_) == 0) throw_error(nullptr, name);
}

Task<bool> Wire::readable_until(std::chrono::steady_clock::time_point moment) {
    using namespace asio::experimental::awaitable_operators;
    Operation operation(*this, "wait", Milliseconds{0});
    operation.finish();  // nothing was asked, so nothing is left half done
    boost::system::error_code read_error, timer_error;
    timer_->expires_at(moment);
    auto first = co_await (
        socket_->async_wait(asio::posix::descriptor_base::wait_read, asio::redirect_error(use_task, read_error)) ||
        timer_->async_wait(asio::redirect_error(use_task, timer_error)));
    co_return first.index() == 0;
}

Task<> Wire::flush() {
    for (;;) {
        auto pending = PQflush(conn_);
        if (pending == 0) co_return;
        if (pending < 0) throw_error(nullptr, operation_);
        co_await wait(true);
        if (PQconsumeInput(conn_) == 0) throw_error(nullptr, operation_);
    }
}

Task<ResultPtr> Wire::next_result() {
    for (;;) {
        auto pending = PQflush(conn_);
        // A broken connection is not busy: PQgetResult then tells what was the matter, without blocking.
        if (pending < 0 || PQisBusy(conn_) == 0) break;
        co_await wait(pending == 1);
        if (PQconsumeInput(conn_) == 0) break;
    }
    ResultPtr result(PQgetResult(conn_), &PQclear);
    bool is_end = !result || PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC;
    if (is_end) co_await settle_cancels();
    co_return result;
}

Task<ResultPtr> Wire::only_result() {
    ResultPtr kept;
    while (auto result = co_await next_result()) {
        if (!kept || !is_error(kept.get())) kept = std::move(result);
        if (PQstatus(conn_) == CONNECTION_BAD) break;
    }
    co_return kept;
}

// ---- deadlines and cancellation --------------------------------------------------------------------------------

void Wire::arm(Milliseconds after, Alarm alarm) {
    alarm_ = alarm;
    timer_->expires_after(after);
    // A timer may have fired already when its statement ends, and the connection may be another thread's when the
    // handler runs: the token, which only this thread touches, tells.
    armed_ = std::make_shared<bool>(true);
    timer_->async_wait([weak = weak_from_this(), armed = armed_](const boost::system::error_code& error) {
        if (error || !*armed) return;
        if (auto wire = weak.lock()) wire->expire();
    });
}

void Wire::disarm() {
    if (!armed_) return;
    *armed_ = false;
    armed_.reset();
    timer_->cancel();
    if (probe_) probe_->stop();
    probe_.reset();
}

void Wire::expire() {
    if (alarm_ == Alarm::probe) {
        probe();
    } else if (alarm_ == Alarm::cancel && cancel_) {
        const auto now = std::chrono::steady_clock::now();
        if (expiry_ != Expiry::cancelling) cancelling_until_ = now + cancel_grace;
        if (now >= cancelling_until_) return give_up(Expiry::gave_up);
        expiry_ = Expiry::cancelling;
        if (!cancels_->are_under_way()) request_cancel();
        arm(cancel_again, Alarm::cancel);
    } else {
        give_up(Expiry::gave_up);
    }
}

void Wire::give_up(Expiry expiry) {
    expiry_ = expiry;
    if (socket_) socket_->cancel();
}

void Wire::probe() {
    probe_ = ServerProbe::start(*executor_, ServerProbe::server_of(conn_), options_.connect_deadline,
                                [weak = weak_from_this(), armed = armed_](bool is_there) {
                                    auto wire = weak.lock();
                                    if (!wire || !*armed) return;
                                    if (is_there)
                                        wire->arm(wire->options_.silence_max, Alarm::probe);
                                    else
                                        wire->give_up(Expiry::server_gone);
                                });
}

void Wire::request_cancel() {
    if (!cancel_) return;
    cancel_requested_ = true;
    cancels_->begin();
    // PQcancel opens a connection of its own and blocks; nobody needs to hear how it went.
    std::thread([cancel = cancel_, cancels = cancels_] {
        std::array<char, 256> ignored{};
        PQcancel(cancel.get(), ignored.data(), ignored.size());
        cancels->end();
    }).detach();
}

CancelRequests::CancelRequests() : ended_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (ended_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

CancelRequests::~CancelRequests() {
    close(ended_fd_);
}

void CancelRequests::end() {
    --under_way_;
    std::ignore = eventfd_write(ended_fd_, 1);
}

// The postmaster signals a session twice for one request, as a process and as a process group. The second signal can
// come after the statement has answered that it was cancelled, and would hit the next statement. PQcancel returns once
// both are sent, and a session that is idle ignores them.
Task<> Wire::settle_cancels() {
    using namespace asio::experimental::awaitable_operators;
    auto moment = std::chrono::steady_clock::now() + cancel_grace;
    while (cancels_->are_under_way() && !is_broken()) {
        asio::posix::basic_stream_descriptor<Executor> ended(*executor_, dup(cancels_->ended_fd()));
        decltype(timer_)::value_type patience(*executor_, moment);
        boost::system::error_code read_error, timer_error;
        auto first = co_await (
            ended.async_wait(asio::posix::descriptor_base::wait_read, asio::redirect_error(use_task, read_error)) ||
            patience.async_wait(asio::redirect_error(use_task, timer_error)));
        if (first.index() == 1 || read_error) mark_broken();
        eventfd_t ended_since_last = 0;
        std::ignore = eventfd_read(cancels_->ended_fd(), &ended_since_last);
    }
}

Operation::Operation(Wire& wire, std::string_view name, Milliseconds deadline, OnDeadline on_deadline) : wire_(wire) {
    if (wire.busy_)
        throw Failure({.code = "pg.connection_busy",
                       .message = fmt::format("{} on {}: another statement is under way on this connection", name,
                                              wire.description_),
                       .hint = "Await each statement before the next, use a pipeline, or a second connection."});
    if (wire.broken_) wire.throw_error(nullptr, name);
    wire.busy_ = true;
    wire.operation_ = name;
    wire.expiry_ = Wire::Expiry::none;
    using Alarm = Wire::Alarm;
    if (deadline.count() > 0)
        wire.arm(deadline, on_deadline == OnDeadline::cancel_statement ? Alarm::cancel : Alarm::give_up);
    else if (wire.options_.silence_max.count() > 0)
        wire.arm(wire.options_.silence_max, Alarm::probe);
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for a timer or a thread there is no going on
Operation::~Operation() {
    wire_.busy_ = false;
    wire_.disarm();
    if (finished_) return;
    // The server would otherwise work on for nobody.
    if (!wire_.is_broken() && PQtransactionStatus(wire_.conn_) == PQTRANS_ACTIVE) wire_.request_cancel();
    wire_.mark_broken();
}

void Operation::finish(const PGresult* last) {
    finished_ = true;
    wire_.last_used_ = std::chrono::steady_clock::now();
    // A cancel request that did not hit this statement, or came after its end, may hit the next one.
    bool cancelled = last && field_of(last, PG_DIAG_SQLSTATE) == "57014";
    bool requested = wire_.cancel_requested_.exchange(false);
    if ((requested && !cancelled) || wire_.cancels_->are_under_way()) wire_.mark_broken();
}

// ---- errors ----------------------------------------------------------------------------------------------------

SqlErrorFacts Wire::facts_of(const PGresult* result, std::string_view query_name, std::string_view script) const {
    auto field = [&](int code) { return std::string(field_of(result, code)); };
    SqlErrorFacts facts{.sqlstate = field(PG_DIAG_SQLSTATE),
                        .severity = field(PG_DIAG_SEVERITY_NONLOCALIZED),
                        .message = field(PG_DIAG_MESSAGE_PRIMARY),
                        .detail = field(PG_DIAG_MESSAGE_DETAIL),
                        .hint = field(PG_DIAG_MESSAGE_HINT),
                        .constraint = field(PG_DIAG_CONSTRAINT_NAME),
                        .routine = field(PG_DIAG_SOURCE_FUNCTION),
                        .query_name = std::string(query_name),
                        .database = description_,
                        .line = line_of(script, field(PG_DIAG_STATEMENT_POSITION))};
    if (facts.sqlstate.empty()) {
        facts.sqlstate = "08006";
        facts.severity = "FATAL";
        facts.message = first_line(result ? PQresultErrorMessage(result) : PQerrorMessage(conn_));
    }
    facts.deadline_exceeded = expiry_ != Expiry::none && facts.sqlstate == "57014";
    return facts;
}

void Wire::throw_error(const PGresult* result, std::string_view query_name, std::string_view script) {
    throw_error(facts_of(result, query_name, script));
}

void Wire::throw_error(SqlErrorFacts facts) {
    SqlError error(std::move(facts));
    if (error.poisons_connection()) mark_broken();
    throw error;
}

void Wire::require_sent(int sent, std::string_view query_name) {
    if (sent == 1) return;
    mark_broken();
    throw_error(nullptr, query_name);
}

}  // namespace gsdb::pg
