#pragma once
// What the server answers: the modules' routes, health, metrics, the OpenAPI document.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/database_server.hpp"
#include "base/wake.hpp"
#include "http/server.hpp"
#include "modules/events/api.hpp"
#include "modules/identity/api.hpp"
#include "observe/prometheus.hpp"
#include "pg/pool.hpp"

namespace gsdb::app {

/// One thing that must work before requests can be served.
struct ReadinessCheck {
    std::string name;
    /// The reason why not; empty when it works.
    std::function<Task<std::string>()> run;
};

struct HttpService {
    pg::Pool identity, codebase, events, workflows, tasks, projects;
    pg::Pool deliveries;  ///< to events_db, and quick to say that it is away: senders wait three seconds
    identity::Credentials credentials;
    Wake event_stored;  ///< for what follows the log of events
    std::shared_ptr<events::SourceMemory> sources;
    std::shared_ptr<events::DeliverySpool> spool;  ///< null: none
    std::vector<ReadinessCheck> checks;
    observe::Metrics metrics{};
};

/// The routes of one server thread, which runs `io`.
http::Router make_router(const HttpService& service, asio::io_context& io);

/// A check that the database answers.
ReadinessCheck database_check(std::string name, pg::Pool pool);

}  // namespace gsdb::app
