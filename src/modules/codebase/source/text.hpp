#pragma once
// The bytes of a source file as UTF-8.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace gsdb::codebase::source {

enum class Encoding : std::uint8_t { utf8, utf16_little_endian, utf16_big_endian, windows_1252 };
std::string_view to_label(Encoding encoding);

/// A file's text. Positions in it are positions in the UTF-8 form: the same as in the file for UTF-8, the same lines
/// and other columns for the rest. A byte order mark of UTF-8 stays, since it counts in positions; that of UTF-16 goes.
class Text {
  public:
    /// `bytes` must outlive the text. Nothing when the bytes are no text in an encoding that can be told for sure:
    /// UTF-8; UTF-16 with a byte order mark; Windows-1252, which Latin-1 is part of, when there is no byte that it does
    /// not use and no control character. UTF-8 with NULs in it is text: whether it is binary is another question.
    static std::optional<Text> decode(ByteView bytes);

    std::string_view view() const {
        return encoding_ == Encoding::utf8 ? as_text(bytes_) : std::string_view(converted_);
    }
    Encoding encoding() const { return encoding_; }

  private:
    ByteView bytes_;
    std::string converted_;
    Encoding encoding_ = Encoding::utf8;
};

}  // namespace gsdb::codebase::source
