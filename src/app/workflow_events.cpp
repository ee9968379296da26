#include "app/workflow_events.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/or_null.hpp"
#include "base/run_task.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::app {

namespace {

namespace json = boost::json;

/// Somebody paused the source of the program's events: who does not want them is not told later, either.
constexpr std::string_view source_is_paused = "GS702";

std::string in_words(std::string label) {
    std::ranges::replace(label, '_', ' ');
    return label;
}

/// For people: "Greet the user: paused, validation: github refuses the credential".
std::string summary_of(const workflows::ToldTransition& told) {
    const auto& transition = told.transition;
    const bool is_of_whole_run = transition.kind == "started" || transition.kind == "completed";
    auto text = fmt::format("{}: {}", told.run_name, in_words(transition.kind));
    if (transition.stage && !is_of_whole_run) text += ", " + in_words(*transition.stage);
    if (!transition.reason.empty()) text += ": " + transition.reason;
    return text;
}

events::ProgramEvent event_of(const workflows::ToldTransition& told) {
    const auto& transition = told.transition;
    return {.key = to_string(transition.id),
            .type = "workflow." + transition.kind,
            .occurred_at = transition.occurred_at,
            .target = "workflow:" + told.run_name,
            .payload = json::serialize(json::object{{"execution", to_string(told.run.execution)},
                                                    {"name", told.run_name},
                                                    {"kind", transition.kind},
                                                    {"status", transition.status},
                                                    {"stage", or_null(transition.stage)},
                                                    {"reason", transition.reason},
                                                    {"actor", transition.actor},
                                                    {"summary", summary_of(told)}})};
}

}  // namespace

void WorkflowEvents::tell() {
    const auto untold = run_task(workflows::untold_transitions(workflows_));
    for (std::size_t i = 0; i < untold.size(); ++i) {
        const auto& told = untold[i];
        try {
            run_task(events::record_program_event(events_, told.run.organization, event_of(told)));
        } catch (const pg::SqlError& problem) {
            if (problem.sqlstate() != source_is_paused) throw;
        }
        const bool is_last_of_run = i + 1 == untold.size() || untold[i + 1].run != told.run;
        if (is_last_of_run) run_task(workflows::note_told(workflows_, told.run, told.transition.id));
    }
}

}  // namespace gsdb::app
