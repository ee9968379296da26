#pragma once
// What the engine reports.

#include <string>

#include "observe/observation.hpp"

namespace gsdb::engine {

struct RunFeedInterrupted {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "workflow_feed_interrupted",
        .description = "Streams of workflows' runs could not be filled; they go on when the database is back.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

}  // namespace gsdb::engine
