#pragma once
// Asks Notion for what its events are about, which carry ids only (developers.notion.com, Webhooks, API reference): at
// most three times a second for a source, and not before Notion says so, however many servers do it.

#include <chrono>
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

struct NotionRefetcherOptions {
    http::AddressGuard guard{};
    std::string url = "https://api.notion.com";
    /// After the first, second, ... attempt in vain; after the last one only another event makes it wanted.
    std::vector<std::chrono::milliseconds> pauses{std::chrono::seconds(5), std::chrono::minutes(1),
                                                  std::chrono::minutes(10), std::chrono::hours(1),
                                                  std::chrono::hours(6)};
};

class NotionRefetcher {
  public:
    NotionRefetcher(pg::Database<Database> database, identity::Credentials credentials, NotionRefetcherOptions options);

    /// Until it is stopped.
    Task<> run(Stop stop) const;
    /// What may be asked now: up to three things of one source. What goes wrong is noted with them, or with the source.
    /// Returns how many were taken; none: nothing is wanted that may be asked for yet.
    Task<int> refetch_next() const;

  private:
    struct Taken;
    struct Answer;

    Task<Answer> ask(Taken taken, const crypto::Secret* token) const;
    Task<> note(Taken taken, Answer answer) const;
    Task<> put_off(std::vector<Taken> left, std::chrono::milliseconds pause, std::string reason) const;

    pg::Database<Database> database_;
    identity::Credentials credentials_;
    NotionRefetcherOptions options_;
    http::Client client_;
};

/// Has a source's things asked for with the token of an internal integration that may read them; an empty token ends
/// it. Throws a Failure events.not_refetched for another provider's source.
Task<> set_refetching(pg::Database<Database> database, identity::Credentials credentials, identity::Actor actor,
                      Uuid source, crypto::Secret token);

struct KnownRefetching {
    std::string source;
    std::int64_t known = 0, wanted = 0, failed = 0;
    std::optional<Timestamp> last_fetched_at;
    std::optional<std::string> error;
};
Task<std::vector<KnownRefetching>> list_refetchings(pg::Database<Database> database, OrganizationId organization);

}  // namespace gsdb::events
