#pragma once
// The HTTP server: some threads, each with its own io_context, listening socket and router, so that a request never
// crosses a thread. The kernel spreads connections over the sockets (SO_REUSEPORT).

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/request_reader.hpp"
#include "http/router.hpp"

namespace gsdb::http {

/// PEM files: the certificate with its chain, and its private key.
struct TlsFiles {
    std::string certificate;
    std::string private_key;
};

struct ServerOptions {
    std::string address = "127.0.0.1";  ///< numeric, IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: the kernel chooses, see Server::port
    int threads = 1;
    std::optional<TlsFiles> tls{};

    HeadLimits head{};
    std::size_t connections_max =
        10'000;  ///< over all threads, as far as the system gives descriptors; more are answered 503 and closed

    std::chrono::milliseconds idle_deadline{60'000};  ///< between requests of one connection
    std::chrono::milliseconds head_deadline{10'000};  ///< from the first byte of a head to its last
    std::chrono::milliseconds body_deadline{10'000};  ///< for a body, plus its bytes at body_bytes_per_second_min
    std::size_t body_bytes_per_second_min = 16 * 1024;
    std::chrono::milliseconds write_deadline{30'000};    ///< without the client taking a byte
    std::chrono::milliseconds request_deadline{30'000};  ///< what handlers see as Request::deadline
};

class Server {
  public:
    /// Makes one thread's router. Runs on that thread before it serves; the io_context is the thread's own and
    /// outlives the router, so handlers may hold what lives on it (a pool of database connections).
    using Service = std::function<Router(asio::io_context&)>;

    /// Returns when the port is open and each thread has its router. Throws what the service throws, or a Failure:
    /// http.port_taken, http.address_invalid, http.listen_failed, http.tls_invalid.
    Server(ServerOptions options, const Service& service);

    /// Stops without grace, unless stopped already.
    ~Server();

    std::uint16_t port() const;
    std::string url() const;  ///< http://127.0.0.1:8080
    std::size_t connections() const;

    /// Stops accepting, ends idle connections and streams, and waits for requests in flight up to `grace`; what is
    /// left then is cancelled. Returns when all threads have ended. May be called once or more, from any thread but
    /// the server's own.
    void stop(std::chrono::milliseconds grace);

    /// Reads the TLS files again; new connections use them. Throws Failure and keeps the old ones when they are bad.
    void reload_certificate();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gsdb::http
