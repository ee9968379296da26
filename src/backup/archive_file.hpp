#pragma once
// The files of a backup: a stream of bytes, compressed with zstd and, when asked, encrypted. Not encrypted, a file is
// what `zstd -d` reads.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "crypto/key_ring.hpp"

namespace gsdb::backup {

enum class Compression : std::uint8_t { none, zstd };

/// How a file is written and read.
struct FileForm {
    Compression compression = Compression::zstd;
    const crypto::KeyRing* keys = nullptr;  ///< to encrypt with; null for a file that is not encrypted
    std::string backup_id;                  ///< an encrypted file opens only as a part of this backup
};

/// A file as it lies on disk.
struct FileFacts {
    std::int64_t bytes = 0;
    std::string sha256;  ///< hexadecimal

    bool operator==(const FileFacts&) const = default;
};

/// Writes a new file. Throws Failure: backup.disk_full, backup.not_writable.
class ArchiveWriter {
  public:
    ArchiveWriter(const std::filesystem::path& path, FileForm form);
    ~ArchiveWriter();
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;

    void write(ByteView bytes);
    /// Ends the file; it is on disk when this returns.
    FileFacts finish();

  private:
    class Stages;
    std::unique_ptr<Stages> stages_;
};

/// Hands out the content of a file that was written so. Throws Failure: backup.damaged when it is not what was written,
/// backup.key_needed, backup.wrong_key.
class ArchiveReader {
  public:
    ArchiveReader(const std::filesystem::path& path, FileForm form);
    ~ArchiveReader();
    ArchiveReader(const ArchiveReader&) = delete;
    ArchiveReader& operator=(const ArchiveReader&) = delete;

    /// The next bytes, at most as many as there is room for; 0 at the end, which is reached only by a whole file.
    std::size_t read(std::span<std::uint8_t> room);

  private:
    class Stages;
    std::unique_ptr<Stages> stages_;
};

/// Size and checksum of the file on disk. Throws Failure: backup.damaged when it cannot be read.
FileFacts facts_of_file(const std::filesystem::path& path);

/// The id of the key that the file is encrypted with; empty when it is not.
std::string key_id_of_file(const std::filesystem::path& path);

Failure damaged(const std::filesystem::path& path, std::string detail);

/// Of a file or folder that could not be written; `cause` is errno.
Failure not_written(const std::filesystem::path& path, int cause);

}  // namespace gsdb::backup
