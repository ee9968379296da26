#include "http/listen.hpp"

#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/error.hpp"

namespace gsdb::http {

namespace {

using asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

[[noreturn]] void throw_listen_failure(const tcp::endpoint& endpoint, const boost::system::error_code& error) {
    auto place = endpoint.address().to_string() + " port " + std::to_string(endpoint.port());
    if (error == asio::error::address_in_use) {
        auto holder = find_port_holder(endpoint.port());
        throw Failure({.code = "http.port_taken",
                       .message = "cannot listen on " + place + ": the port is in use",
                       .detail = holder.empty() ? "/proc does not tell by which process" : "by " + holder,
                       .hint = "Stop that program, or choose another port; port 0 takes any free one.",
                       .exit_code = ExitCode::conflict});
    }
    const char* hint = error == asio::error::access_denied
                           ? "Ports below 1024 need root or CAP_NET_BIND_SERVICE: choose another port."
                           : "Choose an address of this machine; 127.0.0.1 always is one, 0.0.0.0 means all.";
    throw Failure({.code = "http.listen_failed",
                   .message = "cannot listen on " + place,
                   .detail = error.message(),
                   .hint = hint,
                   .exit_code = ExitCode::unavailable});
}

Acceptor open(asio::io_context& context, const tcp::endpoint& endpoint, bool shares_port) {
    Acceptor acceptor(context);
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && shares_port) acceptor.set_option(ReusePort(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (error) throw_listen_failure(endpoint, error);
    return acceptor;
}

// The inodes of the sockets that listen on the port, from a table like /proc/net/tcp.
void find_listening_inodes(const char* table, std::uint16_t port, std::set<std::string>& inodes) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);  // the titles
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout, inode;
        fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >> inode;
        constexpr std::string_view listening = "0A";
        if (state != listening || local.size() < 4) continue;
        unsigned value = 0;
        std::from_chars(local.data() + local.size() - 4, local.data() + local.size(), value, 16);
        if (value == port) inodes.insert("socket:[" + inode + "]");
    }
}

}  // namespace

std::vector<Acceptor> listen(const std::string& address, std::uint16_t port,
                             const std::vector<asio::io_context*>& contexts) {
    boost::system::error_code error;
    auto ip = asio::ip::make_address(address, error);
    if (error)
        throw Failure({.code = "http.address_invalid",
                       .message = "\"" + address + "\" is not an IP address to listen on",
                       .detail = {},
                       .hint = "Use 127.0.0.1 for this machine only, 0.0.0.0 or :: for every network.",
                       .exit_code = ExitCode::usage});
    tcp::endpoint endpoint(ip, port);
    // Sockets that share a port would silently take half of another gsdb's connections; one that does not share
    // finds out whether somebody listens already.
    if (port != 0) open(*contexts.front(), endpoint, false);

    std::vector<Acceptor> acceptors;
    for (auto* context : contexts) {
        acceptors.push_back(open(*context, endpoint, true));
        endpoint = acceptors.back().local_endpoint();
    }
    // Only now, so that no connection is taken by a server that then fails to start.
    for (auto& acceptor : acceptors) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error) throw_listen_failure(endpoint, error);
    }
    return acceptors;
}

std::string find_port_holder(std::uint16_t port) {
    std::set<std::string> inodes;
    find_listening_inodes("/proc/net/tcp", port, inodes);
    find_listening_inodes("/proc/net/tcp6", port, inodes);
    if (inodes.empty()) return {};
    namespace fs = std::filesystem;
    std::error_code ignored;
    for (const auto& process : fs::directory_iterator("/proc", ignored)) {
        auto pid = process.path().filename().string();
        if (pid.find_first_not_of("0123456789") != pid.npos) continue;
        std::error_code denied;
        for (fs::directory_iterator fd(process.path() / "fd", denied), end; !denied && fd != end;
             fd.increment(denied)) {
            std::error_code gone;
            if (!inodes.contains(fs::read_symlink(fd->path(), gone).string())) continue;
            std::ifstream comm(process.path() / "comm");
            std::string name;
            std::getline(comm, name);
            return "process " + pid + " (" + name + ")";
        }
    }
    return {};
}

}  // namespace gsdb::http
