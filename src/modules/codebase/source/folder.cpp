#include "modules/codebase/source/folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "modules/codebase/source/listing.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/root_folder.hpp"

namespace gsdb::codebase::source {

namespace {

class Folder final : public SourceTree {
  public:
    Folder(RootFolder root, Identity identity) : root_(std::move(root)), identity_(std::move(identity)) {}

    const Identity& identity() const override { return identity_; }

    Result<Listing> list(const ListOptions& options) override {
        const DiskListing disk{.hash = [&](const WalkedFile& file, bool) {
            return hash_raw(root_, file.path, file.kind, HashAlgorithm::sha1);
        }};
        auto listing = list_disk(root_, disk, {.stop = options.stop}, options);
        // Nothing is tracked here, so that nothing is untracked either.
        if (listing) listing->state.untracked = 0;
        return listing;
    }

    std::expected<Content, Problem> read(const Entry& entry, std::uint64_t bytes_max) const override {
        auto bytes =
            entry.kind == EntryKind::symlink ? root_.read_link(entry.path) : root_.read_file(entry.path, bytes_max);
        if (!bytes) return std::unexpected(std::move(bytes.error()));
        const auto id = hash_blob(*bytes);
        return Content{std::move(*bytes), id};
    }

  private:
    RootFolder root_;
    Identity identity_;
};

}  // namespace

Result<std::unique_ptr<SourceTree>> open_folder(const std::string& path) {
    auto root = RootFolder::open(path);
    if (!root) return std::unexpected(root.error());
    std::error_code failed;
    if (std::filesystem::is_empty(root->path(), failed) && !failed) {
        return std::unexpected(Error{.code = "source.empty_folder",
                                     .message = fmt::format("{} is an empty folder", display_path(path)),
                                     .detail = "there is nothing to index",
                                     .hint = "name the folder or the repository that holds the files",
                                     .exit_code = ExitCode::usage});
    }
    const auto& location = root->path();
    Identity identity{.kind = TreeKind::folder, .location = location, .name = location.substr(location.rfind('/') + 1)};
    if (identity.name.empty()) identity.name = "root";  // the folder is "/"
    return std::make_unique<Folder>(std::move(*root), std::move(identity));
}

}  // namespace gsdb::codebase::source
