#pragma once
// Which file an import means.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "modules/codebase/extract/languages.hpp"
#include "modules/codebase/link/graph.hpp"
#include "modules/codebase/link/manifests.hpp"

namespace gsdb::codebase::link {

using ModuleId = std::uint32_t;

/// A file, or a folder that is a package without a file of its own.
struct Module {
    std::uint32_t file = no_id;
    std::string path;  ///< without extension; of a package, its folder
};

class ModulePaths {
  public:
    /// `paths[i]` is the path of file i.
    ModulePaths(const std::vector<std::string_view>& paths, const std::vector<extract::Language>& languages,
                Manifests manifests);

    const Module& operator[](ModuleId id) const { return modules_[id]; }
    ModuleId of_file(std::uint32_t file) const { return module_of_file_[file]; }
    std::size_t size() const { return modules_.size(); }

    /// What `import text` in the file means; nothing when it is not of this codebase.
    std::optional<ModuleId> resolve(std::uint32_t file, std::string_view text) const;
    /// The package that `import a.b.c` binds: `a`.
    std::optional<ModuleId> resolve_root(std::uint32_t file, std::string_view text) const;
    std::optional<ModuleId> submodule(ModuleId module, std::string_view name) const;

  private:
    std::optional<ModuleId> python(std::uint32_t file, std::string_view text) const;
    std::optional<ModuleId> python_relative(std::uint32_t file, std::string_view text) const;
    std::optional<ModuleId> javascript(std::uint32_t file, std::string_view text) const;
    std::optional<ModuleId> javascript_alias(std::uint32_t file, std::string_view text) const;
    std::optional<ModuleId> javascript_package(std::string_view text) const;
    std::optional<ModuleId> javascript_file(std::string_view path) const;
    std::optional<ModuleId> at(const std::string& path) const;
    ModuleId add(std::string path, std::uint32_t file);
    void add_python(std::uint32_t file, std::string_view path);
    std::vector<std::string> python_roots(std::uint32_t file, std::string_view first) const;

    std::vector<Module> modules_;
    std::vector<ModuleId> module_of_file_;
    std::vector<std::string> paths_;
    std::vector<extract::Language> languages_;
    Manifests manifests_;
    std::unordered_map<std::string, ModuleId> by_path_;                ///< Python: without extension
    std::unordered_map<std::string, std::uint32_t> files_;             ///< all files by their whole path
    std::unordered_set<std::string> packages_;                         ///< folders with an __init__.py
    std::unordered_map<std::string, std::vector<std::string>> roots_;  ///< folders, by what can be imported from them
};

}  // namespace gsdb::codebase::link
