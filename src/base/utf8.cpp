#include "base/utf8.hpp"

#include <array>

namespace gsdb {

namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

/// How many bytes the character at the beginning has; 0 when there is none. By table 3-7 of the Unicode standard.
std::size_t character_bytes(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return first == 0 ? 0 : 1;
    struct Form {
        unsigned char from, to, second_from, second_to;
        std::size_t bytes;
    };
    static constexpr std::array<Form, 8> forms{{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                                {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                                {0xE1, 0xEC, 0x80, 0xBF, 3},
                                                {0xED, 0xED, 0x80, 0x9F, 3},
                                                {0xEE, 0xEF, 0x80, 0xBF, 3},
                                                {0xF0, 0xF0, 0x90, 0xBF, 4},
                                                {0xF1, 0xF3, 0x80, 0xBF, 4},
                                                {0xF4, 0xF4, 0x80, 0x8F, 4}}};
    for (const auto& form : forms) {
        if (first < form.from || first > form.to || text.size() < form.bytes) continue;
        const auto second = static_cast<unsigned char>(text[1]);
        if (second < form.second_from || second > form.second_to) return 0;
        for (std::size_t i = 2; i < form.bytes; ++i)
            if (!is_continuation(text[i])) return 0;
        return form.bytes;
    }
    return 0;
}

}  // namespace

std::string_view utf8_beginning(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && is_continuation(text[bytes_max])) --bytes_max;
    return text.substr(0, bytes_max);
}

std::string printable_utf8(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto bytes = character_bytes(text);
        result += bytes == 0 ? std::string_view("\xEF\xBF\xBD") : text.substr(0, bytes);
        text.remove_prefix(bytes == 0 ? 1 : bytes);
    }
    return result;
}

}  // namespace gsdb
