#pragma once
// What this folder reports to logs and metrics.

#include <string>

#include "observe/observation.hpp"

namespace gsdb::analytics {

struct StatementLogDelayed {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "statement_log_delayed",
        .description =
            "analytics.query_performance_log could not be written; what was to be written is kept and added "
            "to the next entries.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

}  // namespace gsdb::analytics
