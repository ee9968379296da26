#pragma once
// Writes deliveries that belong together in one transaction, and tells what became of each.

#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/events/database.hpp"
#include "modules/events/delivery.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

/// A delivery whose sender is known.
struct ReceivedDelivery {
    OrganizationId organization;
    Uuid source, scope;
    Delivery delivery;
    Timestamp received_at;
    std::string raw_body;                     ///< what came, where the payload does not say it all
    std::span<const http::Header> headers{};  ///< valid until it is stored
};

enum class Stored : std::uint8_t {
    as_event,
    before,     ///< a delivery with this key is stored already
    as_reject,  ///< PostgreSQL holds no such event; it is kept as it came
};

struct StoredDelivery {
    Uuid id;  ///< of the event or reject; of one that was stored before it says nothing
    Stored how{};
};

struct WrittenDelivery {
    StoredDelivery answer;
    std::exception_ptr problem;  ///< what kept it from being stored; then the answer says nothing
};

class DeliveryWriter {
  public:
    explicit DeliveryWriter(pg::Database<Database> database) : database_(std::move(database)) {}

    /// All of one organization. Returns when they are committed, one answer each in their order. What PostgreSQL
    /// refuses for what it says becomes a reject, and the others are stored. What is pointed to must stay alive.
    Task<std::vector<WrittenDelivery>> write(std::span<const ReceivedDelivery* const> deliveries) const;

  private:
    Task<> write_part(std::span<const ReceivedDelivery* const> deliveries, std::span<WrittenDelivery> answers) const;
    Task<> store_together(std::span<const ReceivedDelivery* const> deliveries,
                          std::span<WrittenDelivery> answers) const;
    Task<> reject(const ReceivedDelivery* received, WrittenDelivery* answer, std::string sqlstate,
                  std::string message) const;

    pg::Database<Database> database_;
};

}  // namespace gsdb::events
