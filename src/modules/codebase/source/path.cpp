#include "modules/codebase/source/path.hpp"

#include <cstdint>

#include "base/bytes.hpp"
#include "base/utf8.hpp"

namespace gsdb::codebase::source {

namespace {

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
