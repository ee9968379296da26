#pragma once
// What whoever administers events has in common: who may, and how sources are named.

#include <optional>
#include <string>

#include "base/error.hpp"
#include "modules/events/database.hpp"
#include "modules/identity/api.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

/// Throws the Failure that says what the actor lacks.
void authorize(const identity::Actor& actor);

/// A Failure events.no_such_source.
Failure no_such_source(const std::string& name);

/// Throws no_such_source() where a name is given that no source has.
Task<> require_source(pg::Database<Database> database, OrganizationId organization, std::string name);

/// How an option that was left out is stored.
inline std::optional<std::string> unless_empty(std::string text) {
    return text.empty() ? std::nullopt : std::optional(std::move(text));
}

}  // namespace gsdb::events
