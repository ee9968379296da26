#pragma once
// The services of others that workflows use: their credentials, and how they are reached.

#include <array>
#include <string>
#include <string_view>

#include "app/database_server.hpp"
#include "app/program.hpp"
#include "engine/services.hpp"
#include "http/address_guard.hpp"

namespace gsdb::app {

/// Networks as a setting has them, with commas. Throws a Failure client.network_invalid.
http::AddressGuard guard_of(const std::string& networks);

struct KnownService {
    std::string_view name, used_for, credential;
};

/// Those that a credential can be stored for.
inline constexpr std::array<KnownService, 5> known_services{{
    {"github", "branches, pull requests, checks and merges", "a token that may write contents and pull requests"},
    {"linear", "issues", "an API key, or a token of an OAuth application"},
    {"codegen", "agents", "an API token"},
    {"anthropic", "models as agents", "an API key"},
    {"openai", "models as agents, of whoever speaks that API", "an API key"},
}};

/// Its one credential's name.
inline constexpr std::string_view service_credential = "workflows";

/// With the settings of the program, and the credentials in its database. Both outlive it.
engine::Services outside_services(const Program& program, const DatabaseServer& server);

}  // namespace gsdb::app
