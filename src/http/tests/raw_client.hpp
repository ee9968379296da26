#pragma once
// A client that sends exactly the bytes it is told to.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "http/message.hpp"

namespace gsdb::http {

struct RawResponse {
    int status = 0;
    std::string head;
    std::string body;

    std::string header(std::string_view name) const {
        std::size_t at = head.find("\r\n") + 2;
        while (at < head.size()) {
            auto end = head.find("\r\n", at);
            auto line = std::string_view(head).substr(at, end - at);
            auto colon = line.find(": ");
            if (colon != line.npos && equal_ignoring_case(line.substr(0, colon), name))
                return std::string(line.substr(colon + 2));
            if (end == std::string::npos) break;
            at = end + 2;
        }
        return {};
    }
};

class RawClient {
  public:
    explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer_bytes)
            ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
        int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        timeval limit{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            ADD_FAILURE() << "connect to port " << port << ": " << std::strerror(errno);
    }
    ~RawClient() { close(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// False when the server has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }
    void half_close() { ::shutdown(fd_, SHUT_WR); }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// Closes with a reset, as a crashed client would.
    void reset() {
        linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }

    /// Bytes until the server closes; what was received before counts.
    std::string receive_all() {
        while (receive_some()) {
        }
        return std::exchange(received_, {});
    }

    /// True when the server has closed and nothing is left.
    bool is_closed_by_server() { return received_.empty() && !receive_some(); }

    /// One response up to its body.
    RawResponse receive_head() {
        RawResponse response;
        std::size_t end;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos)
            if (!receive_some()) return response;
        response.head = received_.substr(0, end + 2);
        received_.erase(0, end + 4);
        std::from_chars(response.head.data() + 9, response.head.data() + 12, response.status);
        return response;
    }

    /// One response; for HEAD say so.
    RawResponse receive(bool to_head = false) {
        auto response = receive_head();
        if (response.status == 0 || to_head || response.status == 204 || response.status == 304 ||
            response.status / 100 == 1)
            return response;
        if (equal_ignoring_case(response.header("Transfer-Encoding"), "chunked")) {
            while (auto chunk = receive_chunk()) response.body += *chunk;
            return response;
        }
        auto length = std::stoul("0" + response.header("Content-Length"));
        while (received_.size() < length && receive_some()) {
        }
        response.body = received_.substr(0, length);
        received_.erase(0, length);
        return response;
    }

    RawResponse ask(std::string_view request, bool to_head = false) {
        send(request);
        return receive(to_head);
    }

    /// One chunk's bytes; nothing at the last one or when the server closes.
    std::optional<std::string> receive_chunk() {
        std::size_t end;
        while ((end = received_.find("\r\n")) == std::string::npos)
            if (!receive_some()) return std::nullopt;
        std::size_t size = 0;
        std::from_chars(received_.data(), received_.data() + end, size, 16);
        while (received_.size() < end + 2 + size + 2)
            if (!receive_some()) return std::nullopt;
        auto chunk = received_.substr(end + 2, size);
        received_.erase(0, end + 2 + size + 2);
        if (size == 0) return std::nullopt;
        return chunk;
    }

  private:
    bool receive_some() {
        char bytes[16384];
        auto count = ::recv(fd_, bytes, sizeof bytes, 0);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            ADD_FAILURE() << "the server neither answered nor closed";
        if (count <= 0) return false;
        received_.append(bytes, static_cast<std::size_t>(count));
        return true;
    }

    int fd_;
    std::string received_;
};

inline RawResponse ask(std::uint16_t port, std::string_view request) {
    return RawClient(port).ask(request);
}

}  // namespace gsdb::http
