#include "base/base64.hpp"

#include <sodium.h>

namespace gsdb {

namespace {

constexpr int padded = sodium_base64_VARIANT_ORIGINAL, for_urls = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string encoded(std::string_view bytes, int variant) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                      variant);
    text.pop_back();  // the NUL
    return text;
}

std::optional<std::string> decoded(std::string_view text, int variant) {
    std::string bytes(text.size(), '\0');
    std::size_t length = 0;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                          nullptr, &length, nullptr, variant) != 0)
        return std::nullopt;
    bytes.resize(length);
    return bytes;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    return encoded(bytes, padded);
}
std::optional<std::string> from_base64(std::string_view text) {
    return decoded(text, padded);
}
std::string to_base64_url(std::string_view bytes) {
    return encoded(bytes, for_urls);
}
std::optional<std::string> from_base64_url(std::string_view text) {
    return decoded(text, for_urls);
}

}  // namespace gsdb
