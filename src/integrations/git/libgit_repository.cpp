#include "integrations/git/libgit_repository.hpp"

#include <git2.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "integrations/git/libgit.hpp"

namespace gsdb::git {

using codebase::source::ProblemKind;

namespace {

std::string without_slash(const char* path) {
    std::string result = path == nullptr ? "" : path;
    while (result.size() > 1 && result.ends_with('/')) result.pop_back();
    return result;
}

ObjectId id_of(const git_oid& oid) {
    return *ObjectId::from_bytes({oid.id, GIT_OID_RAWSZ});
}

git_oid oid_of(const ObjectId& id) {
    git_oid oid;
    git_oid_fromraw(&oid, id.bytes.data());
    return oid;
}

Problem problem_of(int code) {
    const auto kind = code == GIT_ENOTFOUND ? ProblemKind::missing_object : ProblemKind::unreadable;
    return {.kind = kind, .cause = libgit_message()};
}

struct Handle {
    Libgit<git_repository> repository;
    Libgit<git_odb> objects;
};

Handle open_handle(const std::string& path, unsigned flags) {
    Handle handle;
    git_repository* repository = nullptr;
    if (git_repository_open_ext(&repository, path.c_str(), flags, nullptr) != 0) return handle;
    handle.repository.reset(repository);
    git_odb* objects = nullptr;
    if (git_repository_odb(&objects, repository) != 0) return {};
    handle.objects.reset(objects);
    return handle;
}

// A handle is for one thread at a time; a thread that needs one takes an idle one or opens another.
class HandlePool {
  public:
    HandlePool(Handle first, std::string path) : path_(std::move(path)) { idle_.push_back(std::move(first)); }

    template <class Work>
    auto with(const Work& work) const {
        const Lease lease{*this, take()};
        return work(lease.handle);
    }

  private:
    struct Lease {
        const HandlePool& pool;
        Handle handle;
        ~Lease() {
            const std::lock_guard lock(pool.mutex_);
            pool.idle_.push_back(std::move(handle));
        }
    };

    Handle take() const {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto handle = std::move(idle_.back());
                idle_.pop_back();
                return handle;
            }
        }
        auto opened = open_handle(path_, GIT_REPOSITORY_OPEN_NO_SEARCH);
        if (opened.repository == nullptr) throw Failure(corrupted_repository(path_, libgit_message()));
        return opened;
    }

    std::string path_;
    mutable std::mutex mutex_;
    mutable std::vector<Handle> idle_;
};

class LibgitRepository final : public Repository {
  public:
    LibgitRepository(Handle first, Layout layout)
        : layout_(std::move(layout)),
          pool_(std::move(first), layout_.work_dir.empty() ? layout_.git_dir : layout_.work_dir) {}

    const Layout& layout() const override { return layout_; }

    Settings settings() const override {
        return pool_.with([&](const Handle& handle) {
            Settings settings;
            git_config* raw = nullptr;
            if (git_repository_config_snapshot(&raw, handle.repository.get()) != 0) return settings;
            const Libgit<git_config> config(raw);
            settings.file_mode = flag(raw, "core.filemode", true);
            settings.symlinks = flag(raw, "core.symlinks", true);
            settings.ignore_case = flag(raw, "core.ignorecase", false);
            const char* text = nullptr;
            settings.converts_line_ends =
                (git_config_get_string(&text, raw, "core.autocrlf") == 0 && std::string_view(text) != "false") ||
                git_config_get_string(&text, raw, "core.eol") == 0;
            settings.excludes_file = file(raw, "core.excludesfile", "/git/ignore");
            settings.attributes_file = file(raw, "core.attributesfile", "/git/attributes");
            return settings;
        });
    }

    Result<Head> head() const override {
        return pool_.with([&](const Handle& handle) -> Result<Head> {
            auto* repository = handle.repository.get();
            git_reference* raw = nullptr;
            if (git_reference_lookup(&raw, repository, "HEAD") != 0)
                return std::unexpected(corrupted("HEAD cannot be read"));
            const Libgit<git_reference> reference(raw);
            Head head;
            if (git_reference_type(raw) == GIT_REFERENCE_DIRECT) {
                head.detached = true;
                head.commit = id_of(*git_reference_target(raw));
                return head;
            }
            const std::string target = git_reference_symbolic_target(raw);
            constexpr std::string_view branches = "refs/heads/";
            head.branch = target.starts_with(branches) ? target.substr(branches.size()) : target;
            git_oid oid;
            const int found = git_reference_name_to_id(&oid, repository, target.c_str());
            if (found == 0) {
                head.commit = id_of(oid);
            } else if (found == GIT_ENOTFOUND) {
                head.unborn = true;
            } else {
                return std::unexpected(corrupted("branch " + target + " cannot be read"));
            }
            return head;
        });
    }

    // From the configuration itself: git_remote_list() and git_remote_lookup() of libgit2 1.5 match regular
    // expressions, and each match leaks 20 kB.
    std::string remote_url() const override {
        return pool_.with([&](const Handle& handle) -> std::string {
            git_config* raw = nullptr;
            if (git_repository_config_snapshot(&raw, handle.repository.get()) != 0) return {};
            const Libgit<git_config> config(raw);
            std::map<std::string, std::string> urls;
            git_config_foreach(
                raw,
                [](const git_config_entry* entry, void* into) {
                    std::string_view name = entry->name;
                    if (name.starts_with("remote.") && name.ends_with(".url")) {
                        static_cast<std::map<std::string, std::string>*>(into)->emplace(name, entry->value);
                    }
                    return 0;
                },
                &urls);
            if (urls.size() == 1) return urls.begin()->second;
            const auto origin = urls.find("remote.origin.url");
            return origin == urls.end() ? "" : origin->second;
        });
    }

    bool has_branches() const override {
        return pool_.with([&](const Handle& handle) {
            git_branch_iterator* raw = nullptr;
            if (git_branch_iterator_new(&raw, handle.repository.get(), GIT_BRANCH_ALL) != 0) return false;
            const Libgit<git_branch_iterator> branches(raw);
            git_reference* branch = nullptr;
            git_branch_t type{};
            if (git_branch_next(&branch, &type, raw) != 0) return false;
            git_reference_free(branch);
            return true;
        });
    }

    Result<std::vector<Reference>> references() const override {
        return pool_.with([&](const Handle& handle) -> Result<std::vector<Reference>> {
            std::vector<Reference> references;
            git_reference_iterator* raw = nullptr;
            if (git_reference_iterator_new(&raw, handle.repository.get()) != 0)
                return std::unexpected(corrupted("its references cannot be read"));
            const Libgit<git_reference_iterator> all(raw);
            git_reference* next = nullptr;
            int code = 0;
            // A reference that is damaged or goes away meanwhile is passed over, as git does.
            while ((code = git_reference_next(&next, raw)) != GIT_ITEROVER) {
                if (code != 0) break;
                const Libgit<git_reference> reference(next);
                if (git_reference_type(next) == GIT_REFERENCE_DIRECT)
                    references.push_back({git_reference_name(next), id_of(*git_reference_target(next))});
            }
            std::ranges::sort(references, {}, &Reference::name);
            return references;
        });
    }

    std::string symbolic_target(const std::string& name) const override {
        return pool_.with([&](const Handle& handle) -> std::string {
            git_reference* raw = nullptr;
            if (git_reference_lookup(&raw, handle.repository.get(), name.c_str()) != 0) return {};
            const Libgit<git_reference> reference(raw);
            return git_reference_type(raw) == GIT_REFERENCE_SYMBOLIC ? git_reference_symbolic_target(raw) : "";
        });
    }

    std::optional<ObjectId> find_commit(const std::string& revision) const override {
        return pool_.with([&](const Handle& handle) -> std::optional<ObjectId> {
            auto* repository = handle.repository.get();
            const auto named = named_object(repository, revision);
            git_object* peeled = nullptr;
            if (named == nullptr || git_object_peel(&peeled, named.get(), GIT_OBJECT_COMMIT) != 0) return std::nullopt;
            const Libgit<git_object> commit(peeled);
            return id_of(*git_object_id(peeled));
        });
    }

    std::expected<Object, Problem> read(const ObjectId& id, std::uint64_t bytes_max) const override {
        return problem_if_gone([&](const Handle& handle) -> std::expected<Object, Problem> {
            const auto oid = oid_of(id);
            // The header first: an object of gigabytes must not be unpacked to learn that it is too large.
            std::size_t size = 0;
            git_object_t type{};
            if (const int code = git_odb_read_header(&size, &type, handle.objects.get(), &oid); code != 0) {
                return std::unexpected(problem_of(code));
            }
            if (size > bytes_max)
                return std::unexpected(Problem{{}, ProblemKind::too_large, std::to_string(size) + " bytes"});
            git_odb_object* raw = nullptr;
            if (const int code = git_odb_read(&raw, handle.objects.get(), &oid); code != 0) {
                return std::unexpected(problem_of(code));
            }
            const Libgit<git_odb_object> object(raw);
            const auto* data = static_cast<const std::uint8_t*>(git_odb_object_data(raw));
            return Object{type_of(type), Bytes(data, data + git_odb_object_size(raw))};
        });
    }

    std::expected<std::uint64_t, Problem> size(const ObjectId& id) const override {
        return problem_if_gone([&](const Handle& handle) -> std::expected<std::uint64_t, Problem> {
            const auto oid = oid_of(id);
            std::size_t size = 0;
            git_object_t type{};
            const int code = git_odb_read_header(&size, &type, handle.objects.get(), &oid);
            if (code != 0) return std::unexpected(problem_of(code));
            return size;
        });
    }

    std::optional<Bytes> converted(const std::string& path, ByteView content) const override {
        return pool_.with([&](const Handle& handle) -> std::optional<Bytes> {
            git_filter_list* raw = nullptr;
            // libgit2 knows two filters, line ends and ident; a third one cannot be configured into it.
            if (git_filter_list_load(&raw, handle.repository.get(), nullptr, path.c_str(), GIT_FILTER_TO_ODB,
                                     GIT_FILTER_ALLOW_UNSAFE) != 0 ||
                raw == nullptr) {
                return std::nullopt;
            }
            const Libgit<git_filter_list> filters(raw);
            LibgitBuffer out;
            const auto text = as_text(content);
            if (git_filter_list_apply_to_buffer(out.get(), raw, text.data(), text.size()) != 0) return std::nullopt;
            const auto bytes = as_bytes({out.get()->ptr, out.get()->size});
            return Bytes(bytes.begin(), bytes.end());
        });
    }

    bool has_external_filter(const std::string& path) const override {
        return pool_.with([&](const Handle& handle) {
            const char* names[] = {"filter", "working-tree-encoding"};
            const char* values[2] = {};
            if (git_attr_get_many(values, handle.repository.get(), GIT_ATTR_CHECK_FILE_THEN_INDEX, path.c_str(), 2,
                                  names) != 0) {
                return false;
            }
            return git_attr_value(values[0]) == GIT_ATTR_VALUE_STRING ||
                   git_attr_value(values[1]) == GIT_ATTR_VALUE_STRING;
        });
    }

  private:
    static Libgit<git_object> named_object(git_repository* repository, const std::string& revision) {
        git_object* object = nullptr;
        // The second form finds the branch of a remote by its plain name, as `git checkout` does.
        for (const auto& name : {revision, "refs/remotes/origin/" + revision}) {
            git_reference* raw = nullptr;
            if (git_reference_dwim(&raw, repository, name.c_str()) != 0) continue;
            const Libgit<git_reference> reference(raw);
            if (git_reference_peel(&object, raw, GIT_OBJECT_ANY) == 0) return Libgit<git_object>(object);
        }
        if (const auto id = ObjectId::parse(revision); id && id->algorithm == HashAlgorithm::sha1) {
            const auto oid = oid_of(*id);
            git_object_lookup(&object, repository, &oid, GIT_OBJECT_ANY);
            return Libgit<git_object>(object);
        }
        // Abbreviations and operators: v1~3, main@{1}. The rest is no revision, and would leak like remote_url()'s.
        const bool is_short_id = revision.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
        if (is_short_id || revision.find_first_of("~^@:") != std::string::npos) {
            git_revparse_single(&object, repository, revision.c_str());
        }
        return Libgit<git_object>(object);
    }

    // The repository may be moved or removed while its files are read.
    template <class Work>
    auto problem_if_gone(const Work& work) const -> decltype(work(std::declval<const Handle&>())) {
        try {
            return pool_.with(work);
        } catch (const Failure& failure) {
            return std::unexpected(Problem{{}, ProblemKind::unreadable, failure.what()});
        }
    }

    Error corrupted(std::string cause) const {
        return corrupted_repository(layout_.git_dir, std::move(cause) + ": " + libgit_message());
    }

    static bool flag(const git_config* config, const char* name, bool otherwise) {
        int value = 0;
        return git_config_get_bool(&value, config, name) == 0 ? value != 0 : otherwise;
    }

    // A file named by the configuration, `~` expanded, or its default below XDG_CONFIG_HOME.
    static std::string file(const git_config* config, const char* name, const char* otherwise) {
        LibgitBuffer path;
        if (git_config_get_path(path.get(), config, name) == 0) return path.text();
        return default_config_file(otherwise);
    }

    static Object::Type type_of(git_object_t type) {
        switch (type) {
            case GIT_OBJECT_TREE:
                return Object::Type::tree;
            case GIT_OBJECT_COMMIT:
                return Object::Type::commit;
            case GIT_OBJECT_TAG:
                return Object::Type::tag;
            default:
                return Object::Type::blob;
        }
    }

    Layout layout_;
    HandlePool pool_;
};

}  // namespace

LibgitOpened open_with_libgit(const std::string& path) {
    use_libgit();
    git_repository* probe = nullptr;
    const int code = git_repository_open_ext(&probe, path.c_str(), 0, nullptr);
    if (code == GIT_ENOTFOUND) return {.outcome = LibgitOpened::Outcome::not_found};
    if (code != 0) return {.outcome = LibgitOpened::Outcome::refused, .cause = libgit_message()};
    Handle handle;
    handle.repository.reset(probe);
    git_odb* objects = nullptr;
    if (git_repository_odb(&objects, probe) != 0)
        return {.outcome = LibgitOpened::Outcome::refused, .cause = libgit_message()};
    handle.objects.reset(objects);
    Layout layout{.git_dir = without_slash(git_repository_path(probe)),
                  .common_dir = without_slash(git_repository_commondir(probe)),
                  .work_dir = git_repository_is_bare(probe) == 1 ? "" : without_slash(git_repository_workdir(probe))};
    return {.outcome = LibgitOpened::Outcome::opened,
            .repository = std::make_unique<LibgitRepository>(std::move(handle), std::move(layout))};
}

}  // namespace gsdb::git
