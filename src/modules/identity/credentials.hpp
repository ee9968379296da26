#pragma once
// Secrets of other systems (tokens of code hosts, webhook secrets), kept encrypted.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/secret.hpp"
#include "modules/identity/actor.hpp"
#include "modules/identity/database.hpp"
#include "pg/database.hpp"

namespace gsdb::identity {

struct NewCredential {
    std::string provider;  ///< github, linear, slack, notion, ...
    std::string name;      ///< what it is for, unique within the provider
    crypto::Secret secret;
    std::optional<Timestamp> expires_at;
};

struct CredentialEntry {
    CredentialId id;
    std::string provider;
    std::string name;
    std::optional<Timestamp> expires_at;
    Timestamp secret_changed_at;
    Timestamp encrypted_at;
    std::optional<UserId> created_by;
    Timestamp created_at;
};

struct Reencryption {
    std::int64_t replaced = 0;
    std::int64_t changed_meanwhile = 0;    ///< somebody stored another secret first, with the active key
    std::int64_t unsealable = 0;           ///< cannot be opened with the keys at hand; left as they are
    bool is_complete = false;              ///< false when stopped
    std::vector<std::string> keys_in_use;  ///< what stored credentials still need: the others may be retired
};

class Credentials {
  public:
    Credentials(pg::Database<Database> database, std::shared_ptr<const crypto::KeyRing> keys);

    /// Needs identity:admin. Stores the secret under the provider and name, in the place of the one that is there.
    Task<Result<CredentialId>> store(Actor actor, NewCredential credential) const;

    /// For the program's own use of it; no API hands a secret out. "identity.credential_unknown", or why it does not
    /// open: "crypto.unknown_key", "crypto.unsealable".
    Task<Result<crypto::Secret>> read(OrganizationId organization_id, std::string provider, std::string name) const;

    /// The same by its id.
    Task<Result<crypto::Secret>> read_by_id(OrganizationId organization_id, CredentialId id) const;

    /// Without the secrets. `after` is the provider and name of the last entry of the page before.
    Task<Result<std::vector<CredentialEntry>>> list(Actor actor,
                                                    std::optional<std::pair<std::string, std::string>> after,
                                                    std::int64_t page_size) const;

    Task<Result<void>> remove(Actor actor, CredentialId id) const;

    /// Seals what other keys sealed with the active one, for all organizations, `page_size` rows in a transaction.
    /// Killed or stopped at any moment it leaves every secret readable, and the next run goes on with what is left.
    /// `go_on` is asked between the pages.
    Task<Reencryption> reencrypt(std::function<bool(const Reencryption&)> go_on = {},
                                 std::int32_t page_size = 100) const;

  private:
    pg::Database<Database> database_;
    std::shared_ptr<const crypto::KeyRing> keys_;
};

}  // namespace gsdb::identity
