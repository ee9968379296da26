#pragma once
// The life of one connection, over TCP or TLS. Private to the server; instantiated once for each kind of stream.
//
// One coroutine serves it: read a head, admit, read the body, dispatch, write, again. Deadlines are moments that the
// worker's sweep compares with the clock; a timer for each request would cost a quarter of the throughput.

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream_base.hpp>
#include <charconv>

#include "http/input_buffer.hpp"
#include "http/observations.hpp"
#include "http/response_head.hpp"
#include "http/worker.hpp"

namespace gsdb::http {

template <class Stream>
class Connection final : public ConnectionBase, private BodyWriter {
  public:
    static constexpr bool is_tls = !std::is_same_v<Stream, Socket>;

    Connection(Worker& worker, Stream stream, const Problem* refusal)
        : worker_(worker), stream_(std::move(stream)), refusal_(refusal), reader_(worker.shared.options.head) {
        boost::system::error_code gone;
        auto endpoint = socket().remote_endpoint(gone);
        if (!gone) peer_address_ = numeric(endpoint.address());
        worker_.opened(*this);
    }
    ~Connection() override { worker_.closed(*this); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Task<> run() {
        if constexpr (is_tls) {
            if (!co_await shake_hands()) co_return;
        }
        if (refusal_) {
            co_await send_refusal(refusal_);
        } else {
            while (co_await serve_request()) {
            }
        }
        co_await part();
    }

    void cancel_io() override {
        boost::system::error_code ignored;
        socket().cancel(ignored);
    }
    void close() override {
        boost::system::error_code ignored;
        socket().close(ignored);
    }

  private:
    Socket& socket() {
        if constexpr (is_tls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    static std::string numeric(const asio::ip::address& address) {
        if (address.is_v6() && address.to_v6().is_v4_mapped())
            return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
        return address.to_string();
    }

    const ServerOptions& options() const { return worker_.shared.options; }
    static Moment now() { return std::chrono::steady_clock::now(); }

    // One request and its answer. False when the connection ends.
    Task<bool> serve_request() {
        admission_ = {};
        reader_.start();
        must_close_ = false;
        if (auto problem = co_await receive_head()) {
            co_await send_refusal(problem);
            co_return false;
        }
        if (is_gone_) co_return false;
        const auto started = now();
        auto response = co_await answer(started);
        if (is_gone_) co_return false;
        const bool keeps_alive = co_await send(&response);
        observe_served(response, started);
        co_return keeps_alive;
    }

    void observe_served(const Response& response, Moment started) {
        const auto& request = reader_.request();
        std::chrono::duration<double> seconds = now() - started;
        observe::emit(RequestServed{.method = to_string(request.method),
                                    .route = request.route ? std::string_view(request.route->path) : "none",
                                    .status = static_cast<std::int64_t>(response.status),
                                    .seconds = seconds.count(),
                                    .response_bytes = static_cast<std::int64_t>(sent_bytes_),
                                    .request_id = request_id_});
    }

    // The problem to answer, if any; is_gone_ when there is nobody to answer.
    Task<const Problem*> receive_head() {
        deadline_ = now() + options().idle_deadline;
        bool has_begun = false;
        while (true) {
            if (!input_.is_empty()) {
                auto taken = reader_.read_head(input_.view());
                if (!taken) co_return taken.error();
                input_.consume(*taken);
                if (*taken) break;
                if (!has_begun) deadline_ = now() + options().head_deadline;
                has_begun = true;
            }
            if (is_stopping_ && !has_begun) {
                is_gone_ = true;
                co_return nullptr;
            }
            is_idle_ = !has_begun;
            const bool received = co_await receive();
            is_idle_ = false;
            if (received) continue;
            is_gone_ = !(timed_out_ && has_begun);
            co_return is_gone_ ? nullptr : &problem::head_timeout;
        }
        deadline_ = Moment::max();
        co_return nullptr;
    }

    Task<const Problem*> receive_body() {
        if (reader_.expects_continue() && input_.is_empty()) {
            deadline_ = now() + options().write_deadline;
            if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return &problem::body_timeout;
        }
        // The time a body may take grows with what has arrived, so that only slow clients run out of it.
        auto allowed_until = now() + options().body_deadline;
        while (true) {
            auto taken = reader_.read_body(input_.view());
            if (!taken) co_return taken.error();
            input_.consume(*taken);
            allowed_until += std::chrono::nanoseconds(static_cast<std::int64_t>(
                1e9 * static_cast<double>(*taken) / static_cast<double>(options().body_bytes_per_second_min)));
            if (reader_.is_complete()) break;
            deadline_ = allowed_until;
            if (co_await receive()) continue;
            is_gone_ = !timed_out_;
            co_return &problem::body_timeout;
        }
        deadline_ = Moment::max();
        co_return nullptr;
    }

    Task<Response> answer(Moment started) {
        auto& request = reader_.request();
        identify(request, started);
        const auto& router = *worker_.router;
        auto route = router.match(request);
        if (!route) co_return co_await without_body(std::move(route.error()));
        request.route = *route;
        if (auto problem = reader_.limit_body((*route)->options.body_bytes_max)) co_return refused(*problem);
        if (router.needs_admission(**route)) {
            auto admission = co_await router.admit(request);
            if (!admission) co_return co_await without_body(std::move(admission.error()));
            admission_ = std::move(*admission);
            if (admission_.caller) request.caller = &*admission_.caller;
        }
        if (!reader_.is_complete())
            if (auto problem = co_await receive_body()) co_return refused(*problem);
        co_return co_await router.dispatch(request);
    }

    Response refused(const Problem& problem) {
        must_close_ = true;
        observe::emit(RequestRefused{problem.code, peer_address_});
        return error_response(problem, request_id_);
    }

    // Answers before the body was read. A small body is read and ignored, so that the connection can go on.
    Task<Response> without_body(Response response) {
        constexpr std::size_t ignored_bytes_max = 64 * 1024;
        if (reader_.is_complete()) co_return response;
        if (reader_.expects_continue() || reader_.limit_body(ignored_bytes_max) || co_await receive_body())
            must_close_ = true;
        co_return response;
    }

    void identify(Request& request, Moment started) {
        request.peer_address = peer_address_;
        request.is_secure = is_tls;
        request.deadline = started + options().request_deadline;
        auto given = request.header("x-request-id");
        constexpr std::size_t id_bytes_max = 64;
        auto is_sane = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        };
        if (given && !given->empty() && given->size() <= id_bytes_max && std::ranges::all_of(*given, is_sane)) {
            request_id_ = *given;
        } else {
            worker_.request_ids.write_next(request_id_);
        }
        request.request_id = request_id_;
    }

    // Answers what is not a request. Nothing that follows on the connection can be trusted.
    Task<> send_refusal(const Problem* problem) {
        observe::emit(RequestRefused{problem->code, peer_address_});
        worker_.request_ids.write_next(request_id_);
        must_close_ = true;
        auto response = error_response(*problem, request_id_);
        co_await send(&response);
    }

    // Sends the response; false when the connection must end.
    Task<bool> send(const Response* response) {
        const bool was_parsed = reader_.request().path.data() != nullptr;
        HeadContext context{.date = worker_.date,
                            .request_id = request_id_,
                            .is_http_1_0 = was_parsed && reader_.is_http_1_0(),
                            .keeps_alive = was_parsed && reader_.keeps_alive() && !is_stopping_ && !must_close_,
                            .is_head_request = was_parsed && reader_.request().method == Method::head};
        if (response->is_stream() && context.is_http_1_0) context.keeps_alive = false;
        output_.clear();
        sent_bytes_ = 0;
        append_head(output_, *response, context);
        const bool sends_body = has_body(*response, context);
        if (!sends_body || !response->is_stream()) {
            bool sent = co_await write_response(sends_body ? response->bytes() : std::string_view{});
            co_return sent&& context.keeps_alive;
        }
        bool sent = co_await send_stream(&std::get<StreamBody>(response->body), context.is_http_1_0);
        co_return sent&& context.keeps_alive && !is_stopping_;
    }

    Task<bool> write_response(std::string_view body) {
        constexpr std::size_t copied_bytes_max = 16 * 1024;  // one buffer is cheaper than two up to about here
        if (body.size() <= copied_bytes_max) {
            output_ += body;
            body = {};
        }
        co_return co_await write(output_, body);
    }

    Task<bool> send_stream(const StreamBody* stream, bool is_raw) {
        is_raw_stream_ = is_raw;
        admission_.slot = {};  // a stream may live for days; the limit is for work
        if (!co_await write(output_, {})) co_return false;
        try {
            co_await (*stream)(this);
        } catch (const std::exception& exception) {
            // The status is sent already: that the last chunk is missing tells the client.
            observe::emit(RequestThrew{reader_.request().route->path, request_id_, exception.what()});
            wake_stream_ = nullptr;
            co_return false;
        }
        wake_stream_ = nullptr;
        if (is_raw || is_gone_) co_return false;
        co_return co_await write("0\r\n\r\n", {});
    }

    // BodyWriter
    Task<bool> write(std::string bytes) override {
        if (is_gone_) co_return false;
        if (bytes.empty()) co_return !is_closing();  // an empty chunk would end the body
        if (is_raw_stream_) co_return co_await write(bytes, {}) && !is_closing();
        std::array<char, 20> size{};
        auto end = std::to_chars(size.data(), size.data() + 16, bytes.size(), 16).ptr;
        std::string_view line_end = "\r\n";
        end = std::ranges::copy(line_end, end).out;
        bytes += line_end;
        std::string_view head(size.data(), static_cast<std::size_t>(end - size.data()));
        co_return co_await write(head, bytes) && !is_closing();
    }
    bool is_closing() const override { return is_gone_ || is_stopping_; }
    void on_closing(std::function<void()> wake) override {
        wake_stream_ = std::move(wake);
        if (is_closing()) std::exchange(wake_stream_, nullptr)();
    }

    // Receives some bytes into input_. False at the end of the stream, on an error, and at the deadline.
    Task<bool> receive() {
        if (timed_out_) co_return false;
        boost::system::error_code error;
        auto count = co_await stream_.async_read_some(input_.prepare(), asio::redirect_error(use_task, error));
        input_.commit(count);
        co_return !error && !timed_out_;
    }

    // Writes all of both. The deadline starts anew whenever the client takes something.
    Task<bool> write(std::string_view first, std::string_view second) {
        std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
        auto left = first.size() + second.size();
        sent_bytes_ += left;
        while (left > 0) {
            boost::system::error_code error = asio::error::would_block;
            std::size_t count = 0;
            // Mostly the kernel takes everything at once, and the coroutine need not be suspended.
            if constexpr (!is_tls) count = stream_.write_some(buffers, error);
            if (error == asio::error::would_block) {
                deadline_ = now() + (timed_out_ ? std::chrono::milliseconds(1000) : options().write_deadline);
                count = co_await stream_.async_write_some(buffers, asio::redirect_error(use_task, error));
                deadline_ = Moment::max();
            }
            if (error) {
                is_gone_ = true;
                co_return false;
            }
            left -= count;
            auto from_first = std::min(count, buffers[0].size());
            buffers[0] += from_first;
            buffers[1] += count - from_first;
        }
        co_return true;
    }

    Task<bool> shake_hands() {
        boost::system::error_code error;
        deadline_ = now() + options().head_deadline;
        co_await stream_.async_handshake(asio::ssl::stream_base::server, asio::redirect_error(use_task, error));
        co_return !error;
    }

    // Ends the connection so that the client gets the last answer: closing with unread bytes would reset it.
    Task<> part() {
        if (!socket().is_open()) co_return;
        boost::system::error_code error;
        deadline_ = now() + std::chrono::seconds(1);
        if constexpr (is_tls) {
            if (!is_gone_) co_await stream_.async_shutdown(asio::redirect_error(use_task, error));
        }
        socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
        if (!must_close_ || is_gone_) co_return;
        constexpr std::size_t ignored_bytes_max = 1 << 20;
        for (std::size_t ignored = 0; ignored < ignored_bytes_max;) {
            input_.discard();
            auto count = co_await socket().async_read_some(input_.prepare(), asio::redirect_error(use_task, error));
            if (error || timed_out_) co_return;
            ignored += count;
        }
    }

    Worker& worker_;
    Stream stream_;
    const Problem* refusal_;
    RequestReader reader_;
    InputBuffer input_;
    std::string output_;
    std::string peer_address_;
    std::string request_id_;
    Admission admission_;
    std::size_t sent_bytes_ = 0;
    bool is_gone_ = false;
    bool must_close_ = false;
    bool is_raw_stream_ = false;
};

}  // namespace gsdb::http
