#include "modules/events/line_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gsdb::events {

namespace {

constexpr std::size_t line_bytes_max = 64 << 20;
constexpr std::size_t piece_bytes = 256 << 10;

[[noreturn]] void fail(std::string code, std::string message, std::string detail, std::string hint) {
    throw Failure({.code = std::move(code),
                   .message = std::move(message),
                   .detail = std::move(detail),
                   .hint = std::move(hint),
                   .exit_code = ExitCode::unavailable});
}

std::string system_message(int number) {
    return std::generic_category().message(number);
}

/// A file descriptor that is closed unless it is one of the process's own.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ > STDERR_FILENO) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

/// Takes a compressed text piece by piece and gives the text in steps of bounded size, however much a piece grows.
class Decompressor {
  public:
    virtual ~Decompressor() = default;
    /// Takes from the front of `in` and appends what comes of it. False where it is damaged.
    virtual bool step(std::string_view& in, std::string& out) = 0;
    /// Whether another step gives more, also without input.
    virtual bool has_more() const { return false; }
    /// Whether the text may end here.
    virtual bool is_complete() const { return true; }
};

class Plain : public Decompressor {
  public:
    bool step(std::string_view& in, std::string& out) override {
        out.append(std::exchange(in, {}));
        return true;
    }
};

class Gunzip : public Decompressor {
  public:
    Gunzip() {
        constexpr int gzip_window = 15 + 16;
        inflateInit2(&stream_, gzip_window);
    }
    ~Gunzip() override { inflateEnd(&stream_); }
    bool step(std::string_view& in, std::string& out) override {
        if (is_complete_ && !in.empty()) inflateReset(&stream_);
        std::array<char, 64 << 10> buffer;
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream_.avail_in = static_cast<uInt>(in.size());
        stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
        stream_.avail_out = buffer.size();
        const auto outcome = inflate(&stream_, Z_NO_FLUSH);
        if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) return false;
        is_complete_ = outcome == Z_STREAM_END;
        has_more_ = stream_.avail_out == 0 && !is_complete_;
        out.append(buffer.data(), buffer.size() - stream_.avail_out);
        in.remove_prefix(in.size() - stream_.avail_in);
        return true;
    }
    bool has_more() const override { return has_more_; }
    bool is_complete() const override { return is_complete_; }

  private:
    z_stream stream_{};
    bool is_complete_ = false, has_more_ = false;
};

class Unzstd : public Decompressor {
  public:
    bool step(std::string_view& in, std::string& out) override {
        std::array<char, 128 << 10> buffer;
        ZSTD_inBuffer read{in.data(), in.size(), 0};
        ZSTD_outBuffer written{buffer.data(), buffer.size(), 0};
        const auto outcome = ZSTD_decompressStream(context_.get(), &written, &read);
        if (ZSTD_isError(outcome) != 0) return false;
        is_complete_ = outcome == 0;
        has_more_ = written.pos == written.size && !is_complete_;
        out.append(buffer.data(), written.pos);
        in.remove_prefix(read.pos);
        return true;
    }
    bool has_more() const override { return has_more_; }
    bool is_complete() const override { return is_complete_; }

  private:
    std::unique_ptr<ZSTD_DCtx, decltype([](ZSTD_DCtx* context) { ZSTD_freeDCtx(context); })> context_{
        ZSTD_createDCtx()};
    bool is_complete_ = false, has_more_ = false;
};

std::unique_ptr<Decompressor> decompressor_of(std::string_view beginning) {
    if (beginning.starts_with("\x1f\x8b")) return std::make_unique<Gunzip>();
    if (beginning.starts_with("\x28\xb5\x2f\xfd")) return std::make_unique<Unzstd>();
    return std::make_unique<Plain>();
}

/// Takes a text and gives it compressed.
class Compressor {
  public:
    explicit Compressor(Compression how) : how_(how) {
        constexpr int gzip_window = 15 + 16, memory_level = 8;
        if (how_ == Compression::gzip)
            deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY);
        if (how_ != Compression::zstd) return;
        context_.reset(ZSTD_createCCtx());
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }
    ~Compressor() {
        if (how_ == Compression::gzip) deflateEnd(&stream_);
    }
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    std::string compress(std::string_view text, bool is_last) {
        if (how_ == Compression::gzip) return deflate_all(text, is_last);
        if (how_ == Compression::zstd) return zstd_all(text, is_last);
        return std::string(text);
    }

  private:
    std::string deflate_all(std::string_view text, bool is_last) {
        std::string out;
        std::array<char, 64 << 10> buffer;
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
            stream_.avail_out = buffer.size();
            ::deflate(&stream_, is_last ? Z_FINISH : Z_NO_FLUSH);
            out.append(buffer.data(), buffer.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return out;
    }
    std::string zstd_all(std::string_view text, bool is_last) {
        std::string out;
        std::array<char, 128 << 10> buffer;
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        for (bool goes_on = true; goes_on;) {
            ZSTD_outBuffer written{buffer.data(), buffer.size(), 0};
            const auto left =
                ZSTD_compressStream2(context_.get(), &written, &in, is_last ? ZSTD_e_end : ZSTD_e_continue);
            out.append(buffer.data(), written.pos);
            goes_on = is_last ? left != 0 : in.pos < in.size;
        }
        return out;
    }

    Compression how_;
    z_stream stream_{};
    std::unique_ptr<ZSTD_CCtx, decltype([](ZSTD_CCtx* context) { ZSTD_freeCCtx(context); })> context_;
};

}  // namespace

Compression compression_of_name(std::string_view name) {
    if (name.ends_with(".gz")) return Compression::gzip;
    return name.ends_with(".zst") ? Compression::zstd : Compression::none;
}

// ---- reading -----------------------------------------------------------------------------------------------------

struct LineReader::State {
    explicit State(const std::string& name)
        : file(name),
          descriptor(name == "-" ? STDIN_FILENO : ::open(name.c_str(), O_RDONLY | O_CLOEXEC)),
          piece(piece_bytes) {}

    /// Adds to the text. False at its end.
    bool read_more() {
        if (pending.empty() && !(decompressor && decompressor->has_more()) && !read_piece()) return false;
        if (!decompressor->step(pending, text)) fail_damaged("it is no sound gzip or Zstandard file");
        return true;
    }
    bool read_piece() {
        const auto count = ::read(descriptor.number(), piece.data(), piece.size());
        if (count < 0) fail("file.not_readable", "cannot read " + file, system_message(errno), "check the file");
        pending = {piece.data(), static_cast<std::size_t>(count)};
        if (!decompressor) decompressor = decompressor_of(pending);
        if (count == 0 && !decompressor->is_complete()) fail_damaged("it ends too early");
        bytes += count;
        return count > 0;
    }
    [[noreturn]] void fail_damaged(std::string detail) const {
        fail("file.damaged", file + " is damaged", std::move(detail), "get it again from where it comes from");
    }

    std::string file;
    Descriptor descriptor;
    std::unique_ptr<Decompressor> decompressor;
    std::vector<char> piece;
    std::string_view pending;  ///< of the piece: not yet decompressed
    std::string text;          ///< read and not yet given from `at` on
    std::size_t at = 0;
    std::int64_t lines = 0, bytes = 0, total = 0;
};

LineReader::LineReader(const std::string& file) : state_(std::make_unique<State>(file)) {
    struct stat status{};
    if (state_->descriptor.number() < 0 || fstat(state_->descriptor.number(), &status) != 0)
        fail("file.not_readable", "cannot read " + file, system_message(errno), "check the name and its permissions");
    if (S_ISDIR(status.st_mode))
        fail("file.not_readable", file + " is a folder", "", "name the files in it one by one");
    if (S_ISREG(status.st_mode)) state_->total = status.st_size;
}

LineReader::~LineReader() = default;

std::optional<std::string_view> LineReader::next() {
    auto& s = *state_;
    for (std::size_t looked = s.at;;) {
        const auto end = s.text.find('\n', looked);
        if (end != std::string::npos) {
            std::string_view line(s.text.data() + s.at, end - s.at);
            s.at = end + 1;
            ++s.lines;
            return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
        }
        if (s.text.size() - s.at > line_bytes_max)
            fail("file.line_too_long", fmt::format("line {} of {} is too long", s.lines + 1, s.file),
                 fmt::format("it has more than {} bytes", line_bytes_max), "a line is one event");
        s.text.erase(0, std::exchange(s.at, 0));
        looked = s.text.size();
        if (s.read_more()) continue;
        if (s.text.empty()) return std::nullopt;
        s.at = s.text.size();
        ++s.lines;
        return s.text;
    }
}

std::int64_t LineReader::line_number() const {
    return state_->lines;
}
std::int64_t LineReader::bytes_read() const {
    return state_->bytes;
}
std::int64_t LineReader::bytes_total() const {
    return state_->total;
}

// ---- writing -----------------------------------------------------------------------------------------------------

struct LineWriter::State {
    State(const std::string& name, Compression compression)
        : file(name),
          draft(name + ".part"),
          descriptor(name == "-" ? STDOUT_FILENO
                                 : ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)),
          compressor(compression) {
        if (descriptor.number() < 0) fail_writing();
    }
    [[noreturn]] void fail_writing() const {
        fail("file.not_writable", "cannot write " + file, system_message(errno),
             "check the folder, its permissions and the space on the disk");
    }
    bool is_file() const { return file != "-"; }

    void flush(bool is_last) {
        const auto out = compressor.compress(text, is_last);
        text.clear();
        if (!write_all(descriptor.number(), out)) fail_writing();
    }

    std::string file, draft;
    Descriptor descriptor;
    Compressor compressor;
    std::string text;
    bool is_finished = false;
};

LineWriter::LineWriter(const std::string& file, Compression compression)
    : state_(std::make_unique<State>(file, compression)) {}

LineWriter::~LineWriter() {
    if (state_->is_file() && !state_->is_finished) ::unlink(state_->draft.c_str());
}

void LineWriter::write(std::string_view line) {
    state_->text.append(line).push_back('\n');
    if (state_->text.size() >= piece_bytes) state_->flush(false);
}

void LineWriter::finish() {
    auto& s = *state_;
    s.flush(true);
    if (s.is_file() && (::fsync(s.descriptor.number()) != 0 || std::rename(s.draft.c_str(), s.file.c_str()) != 0))
        s.fail_writing();
    s.is_finished = true;
}

}  // namespace gsdb::events
