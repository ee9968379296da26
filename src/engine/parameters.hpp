#pragma once
// What a run is started with, as its row keeps it: no secrets.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace gsdb::engine {

enum class AgentKind { command, codegen, openai, anthropic };
/// Who cuts the requirement into steps: its own structure, the run's agent, or that agent where it is a model.
enum class PlanMaker { markdown, agent, model };
enum class CodeHostKind { local, github };
enum class IssueTrackerKind { builtin, linear };

/// As it is written: "command".
std::string_view name_of(AgentKind kind);
std::string_view name_of(PlanMaker maker);
std::string_view name_of(CodeHostKind kind);
std::string_view name_of(IssueTrackerKind kind);
/// Nothing for other words.
std::optional<PlanMaker> plan_maker_named(std::string_view name);
std::optional<CodeHostKind> code_host_named(std::string_view name);
std::optional<IssueTrackerKind> issue_tracker_named(std::string_view name);

/// What a model may use up in one attempt at a step, or for a plan, and what it costs. Prices are what the user says.
struct Spending {
    std::optional<double> usd_max{};
    std::optional<std::int64_t> tokens_max{};
    std::optional<double> usd_per_million_input{}, usd_per_million_output{};

    bool operator==(const Spending&) const = default;
};

struct Parameters {
    std::string repository;   ///< the folder of the local repository
    std::string requirement;  ///< Markdown
    AgentKind agent_kind = AgentKind::command;
    std::string agent;  ///< a shell command, run in the step's folder; a model's name, empty for Codegen's own
    Spending spending{};
    PlanMaker plan = PlanMaker::markdown;
    bool review_plan = false;  ///< a person looks at the plan before anything is made of it
    CodeHostKind code_host = CodeHostKind::local;
    std::string remote = "origin";  ///< of the repository, that is on the code host
    IssueTrackerKind issue_tracker = IssueTrackerKind::builtin;
    std::string team;  ///< its key in the issue tracker: "ENG"
    /// Names of variables that agents and checks may know beside the harmless ones.
    std::vector<std::string> environment;
    /// Agents and checks write to their folders, to what programs need, and to `writable`, where the kernel does it.
    bool is_confined = true;
    std::vector<std::string> writable;  ///< absolute paths
    std::vector<std::string> checks;    ///< shell commands that a change has to pass; empty: those that are found
    std::string dev_branch = "dev";
    int parallel = 2;                       ///< agents at a time
    int attempts_max = 3;                   ///< of an agent at a step
    std::chrono::seconds step_time{3600};   ///< of one attempt
    std::chrono::seconds check_time{1800};  ///< of one check
    bool needs_approval = false;            ///< a person consents before anything is merged

    bool operator==(const Parameters&) const = default;

    std::string to_json() const;
    /// Errors: workflows.bad_parameters.
    static Result<Parameters> parse(std::string_view json);
};

/// An agent as people write it: command:WORDS, codegen, codegen:MODEL, openai:MODEL, anthropic:MODEL. The first word of
/// a command with a slash is found from `folder`, so that it can be run from elsewhere; where that is empty, it has to
/// begin with one. Errors: workflows.unknown_agent, workflows.relative_path.
struct AgentChoice {
    AgentKind kind = AgentKind::command;
    std::string what;  ///< as Parameters::agent
};
Result<AgentChoice> read_agent(std::string_view agent, const std::string& folder);

/// A word for the shell, whatever is in it.
std::string shell_word(std::string_view text);

}  // namespace gsdb::engine
