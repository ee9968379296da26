#pragma once
// Packages from elsewhere: what manifests ask for, and what lock files pin.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::codebase::packages {

/// The registry that packages come from. The labels are those of codebase.external_dependencies.ecosystem.
enum class Ecosystem : std::uint8_t {
    npm,
    pypi,
    cargo,
    go,
    maven,
    rubygems,
    packagist,
    nuget,
    conan,
    vcpkg,
    cmake,  ///< no registry: what find_package() looks for on the machine
};
std::string_view to_label(Ecosystem ecosystem);

/// What a package is needed for. The labels are those of codebase.dependency_scope.
enum class Scope : std::uint8_t { runtime, development, build, test, optional, peer };
std::string_view to_label(Scope scope);

/// An entry of a manifest.
struct Request {
    std::string name;        ///< in the registry's normal form
    std::uint32_t line = 0;  ///< from 1; 0 where it has none
    Scope scope = Scope::runtime;
    std::string range;          ///< versions that it accepts, as written; empty: any
    std::string condition;      ///< when it applies, as written; empty: always
    std::string source_url;     ///< where it comes from, when not from the registry; without credentials
    std::string import_name;    ///< that code imports it by, where the manifest gives it one of its own
    std::string run_by;         ///< what runs it as a tool: `script build`, `plugin`; empty where nothing says so
    bool is_direct = true;      ///< false: only noted here because something else needs it (`// indirect` of go.mod)
    bool is_local = false;      ///< of the same tree: a path, a member of the workspace
    bool is_inherited = false;  ///< the rest is in the manifest above: workspace, parent, catalogue
};

/// An entry of a lock file.
struct Lock {
    std::string name;  ///< in the registry's normal form
    std::string version;
    Scope scope = Scope::runtime;
    std::string source_url;  ///< where it is not the registry
    std::string licence;
    std::string place;                  ///< whom it is for, where there are several of a name: see Locks
    std::string import_name;            ///< under which it is installed, where that is not its name
    std::vector<std::string> requests;  ///< that it answers, as `name@range`, where the lock file says so
    std::vector<std::string> commands;  ///< that it brings
};

/// Something that could not be read.
struct Problem {
    std::string path;
    std::uint32_t line = 0;  ///< 0: the file as a whole
    std::string cause;

    bool operator==(const Problem&) const = default;
};

/// How a manifest finds its version among several of a name in a lock file.
enum class Locks : std::uint8_t {
    by_name,     ///< all of a name are meant
    by_request,  ///< Lock::requests has what was asked for (yarn)
    by_folder,   ///< Lock::place is a folder from that of the lock file; the nearest one above counts (node_modules)
    by_member,   ///< Lock::place is the folder of the manifest, from that of the lock file (pnpm)
    by_owner,    ///< File::owned has it where there are several (Cargo)
};

/// Of several versions, the one that a package of the workspace needs.
struct Owned {
    std::string owner, name, version;
};

/// A command line in a manifest.
struct Script {
    std::string name, command;
};

/// What one file says.
struct File {
    std::string path;
    Ecosystem ecosystem{};
    bool is_manifest = false, is_lock = false;  ///< go.mod is both
    std::string name;                           ///< of the package that the manifest describes
    std::string version, licence;               ///< ... where it says so
    std::vector<Request> requests;
    std::vector<Lock> locks;
    Locks locks_by = Locks::by_name;
    std::vector<std::string> governs;  ///< of a lock file: names of the manifests that it is for, beside it
    std::vector<std::string> members;  ///< folders below whose manifests belong to this one, as shell patterns
    std::vector<Script> scripts;
    std::vector<Owned> owned;
    /// What manifests below inherit: by name, versions of workspace dependencies, managed versions, catalogues.
    std::vector<Request> offers;
    std::map<std::string, std::string> properties;   ///< of pom.xml
    std::string parent;                              ///< of pom.xml: the path of the one above; empty: none in the tree
    std::vector<std::string> includes, constraints;  ///< other files of requirements, from the root of the codebase
    std::string compiled_from;  ///< name of the file beside it that these requirements were made from
    std::vector<Problem> problems;
};

/// Whether a file of this name is a manifest or lock file that parse() knows.
bool is_package_file(std::string_view path);

/// What a file says. Never throws for what is in it: what cannot be read is among the problems.
File parse(std::string_view path, std::string_view text);

/// A package as codebase.external_dependencies has it.
struct Dependency {
    std::string manifest_path;
    std::uint32_t manifest_line = 0;  ///< 0: none
    std::string lock_path;            ///< empty: not locked
    Ecosystem ecosystem{};
    std::string name;
    Scope scope{};
    bool is_direct = false;
    bool is_local = false;  ///< of the codebase itself
    std::string range, condition, locked_version, source_url, licence;
    std::vector<std::string> import_names;  ///< see import_names()
    std::string run_by;

    auto operator<=>(const Dependency&) const = default;
};

struct Packages {
    std::vector<Dependency> dependencies;  ///< in order, each once
    std::vector<Problem> problems;         ///< in the order of their paths and lines
    std::int64_t manifests = 0, lock_files = 0;
};

/// Puts together what the files of a codebase say: what is inherited is filled in, lock files are matched with the
/// manifests that they are for, packages of the codebase itself are told apart. The same files give the same answer,
/// whatever their order.
Packages combine(std::vector<File> files);

}  // namespace gsdb::codebase::packages
