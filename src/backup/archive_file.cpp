#include "backup/archive_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "crypto/digest.hpp"
#include "crypto/sealed_stream.hpp"

namespace gsdb::backup {

namespace fs = std::filesystem;

namespace {

// An encrypted file: this line, the id of the key (16 digits) and a line end, the header of the stream, chunks.
constexpr std::string_view magic = "gsdb sealed 1\n";
constexpr std::size_t key_id_bytes = 16;
constexpr std::size_t chunk_bytes = 64 << 10;  ///< of content; every chunk but the last is full
constexpr int compression_level = 3;

crypto::Place place_of(const fs::path& path, const std::string& backup_id) {
    return crypto::Place{"gsdb backup", backup_id, path.filename().string()};
}

constexpr std::string_view key_purpose = "gsdb backup file";

using Taker = std::function<void(ByteView)>;

}  // namespace

Failure damaged(const fs::path& path, std::string detail) {
    return Failure({.code = "backup.damaged",
                    .message = fmt::format("{} is damaged", path.string()),
                    .detail = std::move(detail),
                    .hint = "use another copy of this backup, or another backup",
                    .exit_code = ExitCode::problems});
}

Failure not_written(const fs::path& path, int cause) {
    const bool is_full = cause == ENOSPC || cause == EDQUOT || cause == EFBIG;
    return Failure({.code = is_full ? "backup.disk_full" : "backup.not_writable",
                    .message = fmt::format("cannot write {}", path.string()),
                    .detail = std::strerror(cause),
                    .hint = is_full ? "free some space, or name a folder on a larger disk with --to"
                                    : "name a folder that this user may write to with --to",
                    .exit_code = ExitCode::unavailable});
}

// ---- writing: compress, seal, count and store -------------------------------------------------------------------

namespace {

/// What is on disk, and its checksum.
class StoreStage {
  public:
    explicit StoreStage(fs::path path) : path_(std::move(path)) {
        file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file_ < 0) throw not_written(path_, errno);
    }
    StoreStage(const StoreStage&) = delete;
    StoreStage& operator=(const StoreStage&) = delete;
    ~StoreStage() {
        if (file_ >= 0) close(file_);
    }

    void take(ByteView bytes) {
        hash_.update(bytes);
        facts_.bytes += static_cast<std::int64_t>(bytes.size());
        while (!bytes.empty()) {
            const auto count = ::write(file_, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) throw not_written(path_, errno);
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        }
    }

    FileFacts finish() {
        if (fsync(file_) != 0) throw not_written(path_, errno);
        facts_.sha256 = to_hex(hash_.finish());
        return facts_;
    }

    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
    int file_ = -1;
    crypto::Sha256 hash_;
    FileFacts facts_;
};

class SealStage {
  public:
    SealStage(StoreStage& store, const FileForm& form) : store_(store) {
        const auto& key_id = form.keys->active_key_id();
        const auto key = value_or_throw(form.keys->derive(key_id, key_purpose));
        sealer_ = std::make_unique<crypto::StreamSealer>(key, place_of(store.path(), form.backup_id));
        store_.take(as_bytes(fmt::format("{}{}\n", magic, key_id)));
        store_.take(sealer_->header());
    }

    void take(ByteView bytes) {
        while (!bytes.empty()) {
            if (waiting_.size() == chunk_bytes) pass_on(crypto::Chunk::inner);
            const auto count = std::min(bytes.size(), chunk_bytes - waiting_.size());
            waiting_.insert(waiting_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
            bytes = bytes.subspan(count);
        }
    }
    void finish() { pass_on(crypto::Chunk::last); }

  private:
    void pass_on(crypto::Chunk kind) {
        store_.take(sealer_->seal(waiting_, kind));
        waiting_.clear();
    }

    StoreStage& store_;
    std::unique_ptr<crypto::StreamSealer> sealer_;
    Bytes waiting_;
};

class CompressStage {
  public:
    explicit CompressStage(Taker next) : next_(std::move(next)), context_(ZSTD_createCCtx()) {
        ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, compression_level);
        ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
    }
    CompressStage(const CompressStage&) = delete;
    CompressStage& operator=(const CompressStage&) = delete;
    ~CompressStage() { ZSTD_freeCCtx(context_); }

    void take(ByteView bytes, ZSTD_EndDirective end = ZSTD_e_continue) {
        ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
        for (std::size_t left = 1; input.pos < input.size || (end == ZSTD_e_end && left > 0);) {
            ZSTD_outBuffer output{room_.data(), room_.size(), 0};
            left = ZSTD_compressStream2(context_, &output, &input, end);
            if (ZSTD_isError(left) != 0)
                throw Failure({.code = "backup.compression", .message = ZSTD_getErrorName(left)});
            next_(ByteView(room_).first(output.pos));
        }
    }

  private:
    Taker next_;
    ZSTD_CCtx* context_;
    Bytes room_ = Bytes(ZSTD_CStreamOutSize());
};

}  // namespace

class ArchiveWriter::Stages {
  public:
    Stages(const fs::path& path, const FileForm& form) : store_(path) {
        if (form.keys != nullptr) seal_ = std::make_unique<SealStage>(store_, form);
        if (form.compression == Compression::zstd)
            compress_ = std::make_unique<CompressStage>([this](ByteView bytes) { after_compression(bytes); });
    }

    void take(ByteView bytes) { compress_ ? compress_->take(bytes) : after_compression(bytes); }
    FileFacts finish() {
        if (compress_) compress_->take({}, ZSTD_e_end);
        if (seal_) seal_->finish();
        return store_.finish();
    }

  private:
    void after_compression(ByteView bytes) { seal_ ? seal_->take(bytes) : store_.take(bytes); }

    StoreStage store_;
    std::unique_ptr<SealStage> seal_;
    std::unique_ptr<CompressStage> compress_;
};

ArchiveWriter::ArchiveWriter(const fs::path& path, FileForm form) : stages_(std::make_unique<Stages>(path, form)) {}
ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::write(ByteView bytes) {
    stages_->take(bytes);
}
FileFacts ArchiveWriter::finish() {
    return stages_->finish();
}

// ---- reading: open, decompress ----------------------------------------------------------------------------------

namespace {

class FileSource {
  public:
    explicit FileSource(fs::path path) : path_(std::move(path)), file_(path_, std::ios::binary) {
        if (!file_) throw damaged(path_, "it cannot be read: " + std::string(std::strerror(errno)));
    }
    /// Fewer bytes than asked for only at the end of the file.
    std::size_t read(std::span<std::uint8_t> room) {
        file_.read(reinterpret_cast<char*>(room.data()), static_cast<std::streamsize>(room.size()));
        if (file_.bad()) throw damaged(path_, "it cannot be read: " + std::string(std::strerror(errno)));
        return static_cast<std::size_t>(file_.gcount());
    }
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
    std::ifstream file_;
};

/// The start of an encrypted file up to the stream's header.
std::string read_key_id(FileSource& source) {
    std::array<std::uint8_t, magic.size() + key_id_bytes + 1> start;
    if (source.read(start) != start.size() || !as_text(start).starts_with(magic) || start.back() != '\n') return "";
    return std::string(as_text(start).substr(magic.size(), key_id_bytes));
}

class OpenStage {
  public:
    OpenStage(FileSource& source, const FileForm& form) : source_(source) {
        const auto key_id = read_key_id(source);
        crypto::StreamHeader header;
        if (key_id.empty() || source.read(header) != header.size())
            throw damaged(source.path(), "it does not begin as an encrypted file does");
        if (!form.keys->has(key_id))
            throw Failure({.code = "backup.wrong_key",
                           .message = fmt::format("{} is encrypted with the key {}, which is not the one given",
                                                  source.path().string(), key_id),
                           .detail = fmt::format("given: {}", fmt::join(form.keys->key_ids(), ", ")),
                           .hint = "name the file of that key with --key-file",
                           .exit_code = ExitCode::unavailable});
        const auto key = value_or_throw(form.keys->derive(key_id, key_purpose));
        opener_ = std::make_unique<crypto::StreamOpener>(key, place_of(source.path(), form.backup_id), header);
    }

    std::size_t read(std::span<std::uint8_t> room) {
        while (at_ == content_.size() && !opener_->has_ended()) next_chunk();
        const auto count = std::min(room.size(), content_.size() - at_);
        std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(at_), count, room.begin());
        at_ += count;
        return count;
    }

  private:
    void next_chunk() {
        Bytes sealed(chunk_bytes + crypto::stream_overhead_bytes);
        sealed.resize(source_.read(sealed));
        auto opened = opener_->open(sealed);
        if (!opened)
            throw damaged(source_.path(),
                          sealed.empty() ? "its end is missing" : "a part of it was changed, or is of another backup");
        std::uint8_t beyond = 0;
        if (opener_->has_ended() && source_.read({&beyond, 1}) != 0)
            throw damaged(source_.path(), "something was added to its end");
        content_ = std::move(*opened);
        at_ = 0;
    }

    FileSource& source_;
    std::unique_ptr<crypto::StreamOpener> opener_;
    Bytes content_;
    std::size_t at_ = 0;
};

}  // namespace

class ArchiveReader::Stages {
  public:
    Stages(const fs::path& path, const FileForm& form)
        : source_(path), context_(form.compression == Compression::zstd ? ZSTD_createDCtx() : nullptr, &ZSTD_freeDCtx) {
        if (form.keys != nullptr) open_ = std::make_unique<OpenStage>(source_, form);
    }
    std::size_t read(std::span<std::uint8_t> room) { return context_ ? decompress(room) : stored(room); }

  private:
    std::size_t stored(std::span<std::uint8_t> room) { return open_ ? open_->read(room) : source_.read(room); }

    std::size_t decompress(std::span<std::uint8_t> room) {
        ZSTD_outBuffer output{room.data(), room.size(), 0};
        while (output.pos == 0 && !room.empty()) {
            if (input_.pos == input_.size) {
                input_ = {compressed_.data(), stored(compressed_), 0};
                if (input_.size == 0) break;
                if (frame_left_ == 0 && has_begun_) throw damaged(source_.path(), "something was added to its end");
                has_begun_ = true;
            }
            frame_left_ = ZSTD_decompressStream(context_.get(), &output, &input_);
            if (ZSTD_isError(frame_left_) != 0) throw damaged(source_.path(), ZSTD_getErrorName(frame_left_));
        }
        if (output.pos == 0 && frame_left_ != 0) throw damaged(source_.path(), "its end is missing");
        return output.pos;
    }

    FileSource source_;
    std::unique_ptr<OpenStage> open_;
    std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context_;
    Bytes compressed_ = Bytes(ZSTD_DStreamInSize());
    ZSTD_inBuffer input_{nullptr, 0, 0};
    std::size_t frame_left_ = 1;
    bool has_begun_ = false;
};

ArchiveReader::ArchiveReader(const fs::path& path, FileForm form) {
    if (form.keys == nullptr && !key_id_of_file(path).empty())
        throw Failure({.code = "backup.key_needed",
                       .message = fmt::format("{} is encrypted", path.string()),
                       .detail = fmt::format("with the key {}", key_id_of_file(path)),
                       .hint = "name the file of its key with --key-file",
                       .exit_code = ExitCode::unavailable});
    stages_ = std::make_unique<Stages>(path, form);
}
ArchiveReader::~ArchiveReader() = default;

std::size_t ArchiveReader::read(std::span<std::uint8_t> room) {
    return stages_->read(room);
}

FileFacts facts_of_file(const fs::path& path) {
    FileSource source(path);
    crypto::Sha256 hash;
    FileFacts facts;
    Bytes room(256 << 10);
    while (const auto count = source.read(room)) {
        hash.update(ByteView(room).first(count));
        facts.bytes += static_cast<std::int64_t>(count);
    }
    facts.sha256 = to_hex(hash.finish());
    return facts;
}

std::string key_id_of_file(const fs::path& path) {
    FileSource source(path);
    return read_key_id(source);
}

}  // namespace gsdb::backup
