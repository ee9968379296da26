#pragma once
// A coding agent: it is told about a step, changes the files of a folder, and says what it did. There are several:
// command_agent, model_agent, codegen_agent.

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/allowance.hpp"
#include "integrations/git/workspace.hpp"
#include "modules/tasks/api.hpp"

namespace gsdb::engine {

/// What the agent is told.
struct AgentTask {
    git::BranchFolder folder;     ///< a work tree; what it holds afterwards is the change
    std::filesystem::path notes;  ///< beside it: for files that tell
    std::string key;              ///< the same key is the same call, also behind a crash
    int step_number = 0, attempt = 1;
    std::string prompt;                  ///< Markdown
    std::string step_json;               ///< the same for programs
    std::vector<std::string> conflicts;  ///< files with conflict marks that it is to mend; empty for none
    Allowance allowance;
    std::chrono::seconds time_max{3600};
};

/// What an agent is told that is to cut a requirement into steps.
struct PlanQuestion {
    AgentTask task;           ///< its folder has the code; `prompt` is everything but what is below
    std::string requirement;  ///< Markdown
    std::string schema;       ///< JSON Schema of the answer
    /// The answer of before, and what was wrong with it; both empty for none.
    std::string former_answer, repair;
    double spent_usd = 0;  ///< of its budget, by the answer of before
    std::int64_t spent_tokens = 0;
};

/// What an agent says of its work: all of it is optional.
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
    bool has_succeeded = false;
    bool was_stopped = false;                ///< by the stop token: then it is no attempt
    std::string error_class, error_message;  ///< a word, and what happened; empty when it succeeded
    std::chrono::milliseconds took{0};
    tasks::AttemptUsage measured{};  ///< of processes of this machine
    std::optional<AgentReport> report;
    std::string answer{};        ///< the plan that it was asked for, as it gave it
    std::string report_problem;  ///< why the report could not be read; empty when it could, or there is none
    /// The run in the words of who runs it elsewhere, and where people look at it.
    std::optional<std::string> run_id, run_url;
};

/// Each line of what the agent says, as it comes.
using OnSaid = std::function<void(process::Stream stream, std::string_view line)>;

class Agent {
  public:
    virtual ~Agent() = default;

    /// Who it is, in a word: "command".
    virtual std::string_view provider() const = 0;
    /// Works to its end. Called from several threads at once, each with a folder of its own. Throws a Failure when it
    /// cannot begin, NeedsPerson when only a person can help.
    virtual AgentRun work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const = 0;
    /// The same for a plan: AgentRun::answer has it.
    virtual AgentRun plan(const PlanQuestion& question, const OnSaid& on_said, std::stop_token stop) const = 0;
};

/// A JSON object as described above. Nothing when it is none.
std::optional<AgentReport> parse_report(std::string_view text);

}  // namespace gsdb::engine
