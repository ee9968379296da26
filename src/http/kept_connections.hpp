#pragma once
// Connections that wait for the next call to the same target.

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "http/client.hpp"
#include "http/url.hpp"

namespace gsdb::http {

/// An open connection that no call uses. It belongs to no io_context, so that calls of any thread may take it.
class IdleConnection {
  public:
    struct FreeSsl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    using Tls = std::unique_ptr<SSL, FreeSsl>;
    using Moment = std::chrono::steady_clock::time_point;

    /// Owns both; `tls` is null where there is none.
    IdleConnection(int descriptor, Tls tls, Moment opened_at)
        : descriptor_(descriptor), tls_(std::move(tls)), opened_at_(opened_at) {}
    IdleConnection(IdleConnection&& other) noexcept;
    IdleConnection& operator=(IdleConnection&&) = delete;
    ~IdleConnection();

    /// The other side has neither closed it nor said anything since.
    bool is_quiet() const;
    bool is_ipv6() const;
    Moment opened_at() const { return opened_at_; }

    int release_descriptor() { return std::exchange(descriptor_, -1); }
    SSL* release_tls() { return tls_.release(); }

  private:
    int descriptor_;
    Tls tls_;
    Moment opened_at_;
};

/// Thread-safe.
class KeptConnections {
  public:
    using Moment = IdleConnection::Moment;

    explicit KeptConnections(KeepRule rule) : rule_(rule) {}

    bool keeps() const { return rule_.per_target_max > 0; }

    /// One to where the URL leads, the one used last: the others grow old and are closed.
    std::optional<IdleConnection> take(const Url& url, Moment now);

    /// Closes the one that waited longest when there are too many, and `connection` when it is too old.
    void put(const Url& url, IdleConnection connection, Moment now);

    /// Closes those whose time is over.
    void close_old(Moment now);

  private:
    struct Kept {
        std::string target;
        Moment idle_since;
        IdleConnection connection;
    };
    bool is_old(const Kept& kept, Moment now) const;

    KeepRule rule_;
    std::mutex mutex_;
    std::list<Kept> kept_;  ///< the one that waited longest first
};

}  // namespace gsdb::http
