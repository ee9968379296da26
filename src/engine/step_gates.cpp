#include "engine/step_gates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "modules/codebase/source/path.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

std::vector<codebase::TouchedFile> touched_files(RunContext& run, const StepResult& result) {
    std::vector<codebase::TouchedFile> files;
    for (const auto& touched : run.workspace().touched_lines(result.base, result.commit)) {
        codebase::TouchedFile file{.path = codebase::source::display_path(touched.path),
                                   .added = {},
                                   .removed_behind = {touched.removed_behind.begin(), touched.removed_behind.end()}};
        for (const auto& range : touched.added) file.added.push_back({.first = range.first, .last = range.last});
        files.push_back(std::move(file));
    }
    return files;
}

bool is_of_change(const Gate& gate) {
    const auto metric = find_metric(gate.metric);
    return metric && metric->is_of_change;
}

}  // namespace

IndexedCommit index_once(RunContext& run, const std::string& commit) {
    const auto result = run.once("code/indexed/" + commit, commit, [&] {
        const auto indexed = run.surroundings().index(run.parameters().repository, commit);
        return json::serialize(json::object{{"codebase", indexed.codebase}, {"run", indexed.run}});
    });
    const auto object = json::parse(result).as_object();
    return {.codebase = std::string(object.at("codebase").as_string()),
            .run = object.at("run").to_number<int>(),
            .text = {}};
}

std::vector<Gate> gates_of(RunContext& run) {
    return run_task(run.progress().gates(run.execution().project));
}

std::vector<GateOutcome> hold_against(RunContext& run, int step, const StepResult& result,
                                      const std::vector<Gate>& gates) {
    std::vector<GateOutcome> outcomes;
    const auto before = index_once(run, result.base), after = index_once(run, result.commit);
    const auto code = run.surroundings().changed_code(before, after, touched_files(run, result));
    for (const auto& gate : gates) {
        if (!is_of_change(gate)) continue;
        if (auto fault = fault_of(gate); !fault.empty())
            outcomes.push_back(not_measured(gate, step, std::move(fault)));
        else
            outcomes.push_back({.gate = gate, .step = step, .measured = measure_change(gate.metric, code)});
    }
    return outcomes;
}

std::string missed_by_change(RunContext& run, int step, const StepResult& result) {
    auto gates = gates_of(run);
    std::erase_if(gates, [](const Gate& gate) { return !gate.is_blocking || !is_of_change(gate); });
    if (gates.empty() || !result.has_change()) return "";
    std::string text;
    for (const auto& outcome : hold_against(run, step, result, gates))
        if (outcome.is_missed()) text += fmt::format("Quality gate missed by {}\n", outcome.message());
    // Whoever asks about the code asks about what is in the folder.
    run.surroundings().index(run.parameters().repository, "");
    return text;
}

}  // namespace gsdb::engine
