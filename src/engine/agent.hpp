#pragma once
// A command as a coding agent: it is told about a step, works in a folder, and says what it did.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/allowance.hpp"

namespace gsdb::engine {

/// What the agent is told.
struct AgentTask {
    std::string command;           ///< for the shell
    std::filesystem::path folder;  ///< a work tree; what it holds afterwards is the change
    std::filesystem::path notes;   ///< beside it: where the files that tell are put
    int step_number = 0, attempt = 1;
    std::string prompt;     ///< Markdown: on its standard input, and in GSDB_PROMPT_FILE
    std::string step_json;  ///< the same for programs, in GSDB_STEP_FILE
    Allowance allowance;
    std::chrono::seconds time_max{3600};
};

/// What an agent may write to the file GSDB_REPORT_FILE: all of it is optional.
struct AgentReport {
    std::string summary;
    bool has_nothing_to_do = false;  ///< "status": "nothing_to_do": no change is no failure then
    std::string model;
    double cost_usd = 0;
    std::int64_t input_tokens = 0, output_tokens = 0;
    struct Claim {
        std::string criterion, evidence;
        bool is_met = false;
    };
    std::vector<Claim> criteria;
};

struct AgentRun {
    process::Outcome outcome;
    std::optional<AgentReport> report;
    std::string report_problem;  ///< why the report could not be read; empty when it could, or there is none

    bool has_succeeded() const { return outcome.end == process::End::exited && outcome.exit_code == 0; }
    /// A class of error, in a word, and what happened: "timed_out", "exit_status".
    std::string error_class() const;
    std::string error_message() const;
};

/// Runs it to its end; its lines are given on. Throws a Failure when it cannot be started.
AgentRun run_agent(const AgentTask& task, const process::OnLine& on_line, std::stop_token stop);

/// A JSON object as described above. Nothing when it is none.
std::optional<AgentReport> parse_report(std::string_view text);

}  // namespace gsdb::engine
