#pragma once
// Stores deliveries that came at the same time together, so that a commit costs each of them little.

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "base/steady_timer.hpp"
#include "modules/events/delivery_writer.hpp"

namespace gsdb::events {

struct StoreLimits {
    std::size_t batch_rows = 256;
    std::size_t batch_bytes = 4 << 20;
    std::size_t waiting_bytes_max = 64 << 20;
};

/// Of one thread: store() is called, and goes on, on the io_context's thread only.
class DeliveryStore : public std::enable_shared_from_this<DeliveryStore> {
  public:
    /// `on_stored`, where there is one, is called whenever something has been committed.
    DeliveryStore(Executor executor, pg::Database<Database> database, StoreLimits limits,
                  std::function<void()> on_stored = {})
        : executor_(executor), writer_(std::move(database)), limits_(limits), on_stored_(std::move(on_stored)) {}

    /// Whether one more of that size may wait.
    bool has_room(std::size_t bytes) const { return waiting_bytes_ + bytes <= limits_.waiting_bytes_max; }

    /// Returns when the delivery is committed; throws what kept it from being so.
    Task<StoredDelivery> store(ReceivedDelivery delivery);

  private:
    struct Waiting {
        Waiting(Executor executor, ReceivedDelivery what)
            : received(std::move(what)), is_done(executor, SteadyTimer::time_point::max()) {}

        ReceivedDelivery received;
        WrittenDelivery written;
        bool has_ended = false;
        SteadyTimer is_done;
        std::size_t bytes() const { return received.delivery.json.size() + received.raw_body.size() + 512; }
    };
    using Batch = std::vector<std::shared_ptr<Waiting>>;

    static Task<> run(std::shared_ptr<DeliveryStore> self);
    Batch take();
    Task<> write(const Batch* batch);

    Executor executor_;
    DeliveryWriter writer_;
    StoreLimits limits_;
    std::function<void()> on_stored_;
    std::deque<std::shared_ptr<Waiting>> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool is_running_ = false;
};

}  // namespace gsdb::events
