#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gsdb {

/// Base64 of RFC 4648, section 4, with padding.
std::string to_base64(std::string_view bytes);
/// Nothing where the text is no such Base64.
std::optional<std::string> from_base64(std::string_view text);

/// The same for URLs and file names: section 5, without padding.
std::string to_base64_url(std::string_view bytes);
std::optional<std::string> from_base64_url(std::string_view text);

}  // namespace gsdb
