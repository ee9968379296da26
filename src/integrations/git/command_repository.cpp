#include "integrations/git/command_repository.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "integrations/git/command.hpp"
#include "integrations/git/libgit_repository.hpp"

namespace gsdb::git {

using codebase::source::ProblemKind;

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find(separator), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::vector<std::string> lines_of(std::string_view text) {
    return split(text, '\n');
}

// The output of a git command that is one line, or nothing if git failed.
std::optional<std::string> one_line(std::vector<std::string> arguments) {
    auto ran = run_git(std::move(arguments), {});
    if (!ran || ran->exit_status != 0) return std::nullopt;
    const auto lines = lines_of(ran->output);
    return lines.empty() ? std::string() : lines.front();
}

class CommandRepository final : public Repository {
  public:
    explicit CommandRepository(Layout layout) : layout_(std::move(layout)) {}

    const Layout& layout() const override { return layout_; }

    Settings settings() const override {
        Settings settings;
        settings.file_mode = flag("core.fileMode", true);
        settings.symlinks = flag("core.symlinks", true);
        settings.ignore_case = flag("core.ignoreCase", false);
        settings.excludes_file = file("core.excludesFile", "/git/ignore");
        settings.attributes_file = file("core.attributesFile", "/git/attributes");
        return settings;
    }

    Result<Head> head() const override {
        Head head;
        if (auto target = one_line(in_repository({"symbolic-ref", "-q", "HEAD"}))) {
            constexpr std::string_view branches = "refs/heads/";
            head.branch = target->starts_with(branches) ? target->substr(branches.size()) : *target;
            auto id = one_line(in_repository({"rev-parse", "--verify", "-q", *target}));
            head.unborn = !id;
            if (id) head.commit = ObjectId::parse(*id);
            return head;
        }
        head.detached = true;
        auto id = one_line(in_repository({"rev-parse", "--verify", "-q", "HEAD"}));
        if (id) head.commit = ObjectId::parse(*id);
        if (!head.commit) return std::unexpected(corrupted_repository(layout_.git_dir, "HEAD cannot be read"));
        return head;
    }

    std::string remote_url() const override {
        auto ran = run_git(in_repository({"remote"}), {});
        if (!ran || ran->exit_status != 0) return {};
        const auto names = lines_of(ran->output);
        const std::string name = names.size() == 1 ? names.front() : "origin";
        return one_line(in_repository({"config", "--get", "remote." + name + ".url"})).value_or("");
    }

    bool has_branches() const override {
        const auto first = one_line(in_repository({"for-each-ref", "--count=1", "refs/heads", "refs/remotes"}));
        return first && !first->empty();
    }

    Result<std::vector<Reference>> references() const override {
        auto ran = run_git(in_repository({"for-each-ref",
                                          "--format=%(objectname) %(if)%(symref)%(then)symbolic%(else)"
                                          "direct%(end) %(refname)"}),
                           {});
        if (!ran) return std::unexpected(ran.error());
        if (ran->exit_status != 0) return std::unexpected(corrupted_repository(layout_.git_dir, ran->errors));
        std::vector<Reference> references;
        for (const auto& line : lines_of(ran->output)) {
            const auto parts = split(line, ' ');
            if (parts.size() != 3 || parts[1] != "direct") continue;
            if (const auto id = ObjectId::parse(parts[0])) references.push_back({parts[2], *id});
        }
        std::ranges::sort(references, {}, &Reference::name);
        return references;
    }

    std::string symbolic_target(const std::string& name) const override {
        return one_line(in_repository({"symbolic-ref", "-q", name})).value_or("");
    }

    std::optional<ObjectId> find_commit(const std::string& revision) const override {
        for (const auto& name : {revision, "refs/remotes/origin/" + revision}) {
            const auto id =
                one_line(in_repository({"rev-parse", "--verify", "-q", "--end-of-options", name + "^{commit}"}));
            if (id) return ObjectId::parse(*id);
        }
        return std::nullopt;
    }

    std::expected<Object, Problem> read(const ObjectId& id, std::uint64_t bytes_max) const override {
        auto object = ask(id, bytes_max);
        if (!object) return std::unexpected(object.error());
        if (object->size > bytes_max) {
            return std::unexpected(Problem{{}, ProblemKind::too_large, std::to_string(object->size) + " bytes"});
        }
        const auto bytes = as_bytes(object->bytes);
        return Object{type_of(object->type), Bytes(bytes.begin(), bytes.end())};
    }

    std::expected<std::uint64_t, Problem> size(const ObjectId& id) const override {
        auto object = ask(id, 0);
        if (!object) return std::unexpected(object.error());
        return object->size;
    }

    // The git program cannot convert without also running the filters that the repository configures: a changed file
    // is taken as it is on disk. One that differs by its line ends alone is recognised.
    std::optional<Bytes> converted(const std::string&, ByteView) const override { return std::nullopt; }

    bool has_external_filter(const std::string& path) const override {
        auto ran = run_git({"--git-dir=" + layout_.git_dir, "--work-tree=" + layout_.work_dir, "check-attr", "-z",
                            "filter", "working-tree-encoding", "--", path},
                           {.folder = layout_.work_dir});
        if (!ran || ran->exit_status != 0) return false;
        // PATH NUL ATTRIBUTE NUL VALUE NUL, twice.
        const auto parts = split(ran->output, '\0');
        const auto is_set = [&](std::size_t i) {
            return parts.size() > i && parts[i] != "unspecified" && parts[i] != "unset";
        };
        return is_set(2) || is_set(5);
    }

  private:
    std::vector<std::string> in_repository(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), "--git-dir=" + layout_.git_dir);
        return arguments;
    }

    bool flag(const std::string& name, bool otherwise) const {
        const auto value = one_line(in_repository({"config", "--type=bool", "--get", name}));
        return value ? *value == "true" : otherwise;
    }
    std::string file(const std::string& name, const std::string& otherwise) const {
        return one_line(in_repository({"config", "--type=path", "--get", name}))
            .value_or(default_config_file(otherwise));
    }

    std::expected<CatFile::Object, Problem> ask(const ObjectId& id, std::uint64_t bytes_max) const {
        const std::lock_guard lock(mutex_);
        if (!cat_file_) {
            auto started = CatFile::start(layout_.git_dir);
            if (!started) return std::unexpected(Problem{{}, ProblemKind::unreadable, started.error().message});
            cat_file_ = std::move(*started);
        }
        auto object = cat_file_->read(to_string(id), bytes_max);
        if (!object) {
            cat_file_.reset();  // the next reader starts another
            return std::unexpected(Problem{{}, ProblemKind::unreadable, object.error().message});
        }
        if (object->type == "missing")
            return std::unexpected(Problem{{}, ProblemKind::missing_object, "no object " + to_string(id)});
        return std::move(*object);
    }

    static Object::Type type_of(std::string_view name) {
        if (name == "tree") return Object::Type::tree;
        if (name == "commit") return Object::Type::commit;
        return name == "tag" ? Object::Type::tag : Object::Type::blob;
    }

    Layout layout_;
    mutable std::mutex mutex_;
    mutable std::unique_ptr<CatFile> cat_file_;
};

}  // namespace

Result<std::unique_ptr<Repository>> open_with_git(const std::string& path) {
    auto ran = run_git({"-C", path, "rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir",
                        "--show-object-format", "--is-bare-repository"},
                       {});
    if (!ran) return std::unexpected(ran.error());
    if (ran->exit_status != 0) {
        if (ran->errors.find("not a git repository") != std::string::npos) return nullptr;
        return std::unexpected(corrupted_repository(path, ran->errors));
    }
    const auto lines = lines_of(ran->output);
    if (lines.size() != 4)
        return std::unexpected(corrupted_repository(path, "git rev-parse wrote what is not understood"));
    Layout layout{.git_dir = lines[0],
                  .common_dir = lines[1],
                  .algorithm = lines[2] == "sha256" ? HashAlgorithm::sha256 : HashAlgorithm::sha1};
    if (lines[3] != "true") {
        layout.work_dir = one_line({"-C", path, "rev-parse", "--path-format=absolute", "--show-toplevel"}).value_or("");
        // Asked from inside of .git there is no work tree; it is the folder around it.
        if (layout.work_dir.empty() && layout.git_dir.ends_with("/.git")) {
            layout.work_dir = layout.git_dir.substr(0, layout.git_dir.size() - 5);
        }
    }
    return std::make_unique<CommandRepository>(std::move(layout));
}

}  // namespace gsdb::git
