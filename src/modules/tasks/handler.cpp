#include "modules/tasks/handler.hpp"

namespace gsdb::tasks {

namespace {

constexpr unsigned char continuation_first = 0x80, continuation_last = 0xBF;

/// What the bytes after the first may be, by RFC 3629.
struct Form {
    std::size_t length = 0;  ///< 0: no character begins so
    unsigned char second_first = continuation_first, second_last = continuation_last;
};

Form form_of(unsigned char first) {
    if (first > 0 && first < continuation_first) return {.length = 1};
    if (first >= 0xC2 && first <= 0xDF) return {.length = 2};
    if (first == 0xE0) return {.length = 3, .second_first = 0xA0};
    if (first == 0xED) return {.length = 3, .second_last = 0x9F};
    if (first >= 0xE1 && first <= 0xEF) return {.length = 3};
    if (first == 0xF0) return {.length = 4, .second_first = 0x90};
    if (first == 0xF4) return {.length = 4, .second_last = 0x8F};
    if (first >= 0xF1 && first <= 0xF3) return {.length = 4};
    return {};
}

/// The bytes of the character that the text begins with; 0 when it begins with none.
std::size_t character_length(std::string_view text) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto form = form_of(at(0));
    if (form.length == 0 || form.length > text.size()) return 0;
    for (std::size_t i = 1; i < form.length; ++i) {
        const auto first = i == 1 ? form.second_first : continuation_first;
        const auto last = i == 1 ? form.second_last : continuation_last;
        if (at(i) < first || at(i) > last) return 0;
    }
    return form.length;
}

}  // namespace

std::string storable_text(std::string_view text, std::size_t bytes_max) {
    std::string stored;
    stored.reserve(std::min(text.size(), bytes_max));
    while (!text.empty()) {
        const auto length = character_length(text);
        if (stored.size() + std::max<std::size_t>(length, 1) > bytes_max) break;
        if (length == 0)
            stored += '?';
        else
            stored += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return stored;
}

void Attempt::log(std::string_view level, std::string_view stream, std::string_view message) {
    constexpr std::int64_t lines_max = 20'000;
    constexpr std::size_t line_bytes_max = 64 << 10;
    if (lines_ > lines_max) return;
    ++lines_;
    const bool is_too_much = lines_ > lines_max;
    log_(task_.key, {.line_number = lines_,
                     .logged_at = clock_.now(),
                     .level = is_too_much ? "warning" : std::string(level),
                     .stream = is_too_much ? "engine" : std::string(stream),
                     .message = is_too_much ? "the attempt says more than is kept; the rest is left out"
                                            : storable_text(message, line_bytes_max)});
}

}  // namespace gsdb::tasks
