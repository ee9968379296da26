#pragma once
// Calls to other servers, with deadlines, a size limit, verified TLS, and a guard on where they may go. The name is
// resolved first, its addresses are judged, and the connection goes to an address that passed, so a name cannot change
// its mind in between. A redirect is judged again. Each call has a connection of its own unless told to keep them.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "http/address_guard.hpp"
#include "http/message.hpp"
#include "http/url.hpp"

namespace gsdb::http {

struct IncomingResponse {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};

    std::optional<std::string_view> header(std::string_view name) const;
};

/// A piece of a body as it comes, never empty. `head` has status and headers, and no body.
using OnBody = std::function<void(const IncomingResponse& head, std::string_view piece)>;

struct OutgoingRequest {
    Method method = Method::get;
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    std::string_view purpose = "other";  ///< a literal, for metrics and logs: "github"
    /// The other side acts once however often it comes, as on a message with an id.
    bool is_repeatable = false;
    /// Is given the body of a 2xx answer piece by piece; the answer's own body stays empty. A call that breaks off
    /// after the first piece is not repeated by the client. What it throws ends the call.
    OnBody on_body{};
};

/// The call got no answer. Codes: client.url_invalid, client.address_forbidden, client.resolve_failed,
/// client.connect_failed, client.tls_failed, client.timeout, client.connection_lost, client.response_too_large,
/// client.response_malformed, client.redirect_refused. An answer with an error status is an answer.
class CallFailed : public Failure {
  public:
    CallFailed(Error error, bool is_retryable, bool was_sent)
        : Failure(std::move(error)), is_retryable_(is_retryable), was_sent_(was_sent) {}
    /// The same call may succeed later.
    bool is_retryable() const { return is_retryable_; }
    /// The other side may have acted on it.
    bool was_sent() const { return was_sent_; }

  private:
    bool is_retryable_;
    bool was_sent_;
};

/// When to call again, and after how long.
struct RetryRule {
    int attempts_max = 1;  ///< 1: never again
    std::chrono::milliseconds first_pause{200};
    double growth = 2;                            ///< of the pause, per attempt
    std::chrono::milliseconds pause_max{30'000};  ///< also for what Retry-After asks
    /// Calls that are not idempotent (POST, PATCH) only when nothing was sent.
    bool repeats_unsafe = false;

    static RetryRule never() { return {}; }
    static RetryRule few() { return {.attempts_max = 3}; }
};

/// Which connections stay open after a call for the next one to the same scheme, host and port. One that the other side
/// has closed meanwhile is replaced by a new one, for calls that may be repeated or of which nothing was sent.
struct KeepRule {
    std::size_t per_target_max = 0;  ///< 0: none is kept
    std::size_t max = 256;
    std::chrono::milliseconds idle_max{15'000};
    std::chrono::milliseconds age_max{300'000};  ///< then the name is looked up and judged again
};

struct ClientOptions {
    AddressGuard guard{};
    std::chrono::milliseconds connect_deadline{5'000};  ///< name, connection and TLS together
    std::chrono::milliseconds read_deadline{15'000};    ///< between two pieces of the answer
    std::chrono::milliseconds total_deadline{60'000};   ///< for one attempt
    std::size_t response_bytes_max = 16 << 20;
    int redirects_max = 0;
    RetryRule retry{};
    KeepRule keep{};
    std::string ca_file{};  ///< PEM; empty: the system's certificate authorities
    std::string user_agent = "gsdb";
};

struct ClientState;

class Client {
  public:
    /// Throws Failure client.ca_invalid.
    explicit Client(ClientOptions options = {});
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    /// Throws CallFailed. The client outlives the call; calls of several threads may run at once.
    Task<IncomingResponse> send(OutgoingRequest request) const;

    /// Closes kept connections whose time is over; who keeps some calls it now and then.
    void close_old_connections() const;

  private:
    std::shared_ptr<const ClientState> state_;
};

/// Before the attempt behind that one, from 1: growing, bounded, and spread by a quarter either way, so that clients
/// that failed together do not come back together.
std::chrono::milliseconds pause_before(const RetryRule& rule, int attempt);

/// The URL of the next page, of a Link header (RFC 8288); nothing when there is none.
std::optional<std::string> next_page(std::string_view link);

/// The moment until which a Retry-After header asks to wait; nothing when there is none or it is malformed.
std::optional<std::chrono::seconds> retry_after(const IncomingResponse& response, Timestamp now);

}  // namespace gsdb::http
