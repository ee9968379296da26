#include "engine/run_context.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <condition_variable>
#include <thread>

#include "base/run_task.hpp"
#include "engine/agents.hpp"
#include "engine/code_host.hpp"
#include "engine/issue_tracker.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::chrono::milliseconds between_looks{500};

std::vector<std::string> values_of(const std::vector<std::string>& variables) {
    std::vector<std::string> values;
    for (const auto& name : variables)
        if (const auto* value = std::getenv(name.c_str())) values.emplace_back(value);
    return values;
}

/// FNV-1a of 64 bits (RFC draft-eastlake-fnv): the same in every build, as std::hash need not be.
std::uint64_t fnv1a(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

json::object to_json(const CheckResult& result) {
    return {{"command", result.command},
            {"has_passed", result.has_passed},
            {"how_it_ended", result.how_it_ended},
            {"output", result.output},
            {"took_ms", result.took.count()}};
}

CheckResult check_result_of(std::string_view text) {
    const auto object = json::parse(text).as_object();
    return {.command = std::string(object.at("command").as_string()),
            .has_passed = object.at("has_passed").as_bool(),
            .how_it_ended = std::string(object.at("how_it_ended").as_string()),
            .output = std::string(object.at("output").as_string()),
            .took = std::chrono::milliseconds(object.at("took_ms").to_number<std::int64_t>())};
}

}  // namespace

RunContext::RunContext(Surroundings& surroundings, workflows::Execution execution, OrganizationId organization)
    : surroundings_(surroundings),
      execution_(std::move(execution)),
      organization_(organization),
      parameters_(value_or_throw(Parameters::parse(execution_.parameters))),
      redact_(values_of(parameters_.environment)),
      workspace_(git::Workspace::open(parameters_.repository, folder())),
      progress_(surroundings.workflows, {.organization = organization, .execution = execution_.id}),
      step_tasks_(surroundings.tasks, organization, execution_.id) {}

RunContext::~RunContext() = default;

const Agent& RunContext::agent() {
    const std::lock_guard lock(making_);
    if (!agent_) agent_ = make_agent(*this);
    return *agent_;
}

CodeHost& RunContext::host() {
    if (!host_) host_ = make_code_host(*this);
    return *host_;
}

IssueTracker& RunContext::tracker() {
    if (!tracker_) tracker_ = make_issue_tracker(*this);
    return *tracker_;
}

void RunContext::look() {
    if (surroundings_.stop.stop_requested()) throw Stopped{"the program ends"};
    if (is_cleaning_up_) return;
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_look_) {
        next_look_ = now + between_looks;
        const auto seen = value_or_throw(run_task(workflows::Executions(surroundings_.workflows)
                                                      .find(identity::Actor::system(organization_), execution_.id)));
        if (seen.status != "running") throw Stopped{fmt::format("the run is {}", seen.status)};
        if (!surroundings_.is_ours()) throw Stopped{"its lock went with the connection to the database"};
    }
    if (stage_.deadline_at && SystemClock().now() > *stage_.deadline_at)
        throw Failure({.code = "workflows.timed_out",
                       .message = fmt::format("stage {} was not done by its deadline", stage_.key),
                       .detail = to_rfc3339(*stage_.deadline_at),
                       .hint = "gsdb workflow retry gives it another time"});
}

void RunContext::look_while(const std::function<void(std::stop_token)>& work) {
    std::stop_source stop;
    std::exception_ptr why;
    std::mutex waiting;
    std::condition_variable_any wake;
    std::jthread looking([&](const std::stop_token& is_done) {
        std::unique_lock lock(waiting);
        while (!is_done.stop_requested() && !why) {
            try {
                look();
                wake.wait_for(lock, is_done, between_looks, [] { return false; });
            } catch (...) {
                why = std::current_exception();
                stop.request_stop();
            }
        }
    });
    try {
        work(stop.get_token());
    } catch (const Stopped&) {
        looking.request_stop();
        looking.join();
        if (why) std::rethrow_exception(why);
        throw;
    }
}

std::string RunContext::once(const std::string& step, const std::string& input,
                             const std::function<std::string()>& work) {
    if (auto result = known(step)) return std::move(*result);
    const auto started_at = SystemClock().now();
    auto result = work();
    return run_task(progress_.commit_step(step, input, std::move(result), started_at));
}

std::optional<std::string> RunContext::known(const std::string& step) {
    return run_task(progress_.find_step(step));
}

void RunContext::tell(News news) {
    const std::lock_guard lock(telling_);
    news.stage = stage_.key;
    news.place = stage_.position;
    news.places = stages_;
    if (surroundings_.on_news) surroundings_.on_news(news);
}

tasks::PlanVersion RunContext::plan_version() {
    const auto plan = known("plan/saved");
    if (!plan)
        throw Failure({.code = "workflows.no_plan",
                       .message = "the run has no plan yet",
                       .detail = "",
                       .hint = "its template leaves out the stage requirements_decomposition"});
    const auto first = Uuid::parse(std::string(json::parse(*plan).at("decomposition").as_string()));
    return run_task(tasks::list_plan_versions(surroundings_.tasks, organization_, first.value())).back();
}

const std::vector<tasks::SavedStep>& RunContext::steps() {
    if (!steps_) steps_ = run_task(tasks::list_steps(surroundings_.tasks, organization_, plan_version().id));
    return *steps_;
}

const tasks::SavedStep& RunContext::step_of(Uuid id) {
    return *std::ranges::find(steps(), id, &tasks::SavedStep::id);
}

std::string RunContext::base_commit() {
    const auto known_or_found = once("base", execution_.base_branch, [&] {
        const auto commit = workspace_.find_commit(execution_.base_branch);
        if (!commit)
            throw Failure(
                {.code = "workflows.unknown_branch",
                 .message = fmt::format("{} has no branch {}", parameters_.repository, execution_.base_branch),
                 .detail = "",
                 .hint = "start the run with --base and a branch that is there",
                 .exit_code = ExitCode::not_found});
        return json::serialize(json::object{{"commit", *commit}});
    });
    return std::string(json::parse(known_or_found).at("commit").as_string());
}

std::string RunContext::branch_prefix() const {
    return fmt::format("gsdb/{}/", short_id());
}

std::string RunContext::branch_of(int step_number) const {
    return fmt::format("{}step-{}", branch_prefix(), step_number);
}

std::filesystem::path RunContext::folder() const {
    return surroundings_.home / "workflows" / short_id();
}

Allowance RunContext::allowance(const std::filesystem::path& folder) const {
    Allowance allowance{.environment = parameters_.environment};
    if (!parameters_.is_confined || !process::can_confine_writes()) return allowance;
    const auto* home = std::getenv("HOME");
    auto places = usual_writable_places(home != nullptr ? home : "", surroundings_.home);
    places.push_back(folder);
    for (auto& place : workspace_.written_by_commits(folder, branch_prefix())) places.push_back(std::move(place));
    places.insert(places.end(), parameters_.writable.begin(), parameters_.writable.end());
    allowance.writable = std::move(places);
    return allowance;
}

// ---- checks -----------------------------------------------------------------------------------------------------

CheckResult RunContext::verify_once(const std::filesystem::path& folder, const std::string& tree,
                                    const std::string& command, std::stop_token stop) {
    const auto step = fmt::format("check/{}/{:016x}", tree, fnv1a(command));
    return check_result_of(once(step, command, [&] {
        auto result = run_check(command, folder, allowance(folder), parameters_.check_time, std::move(stop));
        result.output = without_secrets(result.output);
        // What was stopped has no result.
        if (result.how_it_ended == process::name_of(process::End::cancelled)) throw Stopped{"a check was stopped"};
        return json::serialize(to_json(result));
    }));
}

std::vector<CheckResult> RunContext::verify(const std::filesystem::path& folder, const std::string& commit,
                                            const std::vector<std::string>& commands, std::stop_token stop) {
    const auto tree = workspace_.tree_of(commit);
    std::vector<CheckResult> results;
    for (const auto& command : commands) results.push_back(verify_once(folder, tree, command, stop));
    return results;
}

std::vector<CheckResult> RunContext::verify(const std::filesystem::path& folder, const std::string& commit,
                                            const std::vector<std::string>& commands) {
    std::vector<CheckResult> results;
    look_while([&](std::stop_token stop) { results = verify(folder, commit, commands, std::move(stop)); });
    return results;
}

const std::vector<std::string>& RunContext::checks() {
    if (!checks_) {
        const auto found = once("checks", "", [&] {
            auto commands = parameters_.checks;
            if (commands.empty()) {
                const auto probe = workspace_.add_folder(branch_prefix() + "probe", base_commit());
                commands = find_checks(probe.folder);
                workspace_.remove_folder(probe.branch);
                workspace_.delete_branch(probe.branch);
            }
            return json::serialize(json::array(commands.begin(), commands.end()));
        });
        checks_.emplace();
        const auto list = json::parse(found);
        for (const auto& command : list.as_array()) checks_->emplace_back(command.as_string());
    }
    return *checks_;
}

}  // namespace gsdb::engine
