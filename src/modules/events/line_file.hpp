#pragma once
// Lines of files that may be compressed: gzip (RFC 1952) or Zstandard (RFC 8878), also several of them one after the
// other. Reading finds out by the first bytes, writing goes by the name.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gsdb::events {

enum class Compression : std::uint8_t { none, gzip, zstd };

/// By the name's end: .gz, .zst; else none.
Compression compression_of_name(std::string_view name);

class LineReader {
  public:
    /// "-" is standard input. Throws a Failure file.not_readable.
    explicit LineReader(const std::string& file);
    ~LineReader();
    LineReader(const LineReader&) = delete;
    LineReader& operator=(const LineReader&) = delete;

    /// The next line without its end, valid until the next call; nothing behind the last one. Throws a Failure:
    /// file.not_readable, file.damaged, file.line_too_long (64 MiB).
    std::optional<std::string_view> next();

    std::int64_t line_number() const;  ///< of the line that next() gave, from 1
    std::int64_t bytes_read() const;   ///< of the file as it is
    std::int64_t bytes_total() const;  ///< 0 where that is not known

  private:
    struct State;
    std::unique_ptr<State> state_;
};

class LineWriter {
  public:
    /// "-" is standard output. A file appears under its name when finish() is called, and not before. Throws a Failure
    /// file.not_writable.
    LineWriter(const std::string& file, Compression compression);
    ~LineWriter();
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    /// Appends the line and its end. Throws a Failure file.not_writable.
    void write(std::string_view line);
    /// Completes the file, on disk. Throws a Failure file.not_writable.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gsdb::events
