#pragma once
// Asks GitHub for the deliveries that did not arrive: it lists what it sent to a webhook and how that was answered, for
// three days, and sends one again when it is told to (docs.github.com, REST API, repository and organization webhooks).

#include <optional>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "crypto/secret.hpp"
#include "http/client.hpp"
#include "modules/events/database.hpp"
#include "modules/identity/api.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct ReconcilerOptions {
    http::AddressGuard guard{};
    std::chrono::seconds every = std::chrono::minutes(10);
    int redeliveries_max = 200;  ///< asked for at a time
};

/// What a comparison of one source gave.
struct Reconciled {
    Uuid source;
    std::int64_t listed = 0;     ///< deliveries that the provider told of
    std::int64_t asked_for = 0;  ///< that are to be sent again: none of their attempts was taken, and none is stored
};

class Reconciler {
  public:
    Reconciler(pg::Database<Database> database, identity::Credentials credentials, ReconcilerOptions options);

    /// Until it is stopped.
    Task<> run(Stop stop) const;
    /// The source that has waited longest, if it is time; nothing else. What goes wrong is noted with the source.
    Task<std::optional<Reconciled>> reconcile_next() const;

  private:
    pg::Database<Database> database_;
    identity::Credentials credentials_;
    ReconcilerOptions options_;
    http::Client client_;
};

/// Where a source's deliveries are listed: https://api.github.com/repos/octo/hello/hooks/123, or /orgs/octo/hooks/123,
/// with a token that may read and redeliver them (admin:repo_hook, admin:org_hook). Empty ends it. Throws a Failure:
/// events.not_reconciled for another provider's source, client.url_invalid.
struct ReconcileSettings {
    std::string url;
    crypto::Secret token;
};
Task<> set_reconciliation(pg::Database<Database> database, identity::Credentials credentials, identity::Actor actor,
                          Uuid source, ReconcileSettings settings);

struct KnownReconciliation {
    std::string source, url;
    std::optional<Timestamp> reconciled_at;
    std::optional<std::string> error;
};
Task<std::vector<KnownReconciliation>> list_reconciliations(pg::Database<Database> database,
                                                            OrganizationId organization);

}  // namespace gsdb::events
