#include "modules/codebase/source/text.hpp"

#include <array>
#include <utility>

#include "base/utf8.hpp"

namespace gsdb::codebase::source {

namespace {

void append_utf8(std::string& out, std::uint32_t code) {
    const auto byte = [&](std::uint32_t value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0U | code >> 6U);
        byte(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
        byte(0xE0U | code >> 12U);
        byte(0x80U | (code >> 6U & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    } else {
        byte(0xF0U | code >> 18U);
        byte(0x80U | (code >> 12U & 0x3FU));
        byte(0x80U | (code >> 6U & 0x3FU));
        byte(0x80U | (code & 0x3FU));
    }
}

// After the byte order mark. Nothing for half characters and for NULs, which no text has.
std::optional<std::string> from_utf16(ByteView bytes, bool little_endian) {
    if (bytes.size() % 2 != 0) return std::nullopt;
    const auto unit = [&](std::size_t i) -> std::uint32_t {
        return little_endian ? bytes[i] | static_cast<std::uint32_t>(bytes[i + 1]) << 8U
                             : bytes[i + 1] | static_cast<std::uint32_t>(bytes[i]) << 8U;
    };
    std::string out;
    out.reserve(bytes.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        auto code = unit(i);
        if (code == 0 || (code >= 0xDC00 && code < 0xE000)) return std::nullopt;
        if (code >= 0xD800 && code < 0xDC00) {
            i += 2;
            if (i >= bytes.size()) return std::nullopt;
            const auto low = unit(i);
            if (low < 0xDC00 || low >= 0xE000) return std::nullopt;
            code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
        }
        append_utf8(out, code);
    }
    return out;
}

// 0x80 to 0x9F; 0 where Windows-1252 has no character.
constexpr std::array<std::uint16_t, 32> windows_1252_high{
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

std::optional<std::string> from_windows_1252(ByteView bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 8);
    for (const auto byte : bytes) {
        const bool is_space = (byte >= '\t' && byte <= '\r') || byte == 0x1B;
        if ((byte < 0x20 && !is_space) || byte == 0x7F) return std::nullopt;
        const std::uint32_t code = byte >= 0x80 && byte < 0xA0 ? windows_1252_high[byte - 0x80U] : byte;
        if (code == 0) return std::nullopt;
        append_utf8(out, code);
    }
    return out;
}

}  // namespace

std::string_view to_label(Encoding encoding) {
    switch (encoding) {
        case Encoding::utf8:
            return "utf8";
        case Encoding::utf16_little_endian:
            return "utf16_little_endian";
        case Encoding::utf16_big_endian:
            return "utf16_big_endian";
        case Encoding::windows_1252:
            return "windows_1252";
    }
    std::unreachable();
}

std::optional<Text> Text::decode(ByteView bytes) {
    Text text;
    text.bytes_ = bytes;
    const auto raw = as_text(bytes);
    if (is_valid_utf8(raw)) return text;
    std::optional<std::string> converted;
    if (raw.starts_with("\xFF\xFE") || raw.starts_with("\xFE\xFF")) {
        const bool little_endian = raw[0] == '\xFF';
        text.encoding_ = little_endian ? Encoding::utf16_little_endian : Encoding::utf16_big_endian;
        converted = from_utf16(bytes.subspan(2), little_endian);
    } else {
        text.encoding_ = Encoding::windows_1252;
        converted = from_windows_1252(bytes);
    }
    if (!converted) return std::nullopt;
    text.converted_ = std::move(*converted);
    return text;
}

}  // namespace gsdb::codebase::source
