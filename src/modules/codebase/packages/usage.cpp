#include "modules/codebase/packages/usage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>

#include "modules/codebase/packages/imports.hpp"
#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

/// Names of PyPI's packages do not tell capitals, nor hyphens from underscores.
std::string comparable(Ecosystem ecosystem, std::string_view name) {
    return ecosystem == Ecosystem::pypi ? lower_case(name) : std::string(name);
}

std::string key_of(Ecosystem ecosystem, std::string_view beginning) {
    return fmt::format("{} {}", to_label(ecosystem), comparable(ecosystem, beginning));
}

/// Ecosystems in which each folder with a manifest is a package that asks for what it imports itself.
bool has_packages_of_its_own(Ecosystem ecosystem) {
    return ecosystem == Ecosystem::npm || ecosystem == Ecosystem::cargo || ecosystem == Ecosystem::go;
}

bool is_below(std::string_view folder, std::string_view path) {
    return folder.empty() || (path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/');
}

/// `com.google` of `com.google.common.collect`: whoever owns a domain owns all below.
std::string_view owner_of(std::string_view package) {
    const auto first = package.find('.');
    return first == std::string_view::npos ? package : package.substr(0, package.find_first_of(".:", first + 1));
}

/// The types of `@types/name` are used by who imports `name`.
std::string_view typed_by(std::string_view package) {
    constexpr std::string_view types = "@types/";
    return package.starts_with(types) ? package.substr(types.size()) : std::string_view{};
}

}  // namespace

std::string_view to_label(Usage usage) {
    static constexpr std::array<std::string_view, 5> labels{"used", "run", "unused", "elsewhere", "not_judged"};
    return labels[static_cast<std::size_t>(usage)];
}

UsageJudge::UsageJudge(const std::vector<Dependency>& dependencies, const std::vector<Import>& imports)
    : dependencies_(dependencies),
      imports_(imports),
      packages_of_import_(imports.size()),
      imports_of_package_(dependencies.size()) {
    std::unordered_map<std::string, std::vector<std::size_t>> by_name;
    for (std::size_t i = 0; i < dependencies.size(); ++i)
        for (const auto& name : dependencies[i].import_names)
            by_name[key_of(dependencies[i].ecosystem, name)].push_back(i);
    for (const auto& dependency : dependencies) {
        if (!dependency.is_direct) continue;
        if (dependency.ecosystem == Ecosystem::maven) owners_asked_for_.emplace(owner_of(dependency.name));
        if (const auto typed = typed_by(dependency.name); !typed.empty()) typed_.emplace(typed);
    }
    for (std::size_t i = 0; i < imports.size(); ++i) {
        if (imports[i].ecosystem == Ecosystem::maven) owners_imported_.emplace(owner_of(imports[i].imported));
        for (const auto& beginning : import_beginnings(imports[i].ecosystem, imports[i].imported)) {
            const auto found = by_name.find(key_of(imports[i].ecosystem, beginning));
            if (found == by_name.end()) continue;
            packages_of_import_[i] = found->second;
            break;  // the longest is meant: github.com/a/b/v2 is not of github.com/a/b
        }
        for (const auto package : packages_of_import_[i]) imports_of_package_[package].push_back(i);
    }
}

Verdict UsageJudge::verdict(std::size_t number) const {
    const auto& dependency = dependencies_[number];
    Verdict verdict{.is_certain = is_certain(dependency.ecosystem, dependency.name)};
    const auto folder =
        has_packages_of_its_own(dependency.ecosystem) ? folder_of(dependency.manifest_path) : std::string_view{};
    std::set<std::string_view> here, all;
    for (const auto i : imports_of_package_[number]) {
        all.insert(imports_[i].path);
        if (is_below(folder, imports_[i].path)) here.insert(imports_[i].path);
    }
    verdict.files_using = static_cast<std::int64_t>(here.size());
    if (!here.empty()) {
        verdict.usage = Usage::used;
        verdict.reason = fmt::format("{} {} it", here.size(), here.size() == 1 ? "file imports" : "files import");
        return verdict;
    }
    const auto not_judged = [&](std::string reason) {
        verdict.usage = Usage::not_judged, verdict.reason = std::move(reason);
        return verdict;
    };
    if (dependency.import_names.empty()) return not_judged("imports of this ecosystem are not followed");
    if (!dependency.run_by.empty()) {
        verdict.usage = Usage::run, verdict.reason = dependency.run_by;
        return verdict;
    }
    if (dependency.is_local) return not_judged("it is of the codebase itself");
    if (!dependency.is_direct) return not_judged("something else needs it");
    if (dependency.scope != Scope::runtime) return not_judged(fmt::format("scope {}", to_label(dependency.scope)));
    verdict.usage = all.empty() ? Usage::unused : Usage::elsewhere;
    if (!all.empty()) {
        verdict.reason = fmt::format("{} imports it, and nothing below {}", *all.begin(), folder);
        return verdict;
    }
    if (dependency.ecosystem == Ecosystem::maven && owners_imported_.contains(std::string(owner_of(dependency.name))))
        return not_judged("something of the same owner is imported");
    verdict.reason = fmt::format("nothing imports {}", dependency.import_names.front());
    if (!verdict.is_certain) verdict.reason += ", if that is what imports of it look like";
    return verdict;
}

std::vector<Verdict> UsageJudge::verdicts() const {
    std::vector<Verdict> all;
    for (std::size_t i = 0; i < dependencies_.size(); ++i) all.push_back(verdict(i));
    return all;
}

/// What is imported of one name, that no package of a manifest has.
struct UsageJudge::Unmatched {
    Ecosystem ecosystem;
    std::string name;
    const Import* first;
    std::int64_t files;
    const Dependency* indirect;  ///< only because something else needs it
};

std::vector<UsageJudge::Unmatched> UsageJudge::unmatched() const {
    std::map<std::pair<Ecosystem, std::string>, Unmatched> found;
    std::set<std::tuple<Ecosystem, std::string, std::string_view>> files;
    for (std::size_t i = 0; i < imports_.size(); ++i) {
        const auto& import = imports_[i];
        if (is_no_package(import.ecosystem, import.imported)) continue;
        const auto& packages = packages_of_import_[i];
        if (std::ranges::any_of(packages, [&](std::size_t p) { return dependencies_[p].is_direct; })) continue;
        if (import.ecosystem == Ecosystem::maven && owners_asked_for_.contains(std::string(owner_of(import.imported))))
            continue;
        if (import.ecosystem == Ecosystem::npm && typed_.contains(import.imported)) continue;
        auto name = import.ecosystem == Ecosystem::pypi ? import.imported.substr(0, import.imported.find('.'))
                                                        : import.imported;
        const auto* indirect = packages.empty() ? nullptr : &dependencies_[packages.front()];
        if (indirect != nullptr && import.ecosystem == Ecosystem::go) name = indirect->name;
        const auto [known, is_new] =
            found.try_emplace({import.ecosystem, name}, Unmatched{import.ecosystem, name, &import, 0, indirect});
        const auto place = [](const Import& one) { return std::tie(one.path, one.line); };
        if (!is_new && place(import) < place(*known->second.first)) known->second.first = &import;
        if (files.emplace(import.ecosystem, name, import.path).second) ++known->second.files;
    }
    std::vector<Unmatched> all;
    for (auto& [key, one] : found) all.push_back(std::move(one));
    return all;
}

std::vector<std::string> UsageJudge::modules_in_doubt() const {
    std::vector<std::string> modules;
    for (const auto& one : unmatched())
        if (one.ecosystem == Ecosystem::pypi) modules.push_back(one.name);
    return modules;
}

std::vector<Missing> UsageJudge::missing(const std::function<bool(const std::string&)>& is_inside) const {
    std::vector<Missing> all;
    for (const auto& one : unmatched()) {
        if (one.ecosystem == Ecosystem::pypi && is_inside(one.name)) continue;
        const bool has_manifest =
            std::ranges::any_of(dependencies_, [&](const Dependency& d) { return d.ecosystem == one.ecosystem; });
        Missing missing{
            .ecosystem = one.ecosystem,
            .name = one.name,
            .path = one.first->path,
            .line = one.first->line,
            .files = one.files,
            .is_certain = has_manifest && (one.ecosystem == Ecosystem::npm || one.ecosystem == Ecosystem::go)};
        if (one.indirect != nullptr)
            missing.reason = fmt::format("no manifest asks for it; {} has it because something else needs it",
                                         one.indirect->lock_path);
        else
            missing.reason = has_manifest ? "no manifest asks for it"
                                          : fmt::format("no manifest of {} asks for anything", to_label(one.ecosystem));
        all.push_back(std::move(missing));
    }
    return all;
}

}  // namespace gsdb::codebase::packages
