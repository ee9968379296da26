#pragma once
// Secrets in files that only their owner can read.

#include <filesystem>
#include <string_view>

#include "base/error.hpp"
#include "crypto/secret.hpp"

namespace gsdb::crypto {

/// The whole file. Refused: a file that is not there ("crypto.secret_file_missing"), that others may read or write or
/// that belongs to another user ("crypto.secret_file_exposed"), that is no ordinary file, is a link or is larger than
/// 64 KiB ("crypto.secret_file_unreadable").
Result<Secret> read_secret_file(const std::filesystem::path& path);

/// Writes a new file of mode 0600 in a folder that is made (0700) when it is not there. The file appears whole or not
/// at all; one that exists stays as it is and is "crypto.secret_file_exists".
Result<void> create_secret_file(const std::filesystem::path& path, const Secret& content);

/// The same, taking the place of the file that is there.
Result<void> replace_secret_file(const std::filesystem::path& path, const Secret& content);

}  // namespace gsdb::crypto
