#pragma once
// What base.health_signals() says of a database.

#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "pg/connection.hpp"

namespace gsdb::migrate {

enum class HealthStatus : std::uint8_t { healthy, unknown, warning, critical };

struct HealthSignal {
    std::string component;        ///< "vacuum"
    std::string signal;           ///< "dead_rows"
    std::optional<double> value;  ///< nothing when it could not be measured
    std::string unit;             ///< "%", "s", "bytes", or what is counted
    HealthStatus status;
};

/// Any role that may connect may ask.
Task<std::vector<HealthSignal>> read_health(pg::Connection* connection, pg::Milliseconds deadline);

}  // namespace gsdb::migrate
