#pragma once
// From the flows of all files of a codebase to who calls what.

#include <cstdint>
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

struct UnknownCall {
    std::uint32_t file = 0;
    flow::Index call = 0;
    Unknown reason{};
};

struct Links {
    std::vector<CallEdge> edges;       ///< in order, each once
    std::vector<UnknownCall> unknown;  ///< in order; calls that have no edge
    std::uint64_t moves = 0;           ///< work done, in objects moved
    std::uint32_t rounds = 0;          ///< times the whole was solved, as class hierarchies became known
};

/// The same files give the same links, whatever their order.
Links link(const std::vector<SourceFile>& files, const Manifests& manifests = {});

/// The dotted name of a file as a module: `a/b/__init__.py` is `a.b`, `a/index.js` is `a`.
std::string module_name(std::string_view path);
/// `module.Class.method`, nested functions inside: `module.outer.inner`.
std::string qualified_name(const SourceFile& file, const Definition& definition);

}  // namespace gsdb::codebase::link
