#include "http/chunked_reader.hpp"

#include <algorithm>
#include <charconv>

namespace gsdb::http {

namespace {

constexpr std::size_t line_bytes_max = 1024;  // a chunk's size with its extensions; a trailer
constexpr std::size_t trailers_bytes_max = 8 * 1024;

constexpr auto malformed = std::unexpected(ChunkedReader::Fault::malformed);

bool is_line_char(char c) {
    return (c >= ' ' && c != 0x7f) || c == '\t' || static_cast<unsigned char>(c) >= 0x80;
}

// The line at the front of the input, without its end.
struct Line {
    std::string_view text;
    bool is_complete = false;
    bool is_valid = true;
};

Line take_line(std::string_view input) {
    auto end = static_cast<std::size_t>(std::ranges::find_if_not(input, is_line_char) - input.begin());
    Line line{.text = input.substr(0, end)};
    auto rest = input.substr(end, 2);
    line.is_complete = rest == "\r\n";
    line.is_valid = end <= line_bytes_max && (line.is_complete || rest.empty() || rest == "\r");
    return line;
}

}  // namespace

std::expected<std::size_t, ChunkedReader::Fault> ChunkedReader::read(std::string_view input, std::string& body) {
    std::size_t taken = 0;
    while (state_ != State::complete) {
        auto step_taken = step(input.substr(taken), body);
        if (!step_taken) return step_taken;
        if (*step_taken == 0) break;
        taken += *step_taken;
    }
    return taken;
}

ChunkedReader::Step ChunkedReader::step(std::string_view input, std::string& body) {
    switch (state_) {
        case State::size:
            return read_size(input);
        case State::data:
            return read_data(input, body);
        case State::data_end:
            return read_data_end(input);
        case State::trailers:
            return read_trailer(input);
        case State::complete:
            break;
    }
    return 0;
}

ChunkedReader::Step ChunkedReader::read_size(std::string_view input) {
    auto line = take_line(input);
    if (!line.is_valid) return malformed;
    auto [digits_end, error] = std::from_chars(line.text.begin(), line.text.end(), left_, 16);
    const bool has_digits = error == std::errc{};
    if (!has_digits && !line.text.empty()) return malformed;
    if (!line.is_complete) return 0;
    auto extensions = std::string_view(digits_end, line.text.end());
    auto extension = extensions.find_first_not_of(" \t");
    const bool is_extension = extension != extensions.npos && extensions[extension] == ';' && extensions.back() != ';';
    if (!has_digits || (!extensions.empty() && !is_extension)) return malformed;
    if (left_ > left_max_) return std::unexpected(Fault::too_large);
    left_max_ -= left_;
    state_ = left_ == 0 ? State::trailers : State::data;
    return line.text.size() + 2;
}

ChunkedReader::Step ChunkedReader::read_data(std::string_view input, std::string& body) {
    auto piece = input.substr(0, left_);
    body += piece;
    left_ -= piece.size();
    if (left_ == 0) state_ = State::data_end;
    return piece.size();
}

ChunkedReader::Step ChunkedReader::read_data_end(std::string_view input) {
    if (!std::string_view("\r\n").starts_with(input.substr(0, 2))) return malformed;
    if (input.size() < 2) return 0;
    state_ = State::size;
    return 2;
}

// Trailers are checked and ignored: nothing here depends on what comes after a body.
ChunkedReader::Step ChunkedReader::read_trailer(std::string_view input) {
    auto line = take_line(input);
    if (!line.is_valid || trailer_bytes_ > trailers_bytes_max) return malformed;
    if (!line.is_complete) return 0;
    if (line.text.empty()) {
        state_ = State::complete;
        return 2;
    }
    auto name = line.text.substr(0, line.text.find(':'));
    if (name.empty() || name.size() == line.text.size() || name.find_first_of(" \t") != name.npos) return malformed;
    trailer_bytes_ += line.text.size() + 2;
    return line.text.size() + 2;
}

}  // namespace gsdb::http
