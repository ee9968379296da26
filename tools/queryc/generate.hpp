#pragma once
// Typed C++ from statements and their lock.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "queryc/lock.hpp"
#include "queryc/statement.hpp"

namespace gsdb::queryc {

struct Generation {
    std::string tag;                 ///< the module's tag type below gsdb: "identity::Database"
    std::string header_name;         ///< how the header is included: "modules/identity/queries.hpp"
    std::set<std::string> id_types;  ///< the typed ids of base/uuid.hpp: "OrganizationId"
};

struct Generated {
    std::string header;
    std::string source;
};

/// Throws Failure "queryc.stale" when the lock is not about these statements, "queryc.type" for a type without a C++
/// counterpart.
Generated generate(const std::vector<Statement>& statements, const Lock& lock, const Generation& generation);

/// The names that a header declares as `using NameId = Id<...>`.
std::set<std::string> find_id_types(std::string_view header);

/// find_symbols -> FindSymbols.
std::string to_camel_case(std::string_view snake_case);

}  // namespace gsdb::queryc
