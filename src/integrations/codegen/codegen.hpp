#pragma once
// Codegen's agents (api.codegen.com): begins runs, follows them, takes what came of them.

#include <boost/json.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/secret.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::codegen {

enum class RunId : std::int64_t {};
enum class RepositoryId : std::int64_t {};
enum class OrganizationId : std::int64_t {};

/// Whether a run with this status has ended. Statuses are words without a list: one that is not known is no end.
bool is_terminal(std::string_view status);
/// COMPLETE.
bool is_success(std::string_view status);

struct PullRequest {
    std::int64_t id = 0;
    std::string title, url, head_branch;  ///< empty when Codegen does not say
};

struct Run {
    RunId id{};
    std::string status;  ///< as Codegen has it: "RUNNING"; empty when it does not say
    std::string web_url, result, summary, created_at;
    std::string key;  ///< what it was created with; empty when it was not created here
    std::vector<PullRequest> pull_requests;

    bool has_ended() const { return is_terminal(status); }
    bool has_succeeded() const { return is_success(status); }
};

struct LogEntry {
    std::string created_at, message_type, tool_name, thought;
    std::string observation;  ///< text, or JSON
    boost::json::value tool_input, tool_output;
};

struct LogPage {
    std::string status;
    std::vector<LogEntry> entries;
    std::int64_t total = 0;  ///< of the run, at that moment
};

struct Repository {
    RepositoryId id{};
    std::string name, full_name, language, setup_status;
    bool is_archived = false;
};

struct Organization {
    OrganizationId id{};
    std::string name;
    bool makes_pull_requests = true;
};

struct RunOrder {
    /// Ours, for this run only: with it a run that was created by a call whose answer was lost is found again.
    std::string key;
    std::string prompt;
    std::optional<RepositoryId> repository{};
    std::string model{};       ///< empty: the organization's
    std::string agent_type{};  ///< "codegen", "claude_code"; empty: the organization's
    boost::json::object metadata{};
};

struct WaitRules {
    std::chrono::milliseconds first_pause{5'000};
    double growth = 1.5;
    std::chrono::milliseconds pause_max{30'000};
    std::chrono::milliseconds deadline{std::chrono::hours(2)};
};

/// So many calls within so much time; more wait for their turn.
struct Pace {
    int calls_max = 60;
    std::chrono::milliseconds period{30'000};
};

struct Settings {
    std::string base_url = "https://api.codegen.com";
    OrganizationId organization{1};
    crypto::Secret token{};
    http::AddressGuard guard{};
    web_service::Rules rules{};
    /// What Codegen allows of each organization: all calls, and the beginning of runs.
    Pace pace{};
    Pace creation_pace{.calls_max = 10, .period = std::chrono::milliseconds(60'000)};
    std::function<void(const web_service::Attempt&)> on_attempt{};
};

/// Calls of several threads may run at once; the client outlives them. All throw web_service::CallFailed.
class Codegen {
  public:
    /// Throws a Failure client.url_invalid.
    explicit Codegen(Settings settings);
    ~Codegen();
    Codegen(Codegen&&) noexcept;
    Codegen& operator=(Codegen&&) noexcept;

    /// The run with this key, or a new one. Two that ask for the same key at the same moment may get two runs: the
    /// caller lets only one ask. After a failure that leaves open whether a run was made, call it again.
    Task<Run> create_run(RunOrder order) const;

    /// Among the newest thousand runs of the organization.
    Task<std::optional<Run>> find_run(std::string key) const;

    Task<Run> run(RunId id) const;

    /// Tells a run more, also one that has ended. Each call tells it again.
    Task<Run> resume(RunId id, std::string prompt) const;

    /// In the order they were written; at most a hundred.
    Task<LogPage> logs(RunId id, std::int64_t skip = 0, int limit = 100) const;

    /// Stops a run for good. False when there is no such run.
    Task<bool> ban(RunId id) const;

    /// The run when it has ended, all its log given on. Goes on asking while Codegen cannot be reached. Throws
    /// timed_out at the deadline. `first_log` skips entries that were seen before.
    Task<Run> wait_for(RunId id, WaitRules rules, std::function<void(const LogEntry&)> on_log = {},
                       std::int64_t first_log = 0) const;

    Task<std::vector<Organization>> organizations() const;
    Task<std::vector<Repository>> repositories() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gsdb::codegen
