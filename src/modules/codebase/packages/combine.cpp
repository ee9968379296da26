// From what single files say to the packages of a codebase.

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>

#include "modules/codebase/packages/imports.hpp"
#include "modules/codebase/packages/names.hpp"
#include "modules/codebase/packages/packages.hpp"
#include "modules/codebase/packages/ranges.hpp"
#include "modules/codebase/packages/tools.hpp"

namespace gsdb::codebase::packages {

namespace {

bool matches(const std::string& pattern, std::string_view text) {
    // `**` may stand for any number of folders, which `*` of fnmatch() does when it is not told of paths.
    const int flags = pattern.find("**") == std::string::npos ? FNM_PATHNAME : 0;
    std::string_view plain = pattern;
    while (plain.starts_with("./")) plain.remove_prefix(2);
    while (plain.ends_with('/')) plain.remove_suffix(1);
    return ::fnmatch(std::string(plain).c_str(), std::string(text).c_str(), flags) == 0;
}

/// `path` from `folder`; nothing where it is not below.
std::optional<std::string_view> below(std::string_view folder, std::string_view path) {
    if (folder.empty()) return path;
    if (path == folder) return std::string_view{};
    if (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/')
        return path.substr(folder.size() + 1);
    return std::nullopt;
}

std::string_view installed_name(const auto& one) {
    return one.import_name.empty() ? one.name : one.import_name;
}

/// The entries of a lock file by what one looks for.
class LockIndex {
  public:
    explicit LockIndex(const File& file) : file_(file) {
        for (const auto& lock : file.locks) {
            by_name_[installed_name(lock)].push_back(&lock);
            for (const auto& request : lock.requests) by_request_.emplace(request, &lock);
        }
    }

    /// What is pinned for a request of the manifest of `owner` in `folder`, from that of the lock file.
    std::vector<const Lock*> find(const Request& request, std::string_view owner, std::string_view folder) const {
        const auto found = by_name_.find(installed_name(request));
        const auto all = found == by_name_.end() ? std::vector<const Lock*>{} : found->second;
        switch (file_.locks_by) {
            case Locks::by_name:
                return accepted(request, all);
            case Locks::by_request:
                return by_request(request, all);
            case Locks::by_folder:
                return by_folder(all, folder);
            case Locks::by_member:
                return at_place(all, folder);
            case Locks::by_owner:
                return by_owner(request, owner);
        }
        return {};
    }

    const File& file() const { return file_; }

  private:
    using Found = std::vector<const Lock*>;

    Found by_request(const Request& request, const Found& all) const {
        const auto range =
            request.import_name.empty() ? request.range : fmt::format("npm:{}@{}", request.name, request.range);
        const auto found = by_request_.find(fmt::format("{}@{}", installed_name(request), range));
        if (found != by_request_.end()) return {found->second};
        if (all.size() == 1 && (!request.source_url.empty() || request.range.empty())) return all;
        return {};
    }

    /// Of several versions, each for its condition, those that the range accepts.
    Found accepted(const Request& request, const Found& all) const {
        Found found;
        for (const auto* lock : all)
            if (all.size() == 1 || accepts(file_.ecosystem, request.range, lock->version).value_or(true))
                found.push_back(lock);
        return found.empty() ? all : found;
    }

    static Found at_place(const Found& all, std::string_view place) {
        Found found;
        for (const auto* lock : all)
            if (lock->place == place) found.push_back(lock);
        return found;
    }

    /// As Node looks for modules: in the folder, then in the one above.
    static Found by_folder(const Found& all, std::string_view folder) {
        for (;; folder = folder_of(folder)) {
            if (auto found = at_place(all, folder); !found.empty() || folder.empty()) return found;
        }
    }

    Found by_owner(const Request& request, std::string_view owner) const {
        Found found;
        const auto all = by_name_.find(request.name);
        if (all == by_name_.end()) return found;
        for (const auto* lock : all->second) {
            const bool is_owned = std::ranges::any_of(file_.owned, [&](const Owned& one) {
                return one.owner == owner && one.name == lock->name && one.version == lock->version;
            });
            if (all->second.size() == 1 || is_owned) found.push_back(lock);
        }
        return found;
    }

    const File& file_;
    std::unordered_map<std::string_view, Found> by_name_;
    std::unordered_map<std::string, const Lock*> by_request_;
};

class Combination {
  public:
    explicit Combination(std::vector<File> files) : files_(std::move(files)) {
        std::ranges::sort(files_, {}, &File::path);
        for (std::size_t i = 0; i < files_.size(); ++i) by_path_.emplace(files_[i].path, i);
        for (auto& file : files_) settle_requirements(file);
        for (const auto& file : files_)
            if (file.is_manifest && !file.name.empty()) own_.emplace(file.ecosystem, file.name);
    }

    Packages run() {
        for (auto& file : files_) {
            inherit(file);
            substitute(file);
        }
        for (const auto& file : files_)
            if (file.is_lock && !file.governs.empty()) indexes_.emplace(file.path, LockIndex(file));
        for (const auto& file : files_) {
            if (file.is_manifest) add_requests(file);
            result_.manifests += file.is_manifest ? 1 : 0;
            result_.lock_files += file.is_lock && !file.is_manifest ? 1 : 0;
        }
        for (const auto& [path, index] : indexes_) add_indirect(index);
        finish();
        return std::move(result_);
    }

  private:
    using IndexAndFolder = std::pair<const LockIndex*, std::string>;

    const File* at(const std::string& path) const {
        const auto found = by_path_.find(path);
        return found == by_path_.end() ? nullptr : &files_[found->second];
    }

    /// Requirements that were made of others are their lock file, if the others are there.
    void settle_requirements(File& file) {
        if (file.compiled_from.empty()) return;
        const auto source = join_path(folder_of(file.path), file.compiled_from);
        if (source && by_path_.contains(*source)) {
            file.is_manifest = false, file.is_lock = true;
            file.governs = {file.compiled_from};
        } else {
            file.locks.clear();
        }
    }

    // --- what is inherited ---

    /// Files in the folder of `path` and in those above, the nearest first, for which `fits` holds.
    template <class Fits>
    std::vector<const File*> above(std::string_view path, Fits fits) const {
        std::vector<const File*> found;
        for (const auto& file : files_)
            if (fits(file) && below(folder_of(file.path), folder_of(path))) found.push_back(&file);
        std::ranges::sort(found, {}, [](const File* file) {
            return std::pair(-static_cast<std::ptrdiff_t>(folder_of(file->path).size()), std::string_view(file->path));
        });
        return found;
    }

    std::vector<const File*> parents_of(const File& file) const {
        std::vector<const File*> parents;
        constexpr std::size_t parents_max = 16;
        for (const auto* next = at(file.parent); next != nullptr && parents.size() < parents_max;
             next = at(next->parent)) {
            if (next == &file || next->ecosystem != file.ecosystem) break;
            parents.push_back(next);
        }
        return parents;
    }

    /// Where a manifest finds what it inherits, the nearest first.
    std::vector<const File*> offering(const File& file) const {
        if (file.path.ends_with("pom.xml")) {
            auto parents = parents_of(file);
            parents.insert(parents.begin(), &file);
            return parents;
        }
        const auto offers = [&](const File& one) { return one.ecosystem == file.ecosystem && !one.offers.empty(); };
        if (file.ecosystem != Ecosystem::maven) return above(file.path, offers);
        std::vector<const File*> catalogues;  // Gradle's lie in a folder beside: gradle/libs.versions.toml
        for (const auto& one : files_)
            if (offers(one) && one.path.ends_with(".versions.toml")) catalogues.push_back(&one);
        return catalogues;
    }

    void inherit(File& file) {
        if (std::ranges::none_of(file.requests, &Request::is_inherited)) return;
        const auto sources = offering(file);
        std::vector<Request> complete;
        for (auto& request : file.requests) {
            if (!request.is_inherited) {
                complete.push_back(std::move(request));
                continue;
            }
            const auto before = complete.size();
            for (const auto* source : sources) {
                for (const auto& offer : source->offers)
                    if (is_meant(file, request, offer)) complete.push_back(filled(file, request, offer));
                if (complete.size() > before) break;
            }
            if (complete.size() == before) add_unfound(file, std::move(request), complete);
        }
        file.requests = std::move(complete);
    }

    static bool is_catalogued(const File& file) {
        return file.ecosystem == Ecosystem::maven && !file.path.ends_with("pom.xml");
    }

    static bool is_meant(const File& file, const Request& request, const Request& offer) {
        if (is_catalogued(file)) {
            // Accessors have capitals where nothing separates: names are compared without regard to them.
            return lower_case(request.name) == lower_case(offer.name);
        }
        if (file.ecosystem == Ecosystem::npm && request.condition != offer.condition) return false;
        return file.ecosystem == Ecosystem::cargo ? installed_name(offer) == installed_name(request)
                                                  : offer.name == request.name;
    }

    static Request filled(const File& file, Request request, const Request& offer) {
        request.is_inherited = false;
        request.range = offer.range;
        if (file.ecosystem == Ecosystem::npm) request.condition.clear();
        if (is_catalogued(file)) request.name = offer.import_name;
        if (file.path.ends_with("pom.xml") && offer.condition == "scope" && request.scope == Scope::runtime)
            request.scope = offer.scope;
        if (file.ecosystem == Ecosystem::cargo) {
            request.name = offer.name;
            request.import_name = offer.import_name;
            request.source_url = offer.source_url;
            request.is_local = offer.is_local;
        }
        return request;
    }

    void add_unfound(const File& file, Request request, std::vector<Request>& complete) {
        request.is_inherited = false;
        if (is_catalogued(file)) {
            result_.problems.push_back(
                {file.path, request.line, fmt::format("libs.{} is in no catalogue of versions", request.name)});
            return;
        }
        if (file.ecosystem == Ecosystem::npm) request.condition.clear();
        complete.push_back(std::move(request));  // its version is managed elsewhere: a parent or BOM that is not here
    }

    // --- properties ---

    /// The value of `${name}` for a manifest: its own, else that of the nearest one above.
    std::optional<std::string> property(const File& file, const std::string& name) const {
        if (const auto own = file.properties.find(name); own != file.properties.end()) return own->second;
        const auto& sources = file.path.ends_with("pom.xml")
                                  ? parents_of(file)
                                  : above(file.path, [&](const File& one) { return one.ecosystem == file.ecosystem; });
        for (const auto* source : sources)
            if (const auto found = source->properties.find(name); found != source->properties.end())
                return found->second;
        return std::nullopt;
    }

    /// `${name}`, `$(name)` and, in Gradle, `$name` by their values, as far as these are known.
    std::string substituted(const File& file, std::string text) const {
        constexpr int steps_max = 16;
        std::size_t from = 0;
        for (int step = 0; step < steps_max; ++step) {
            const auto dollar = text.find('$', from);
            if (dollar == std::string::npos || dollar + 1 >= text.size()) break;
            const char open = text[dollar + 1];
            const bool is_bracketed = open == '{' || open == '(';
            const auto start = dollar + (is_bracketed ? 2 : 1);
            auto end = is_bracketed ? text.find(open == '{' ? '}' : ')', start)
                                    : std::min(text.find_first_of(".:-$ ", start), text.size());
            if (end == std::string::npos) break;
            auto name = text.substr(start, end - start);
            if (!file.path.ends_with("pom.xml")) name = name.substr(name.rfind('.') + 1);
            const auto value = property(file, name);
            if (value)
                text.replace(dollar, end + (is_bracketed ? 1 : 0) - dollar, *value);
            else
                from = end;
        }
        return text;
    }

    void substitute(File& file) const {
        if (file.ecosystem != Ecosystem::maven && file.ecosystem != Ecosystem::nuget) return;
        for (auto& request : file.requests) {
            request.range = substituted(file, std::move(request.range));
            request.name = substituted(file, std::move(request.name));
        }
    }

    // --- lock files ---

    bool is_governed(const File& lock, const File& manifest) const {
        const auto name = std::string(file_name_of(manifest.path));
        if (lock.ecosystem != manifest.ecosystem ||
            std::ranges::none_of(lock.governs, [&](const auto& pattern) { return matches(pattern, name); }))
            return false;
        const auto folder = below(folder_of(lock.path), folder_of(manifest.path));
        if (!folder) return false;
        if (folder->empty()) return true;
        const auto is_member = [&](const File& file) {
            return std::ranges::any_of(file.members, [&](const auto& pattern) { return matches(pattern, *folder); });
        };
        if (is_member(lock)) return true;
        return std::ranges::any_of(files_, [&](const File& file) {
            return file.ecosystem == lock.ecosystem && folder_of(file.path) == folder_of(lock.path) && is_member(file);
        });
    }

    /// The lock file of a manifest, and its folder from there.
    IndexAndFolder lock_of(const File& manifest) {
        for (const auto& path : manifest.constraints)
            if (const auto* file = at(path); file != nullptr && !file->locks.empty())
                return {&indexes_.try_emplace(path, LockIndex(*file)).first->second, ""};
        const LockIndex* nearest = nullptr;
        for (const auto& [path, index] : indexes_) {
            if (!is_governed(index.file(), manifest)) continue;
            if (nearest == nullptr || folder_of(path).size() > folder_of(nearest->file().path).size())
                nearest = &index;
            else if (folder_of(path) == folder_of(nearest->file().path))
                result_.problems.push_back(
                    {path, 0, fmt::format("{} is taken for the lock file", nearest->file().path)});
        }
        if (nearest == nullptr) return {nullptr, ""};
        return {nearest, std::string(*below(folder_of(nearest->file().path), folder_of(manifest.path)))};
    }

    /// Of Go the versions are in go.mod, and pinned where go.sum has their hash.
    std::string lock_path(const LockIndex& index, const Lock& lock) const {
        const auto& path = index.file().path;
        if (index.file().ecosystem != Ecosystem::go) return path;
        const auto* sums = at(path.substr(0, path.size() - 3) + "sum");
        const auto is_it = [&](const Lock& one) { return one.name == lock.name && one.version == lock.version; };
        return sums != nullptr && std::ranges::any_of(sums->locks, is_it) ? sums->path : path;
    }

    // --- rows ---

    /// What has the name of a package of the codebase is that, unless a lock file has it from a registry: members of a
    /// workspace are in none. go.mod is its own lock file and has them.
    bool is_own(Ecosystem ecosystem, const std::string& name) const { return own_.contains({ecosystem, name}); }

    void add_requests(const File& manifest) {
        if (manifest.requests.empty()) return;
        const auto [index, folder] = lock_of(manifest);
        for (const auto& request : manifest.requests) {
            if (request.name.empty()) continue;
            const bool is_local =
                request.is_local || (is_own(manifest.ecosystem, request.name) && manifest.ecosystem == Ecosystem::go);
            const auto locks =
                index == nullptr || is_local ? std::vector<const Lock*>{} : index->find(request, manifest.name, folder);
            if (locks.empty() && request.is_direct) add_request(manifest, request, index, nullptr);
            for (const auto* lock : locks) add_request(manifest, request, index, lock);
        }
    }

    void add_request(const File& manifest, const Request& request, const LockIndex* index, const Lock* lock) {
        Dependency row{.manifest_path = manifest.path,
                       .manifest_line = request.line,
                       .ecosystem = manifest.ecosystem,
                       .name = request.name,
                       .scope = request.scope,
                       .is_direct = request.is_direct,
                       .is_local = request.is_local || (lock == nullptr && is_own(manifest.ecosystem, request.name)),
                       .range = request.is_direct ? request.range : "",
                       .condition = request.condition,
                       .source_url = request.source_url,
                       .import_names = import_names(manifest.ecosystem, request.name, request.import_name),
                       .run_by = request.run_by};
        static const std::vector<std::string> no_commands;
        if (row.run_by.empty())
            row.run_by =
                run_by(manifest.scripts, installed_name(request), lock == nullptr ? no_commands : lock->commands);
        if (row.run_by.empty()) row.run_by = kind_by_name(row.ecosystem, row.name);
        if (lock != nullptr) {
            row.lock_path = lock_path(*index, *lock);
            row.locked_version = lock->version;
            row.licence = lock->licence;
            if (row.source_url.empty()) row.source_url = lock->source_url;
            used_.insert(std::tuple(index->file().path, lock->name, lock->version));
        }
        result_.dependencies.push_back(std::move(row));
    }

    /// What a lock file has besides what manifests ask for.
    void add_indirect(const LockIndex& index) {
        const auto& file = index.file();
        if (file.ecosystem == Ecosystem::go || file.governs.empty()) return;  // go.mod says itself what is indirect
        const auto manifest = std::ranges::find_if(files_, [&](const File& one) {
            return one.is_manifest && folder_of(one.path) == folder_of(file.path) && is_governed(file, one);
        });
        std::map<std::pair<std::string_view, std::string_view>, Dependency> rows;
        for (const auto& lock : file.locks) {
            if (lock.name.empty() || lock.version.empty() ||
                used_.contains(std::tuple(file.path, lock.name, lock.version)))
                continue;
            Dependency row{.manifest_path = manifest == files_.end() ? file.path : manifest->path,
                           .lock_path = file.path,
                           .ecosystem = file.ecosystem,
                           .name = lock.name,
                           .scope = lock.scope,
                           .locked_version = lock.version,
                           .source_url = lock.source_url,
                           .licence = lock.licence,
                           .import_names = import_names(file.ecosystem, lock.name, lock.import_name)};
            const auto [known, is_new] = rows.try_emplace({lock.name, lock.version}, row);
            if (!is_new) known->second.scope = std::min(known->second.scope, row.scope);
        }
        for (auto& [key, row] : rows) result_.dependencies.push_back(std::move(row));
    }

    /// Keeps what is stored to lengths that an index takes. No registry has names that long.
    static void shorten(Dependency& dependency) {
        constexpr std::size_t name_bytes_max = 256, condition_bytes_max = 512, url_bytes_max = 2048;
        for (auto* text : {&dependency.name, &dependency.range, &dependency.locked_version, &dependency.run_by})
            *text = excerpt(*text, name_bytes_max);
        for (auto* text : {&dependency.condition, &dependency.licence}) *text = excerpt(*text, condition_bytes_max);
        dependency.source_url = excerpt(dependency.source_url, url_bytes_max);
        for (auto& name : dependency.import_names) name = excerpt(name, name_bytes_max);
    }

    /// In order, each once by what makes a row of codebase.external_dependencies one of its own.
    void finish() {
        for (auto& dependency : result_.dependencies) shorten(dependency);
        std::ranges::sort(result_.dependencies);
        const auto key = [](const Dependency& d) {
            return std::tie(d.manifest_path, d.ecosystem, d.name, d.scope, d.is_direct, d.range, d.condition,
                            d.locked_version);
        };
        std::set<std::tuple<std::string, Ecosystem, std::string, Scope, bool, std::string, std::string, std::string>>
            seen;
        std::erase_if(result_.dependencies, [&](const Dependency& d) { return !seen.emplace(key(d)).second; });
        std::erase_if(result_.dependencies, [](const Dependency& d) { return d.name.empty(); });
        for (auto& file : files_) std::ranges::move(file.problems, std::back_inserter(result_.problems));
        for (auto& problem : result_.problems) problem.cause = excerpt(problem.cause, 300);
        std::ranges::sort(result_.problems, {}, [](const Problem& p) { return std::tie(p.path, p.line, p.cause); });
        const auto repeated = std::ranges::unique(result_.problems);
        result_.problems.erase(repeated.begin(), repeated.end());
    }

    std::vector<File> files_;
    std::unordered_map<std::string, std::size_t> by_path_;
    std::set<std::pair<Ecosystem, std::string>> own_;
    std::map<std::string, LockIndex> indexes_;
    std::set<std::tuple<std::string, std::string, std::string>> used_;  ///< lock file, name, version
    Packages result_;
};

}  // namespace

Packages combine(std::vector<File> files) {
    return Combination(std::move(files)).run();
}

}  // namespace gsdb::codebase::packages
