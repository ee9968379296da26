#pragma once
// A backup on disk: a folder that is there whole or not at all.
//
//     manifest.json      what is in it (manifest.json.sealed when encrypted)
//     manifest.sha256    the manifest's checksum, as `sha256sum -c` reads it
//     task_db.dump.zst   pg_dump's custom format, compressed; .sealed when encrypted; one for each database

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "backup/manifest.hpp"
#include "crypto/key_ring.hpp"

namespace gsdb::backup {

/// A backup that is being written: a hidden folder beside the place where it will be. Removed with the object unless it
/// was published.
class DraftFolder {
  public:
    /// Refuses a name that is taken (backup.exists). Removes drafts that killed runs left in the same folder.
    explicit DraftFolder(std::filesystem::path place);
    ~DraftFolder();
    DraftFolder(const DraftFolder&) = delete;
    DraftFolder& operator=(const DraftFolder&) = delete;

    const std::filesystem::path& path() const { return draft_; }

    /// Writes the manifest and gives the folder its name, in one step and never over another.
    void publish(const Manifest& manifest, const crypto::KeyRing* keys);

  private:
    std::filesystem::path place_;
    std::filesystem::path draft_;
    int lock_ = -1;
};

/// The file's name in an encrypted or a plain backup.
std::string dump_name(std::string_view database, bool is_sealed);

/// Told of every piece that was checked: bytes so far, bytes in all.
using CheckProgress = std::function<void(std::int64_t, std::int64_t)>;

/// A backup that is there. Throws Failure: backup.not_found, backup.not_a_backup, backup.damaged, backup.key_needed,
/// backup.wrong_key.
class BackupFolder {
  public:
    /// Reads and checks the manifest. `keys` may be null; they outlive the object.
    BackupFolder(std::filesystem::path path, const crypto::KeyRing* keys);

    const std::filesystem::path& path() const { return path_; }
    const Manifest& manifest() const { return manifest_; }

    /// Reads every file to its end: checksums, decryption, decompression.
    void check_files(const std::stop_token& cancel, const CheckProgress& progress) const;

    ArchiveReader open_dump(const DatabaseBackup& database) const;

  private:
    FileForm form() const;
    void check_file(const DatabaseBackup& database, const std::function<void(std::size_t)>& on_bytes) const;

    std::filesystem::path path_;
    const crypto::KeyRing* keys_;
    Manifest manifest_;
};

Failure interrupted(std::string message);

}  // namespace gsdb::backup
