#pragma once
// Reading what the kernel says in small text files. Safe after a fork of a program with threads.

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace gsdb::process {

/// The beginning of a file; empty where it cannot be read.
class SmallFile {
  public:
    explicit SmallFile(const char* path, int folder = AT_FDCWD) {
        const int file = openat(folder, path, O_RDONLY | O_CLOEXEC);
        if (file < 0) return;
        const auto got = read(file, bytes_.data(), bytes_.size());
        close(file);
        if (got > 0) size_ = static_cast<std::size_t>(got);
    }
    SmallFile(const SmallFile&) = delete;
    SmallFile& operator=(const SmallFile&) = delete;

    std::string_view text() const { return {bytes_.data(), size_}; }

  private:
    std::array<char, 4096> bytes_;
    std::size_t size_ = 0;
};

/// The digits at the beginning; 0 if there are none.
inline std::uint64_t number_at_start(std::string_view text) {
    std::uint64_t number = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') break;
        number = number * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return number;
}

/// The number behind the first "key" that begins a line: "usage_usec 1234". 0 where there is none.
inline std::uint64_t number_of_line(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        if (line.starts_with(key)) {
            const auto digits = line.find_first_of("0123456789", key.size());
            return digits == std::string_view::npos ? 0 : number_at_start(line.substr(digits));
        }
        text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
    }
    return 0;
}

/// The sum of all numbers behind "key=": "8:0 rbytes=12 wbytes=3".
inline std::uint64_t sum_of_values(std::string_view text, std::string_view key) {
    std::uint64_t sum = 0;
    for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at + key.size())) {
        sum += number_at_start(text.substr(at + key.size()));
    }
    return sum;
}

}  // namespace gsdb::process
