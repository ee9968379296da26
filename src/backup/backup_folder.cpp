#include "backup/backup_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "crypto/digest.hpp"

namespace gsdb::backup {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view manifest_name = "manifest.json";
constexpr std::string_view checksum_name = "manifest.sha256";
constexpr std::string_view sealed_suffix = ".sealed";
constexpr std::string_view draft_mark = ".unfinished-";

void sync_folder(const fs::path& folder) {
    const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return;
    fsync(opened);
    close(opened);
}

Failure taken(const fs::path& place) {
    return Failure({.code = "backup.exists",
                    .message = fmt::format("{} exists already", place.string()),
                    .hint = "choose another name with --to; a backup never takes the place of another",
                    .exit_code = ExitCode::conflict});
}

int lock_folder(const fs::path& folder) {
    const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (opened < 0 || flock(opened, LOCK_EX | LOCK_NB) == 0) return opened;
    close(opened);
    return -1;
}

/// Of runs that were killed: nobody holds their lock.
void remove_left_drafts(const fs::path& folder) {
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(folder, problem)) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with('.') || !name.contains(draft_mark)) continue;
        const int lock = lock_folder(entry.path());
        if (lock < 0) continue;
        fs::remove_all(entry.path(), problem);
        close(lock);
    }
}

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    if (!file || !text) throw damaged(path, "it cannot be read: " + std::string(std::strerror(errno)));
    return text.str();
}

std::string read_all(ArchiveReader& reader) {
    std::string text;
    Bytes room(64 << 10);
    while (const auto count = reader.read(room)) text.append(as_text(ByteView(room).first(count)));
    return text;
}

/// The names in it are taken for paths.
bool has_plain_names(const Manifest& manifest) {
    for (const auto& database : manifest.databases)
        if (database.file.empty() || database.file.contains('/') || database.file.starts_with('.')) return false;
    return true;
}

/// The id of the backup is what an encrypted file is bound to, so it stands in clear, in the checksum file.
struct Checksum {
    std::string sha256, file, backup_id;
};

std::string to_text(const Checksum& checksum) {
    return fmt::format("# gsdb backup {}\n{}  {}\n", checksum.backup_id, checksum.sha256, checksum.file);
}

std::optional<Checksum> parse_checksum(const std::string& text) {
    std::istringstream words(text);
    std::string hash_mark, product, what;
    Checksum found;
    words >> hash_mark >> product >> what >> found.backup_id >> found.sha256 >> found.file;
    if (to_text(found) != text) return std::nullopt;
    return found;
}

}  // namespace

Failure interrupted(std::string message) {
    return Failure({.code = "backup.interrupted", .message = std::move(message), .exit_code = ExitCode::interrupted});
}

std::string dump_name(std::string_view database, bool is_sealed) {
    return fmt::format("{}.dump.zst{}", database, is_sealed ? sealed_suffix : "");
}

DraftFolder::DraftFolder(fs::path place) : place_(std::move(place)) {
    std::error_code problem;
    if (fs::exists(fs::symlink_status(place_, problem))) throw taken(place_);
    const auto folder = place_.parent_path();
    fs::create_directories(folder, problem);
    if (problem) throw not_written(folder, problem.value());
    remove_left_drafts(folder);
    draft_ = folder / fmt::format(".{}{}{}", place_.filename().string(), draft_mark, getpid());
    if (mkdir(draft_.c_str(), 0700) != 0) throw not_written(draft_, errno);
    lock_ = lock_folder(draft_);
}

DraftFolder::~DraftFolder() {
    std::error_code ignored;
    if (!draft_.empty()) fs::remove_all(draft_, ignored);
    if (lock_ >= 0) close(lock_);
}

void DraftFolder::publish(const Manifest& manifest, const crypto::KeyRing* keys) {
    const auto name = fmt::format("{}{}", manifest_name, keys != nullptr ? sealed_suffix : "");
    ArchiveWriter writer(draft_ / name, {.compression = Compression::none, .keys = keys, .backup_id = manifest.id});
    const auto text = to_json(manifest);
    writer.write(as_bytes(text));
    const auto facts = writer.finish();
    ArchiveWriter checksum(draft_ / checksum_name, {.compression = Compression::none, .backup_id = {}});
    const auto line = to_text({facts.sha256, name, manifest.id});
    checksum.write(as_bytes(line));
    checksum.finish();
    sync_folder(draft_);
    if (renameat2(AT_FDCWD, draft_.c_str(), AT_FDCWD, place_.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST) throw taken(place_);
        throw not_written(place_, errno);
    }
    draft_.clear();
    sync_folder(place_.parent_path());
}

BackupFolder::BackupFolder(fs::path path, const crypto::KeyRing* keys) : path_(std::move(path)), keys_(keys) {
    std::error_code problem;
    if (!fs::exists(path_, problem))
        throw Failure({.code = "backup.not_found",
                       .message = fmt::format("there is no backup {}", path_.string()),
                       .hint = "give the folder that gsdb db backup made",
                       .exit_code = ExitCode::not_found});
    const bool is_sealed = fs::exists(path_ / fmt::format("{}{}", manifest_name, sealed_suffix), problem);
    const auto name = fmt::format("{}{}", manifest_name, is_sealed ? sealed_suffix : "");
    if (!fs::exists(path_ / name, problem))
        throw Failure({.code = "backup.not_a_backup",
                       .message = fmt::format("{} is not a backup", path_.string()),
                       .detail = fmt::format("it has no {}", manifest_name),
                       .hint = "give the folder that gsdb db backup made",
                       .exit_code = ExitCode::not_found});
    const auto checksum = parse_checksum(read_text(path_ / checksum_name));
    if (!checksum || checksum->file != name) throw damaged(path_ / checksum_name, "it is not a line of sha256sum");
    if (facts_of_file(path_ / name).sha256 != checksum->sha256)
        throw damaged(path_ / name, fmt::format("its checksum is not the one in {}", checksum_name));
    ArchiveReader reader(
        path_ / name,
        {.compression = Compression::none, .keys = is_sealed ? keys_ : nullptr, .backup_id = checksum->backup_id});
    auto manifest = parse_manifest(read_all(reader));
    if (!manifest || !has_plain_names(*manifest) || manifest->id != checksum->backup_id)
        throw damaged(path_ / name, "it is no manifest that this program knows");
    manifest_ = std::move(*manifest);
}

FileForm BackupFolder::form() const {
    return {.compression = Compression::zstd,
            .keys = manifest_.key_id.empty() ? nullptr : keys_,
            .backup_id = manifest_.id};
}

ArchiveReader BackupFolder::open_dump(const DatabaseBackup& database) const {
    return {path_ / database.file, form()};
}

void BackupFolder::check_file(const DatabaseBackup& database, const std::function<void(std::size_t)>& on_bytes) const {
    const auto path = path_ / database.file;
    const auto facts = facts_of_file(path);
    if (facts.bytes != database.file_facts.bytes)
        throw damaged(path, fmt::format("it has {} bytes; {} were written", facts.bytes, database.file_facts.bytes));
    if (facts.sha256 != database.file_facts.sha256) throw damaged(path, "its checksum is not the one in the manifest");
    auto reader = open_dump(database);
    Bytes room(256 << 10);
    std::int64_t content_bytes = 0;
    while (const auto count = reader.read(room)) {
        content_bytes += static_cast<std::int64_t>(count);
        on_bytes(count);
    }
    if (content_bytes != database.dump_bytes)
        throw damaged(path, "its content is shorter or longer than what was written");
}

void BackupFolder::check_files(const std::stop_token& cancel, const CheckProgress& progress) const {
    std::int64_t done = 0, total = 0;
    for (const auto& database : manifest_.databases) total += database.dump_bytes;
    for (const auto& database : manifest_.databases)
        check_file(database, [&](std::size_t count) {
            if (cancel.stop_requested()) throw interrupted("checking the backup was stopped");
            done += static_cast<std::int64_t>(count);
            if (progress) progress(done, total);
        });
}

}  // namespace gsdb::backup
