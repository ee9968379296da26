#pragma once
// Opening a port, and telling who has it when that fails.

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/task.hpp"

namespace gsdb::http {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

/// Opens listening sockets on one address and port, one for each context. Port 0 lets the kernel choose one for all.
/// Throws Failure: http.address_invalid, http.port_taken, http.listen_failed.
std::vector<Acceptor> listen(const std::string& address, std::uint16_t port,
                             const std::vector<asio::io_context*>& contexts);

/// "process 4711 (nginx)" for the process that listens on the TCP port; empty when /proc does not tell, for instance
/// because the process is another user's.
std::string find_port_holder(std::uint16_t port);

}  // namespace gsdb::http
