#include "modules/codebase/source/walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace gsdb::codebase::source {

namespace {

constexpr std::uint64_t ignore_file_bytes_max = 16 << 20;

// A name in a folder, as it sorts in Git: a folder's with a slash at its end.
struct Name {
    std::string text;
    unsigned char type;
    bool is_folder() const { return type == DT_DIR; }
};

class Walker {
  public:
    Walker(const RootFolder& root, std::span<const KnownFile> known, const WalkOptions& options)
        : root_(root), options_(options) {
        // A submodule is a file to the index and a folder to the disk, which sort differently: it is looked up by name.
        for (const auto& file : known) {
            if (file.kind == EntryKind::submodule) {
                submodules_.emplace(file.path, &file);
            } else {
                known_.push_back(&file);
            }
        }
        for (const auto& file : options.ignore_files) ignore_.push_back(&file);
    }

    Walk run() {
        Descriptor top(::openat(root_.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!top.is_open()) {
            result_.problems.push_back(folder_problem("", errno));
        } else {
            folder(std::move(top), "", known_.size(), false);
        }
        result_.deleted += static_cast<std::uint32_t>(submodules_.size() - submodules_met_);
        return std::move(result_);
    }

  private:
    static Problem folder_problem(std::string path, int error) {
        auto problem = problem_of_errno(std::move(path), error);
        if (problem.kind == ProblemKind::unreadable) problem.kind = ProblemKind::unreadable_folder;
        return problem;
    }

    // Lists the folder at `prefix` and below. The cursor stands at its first known file and ends at `known_end`.
    void folder(Descriptor descriptor, const std::string& prefix, std::size_t known_end, bool in_ignored) {
        auto names = names_of(descriptor, prefix);
        if (!names) {
            cursor_ = known_end;
            return;
        }
        const auto ignore_depth = ignore_.size();
        std::unique_ptr<IgnoreFile> own;
        if (!in_ignored && names->has_ignore_file) {
            own = read_ignore_file(descriptor, prefix);
            if (own && !own->empty()) ignore_.push_back(own.get());
        }
        for (const auto& name : names->names) {
            if (options_.stop.stop_requested()) result_.stopped = true;
            if (result_.stopped) break;
            auto path = prefix + name.text;
            if (name.is_folder()) {
                subfolder(descriptor, std::move(path), known_end, in_ignored);
            } else {
                file(descriptor, name, std::move(path), known_end, in_ignored);
            }
        }
        skip_known_until(known_end);
        ignore_.resize(ignore_depth);
    }

    struct Names {
        std::vector<Name> names;
        bool has_ignore_file = false;
    };

    std::optional<Names> names_of(const Descriptor& descriptor, const std::string& prefix) {
        const int copy = ::openat(descriptor.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy), ::closedir);
        if (!stream) {
            result_.problems.push_back(folder_problem(prefix, errno));
            return std::nullopt;
        }
        Names result;
        for (;;) {
            errno = 0;
            const auto* entry = ::readdir(stream.get());
            if (entry == nullptr) break;
            std::string_view name = entry->d_name;
            if (name == "." || name == ".." || name == ".git") continue;
            result.has_ignore_file |= name == ".gitignore";
            result.names.push_back({std::string(name), type_of(descriptor, *entry)});
            if (result.names.back().is_folder()) result.names.back().text += '/';
        }
        if (errno != 0) result_.problems.push_back(folder_problem(prefix, errno));
        std::ranges::sort(result.names, {}, &Name::text);
        return result;
    }

    // Some file systems do not tell the type with the name.
    static unsigned char type_of(const Descriptor& folder, const dirent& entry) {
        if (entry.d_type != DT_UNKNOWN) return entry.d_type;
        struct stat status{};
        if (::fstatat(folder.number(), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
        return S_ISDIR(status.st_mode)   ? DT_DIR
               : S_ISREG(status.st_mode) ? DT_REG
               : S_ISLNK(status.st_mode) ? DT_LNK
                                         : DT_FIFO;
    }

    std::unique_ptr<IgnoreFile> read_ignore_file(const Descriptor& folder, const std::string& prefix) {
        // Like Git, no symbolic link: a repository must not make us read files outside of it.
        Descriptor file(::openat(folder.number(), ".gitignore", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        struct stat status{};
        if (!file.is_open() || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode)) return nullptr;
        std::string text(std::min<std::uint64_t>(static_cast<std::uint64_t>(status.st_size), ignore_file_bytes_max),
                         '\0');
        const auto got = ::read(file.number(), text.data(), text.size());
        text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return std::make_unique<IgnoreFile>(IgnoreFile::parse(text, prefix, options_.ignore_case));
    }

    // `path` has a slash at its end.
    void subfolder(const Descriptor& parent, std::string path, std::size_t known_end, bool in_ignored) {
        const auto bare_path = path.substr(0, path.size() - 1);
        if (const auto submodule = submodules_.find(bare_path); submodule != submodules_.end()) {
            ++submodules_met_;
            result_.files.push_back({bare_path, EntryKind::submodule, {}, submodule->second});
            return;
        }
        skip_known_before(path, known_end);
        const auto begin = cursor_;
        auto end = begin;
        if (begin < known_end && known_[begin]->path.starts_with(path)) {
            const auto first_after = bare_path + static_cast<char>('/' + 1);
            const std::span rest = std::span(known_).subspan(begin, known_end - begin);
            const auto found = std::ranges::lower_bound(rest, std::string_view(first_after), {}, &KnownFile::path);
            end = begin + static_cast<std::size_t>(found - rest.begin());
        }
        const bool has_submodule = begin == end && holds_submodule(path);
        const bool ignored = in_ignored || is_ignored(bare_path, true);
        if (ignored && begin == end && !has_submodule) {
            result_.ignored.push_back(std::move(path));
            return;
        }
        const auto name = bare_path.substr(bare_path.rfind('/') + 1);
        Descriptor descriptor(::openat(parent.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!descriptor.is_open()) {
            result_.problems.push_back(folder_problem(bare_path, errno));
            cursor_ = end;
            return;
        }
        if (begin == end && !has_submodule && !options_.enter_nested_repositories && is_repository(descriptor)) {
            result_.problems.push_back({bare_path, ProblemKind::nested_repository, "a Git repository of its own"});
            return;
        }
        folder(std::move(descriptor), path, end, ignored);
        cursor_ = end;
    }

    bool holds_submodule(const std::string& path) const {
        return std::ranges::any_of(submodules_, [&](const auto& item) { return item.first.starts_with(path); });
    }

    static bool is_repository(const Descriptor& folder) {
        struct stat status{};
        if (::fstatat(folder.number(), ".git", &status, 0) != 0) return false;
        if (S_ISREG(status.st_mode)) return true;  // names the repository of a linked work tree or submodule
        return ::faccessat(folder.number(), ".git/HEAD", F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
               ::faccessat(folder.number(), ".git/objects", F_OK, 0) == 0 &&
               ::faccessat(folder.number(), ".git/refs", F_OK, 0) == 0;
    }

    void file(const Descriptor& folder, const Name& name, std::string path, std::size_t known_end, bool in_ignored) {
        skip_known_before(path, known_end);
        const KnownFile* known = nullptr;
        if (cursor_ < known_end && known_[cursor_]->path == path) known = known_[cursor_++];
        if (known == nullptr && (in_ignored || is_ignored(path, false))) {
            result_.ignored.push_back(std::move(path));
            return;
        }
        struct stat status{};
        if (::fstatat(folder.number(), name.text.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (known != nullptr) ++result_.deleted;
            result_.problems.push_back(problem_of_errno(std::move(path), errno));
            return;
        }
        const auto kind = kind_of(status.st_mode, known);
        if (!kind) {
            if (known != nullptr) ++result_.deleted;
            result_.problems.push_back({std::move(path), ProblemKind::special_file, special_name(status.st_mode)});
            return;
        }
        result_.files.push_back({std::move(path), *kind, FileStamp::of(status), known});
    }

    std::optional<EntryKind> kind_of(mode_t mode, const KnownFile* known) const {
        if (S_ISLNK(mode)) return EntryKind::symlink;
        if (!S_ISREG(mode)) return std::nullopt;
        if (known != nullptr && known->kind == EntryKind::symlink && !options_.trust_symlinks)
            return EntryKind::symlink;
        if (options_.trust_executable_bit) return (mode & S_IXUSR) != 0 ? EntryKind::executable : EntryKind::regular;
        return known != nullptr && known->kind == EntryKind::executable ? EntryKind::executable : EntryKind::regular;
    }

    static std::string special_name(mode_t mode) {
        if (S_ISFIFO(mode)) return "a FIFO";
        if (S_ISSOCK(mode)) return "a socket";
        if (S_ISDIR(mode)) return "became a folder";
        return "a device";
    }

    // Later files decide first, and in a file later patterns.
    bool is_ignored(std::string_view path, bool is_folder) const {
        for (auto file = ignore_.rbegin(); file != ignore_.rend(); ++file) {
            if (const auto decision = (*file)->match(path, is_folder)) return *decision;
        }
        return false;
    }

    // Known files that sort before the path now met on disk are not on disk.
    void skip_known_before(const std::string& path, std::size_t known_end) {
        while (cursor_ < known_end && known_[cursor_]->path < path) count_missing(*known_[cursor_++]);
    }
    void skip_known_until(std::size_t known_end) {
        while (cursor_ < known_end) count_missing(*known_[cursor_++]);
    }
    void count_missing(const KnownFile& file) {
        if (!file.left_out) ++result_.deleted;
    }

    const RootFolder& root_;
    const WalkOptions& options_;
    std::vector<const KnownFile*> known_;
    std::size_t cursor_ = 0;
    std::unordered_map<std::string_view, const KnownFile*> submodules_;
    std::size_t submodules_met_ = 0;
    std::vector<const IgnoreFile*> ignore_;
    Walk result_;
};

}  // namespace

Walk walk(const RootFolder& root, std::span<const KnownFile> known, const WalkOptions& options) {
    return Walker(root, known, options).run();
}

}  // namespace gsdb::codebase::source
