#pragma once
// Reads requests from bytes, strictly: what two servers could understand differently is refused (RFC 9112 11.2).
// The grammar is Beast's parser; the rules it leaves to its user are here.

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/chunked_reader.hpp"
#include "http/error.hpp"
#include "http/message.hpp"

namespace gsdb::http {

struct HeadLimits {
    std::size_t head_bytes_max = 16 * 1024;
    std::size_t target_bytes_max = 8 * 1024;
    std::size_t headers_max = 100;
};

/// Why a request was refused, an entry of the table of problems; null when it was not.
using Refused = const Problem*;

class RequestReader {
  public:
    explicit RequestReader(HeadLimits limits = {});
    ~RequestReader();
    RequestReader(const RequestReader&) = delete;
    RequestReader& operator=(const RequestReader&) = delete;

    /// Forgets the previous request; its views end here.
    void start();

    /// Tries to read the head at the front of `input`, which always starts where the request does and only grows.
    /// How many bytes it took; 0 when the head is not complete yet.
    std::expected<std::size_t, Refused> read_head(std::string_view input);

    // After the head:
    const Request& request() const { return request_; }
    Request& request() { return request_; }
    bool keeps_alive() const;
    bool is_http_1_0() const;
    bool expects_continue() const { return expects_continue_; }
    bool is_complete() const { return length_left_ == 0 && (!chunked_ || chunked_->is_complete()); }

    /// Sets how large the body may be, before any of it is read; refused at once when Content-Length says more.
    Refused limit_body(std::size_t body_bytes_max);

    /// Reads more of the body. How many bytes it took; keep the others and add to them when it is not complete.
    std::expected<std::size_t, Refused> read_body(std::string_view input);

  private:
    class Parser;

    Refused check_head();
    Refused check_host();
    Refused parse_target();
    Refused split_path(std::string_view path);
    Refused split_query(std::string_view query);
    std::string_view decode(std::string_view text, bool plus_is_space, bool& valid);

    HeadLimits limits_;
    std::unique_ptr<Parser> parser_;
    Request request_;
    std::string head_;      // what the headers point into
    std::string decoded_;   // what the decoded segments and parameters point into; never grows beyond its reserve
    std::string rootless_;  // what an absolute target without a path is reduced to
    std::string body_;
    std::vector<Header> headers_;
    std::vector<std::string_view> segments_;
    std::vector<QueryParameter> query_parameters_;
    std::size_t scanned_ = 0;
    std::size_t length_left_ = 0;           // of a body with Content-Length
    std::optional<ChunkedReader> chunked_;  // a chunked body
    bool expects_continue_ = false;
};

}  // namespace gsdb::http
