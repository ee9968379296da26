#pragma once
// What the server's carrying on of workflows reports.

#include <string>

#include "observe/observation.hpp"

namespace gsdb::app {

struct RunNotCarriedOn {
    std::string execution, message;
    static constexpr observe::Definition definition{
        .name = "workflow_run_not_carried_on",
        .description = "Carrying on a workflow's run met an error that is not the run's own; it is tried again.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"execution", execution}, {"message", message}}; }
};

struct RunsNotTold {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "workflow_runs_not_told",
        .description =
            "Events could not be told what is done to workflows' runs; they are told when the database is back.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

}  // namespace gsdb::app
