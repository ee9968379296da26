#pragma once
// Decodes the chunked transfer coding (RFC 9112 7.1), strictly. Beast's own decoder stops the program on some valid
// messages that arrive in small pieces, so it only gets heads.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace gsdb::http {

class ChunkedReader {
  public:
    enum class Fault { malformed, too_large };

    explicit ChunkedReader(std::size_t body_bytes_max) : left_max_(body_bytes_max) {}

    /// Appends what chunks the input has to `body`; a line that is not complete stays in the input. How many bytes it
    /// took.
    std::expected<std::size_t, Fault> read(std::string_view input, std::string& body);

    bool is_complete() const { return state_ == State::complete; }

  private:
    enum class State { size, data, data_end, trailers, complete };
    using Step = std::expected<std::size_t, Fault>;  // bytes taken; 0 when more are needed

    Step step(std::string_view input, std::string& body);
    Step read_size(std::string_view input);
    Step read_data(std::string_view input, std::string& body);
    Step read_data_end(std::string_view input);
    Step read_trailer(std::string_view input);

    State state_ = State::size;
    std::size_t left_max_;    // how much the body may still grow
    std::uint64_t left_ = 0;  // of this chunk
    std::size_t trailer_bytes_ = 0;
};

}  // namespace gsdb::http
