#pragma once
// Bytes in, lines out.

#include <functional>
#include <string>
#include <string_view>

namespace gsdb::process {

class Lines {
  public:
    using OnLine = std::function<void(std::string_view)>;

    Lines(std::size_t bytes_max, OnLine on_line) : bytes_max_(bytes_max), on_line_(std::move(on_line)) {}

    /// Passes on the lines that end in it, without their line feeds; what exceeds `bytes_max` in pieces.
    void add(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto end = bytes.find('\n');
            const bool is_whole = end != std::string_view::npos;
            append(bytes.substr(0, end));
            if (is_whole) pass_on();
            bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
        }
    }

    /// A last line without a line feed.
    void finish() {
        if (!begun_.empty()) pass_on();
    }

  private:
    void append(std::string_view bytes) {
        while (begun_.size() + bytes.size() > bytes_max_) {
            const auto fits = bytes_max_ - begun_.size();
            begun_.append(bytes.substr(0, fits));
            bytes.remove_prefix(fits);
            pass_on();
        }
        begun_.append(bytes);
    }

    void pass_on() {
        const auto line = std::exchange(begun_, {});  // also when the receiver throws
        on_line_(line);
    }

    std::size_t bytes_max_;
    OnLine on_line_;
    std::string begun_;
};

}  // namespace gsdb::process
