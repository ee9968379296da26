#pragma once
// What this folder reports to logs and metrics.

#include <string>
#include <string_view>

#include "observe/observation.hpp"

namespace gsdb::identity {

struct KeyRejected {
    std::string_view reason;  ///< of Rejection
    std::string peer_address;
    static constexpr observe::Definition definition{
        .name = "identity_key_rejected",
        .description = "A request presented an API key that was not accepted.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"reason"}};
    observe::Fields fields() const { return {{"reason", std::string(reason)}, {"peer_address", peer_address}}; }
};

struct KeyUseNotNoted {
    std::string api_key_id;
    std::string sqlstate;
    static constexpr observe::Definition definition{
        .name = "identity_key_use_not_noted",
        .description = "When an API key was last used could not be written down.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"sqlstate"}};
    observe::Fields fields() const { return {{"api_key_id", api_key_id}, {"sqlstate", sqlstate}}; }
};

struct CredentialUnsealable {
    std::string organization_id;
    std::string credential_id;
    std::string reason;  ///< the error's code
    static constexpr observe::Definition definition{
        .name = "identity_credential_unsealable",
        .description = "The rotation of keys met a stored credential that cannot be decrypted; it stays as it is.",
        .level = observe::Level::error,
        .measure = {.field = "", .kind = observe::Measure::counter},
        .labels = {"reason"}};
    observe::Fields fields() const {
        return {{"organization_id", organization_id}, {"credential_id", credential_id}, {"reason", reason}};
    }
};

}  // namespace gsdb::identity
