#pragma once
// Takes deliveries over HTTP: who sends is found and checked first, then what came is stored with others that came at
// the same time, and answered once that is committed. Everything here belongs to one thread and its io_context.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/router.hpp"
#include "modules/events/database.hpp"
#include "modules/identity/api.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct ReceiverLimits {
    std::chrono::milliseconds source_life{2'000};  ///< how late a pause, a new secret or another process's take effect
    std::size_t sources_max = 10'000;              ///< remembered; beyond it all are forgotten
    std::size_t batch_rows = 256;
    std::size_t batch_bytes = 4 << 20;
    std::size_t waiting_bytes_max = 64 << 20;  ///< of deliveries that wait to be stored; beyond it senders are put off
};

/// The route POST /hooks/{source_id}. `clock` must outlive the router; `on_stored` is called whenever deliveries have
/// been committed.
void add_receiver(http::Router& router, Executor executor, pg::Database<Database> database,
                  identity::Credentials credentials, const Clock& clock, ReceiverLimits limits = {},
                  std::function<void()> on_stored = {});

}  // namespace gsdb::events
