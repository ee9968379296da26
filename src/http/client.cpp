#include "http/client.hpp"

#include <algorithm>
#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>
#include <random>

#include "http/input_buffer.hpp"
#include "http/kept_connections.hpp"
#include "http/listen.hpp"
#include "http/observations.hpp"
#include "http/response_reader.hpp"
#include "http/worker.hpp"

namespace gsdb::http {

using asio::ip::tcp;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;
using Addresses = std::vector<tcp::endpoint>;

struct ClientState {
    explicit ClientState(ClientOptions given) : options(std::move(given)) {}
    ClientOptions options;
    // OpenSSL's contexts may be used by several threads once they are set up; Asio wants them mutable.
    mutable asio::ssl::context tls{asio::ssl::context::tls_client};
    mutable KeptConnections kept{options.keep};
};

namespace {

[[noreturn]] void fail(std::string_view code, const Url& url, std::string detail, std::string_view hint,
                       bool is_retryable, bool was_sent = false) {
    throw CallFailed({.code = std::string(code),
                      .message = "the call to " + url.authority() + " failed",
                      .detail = std::move(detail),
                      .hint = std::string(hint),
                      .exit_code = ExitCode::unavailable},
                     is_retryable, was_sent);
}

// Ends what waits when its time is over. The timer's callback may outlive the call, hence the shared state.
class Deadline {
  public:
    Deadline(Executor executor, Moment total) : state_(std::make_shared<State>(executor)), total_(total) {}
    ~Deadline() { disarm(); }
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    void guard(Socket& socket) { state_->socket = &socket; }

    void arm(Moment until) {
        state_->timer.expires_at(std::min(until, total_));
        state_->timer.async_wait([state = state_](boost::system::error_code cancelled) {
            if (cancelled || !state->socket) return;
            state->has_expired = true;
            boost::system::error_code ignored;
            state->socket->close(ignored);
        });
    }
    void disarm() {
        state_->socket = nullptr;
        state_->timer.cancel();
    }
    bool has_expired() const { return state_->has_expired; }

  private:
    struct State {
        explicit State(Executor executor) : timer(executor) {}
        SteadyTimer timer;
        Socket* socket = nullptr;
        bool has_expired = false;
    };
    std::shared_ptr<State> state_;
    Moment total_;
};

// Looking up a name cannot be cancelled, only abandoned: the lookup's state lives until the system answers.
struct Lookup {
    explicit Lookup(Executor executor) : resolver(executor), timer(executor) {}
    Resolver resolver;
    SteadyTimer timer;
    Addresses addresses;
    boost::system::error_code error;
    bool is_done = false;
};

Task<Addresses> resolve(Url url, Moment until) {
    boost::system::error_code error;
    if (auto literal = asio::ip::make_address(url.host, error); !error)
        co_return Addresses{tcp::endpoint(literal, url.port)};
    auto lookup = std::make_shared<Lookup>(co_await asio::this_coro::executor);
    lookup->timer.expires_at(until);
    lookup->resolver.async_resolve(url.host, std::to_string(url.port), tcp::resolver::numeric_service,
                                   [lookup](boost::system::error_code failure, const auto& results) {
                                       lookup->error = failure;
                                       for (const auto& entry : results) lookup->addresses.push_back(entry.endpoint());
                                       lookup->is_done = true;
                                       lookup->timer.cancel();
                                   });
    co_await lookup->timer.async_wait(asio::redirect_error(use_task, error));
    if (!lookup->is_done)
        fail("client.timeout", url, "looking up " + url.host + " took too long", "Check the name server.", true);
    if (lookup->error)
        fail("client.resolve_failed", url, "looking up " + url.host + ": " + lookup->error.message(),
             "Check the host's spelling and the name server.", lookup->error == asio::error::host_not_found_try_again);
    co_return std::move(lookup->addresses);
}

// The addresses that a call may go to.
Addresses vet(const AddressGuard& guard, const Url& url, const Addresses& addresses) {
    Addresses allowed;
    std::string refusals;
    for (const auto& endpoint : addresses) {
        auto why = guard.refusal(endpoint.address());
        if (!why) allowed.push_back(endpoint);
        if (why)
            refusals += (refusals.empty() ? "" : ", ") + endpoint.address().to_string() + " is " + std::string(*why);
    }
    if (allowed.empty())
        fail("client.address_forbidden", url, refusals,
             "Calls go to public addresses; allow a network of your own in the settings.", false);
    return allowed;
}

Task<> connect(Socket* socket, Url url, Addresses addresses, const Deadline* deadline) {
    boost::system::error_code error;
    for (const auto& endpoint : addresses) {
        socket->close(error);
        co_await socket->async_connect(endpoint, asio::redirect_error(use_task, error));
        if (!error) {
            socket->set_option(tcp::no_delay(true), error);
            co_return;
        }
        if (deadline->has_expired())
            fail("client.timeout", url, "connecting took too long", "Check the network.", true);
    }
    fail("client.connect_failed", url, error.message(), "Check that the server runs and a firewall lets calls pass.",
         true);
}

bool is_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

std::string write_request(const OutgoingRequest& request, const Url& url, const ClientOptions& options) {
    auto text = std::string(to_string(request.method)) + " " + url.target + " HTTP/1.1\r\n";
    auto append = [&](std::string_view name, std::string_view value) {
        text.append(name).append(": ").append(value).append("\r\n");
    };
    auto has = [&](std::string_view name) {
        return std::ranges::any_of(request.headers, [&](const auto& h) { return equal_ignoring_case(h.first, name); });
    };
    append("Host", url.authority());
    append("Connection", options.keep.per_target_max > 0 ? "keep-alive" : "close");
    if (!has("user-agent")) append("User-Agent", options.user_agent);
    if (!has("accept")) append("Accept", "*/*");
    for (const auto& [name, value] : request.headers) {
        if (name.empty() || !is_line(name) || !is_line(value) || name.find_first_of(": \t") != name.npos)
            fail("client.header_invalid", url, "the header " + name.substr(0, 50), "Give headers without line breaks.",
                 false);
        append(name, value);
    }
    if (!request.body.empty() || request.method == Method::post || request.method == Method::put ||
        request.method == Method::patch)
        append("Content-Length", std::to_string(request.body.size()));
    return text + "\r\n" + request.body;
}

[[noreturn]] void fail_late(const Url& url) {
    fail("client.timeout", url, "the answer took too long", "The server may be overloaded: try later.", true, true);
}

[[noreturn]] void fail_reading(const Url& url, ResponseReader::Fault fault) {
    if (fault == ResponseReader::Fault::too_large)
        fail("client.response_too_large", url, "the answer is larger than allowed", "Ask for less at once.", false,
             true);
    fail("client.response_malformed", url, "the answer is not valid HTTP", "Is there an HTTP server at this address?",
         false, true);
}

/// An exchange that came to no answer only because the connection was lost has `lost` instead of one.
struct Exchanged {
    IncomingResponse response{};
    boost::system::error_code lost{};
    bool was_sent = false;      ///< the other side may have taken some of the request
    bool was_answered = false;  ///< in part
    bool keeps_connection = false;
};

void give_on(ResponseReader& reader, const OnBody& on_body) {
    constexpr int success = 2;
    if (!on_body || !reader.has_head() || reader.response().status / 100 != success) return;
    const auto piece = reader.take_piece();
    if (!piece.empty()) on_body(reader.response(), piece);
}

template <class Stream>
Task<Exchanged> exchange(Stream* stream, const OutgoingRequest* request, Url url, const ClientOptions* options,
                         Deadline* deadline) {
    const auto text = write_request(*request, url, *options);
    Exchanged outcome;
    boost::system::error_code error;
    deadline->arm(std::chrono::steady_clock::now() + options->read_deadline);
    const auto sent = co_await asio::async_write(*stream, asio::buffer(text), asio::redirect_error(use_task, error));
    // What TLS has taken of a request it does not tell exactly.
    outcome.was_sent = sent > 0 || url.is_secure;
    const bool is_whole = !error;
    // A server that refuses early answers and closes before it has read everything: its answer counts.
    if (error && deadline->has_expired()) fail_late(url);

    ResponseReader reader(
        {.body_bytes_max = options->response_bytes_max, .is_to_head = request->method == Method::head});
    InputBuffer input;
    while (!reader.is_complete()) {
        deadline->arm(std::chrono::steady_clock::now() + options->read_deadline);
        auto count = co_await stream->async_read_some(input.prepare(), asio::redirect_error(use_task, error));
        outcome.was_answered |= count > 0;
        input.commit(count);
        auto taken = reader.read(input.view());
        if (!taken) fail_reading(url, taken.error());
        input.consume(*taken);
        give_on(reader, request->on_body);
        // A TLS connection that is cut is not an end: somebody between may have cut it.
        const bool has_ended = error == asio::error::eof && reader.end();
        if (!error || reader.is_complete() || has_ended) continue;
        if (deadline->has_expired()) fail_late(url);
        outcome.lost = error;
        co_return outcome;
    }
    outcome.keeps_connection = is_whole && !error && reader.keeps_connection() && input.is_empty();
    outcome.response = reader.take();
    co_return outcome;
}

using TlsStream = asio::ssl::stream<Socket&>;

Task<> shake_hands(TlsStream* stream, Url url, const Deadline* deadline) {
    SSL_set_tlsext_host_name(stream->native_handle(), url.host.c_str());
    stream->set_verify_callback(asio::ssl::host_name_verification(url.host));
    boost::system::error_code error;
    co_await stream->async_handshake(asio::ssl::stream_base::client, asio::redirect_error(use_task, error));
    if (deadline->has_expired())
        fail("client.timeout", url, "the TLS handshake took too long", "Check the network.", true);
    if (error) {
        auto verdict = SSL_get_verify_result(stream->native_handle());
        auto why = verdict == X509_V_OK ? error.message() : std::string(X509_verify_cert_error_string(verdict));
        fail("client.tls_failed", url, why, "Check the server's certificate and its name.", false);
    }
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What to ask where a redirect points to. Credentials stay with the origin that they were meant for.
Url follow(OutgoingRequest& request, const Url& from, const IncomingResponse& response) {
    auto location = response.header("location");
    if (!location)
        fail("client.redirect_refused", from, "the redirect has no Location", "Call the final URL.", false, true);
    auto to = from.resolve(*location);
    if (!to) fail("client.redirect_refused", from, to.error().message, "Call the final URL.", false, true);
    if (from.is_secure && !to->is_secure)
        fail("client.redirect_refused", from, "it leads from https to http", "Call the final URL.", false, true);
    if (!to->has_same_origin(from))
        std::erase_if(request.headers, [](const auto& header) {
            return !equal_ignoring_case(header.first, "accept") && !equal_ignoring_case(header.first, "content-type");
        });
    bool becomes_get = response.status == 303 || (response.status <= 302 && request.method == Method::post);
    if (becomes_get && request.method != Method::head) {
        request.method = Method::get;
        request.body.clear();
    }
    return *to;
}

bool is_idempotent(Method method) {
    return method != Method::post && method != Method::patch;
}

bool asks_to_retry(int status) {
    return status == 429 || status == 502 || status == 503 || status == 504;
}

}  // namespace

std::chrono::milliseconds pause_before(const RetryRule& rule, int attempt) {
    auto pause = static_cast<double>(rule.first_pause.count());
    for (int i = 1; i < attempt; ++i) pause *= rule.growth;
    thread_local std::minstd_rand random{std::random_device{}()};
    pause *= std::uniform_real_distribution(0.75, 1.25)(random);
    return std::min(rule.pause_max, std::chrono::milliseconds(static_cast<std::int64_t>(pause)));
}

std::optional<std::string> next_page(std::string_view link) {
    for (std::size_t open = link.find('<'); open != link.npos; open = link.find('<')) {
        const auto close = link.find('>', open);
        if (close == link.npos) break;
        const auto url = link.substr(open + 1, close - open - 1);
        link = link.substr(close + 1);
        if (link.substr(0, link.find('<')).contains("rel=\"next\"")) return std::string(url);
    }
    return std::nullopt;
}

std::optional<std::string_view> IncomingResponse::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (equal_ignoring_case(key, name)) return value;
    return std::nullopt;
}

std::optional<std::chrono::seconds> retry_after(const IncomingResponse& response, Timestamp now) {
    auto value = response.header("retry-after");
    if (!value) return std::nullopt;
    std::int64_t seconds = 0;
    auto end = value->data() + value->size();
    if (auto parsed = std::from_chars(value->data(), end, seconds); parsed.ec == std::errc{} && parsed.ptr == end)
        return seconds < 0 ? std::nullopt : std::optional(std::chrono::seconds(seconds));
    std::tm date{};
    const std::string text(*value);
    auto* rest = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (!rest) return std::nullopt;
    auto moment = std::chrono::sys_seconds(std::chrono::seconds(timegm(&date)));
    return std::max(std::chrono::seconds(0), std::chrono::ceil<std::chrono::seconds>(moment - now));
}

Client::Client(ClientOptions options) {
    auto state = std::make_shared<ClientState>(std::move(options));
    SSL_CTX_set_min_proto_version(state->tls.native_handle(), TLS1_2_VERSION);
    state->tls.set_verify_mode(asio::ssl::verify_peer);
    boost::system::error_code error;
    const auto& file = state->options.ca_file;
    if (file.empty()) state->tls.set_default_verify_paths(error);
    if (!file.empty()) state->tls.load_verify_file(file, error);
    if (error)
        throw Failure({.code = "client.ca_invalid",
                       .message = "cannot use the certificate authorities" + (file.empty() ? "" : " in " + file),
                       .detail = error.message(),
                       .hint = file.empty() ? "Install the package ca-certificates." : "Give a readable PEM file.",
                       .exit_code = ExitCode::usage});
    state_ = std::move(state);
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

namespace {

/// Leaves the socket to the calls to come. Nothing of it may be waiting.
void keep(KeptConnections& kept, const Url& url, Socket& socket, std::optional<TlsStream>& tls, Moment opened_at) {
    IdleConnection::Tls session;
    if (tls) {
        // What was received and not read would be lost with the stream.
        if (BIO_pending(SSL_get_rbio(tls->native_handle())) > 0) return;
        SSL_up_ref(tls->native_handle());
        session.reset(tls->native_handle());
        tls.reset();
    }
    boost::system::error_code error;
    const auto descriptor = socket.release(error);
    if (error) return;
    kept.put(url, IdleConnection(descriptor, std::move(session), opened_at), std::chrono::steady_clock::now());
}

/// Over `kept`, or over a new connection.
Task<Exchanged> call_over(const ClientState* state, const OutgoingRequest* request, Url url,
                          std::optional<IdleConnection>* kept, Moment began) {
    const auto& options = state->options;
    const auto connected_until = began + options.connect_deadline;
    auto executor = co_await asio::this_coro::executor;
    Addresses addresses;
    if (!*kept) addresses = vet(options.guard, url, co_await resolve(url, connected_until));
    Socket socket(executor);
    Deadline deadline(executor, began + options.total_deadline);
    deadline.guard(socket);
    std::optional<TlsStream> tls;
    auto opened_at = began;
    if (*kept) {
        opened_at = (*kept)->opened_at();
        const auto protocol = (*kept)->is_ipv6() ? tcp::v6() : tcp::v4();
        socket.assign(protocol, (*kept)->release_descriptor());
        if (url.is_secure) tls.emplace(socket, (*kept)->release_tls());
    } else {
        deadline.arm(connected_until);
        co_await connect(&socket, url, std::move(addresses), &deadline);
        if (url.is_secure) {
            tls.emplace(socket, state->tls);
            co_await shake_hands(&*tls, url, &deadline);
        }
    }
    auto outcome = tls ? co_await exchange(&*tls, request, url, &options, &deadline)
                       : co_await exchange(&socket, request, url, &options, &deadline);
    deadline.disarm();
    if (outcome.keeps_connection && state->kept.keeps() && socket.is_open())
        keep(state->kept, url, socket, tls, opened_at);
    co_return outcome;
}

/// A kept connection may have been closed while it waited: then the call goes over a new one, unless it may have been
/// taken and must not be taken twice.
Task<IncomingResponse> call_once(const ClientState* state, OutgoingRequest request, Url url) {
    const auto began = std::chrono::steady_clock::now();
    auto kept = state->kept.take(url, began);
    const bool is_kept = kept.has_value();
    auto outcome = co_await call_over(state, &request, url, &kept, began);
    const bool may_repeat = request.is_repeatable || is_idempotent(request.method) || !outcome.was_sent;
    if (outcome.lost && is_kept && !outcome.was_answered && may_repeat) {
        kept.reset();
        outcome = co_await call_over(state, &request, url, &kept, began);
    }
    if (outcome.lost) fail("client.connection_lost", url, outcome.lost.message(), "Try again.", true, outcome.was_sent);
    co_return std::move(outcome.response);
}

Task<IncomingResponse> call_and_follow(const ClientState* state, OutgoingRequest request, Url url) {
    const auto redirects_max = state->options.redirects_max;
    for (int redirects = 0;; ++redirects) {
        auto response = co_await call_once(state, request, url);
        if (!is_redirect(response.status) || redirects_max == 0) co_return response;
        if (redirects == redirects_max)
            fail("client.redirect_refused", url, "there are too many", "Call the final URL.", false, true);
        url = follow(request, url, response);
    }
}

// One attempt with its observation: an answer, or the failure.
Task<std::expected<IncomingResponse, CallFailed>> attempt(const ClientState* state, OutgoingRequest request, Url url) {
    const auto began = std::chrono::steady_clock::now();
    auto observe_outcome = [&](std::string outcome) {
        std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
        observe::emit(CallEnded{.purpose = request.purpose,
                                .method = to_string(request.method),
                                .host = url.authority(),
                                .outcome = std::move(outcome),
                                .seconds = seconds.count()});
    };
    try {
        auto response = co_await call_and_follow(state, request, url);
        observe_outcome(std::to_string(response.status));
        co_return response;
    } catch (const CallFailed& failure) {
        observe_outcome(failure.error().code);
        co_return std::unexpected(failure);
    } catch (...) {
        observe_outcome("client.given_up");
        throw;
    }
}

}  // namespace

void Client::close_old_connections() const {
    state_->kept.close_old(std::chrono::steady_clock::now());
}

Task<IncomingResponse> Client::send(OutgoingRequest request) const {
    const auto state = state_;
    const auto& rule = state->options.retry;
    auto url = Url::parse(request.url);
    if (!url) throw CallFailed(url.error(), false, false);
    bool was_given_on = false;
    if (request.on_body)
        request.on_body = [&was_given_on, on_body = std::move(request.on_body)](const auto& head, auto piece) {
            was_given_on = true;
            on_body(head, piece);
        };
    for (int number = 1;; ++number) {
        auto outcome = co_await attempt(state.get(), request, *url);
        const bool may_repeat = is_idempotent(request.method) || request.is_repeatable || rule.repeats_unsafe ||
                                (!outcome && !outcome.error().was_sent());
        const bool should_repeat = outcome ? asks_to_retry(outcome->status) : outcome.error().is_retryable();
        if (number >= rule.attempts_max || !may_repeat || !should_repeat || was_given_on) {
            if (!outcome) throw outcome.error();
            co_return std::move(*outcome);
        }
        auto pause = pause_before(rule, number);
        if (outcome)
            if (auto asked = retry_after(*outcome, SystemClock().now()))
                pause = std::min<std::chrono::milliseconds>(rule.pause_max,
                                                            std::max<std::chrono::milliseconds>(pause, *asked));
        SteadyTimer timer(co_await asio::this_coro::executor, pause);
        co_await timer.async_wait(use_task);
    }
}

}  // namespace gsdb::http
