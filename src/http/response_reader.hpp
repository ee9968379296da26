#pragma once
// Reads the answer to a call from bytes. The head's grammar is Beast's; bodies are read here.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <utility>

#include "http/chunked_reader.hpp"
#include "http/client.hpp"

namespace gsdb::http {

class ResponseReader {
  public:
    using Fault = ChunkedReader::Fault;

    struct Options {
        std::size_t body_bytes_max;
        std::size_t head_bytes_max = 64 * 1024;
        bool is_to_head = false;  ///< the answer to HEAD has no body whatever its headers say
    };

    explicit ResponseReader(Options options) : options_(options) {}

    /// Reads what it can at the front of `input`. How many bytes it took; keep the others and add to them.
    std::expected<std::size_t, Fault> read(std::string_view input);

    /// The connection has ended. False when the answer is cut off.
    bool end();

    bool is_complete() const { return is_complete_; }
    bool has_head() const { return has_head_; }
    /// Its body is what has come and was not taken.
    const IncomingResponse& response() const { return response_; }
    std::string take_piece() { return std::exchange(response_.body, {}); }
    /// The other side leaves the connection open for another request.
    bool keeps_connection() const { return is_complete_ && keeps_connection_; }
    IncomingResponse take() { return std::move(response_); }

  private:
    class Parser;
    std::expected<std::size_t, Fault> read_head(std::string_view input);
    std::expected<std::size_t, Fault> read_body(std::string_view input);

    Options options_;
    IncomingResponse response_;
    bool has_head_ = false;
    bool is_complete_ = false;
    bool keeps_connection_ = false;
    std::optional<std::uint64_t> length_left_;
    std::size_t body_bytes_ = 0;  // of a body without chunks
    std::optional<ChunkedReader> chunked_;
};

}  // namespace gsdb::http
