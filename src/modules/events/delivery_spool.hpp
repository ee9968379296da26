#pragma once
// Where deliveries of senders that never send again wait on disk while PostgreSQL is away. A file of records, each
// synced before it is acknowledged; what is in it is stored through the same keys as everything else, so that a record
// that is stored twice is one event.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/background.hpp"
#include "modules/events/event_lines.hpp"

namespace gsdb::events {

/// A delivery as it came, with what is needed to store it without asking the database.
struct SpooledDelivery {
    ImportSource source;
    std::vector<std::pair<std::string, std::string>> headers;  ///< those that say what it is
    std::string body;
    Timestamp received_at;
};

/// Of one process and one folder; for any thread.
class DeliverySpool {
  public:
    /// Makes the folder, mode 0700. `bytes_max` of all files together; 0 takes nothing. Throws a Failure
    /// file.not_writable.
    DeliverySpool(std::filesystem::path folder, std::int64_t bytes_max);
    ~DeliverySpool();
    DeliverySpool(const DeliverySpool&) = delete;
    DeliverySpool& operator=(const DeliverySpool&) = delete;

    /// On disk when it returns true; false when there is no room or the disk refuses.
    bool add(const SpooledDelivery& delivery);

    /// The oldest file and what it holds; nothing where nothing waits. Later deliveries go into another file. Records
    /// behind a damaged one are lost: it was being written when the power failed, and not acknowledged.
    struct Waiting {
        std::filesystem::path file;
        std::vector<SpooledDelivery> deliveries;
    };
    std::optional<Waiting> next();
    /// What it holds is stored.
    void remove(const std::filesystem::path& file);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Stores what waits in the spool whenever the database takes it, until it is stopped.
Task<> keep_emptying(std::shared_ptr<DeliverySpool> spool, pg::Database<Database> database, Stop stop);

}  // namespace gsdb::events
