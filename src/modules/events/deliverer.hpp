#pragma once
// Brings events to their subscribers: signed HTTP requests, messages in Slack, NOTIFY. At least once: a delivery that
// was tried and could not be noted is tried again. Any number of servers may do it; a delivery is one's at a time.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/background.hpp"
#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/wake.hpp"
#include "http/client.hpp"
#include "modules/events/database.hpp"
#include "modules/identity/api.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct DelivererOptions {
    http::AddressGuard guard{};  ///< where webhooks may go
    std::string slack_url = "https://slack.com/api/chat.postMessage";
    /// After the first, second, ... attempt in vain; the last also after those that follow. A tenth more or less each.
    std::vector<std::chrono::milliseconds> pauses{std::chrono::seconds(5),  std::chrono::minutes(5),
                                                  std::chrono::minutes(30), std::chrono::hours(2),
                                                  std::chrono::hours(5),    std::chrono::hours(10)};
};

class Deliverer {
  public:
    /// Of one thread. `clock` must outlive it.
    /// `wake` says that something was stored; without it that is noticed a quarter of a second later.
    Deliverer(pg::Database<Database> database, identity::Credentials credentials, const Clock& clock,
              DelivererOptions options, Wake wake = {});
    ~Deliverer();

    /// Until it is stopped, and what was begun has ended.
    Task<> run(Stop stop);

    /// Notes what is wanted of the log and begins to try what is due, of each subscription one batch at a time, so that
    /// a slow one holds up nobody. Returns whether the log has more.
    Task<bool> round();

  private:
    struct Subscriber;
    struct Batch;

    Task<> deliver_and_report(std::shared_ptr<Subscriber> subscriber);
    Task<> deliver(std::shared_ptr<Subscriber> subscriber);
    Task<> work(Batch* batch);
    Task<> finish(Batch* batch);
    Task<> give_up_target(const Batch* batch);

    pg::Database<Database> database_;
    identity::Credentials credentials_;
    const Clock& clock_;
    DelivererOptions options_;
    std::map<std::int32_t, std::unique_ptr<http::Client>> clients_;  ///< by the timeout in milliseconds
    std::unordered_map<Uuid, std::shared_ptr<Subscriber>> subscribers_;
    Wake wake_;  ///< a batch has ended, or something was stored
    bool nobody_subscribes_ = false;
};

}  // namespace gsdb::events
