#pragma once
// Takes deliveries over HTTP: who sends is found and checked first, then what came is stored with others that came at
// the same time, and answered once that is committed. Everything here belongs to one thread and its io_context.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "http/router.hpp"
#include "modules/events/database.hpp"
#include "modules/events/delivery_spool.hpp"
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

struct ReceivingSource;

/// What the threads of a process know of sources, each from its last look: that goes on to hold while the database is
/// away, so that deliveries can be checked and kept in the spool.
class SourceMemory {
  public:
    void keep(Uuid id, std::shared_ptr<const ReceivingSource> source);
    std::shared_ptr<const ReceivingSource> find(Uuid id) const;  ///< null where it is not known

  private:
    mutable std::mutex mutex_;
    std::unordered_map<Uuid, std::shared_ptr<const ReceivingSource>> sources_;
};

struct ReceiverParts {
    pg::Database<Database> database;
    identity::Credentials credentials;
    std::function<void()> on_stored{};  ///< called whenever deliveries have been committed; may be null
    std::shared_ptr<SourceMemory> memory = std::make_shared<SourceMemory>();  ///< one for all threads
    std::shared_ptr<DeliverySpool> spool{};  ///< for senders that do not send again; null: they are put off, too
};

/// The route POST /hooks/{source_id}. `clock` must outlive the router.
void add_receiver(http::Router& router, Executor executor, ReceiverParts parts, const Clock& clock,
                  ReceiverLimits limits = {});

}  // namespace gsdb::events
