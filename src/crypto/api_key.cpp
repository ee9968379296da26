#include "crypto/api_key.hpp"

#include <sodium.h>

#include <algorithm>

namespace gsdb::crypto {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view mark = "gsdb_";
constexpr std::size_t id_characters = 8;
constexpr std::size_t secret_characters = 43;
constexpr std::size_t checksum_characters = 6;
constexpr std::size_t prefix_size = mark.size() + id_characters;
constexpr std::size_t body_size = prefix_size + 1 + secret_characters;

void append_random(std::string& text, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) text.push_back(alphabet[randombytes_uniform(alphabet.size())]);
}

std::string checksum_of(std::string_view body) {
    auto digest = sha256(as_bytes(body));
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i) number = number << 8 | digest[i];
    std::string text;
    for (std::size_t i = 0; i < checksum_characters; ++i, number /= alphabet.size())
        text.push_back(alphabet[number % alphabet.size()]);
    return text;
}

}  // namespace

ApiKey ApiKey::make() {
    std::string text(mark);
    text.reserve(body_size + checksum_characters);  // so that no shorter copy of the secret stays behind
    append_random(text, id_characters);
    text.push_back('_');
    append_random(text, secret_characters);
    text += checksum_of(text);
    Secret secret{std::string_view(text)};
    sodium_memzero(text.data(), text.size());
    return ApiKey(std::move(secret));
}

std::optional<ApiKey> ApiKey::parse(std::string_view text) {
    if (text.size() != body_size + checksum_characters || !text.starts_with(mark) || text[prefix_size] != '_')
        return std::nullopt;
    bool only_alphabet = std::ranges::all_of(
        text.substr(mark.size()), [&](char c) { return c == '_' || alphabet.find(c) != std::string_view::npos; });
    if (!only_alphabet || checksum_of(text.substr(0, body_size)) != text.substr(body_size)) return std::nullopt;
    return ApiKey(Secret(text));
}

std::string ApiKey::prefix() const {
    return std::string(text_.reveal().substr(0, prefix_size));
}

}  // namespace gsdb::crypto
