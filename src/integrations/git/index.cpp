#include "integrations/git/index.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "integrations/git/command.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/root_folder.hpp"

namespace gsdb::git {

using codebase::source::EntryKind;
using codebase::source::FileStamp;
using codebase::source::HashAlgorithm;
using codebase::source::id_bytes;
using codebase::source::IndexMoment;
using codebase::source::KnownFile;
using codebase::source::ObjectId;

namespace {

// gitformat-index(5)
constexpr std::uint32_t mode_type_mask = 0170000;
constexpr std::uint32_t mode_symlink = 0120000;
constexpr std::uint32_t mode_submodule = 0160000;
constexpr std::uint32_t mode_folder = 0040000;
constexpr unsigned flag_extended = 0x4000;
constexpr unsigned flag_stage_mask = 0x3000;
constexpr unsigned flag_left_out = 0x4000;       // skip-worktree, among the extended flags
constexpr unsigned flag_content_later = 0x2000;  // intent-to-add, among the extended flags

Error corrupted(const std::string& file, std::string cause) {
    return {.code = "source.corrupted",
            .message = fmt::format("the Git index {} is damaged", codebase::source::display_path(file)),
            .detail = std::move(cause),
            .hint = "remove the file and run `git reset` in the repository: it is made again from the commit"};
}

EntryKind kind_of_mode(std::uint32_t mode) {
    if ((mode & mode_type_mask) == mode_symlink) return EntryKind::symlink;
    if ((mode & mode_type_mask) == mode_submodule) return EntryKind::submodule;
    return (mode & 0100) != 0 ? EntryKind::executable : EntryKind::regular;
}

// Adds a file in the order of the index; the stages of a conflict follow one another.
void add_file(Index& index, const KnownFile& file) {
    if (!index.files.empty() && index.files.back().path == file.path) {
        index.files.back().conflicted = true;
        index.files.back().must_verify = true;
    } else {
        index.files.push_back(file);
    }
}

class Parser {
  public:
    Parser(std::string_view bytes, const std::string& file, HashAlgorithm algorithm, Index& index)
        : bytes_(bytes), file_(file), algorithm_(algorithm), index_(index) {}

    Result<void> run() {
        const auto trailer = id_bytes(algorithm_);
        if (bytes_.size() < 12 + trailer || !bytes_.starts_with("DIRC")) return fail("no index");
        if (!checksum_holds(trailer)) return fail("its checksum is wrong");
        bytes_.remove_suffix(trailer);
        at_ = 4;
        version_ = number32();
        const auto count = number32();
        if (version_ < 2 || version_ > 4) return fail(fmt::format("version {} is unknown", version_));
        index_.files.reserve(std::min<std::size_t>(count, bytes_.size() / 62));
        for (std::uint32_t i = 0; i < count; ++i) {
            if (!entry()) return fail(fmt::format("entry {} is cut off", i));
        }
        if (!std::ranges::is_sorted(index_.files, {}, &KnownFile::path)) return fail("its entries are out of order");
        return extensions();
    }

  private:
    std::unexpected<Error> fail(std::string cause) const { return std::unexpected(corrupted(file_, std::move(cause))); }
    std::size_t left() const { return bytes_.size() - at_; }

    bool checksum_holds(std::size_t trailer) const {
        const auto stored = bytes_.substr(bytes_.size() - trailer);
        if (stored.find_first_not_of('\0') == std::string_view::npos) return true;  // index.skipHash
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
        const auto* method = algorithm_ == HashAlgorithm::sha1 ? EVP_sha1() : EVP_sha256();
        EVP_Digest(bytes_.data(), bytes_.size() - trailer, digest.data(), nullptr, method, nullptr);
        return as_text(ByteView(digest.data(), trailer)) == stored;
    }

    std::uint32_t number32() {
        std::uint32_t value = 0;
        for (int i = 0; i < 4; ++i) value = value << 8U | static_cast<std::uint8_t>(bytes_[at_++]);
        return value;
    }
    std::uint32_t number16() {
        const auto high = static_cast<std::uint8_t>(bytes_[at_++]);
        return static_cast<std::uint32_t>(high) << 8U | static_cast<std::uint8_t>(bytes_[at_++]);
    }

    bool entry() {
        const auto start = at_;
        if (left() < 40 + id_bytes(algorithm_) + 4) return false;
        KnownFile file;
        auto& stamp = file.stamp;
        stamp.changed_seconds = number32();
        stamp.changed_nanoseconds = number32();
        stamp.modified_seconds = number32();
        stamp.modified_nanoseconds = number32();
        number32();  // device: differs between mounts of the same disk
        stamp.inode = number32();
        const auto mode = number32();
        stamp.user = number32();
        stamp.group = number32();
        stamp.size = number32();
        file.kind = kind_of_mode(mode);
        file.id = *ObjectId::from_bytes(as_bytes(bytes_.substr(at_, id_bytes(algorithm_))));
        at_ += id_bytes(algorithm_);
        const auto flags = number16();
        const auto extended = (flags & flag_extended) != 0 ? number16() : 0;
        file.conflicted = (flags & flag_stage_mask) != 0;
        file.left_out = (extended & flag_left_out) != 0;
        file.must_verify = file.conflicted || (extended & flag_content_later) != 0;
        if ((extended & flag_content_later) != 0) file.id = ObjectId{.algorithm = algorithm_};
        if (!(version_ == 4 ? compressed_path(file) : plain_path(file, start))) return false;
        if ((mode & mode_type_mask) == mode_folder) is_sparse_ = true;
        add_file(index_, file);
        return true;
    }

    bool plain_path(KnownFile& file, std::size_t start) {
        const auto end = bytes_.find('\0', at_);
        if (end == std::string_view::npos) return false;
        file.path = bytes_.substr(at_, end - at_);
        at_ = start + (end - start + 8) / 8 * 8;  // padded with one to eight NULs
        return at_ <= bytes_.size();
    }

    // Version 4: how many bytes to drop from the end of the previous path, then what to add.
    bool compressed_path(KnownFile& file) {
        if (left() == 0) return false;
        auto byte = static_cast<std::uint8_t>(bytes_[at_++]);
        std::size_t dropped = byte & 0x7FU;
        while ((byte & 0x80U) != 0) {
            if (left() == 0) return false;
            byte = static_cast<std::uint8_t>(bytes_[at_++]);
            dropped = (dropped + 1) << 7U | (byte & 0x7FU);
        }
        const auto end = bytes_.find('\0', at_);
        if (end == std::string_view::npos || dropped > previous_path_.size()) return false;
        previous_path_.resize(previous_path_.size() - dropped);
        previous_path_ += bytes_.substr(at_, end - at_);
        at_ = end + 1;
        file.path = index_.storage.emplace_back(previous_path_);
        return true;
    }

    Result<void> extensions() {
        while (left() >= 8) {
            const auto name = bytes_.substr(at_, 4);
            at_ += 4;
            const auto size = number32();
            if (size > left()) return fail("an extension is cut off");
            if (name == "TREE") remembered_tree(bytes_.substr(at_, size));
            // A capital letter means: may be passed over.
            if (name[0] < 'A' || name[0] > 'Z') return unsupported(std::string(name));
            at_ += size;
        }
        return is_sparse_ ? unsupported("sdir") : Result<void>{};
    }

    Result<void> unsupported(const std::string& extension) const {
        return std::unexpected(
            Error{.code = "source.unsupported",
                  .message = fmt::format("the Git index {} uses the extension {}", file_, extension)});
    }

    // The first record is the root's: an empty name, NUL, the number of entries (-1: out of date), a space, the number
    // of folders, a line feed, the id.
    void remembered_tree(std::string_view record) {
        const auto line_end = record.find('\n');
        if (line_end == std::string_view::npos || record[0] != '\0' || record[1] == '-') return;
        const auto id = record.substr(line_end + 1);
        if (id.size() >= id_bytes(algorithm_))
            index_.tree = ObjectId::from_bytes(as_bytes(id.substr(0, id_bytes(algorithm_))));
    }

    std::string_view bytes_;
    const std::string& file_;
    HashAlgorithm algorithm_;
    Index& index_;
    std::size_t at_ = 0;
    std::uint32_t version_ = 0;
    bool is_sparse_ = false;
    std::string previous_path_;
};

IndexMoment moment_of(const struct stat& status) {
    const auto stamp = FileStamp::of(status);
    return {stamp.modified_seconds, stamp.modified_nanoseconds};
}

Error unreadable(const std::string& path, int error) {
    return {.code = "source.not_readable",
            .message = fmt::format("the Git index {} cannot be read", codebase::source::display_path(path)),
            .detail = std::generic_category().message(error),
            .hint = "give the user that runs gsdb the right to read the repository",
            .exit_code = ExitCode::unavailable};
}

}  // namespace

Result<Index> read_index(const std::string& git_dir, HashAlgorithm algorithm) {
    const auto path = git_dir + "/index";
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    Index index;
    if (!file.is_open() && errno == ENOENT) return index;  // nothing was ever added
    struct stat status{};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0) return std::unexpected(unreadable(path, errno));
    // Git replaces the file as a whole, never writes into it: what is open stays as it is.
    auto& bytes = index.storage.emplace_back(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t at = 0; at < bytes.size();) {
        const auto got = ::read(file.number(), bytes.data() + at, bytes.size() - at);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected(unreadable(path, errno));
        if (got == 0) return std::unexpected(corrupted(path, "it is cut off"));
        at += static_cast<std::size_t>(got);
    }
    index.written = moment_of(status);
    if (auto parsed = Parser(bytes, path, algorithm, index).run(); !parsed) return std::unexpected(parsed.error());
    return index;
}

namespace {

// `git ls-files --stage --debug -z` writes for each entry "MODE ID STAGE\tPATH\0" and lines like "  ctime: 1:2\n".
class DebugListing {
  public:
    explicit DebugListing(std::string_view text) : text_(text) {}

    bool next(Index& index) {
        const auto tab = text_.find('\t');
        const auto end = text_.find('\0');
        if (tab == std::string_view::npos || end == std::string_view::npos || tab > end) return false;
        const auto head = text_.substr(0, tab);
        const auto first = head.find(' ');
        const auto second = head.find(' ', first + 1);
        const auto id = ObjectId::parse(head.substr(first + 1, second - first - 1));
        if (!id) return false;
        KnownFile file;
        file.path = index.storage.emplace_back(text_.substr(tab + 1, end - tab - 1));
        file.kind = kind_of_mode(number<std::uint32_t>(head.substr(0, first), 8));
        file.id = *id;
        file.conflicted = head.substr(second + 1) != "0";
        text_.remove_prefix(end + 1);
        auto& stamp = file.stamp;
        pair("ctime:", stamp.changed_seconds, stamp.changed_nanoseconds);
        pair("mtime:", stamp.modified_seconds, stamp.modified_nanoseconds);
        stamp.inode = number<std::uint32_t>(value("ino:"));
        stamp.user = number<std::uint32_t>(value("uid:"));
        stamp.group = number<std::uint32_t>(value("gid:"));
        stamp.size = number<std::uint32_t>(value("size:"));
        const auto flags = number<std::uint32_t>(value("flags:"), 16);
        file.left_out = (flags >> 16U & flag_left_out) != 0;
        const bool content_later = (flags >> 16U & flag_content_later) != 0;
        file.must_verify = file.conflicted || content_later;
        if (content_later) file.id = ObjectId{.algorithm = id->algorithm};
        text_.remove_prefix(std::min(text_.find('\n'), text_.size() - 1) + 1);
        add_file(index, file);
        return true;
    }
    bool at_end() const { return text_.empty(); }

  private:
    template <class Number>
    static Number number(std::string_view digits, int base = 10) {
        Number result = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), result, base);
        return result;
    }

    // The word after `name`; the text before it is done with.
    std::string_view value(std::string_view name) {
        const auto found = text_.find(name);
        if (found == std::string_view::npos) return {};
        text_.remove_prefix(found + name.size());
        text_.remove_prefix(std::min(text_.find_first_not_of(' '), text_.size()));
        return text_.substr(0, text_.find_first_of(" \t\n"));
    }
    void pair(std::string_view name, std::uint32_t& seconds, std::uint32_t& nanoseconds) {
        const auto both = value(name);
        const auto colon = std::min(both.find(':'), both.size());
        seconds = number<std::uint32_t>(both.substr(0, colon));
        nanoseconds = number<std::uint32_t>(both.substr(std::min(colon + 1, both.size())));
    }

    std::string_view text_;
};

}  // namespace

Result<Index> read_index_by_git(const std::string& git_dir, const std::string& work_dir) {
    struct stat status{};
    const auto path = git_dir + "/index";
    Index index;
    if (::stat(path.c_str(), &status) == 0) index.written = moment_of(status);
    auto ran = run_git({"--git-dir=" + git_dir, "--work-tree=" + work_dir, "ls-files", "--stage", "--debug", "-z"},
                       {.folder = work_dir});
    if (!ran) return std::unexpected(ran.error());
    if (ran->exit_status != 0) return std::unexpected(corrupted(path, ran->errors));
    DebugListing listing(ran->output);
    while (!listing.at_end()) {
        if (!listing.next(index)) return std::unexpected(corrupted(path, "git ls-files wrote what is not understood"));
    }
    return index;
}

}  // namespace gsdb::git
