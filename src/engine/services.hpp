#pragma once
// How the engine reaches services of others: what it needs of the program for that.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "crypto/secret.hpp"
#include "http/address_guard.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::engine {

struct Services {
    /// The credential that an organization keeps for a service: "github". Throws a Failure services.not_connected.
    std::function<Task<crypto::Secret>(OrganizationId organization, std::string service)> credential;
    /// Whether a webhook of a service ("github") has told of something since then. Blocks briefly; empty: nobody
    /// listens.
    std::function<bool(OrganizationId organization, const std::string& service, Timestamp since)> heard{};
    http::AddressGuard guard{};
    web_service::Rules rules{};
    /// What may pass (no connection, a limit) is tried so often, after pauses that grow up to a minute, before the run
    /// is paused for a person.
    int rounds_max = 6;
    std::chrono::milliseconds first_round_pause{5'000};
    /// Between two looks at what others decide (checks, reviews, issues) when no webhook tells of it before.
    std::chrono::milliseconds look_pause{15'000};
    /// Empty: the service's own, of GitHub that of the remote's host.
    std::string github_url{}, linear_url{}, codegen_url{}, openai_url{}, anthropic_url{};
    std::int64_t codegen_organization = 1;
};

}  // namespace gsdb::engine
