#pragma once
// From the flows of all files of a codebase to who calls what.

#include <cstdint>
#include <exception>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "modules/codebase/flow/flow.hpp"
#include "modules/codebase/link/manifests.hpp"

namespace gsdb::codebase::link {

struct SourceFile {
    std::string path;  ///< from the root of the codebase, with slashes
    flow::FileFlow flow;
};

/// How the meaning of a call was found. The labels are among those of codebase.resolution_method.
enum class Method : std::uint8_t {
    scope,             ///< a name that this file defines
    import,            ///< a name that an import brings, directly or through other files
    member,            ///< a member of the class that the call stands in
    inherited_member,  ///< ... of a class that it inherits from
    inferred_type,     ///< a member of what the receiver was found to be
    value_flow,        ///< a value that was assigned, passed, returned or stored before
};
std::string_view to_label(Method);

/// Why nothing is known of a call. The order is that of codebase.unresolved_reason.
enum class Unknown : std::uint8_t { external, builtin, dynamic, ambiguous, parse_gap, not_found };

/// A function or class of one of the files.
struct Definition {
    std::uint32_t file = 0;
    flow::Index index = 0;  ///< in FileFlow::functions or classes
    bool is_class = false;

    auto operator<=>(const Definition&) const = default;
};

struct CallEdge {
    std::uint32_t file = 0;
    flow::Index call = 0;    ///< in FileFlow::calls
    flow::Index caller = 0;  ///< function of the same file that it stands in
    Definition callee;       ///< a class where it has no constructor of its own
    Method method{};

    auto operator<=>(const CallEdge&) const = default;
};

/// Something that none of the files defines.
struct Outside {
    extract::Language language{};
    std::string package;  ///< as imports name it: `requests`, `@scope/name`; empty: of the language itself
    std::string name;     ///< `os.path.join`, `get`; empty: the package as a whole

    auto operator<=>(const Outside&) const = default;
};

/// What an import or a base class means.
struct Target {
    enum class Kind : std::uint8_t { function, class_, file, outside };
    Kind kind{};
    std::uint32_t file = 0;  ///< of `outside`: its number in Links::outside
    flow::Index index = 0;   ///< of a function or class

    auto operator<=>(const Target&) const = default;
};

struct OutsideCall {
    std::uint32_t file = 0;
    flow::Index call = 0;
    flow::Index caller = 0;
    std::uint32_t outside = 0;  ///< in Links::outside

    auto operator<=>(const OutsideCall&) const = default;
};

/// A class inherits from something; in the order in which it names them.
struct Inheritance {
    std::uint32_t file = 0;
    flow::Index class_ = 0;
    Target base;
};

/// An import brings a file, a package, or one thing of a file (then there is an edge to the file, too).
struct ImportEdge {
    std::uint32_t file = 0;
    flow::Index import = 0;  ///< in FileFlow::imports; with is_wildcard in FileFlow::wildcards
    bool is_wildcard = false;
    Target target;

    auto operator<=>(const ImportEdge&) const = default;
};

/// A function names a class or function without calling it. Where, is not known.
struct NameUse {
    enum class Kind : std::uint8_t {
        read,      ///< an attribute of a class
        type_use,  ///< an annotation, or what an exception is caught by
        pass,      ///< put into a collection or an attribute
    };
    std::uint32_t file = 0;
    flow::Index function = 0;  ///< in whose body it stands
    Kind kind{};
    Definition definition;

    auto operator<=>(const NameUse&) const = default;
};

struct UnknownCall {
    std::uint32_t file = 0;
    flow::Index call = 0;
    Unknown reason{};
};

struct Links {
    std::vector<CallEdge> edges;  ///< in order, each once
    std::vector<CallEdge>
        instantiations;  ///< the classes that calls make an instance of, also where a constructor runs
    std::vector<OutsideCall> outside_calls;
    /// Functions and classes that are handed to a call of something that is not known: it may call them.
    std::vector<CallEdge> passes;
    std::vector<NameUse> uses;         ///< in order, each once
    std::vector<UnknownCall> unknown;  ///< in order; calls that have no edge; those of `outside_calls` as well
    std::vector<Inheritance> bases;
    std::vector<ImportEdge> imports;
    std::vector<Outside> outside;  ///< in order, each once
    std::uint64_t moves = 0;       ///< work done, in objects moved
    std::uint32_t rounds = 0;      ///< times the whole was solved, as class hierarchies became known
};

/// Thrown when linking was asked to stop.
struct Stopped : std::exception {
    const char* what() const noexcept override { return "linking was stopped"; }
};

/// The same files give the same links, whatever their order. Throws Stopped.
Links link(const std::vector<SourceFile>& files, const Manifests& manifests = {}, const std::stop_token& stop = {});

/// The dotted name of a file as a module: `a/b/__init__.py` is `a.b`, `a/index.js` and `a/mod.rs` are `a`.
std::string module_name(std::string_view path);
/// `module.Class.method`, nested functions inside: `module.outer.inner`.
std::string qualified_name(const SourceFile& file, const Definition& definition);

}  // namespace gsdb::codebase::link
