#pragma once
// Runs of workflows as a person reads them, and as --json has them.

#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "engine/news.hpp"
#include "modules/tasks/api.hpp"
#include "modules/workflows/api.hpp"

namespace gsdb::app {

/// All that is known of one run.
struct RunDocument {
    workflows::Execution execution;
    std::vector<workflows::Stage> stages;
    std::vector<tasks::StepTask> steps;  ///< in the order of their numbers
    std::vector<workflows::Validation> validations;
    std::vector<workflows::Merge> merges;
    std::vector<workflows::Operation> operations;
    std::vector<workflows::Transition> transitions;
    std::vector<workflows::Wait> waits;

    json::object to_json() const;
    std::string text() const;
    /// What came of it, in a few lines: for the end of a run that was watched.
    std::string closing_text() const;
};

RunDocument read_run(const workflows::Executions& executions, const pg::Database<tasks::Database>& tasks, Uuid id);
json::object to_json(const workflows::ExecutionLine& line);

/// Lines on stderr while a run goes; nothing with --json or --quiet.
class RunPrinter {
  public:
    RunPrinter(const Program& program, bool shows_output) : program_(program), shows_output_(shows_output) {}

    engine::OnNews listener();
    /// Of a run that another process carries on: what is new in its stages.
    void show(const std::vector<workflows::Stage>& stages);

  private:
    void print(const engine::News& news);

    const Program& program_;
    bool shows_output_;
    std::map<std::string, std::chrono::steady_clock::time_point> began_;
    std::map<std::string, std::string> shown_;
};

}  // namespace gsdb::app
