#pragma once
// What package.json and tsconfig.json files say of how modules are found.

#include <string>
#include <string_view>
#include <vector>

namespace gsdb::codebase::link {

/// A package of the codebase itself: other packages import it by its name.
struct Package {
    std::string folder;                ///< from the root of the codebase; empty for the root
    std::string name;                  ///< `@scope/name`
    std::vector<std::string> entries;  ///< files that importing the package may mean, from its folder, likeliest first
};

/// `paths` and `baseUrl` of a tsconfig.json, for the files below its folder.
struct PathAlias {
    std::string folder;
    std::string pattern;               ///< with at most one `*`: `@app/*`
    std::vector<std::string> targets;  ///< from the root of the codebase, `*` for what it stands for in the pattern
};

/// A go.mod: packages below its folder are imported by a path that begins with the module's.
struct GoModule {
    std::string folder;
    std::string path;
};

/// A Cargo.toml: other crates use this one by its name.
struct RustCrate {
    std::string folder;  ///< of its root module
    std::string name;    ///< as in paths: `grep_searcher`
};

/// Whether a file of this name is one of those.
bool is_manifest(std::string_view path);

struct Manifests {
    std::vector<Package> packages;
    std::vector<PathAlias> aliases;
    std::vector<GoModule> go_modules;
    std::vector<RustCrate> rust_crates;

    /// Takes what a manifest says, if it can be read; other files are passed over.
    void add(std::string_view path, std::string_view text);
};

}  // namespace gsdb::codebase::link
