#include "integrations/git/contents.hpp"

#include <optional>

#include "integrations/git/repository.hpp"
#include "modules/codebase/source/root_folder.hpp"

namespace gsdb::git {

namespace {

using codebase::source::Contents;
using codebase::source::hash_blob;
using codebase::source::ProblemKind;

class LocalContents : public Contents {
  public:
    LocalContents(std::unique_ptr<Repository> repository, std::optional<RootFolder> folder)
        : repository_(std::move(repository)), folder_(std::move(folder)) {}

    std::expected<Bytes, Problem> read(const std::string& path, const ObjectId& id,
                                       std::uint64_t bytes_max) const override {
        if (repository_ != nullptr) {
            auto object = repository_->read(id, bytes_max);
            if (object && object->type == Object::Type::blob) return std::move(object->bytes);
            if (!object && object.error().kind == ProblemKind::too_large) return std::unexpected(object.error());
        }
        if (!folder_) return std::unexpected(gone(path));
        auto bytes = folder_->read_file(path, bytes_max);
        if (!bytes) return std::unexpected(bytes.error());
        if (hash_blob(*bytes, id.algorithm) == id) return bytes;
        if (repository_ != nullptr) {
            auto converted = repository_->converted(path, *bytes);
            if (converted && hash_blob(*converted, id.algorithm) == id) return std::move(*converted);
        }
        return std::unexpected(gone(path));
    }

  private:
    static Problem gone(const std::string& path) {
        return {.path = path, .kind = ProblemKind::vanished, .cause = "it has changed since it was indexed"};
    }

    std::unique_ptr<Repository> repository_;
    std::optional<RootFolder> folder_;
};

}  // namespace

Result<std::unique_ptr<Contents>> open_contents(const std::string& location) {
    auto repository = find_repository(location);
    if (!repository) return std::unexpected(repository.error());
    const bool is_bare = *repository != nullptr && (*repository)->layout().work_dir.empty();
    std::optional<RootFolder> folder;
    if (!is_bare) {
        auto opened = RootFolder::open(location);
        if (!opened) return std::unexpected(opened.error());
        folder = std::move(*opened);
    }
    return std::make_unique<LocalContents>(std::move(*repository), std::move(folder));
}

}  // namespace gsdb::git
