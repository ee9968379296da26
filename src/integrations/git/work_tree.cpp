#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <filesystem>
#include <unordered_set>
#include <utility>

#include "integrations/git/history.hpp"
#include "integrations/git/index.hpp"
#include "integrations/git/objects.hpp"
#include "integrations/git/trees.hpp"
#include "modules/codebase/source/listing.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::git {

using codebase::source::Content;
using codebase::source::DiskListing;
using codebase::source::display_path;
using codebase::source::Entry;
using codebase::source::hash_blob;
using codebase::source::hash_raw;
using codebase::source::Identity;
using codebase::source::IgnoreFile;
using codebase::source::Listing;
using codebase::source::ListOptions;
using codebase::source::ProblemKind;
using codebase::source::SourceTree;
using codebase::source::WalkedFile;
using codebase::source::WalkOptions;

namespace {

constexpr std::uint64_t small_file_bytes_max = 16 << 20;
constexpr std::uint64_t converted_bytes_max = 64 << 20;

// A file of the user's or the repository's own, so links are followed. Empty if it is not there.
std::string text_of_file(const std::string& path) {
    std::error_code failed;
    const auto target = std::filesystem::canonical(path, failed);
    if (path.empty() || failed) return {};
    auto folder = RootFolder::open(target.parent_path().string());
    if (!folder) return {};
    auto bytes = folder->read_file(target.filename().string(), small_file_bytes_max);
    return bytes ? std::string(as_text(*bytes)) : "";
}

Bytes with_unix_lines(ByteView bytes) {
    Bytes result;
    result.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] != '\r' || i + 1 == bytes.size() || bytes[i + 1] != '\n') result.push_back(bytes[i]);
    }
    return result;
}

class WorkTree final : public SourceTree {
  public:
    WorkTree(std::unique_ptr<Repository> repository, RootFolder root)
        : repository_(std::move(repository)), root_(std::move(root)), identity_(identity_of(*repository_)) {}

    const Identity& identity() const override { return identity_; }

    Result<Listing> list(const ListOptions& options) override {
        // A commit or a switch of branches may happen meanwhile: the state must be that of one moment.
        for (int attempt = 1;; ++attempt) {
            const auto before = repository_->head();
            if (!before) return std::unexpected(before.error());
            auto listing = list_once(*before, options);
            if (!listing) return listing;
            const auto after = repository_->head();
            constexpr int attempts_max = 3;
            if (attempt == attempts_max ||
                (after && after->commit == before->commit && after->branch == before->branch)) {
                return listing;
            }
        }
    }

    std::expected<Content, Problem> read(const Entry& entry, std::uint64_t bytes_max) const override {
        auto bytes = entry.kind == EntryKind::symlink ? read_link(entry) : root_.read_file(entry.path, bytes_max);
        if (!bytes) return std::unexpected(std::move(bytes.error()));
        const auto id = hash_blob(*bytes, algorithm());
        if (id == entry.id || entry.kind == EntryKind::symlink || !may_convert_) return Content{std::move(*bytes), id};
        return as_stored(entry, std::move(*bytes), id, bytes_max);
    }

    std::unique_ptr<codebase::source::History> history(const codebase::source::State& shown) const override {
        return make_history(*repository_, shown.commit);
    }

  private:
    HashAlgorithm algorithm() const { return repository_->layout().algorithm; }

    Result<Listing> list_once(const Head& head, const ListOptions& options) {
        auto index = index_now();
        if (!index) return std::unexpected(index.error());
        const auto settings = repository_->settings();
        const DiskListing disk{
            .known = index->files,
            .index_written = index->written,
            .algorithm = algorithm(),
            .hash = [&](const WalkedFile& file, bool stamp_is_equal) { return hash(file, stamp_is_equal); },
            .before_hashing = [&](auto files) { may_convert_ = conversions_are_possible(files, *index, settings); }};
        auto listing = list_disk(root_, disk, walk_options(settings, options), options);
        if (!listing) return listing;
        look_into_submodules(*listing);
        auto& state = listing->state;
        state.commit = head.commit;
        state.branch = head.branch;
        state.detached = head.detached;
        state.unborn = head.unborn;
        state.shallow = repository_->is_shallow();
        auto staged = count_staged(*index, head);
        if (!staged) return std::unexpected(staged.error());
        state.staged = *staged;
        state.dirty = state.staged + state.modified + state.deleted + state.conflicted + state.untracked > 0;
        return listing;
    }

    Result<Index> index_now() const {
        const auto& layout = repository_->layout();
        auto index = read_index(layout.git_dir, layout.algorithm);
        if (!index && index.error().code == "source.unsupported")
            return read_index_by_git(layout.git_dir, layout.work_dir);
        return index;
    }

    WalkOptions walk_options(const Settings& settings, const ListOptions& options) const {
        WalkOptions walk{.trust_executable_bit = settings.file_mode,
                         .trust_symlinks = settings.symlinks,
                         .ignore_case = settings.ignore_case,
                         .enter_nested_repositories = false,
                         .stop = options.stop};
        for (const auto& file : {settings.excludes_file, repository_->layout().common_dir + "/info/exclude"}) {
            walk.ignore_files.push_back(IgnoreFile::parse(text_of_file(file), "", settings.ignore_case));
        }
        return walk;
    }

    // Looking attributes up costs more than hashing a file, so it is done only where some are set. Those in the index
    // hold where the file is gone.
    bool conversions_are_possible(std::span<const WalkedFile> files, const Index& index,
                                  const Settings& settings) const {
        const auto exists = [](const std::string& path) { return !path.empty() && ::access(path.c_str(), F_OK) == 0; };
        const auto sets_attributes = [](const auto& file) { return file.path.ends_with(".gitattributes"); };
        return settings.converts_line_ends || exists(settings.attributes_file) ||
               exists(repository_->layout().common_dir + "/info/attributes") || have_attributes_beside(files) ||
               std::ranges::any_of(index.files, sets_attributes);
    }

    // On disk, as it holds even where it is ignored and so not among the files.
    bool have_attributes_beside(std::span<const WalkedFile> files) const {
        const auto has_attributes = [&](std::string_view folder) {
            return ::access(fmt::format("{}/{}/.gitattributes", root_.path(), folder).c_str(), F_OK) == 0;
        };
        std::unordered_set<std::string_view> looked_into;
        for (const auto& file : files)
            for (std::string_view folder = file.path; !folder.empty();) {
                const auto slash = folder.rfind('/');
                folder = slash == folder.npos ? std::string_view() : folder.substr(0, slash);
                if (!looked_into.insert(folder).second) break;
                if (has_attributes(folder)) return true;
            }
        return false;
    }

    std::expected<ObjectId, Problem> hash(const WalkedFile& file, bool stamp_is_equal) const {
        const auto raw = [&] { return hash_raw(root_, file.path, file.kind, algorithm()); };
        if (!may_convert_ || file.kind == EntryKind::symlink) return raw();
        // What the filter would make of it now is not known; that the file looks unchanged is the best there is.
        if (stamp_is_equal && repository_->has_external_filter(file.path)) return file.known->id;
        auto bytes = root_.read_file(file.path, converted_bytes_max);
        // No text file is that long: hashed in pieces, as it is.
        if (!bytes && bytes.error().kind == ProblemKind::too_large) return raw();
        if (!bytes) return std::unexpected(bytes.error());
        if (const auto converted = repository_->converted(file.path, *bytes)) return hash_blob(*converted, algorithm());
        return hash_blob(*bytes, algorithm());
    }

    // Where core.symlinks is off a link is checked out as a file that holds its target.
    std::expected<Bytes, Problem> read_link(const Entry& entry) const {
        auto target = root_.read_link(entry.path);
        if (target || target.error().kind != ProblemKind::vanished) return target;
        auto text = root_.read_file(entry.path, PATH_MAX);
        return text ? text : target;
    }

    // The bytes on disk are not the blob that was listed. Either Git stores them in another form, or they changed.
    std::expected<Content, Problem> as_stored(const Entry& entry, Bytes bytes, const ObjectId& id,
                                              std::uint64_t bytes_max) const {
        auto converted = repository_->converted(entry.path, bytes);
        if (!converted) {
            auto unix_lines = with_unix_lines(bytes);
            if (hash_blob(unix_lines, algorithm()) == entry.id) return Content{std::move(unix_lines), entry.id};
        }
        const auto converted_id = converted ? hash_blob(*converted, algorithm()) : id;
        if (converted_id != entry.id && entry.tracked && repository_->has_external_filter(entry.path)) {
            // What a filter like LFS made of it cannot be redone here, but the repository has the result.
            if (auto stored = repository_->read(entry.id, bytes_max))
                return Content{std::move(stored->bytes), entry.id};
        }
        if (converted) return Content{std::move(*converted), converted_id};
        return Content{std::move(bytes), id};
    }

    // A submodule shows the commit that is checked out in it, if any is.
    void look_into_submodules(Listing& listing) const {
        for (auto& entry : listing.entries) {
            if (entry.kind != EntryKind::submodule) continue;
            const auto path = root_.path() + "/" + entry.path;
            if (::access((path + "/.git").c_str(), F_OK) != 0) continue;
            auto repository = find_repository(path);
            if (!repository || *repository == nullptr || (*repository)->layout().work_dir != path) continue;
            auto head = (*repository)->head();
            if (!head || !head->commit || *head->commit == entry.id) continue;
            entry.id = *head->commit;
            ++listing.state.modified;
        }
    }

    // How many paths differ between the index and the commit.
    Result<std::uint32_t> count_staged(const Index& index, const Head& head) const {
        std::vector<TreeFile> committed;
        if (head.commit) {
            auto tree = tree_of_commit(*repository_, *head.commit);
            if (!tree) return std::unexpected(tree.error());
            if (index.tree == *tree) return 0;
            std::vector<Problem> problems;
            committed = files_of_tree(*repository_, *tree, problems);
        }
        std::uint32_t differing = 0;
        auto old = committed.begin();
        for (const auto& file : index.files) {
            while (old != committed.end() && old->path < file.path) ++differing, ++old;
            const bool met = old != committed.end() && old->path == file.path;
            const bool only_announced = file.must_verify && !file.conflicted;  // git add -N: not in the index yet
            const bool same = met ? old->id == file.id && old->kind == file.kind : only_announced;
            if (met) ++old;
            if (!same && !file.conflicted) ++differing;
        }
        return differing + static_cast<std::uint32_t>(committed.end() - old);
    }

    std::unique_ptr<Repository> repository_;
    RootFolder root_;
    Identity identity_;
    bool may_convert_ = false;
};

bool has_nothing(const std::string& work_dir) {
    std::error_code failed;
    for (std::filesystem::directory_iterator it(work_dir, failed), end; !failed && it != end; it.increment(failed)) {
        if (it->path().filename() != ".git") return false;
    }
    return !failed;
}

}  // namespace

Result<SourceTreePointer> make_work_tree(std::unique_ptr<Repository> repository) {
    const auto& layout = repository->layout();
    auto root = RootFolder::open(layout.work_dir);
    if (!root) return std::unexpected(root.error());
    auto head = repository->head();
    if (!head) return std::unexpected(head.error());
    if (head->unborn && has_nothing(layout.work_dir)) {
        return std::unexpected(
            Error{.code = "source.empty_repository",
                  .message = fmt::format("the repository {} is empty", display_path(layout.work_dir)),
                  .detail = "it has no commit and no file",
                  .hint = "add files, or name another repository",
                  .exit_code = ExitCode::usage});
    }
    return std::make_unique<WorkTree>(std::move(repository), std::move(*root));
}

}  // namespace gsdb::git
