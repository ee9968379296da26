#pragma once
// The words before a name that say something of what it names: `static`, `private`.

#include <algorithm>
#include <span>
#include <string_view>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::extract {

struct Modifier {
    std::string_view word;
    ElementFlag flag;
};

constexpr bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Sets what the word says, if it says anything.
inline void read_modifier(std::string_view word, std::span<const Modifier> known, ElementFlags& flags) {
    for (const auto& modifier : known)
        if (modifier.word == word) flags.set(modifier.flag);
}

/// What the words of the text say.
inline ElementFlags read_modifiers(std::string_view text, std::span<const Modifier> known) {
    ElementFlags flags;
    while (!text.empty()) {
        const auto length = static_cast<std::size_t>(std::ranges::find_if_not(text, is_word_character) - text.begin());
        read_modifier(text.substr(0, length), known, flags);
        text.remove_prefix(std::min(length + 1, text.size()));
    }
    return flags;
}

}  // namespace gsdb::codebase::extract
