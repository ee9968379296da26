#pragma once
// What the server's own index runs report.

#include <string>

#include "observe/observation.hpp"

namespace gsdb::app {

struct RequestedRunFailed {
    std::string location, message;
    static constexpr observe::Definition definition{
        .name = "index_requested_run_failed",
        .description =
            "A run that was asked for did not come to its end; codebase.index_requests says what is to come of it.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"location", location}, {"message", message}}; }
};

}  // namespace gsdb::app
