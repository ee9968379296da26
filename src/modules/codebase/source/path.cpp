#include "modules/codebase/source/path.hpp"

#include <cstdint>
#include <cstring>

#include "base/bytes.hpp"

namespace gsdb::codebase::source {

namespace {

bool is_continuation(char byte) {
    return (static_cast<std::uint8_t>(byte) & 0xC0U) == 0x80U;
}

// Control characters and those that make a terminal or a browser show text in another order than it has.
bool is_deceptive(std::string_view sequence) {
    const auto first = static_cast<std::uint8_t>(sequence[0]);
    if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
    if (sequence.size() == 2) return first == 0xC2 && static_cast<std::uint8_t>(sequence[1]) < 0xA0;
    return (sequence >= "\xE2\x80\xAA" && sequence <= "\xE2\x80\xAE") ||
           (sequence >= "\xE2\x81\xA6" && sequence <= "\xE2\x81\xA9");
}

void append_escaped(std::string& out, std::string_view bytes) {
    for (char byte : bytes) out += "\\x" + to_hex(as_bytes({&byte, 1}));
}

}  // namespace

std::size_t utf8_sequence_length(std::string_view text) {
    if (text.empty()) return 0;
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto first = at(0);
    if (first < 0x80) return 1;
    const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) return 0;
    }
    const bool overlong = (first == 0xE0 && at(1) < 0xA0) || (first == 0xF0 && at(1) < 0x90);
    const bool surrogate = first == 0xED && at(1) > 0x9F;
    const bool beyond = first == 0xF4 && at(1) > 0x8F;
    return overlong || surrogate || beyond ? 0 : length;
}

bool is_valid_utf8(std::string_view text) {
    while (!text.empty()) {
        // Source code is mostly ASCII: look at eight bytes at a time.
        std::uint64_t word;
        if (text.size() >= sizeof word) {
            std::memcpy(&word, text.data(), sizeof word);
            if ((word & 0x8080808080808080ULL) == 0) {
                text.remove_prefix(sizeof word);
                continue;
            }
        }
        const auto length = utf8_sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string display_path(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = utf8_sequence_length(bytes);
        const auto sequence = bytes.substr(0, length == 0 ? 1 : length);
        if (sequence == "\\") {
            out += "\\\\";
        } else if (length == 0 || is_deceptive(sequence)) {
            append_escaped(out, sequence);
        } else {
            out += sequence;
        }
        bytes.remove_prefix(sequence.size());
    }
    return out;
}

std::optional<std::string> path_of_display(std::string_view display) {
    std::string out;
    for (std::size_t i = 0; i < display.size();) {
        if (display[i] != '\\') {
            out += display[i++];
        } else if (display.substr(i, 2) == "\\\\") {
            out += '\\';
            i += 2;
        } else {
            if (display.substr(i, 2) != "\\x") return std::nullopt;
            const auto byte = from_hex(display.substr(i + 2, 2));
            if (!byte || byte->size() != 1) return std::nullopt;
            out += static_cast<char>(byte->front());
            i += 4;
        }
    }
    // Only what display_path() itself writes is accepted, so that two texts never mean the same path.
    if (display_path(out) != display) return std::nullopt;
    return out;
}

}  // namespace gsdb::codebase::source
