#include "migrate/health.hpp"

#include <array>

namespace gsdb::migrate {

Task<std::vector<HealthSignal>> read_health(pg::Connection* connection, pg::Milliseconds deadline) {
    auto rows = co_await connection->execute(
        "select s.component, s.signal, s.value::double precision, coalesce(s.unit, ''), "
        "array_position(enum_range(null::base.health_status), base.judge(s)) - 1 from base.health_signals() s",
        {}, pg::Format::binary, deadline);
    std::vector<HealthSignal> signals;
    for (std::size_t i = 0; i < rows.size(); ++i)
        signals.push_back({.component = rows.get<std::string>(i, 0),
                           .signal = rows.get<std::string>(i, 1),
                           .value = rows.get<std::optional<double>>(i, 2),
                           .unit = rows.get<std::string>(i, 3),
                           .status = static_cast<HealthStatus>(rows.get<std::int32_t>(i, 4))});
    co_return signals;
}

}  // namespace gsdb::migrate
