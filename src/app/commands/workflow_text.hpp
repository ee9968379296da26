#pragma once
// Runs of workflows as a person reads them.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "engine/news.hpp"
#include "engine/run_document.hpp"

namespace gsdb::app {

std::string text_of(const engine::RunDocument& run);
/// What came of it, in a few lines: for the end of a run that was watched.
std::string closing_text(const engine::RunDocument& run);

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
