#include "engine/agent_call.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "base/utf8.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

/// Lines on their way into the log: written together, at most a second late while there are any.
class LogWriter {
  public:
    LogWriter(RunContext& run, const AgentCallAbout& call) : run_(run), call_(call) {}

    void add(process::Stream stream, std::string_view line) {
        constexpr std::size_t lines_max = 200;
        const bool is_error = stream == process::Stream::err;
        auto text = run_.without_secrets(printable_utf8(line));
        run_.tell({.kind = News::Kind::step_said, .step = call_.step.number, .attempt = call_.attempt, .text = text});
        lines_.push_back({.level = is_error ? "warning" : "info",
                          .stream = is_error ? "stderr" : "stdout",
                          .message = std::move(text)});
        if (lines_.size() >= lines_max || std::chrono::steady_clock::now() - written_ > std::chrono::seconds(1))
            write();
    }
    void add_remark(std::string text) {
        lines_.push_back({.level = "info", .stream = "engine", .message = std::move(text)});
        write();
    }
    void write() {
        run_task(run_.step_tasks().log(call_.task, call_.attempt, std::exchange(lines_, {})));
        written_ = std::chrono::steady_clock::now();
    }

  private:
    RunContext& run_;
    const AgentCallAbout& call_;
    std::vector<tasks::SaidLine> lines_;
    std::chrono::steady_clock::time_point written_{};
};

std::string list_of(const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += fmt::format("- {}\n", item);
    return text;
}

std::string step_json(const AgentCallAbout& call) {
    const auto& step = call.step.step;
    return json::serialize(json::object{
        {"number", call.step.number},
        {"name", step.name},
        {"description", step.description},
        {"acceptance_criteria", json::array(step.acceptance_criteria.begin(), step.acceptance_criteria.end())},
        {"approach", step.approach},
        {"technical_requirements", step.technical_requirements},
        {"attempt", call.attempt},
        {"feedback", call.feedback},
        {"conflicts", json::array(call.conflicts.begin(), call.conflicts.end())}});
}

/// A label of workflows.operation_outcome: classes of errors that are none are just errors.
std::string outcome_of(const AgentRun& agent) {
    if (agent.has_succeeded) return "done";
    for (const auto* known :
         {"rate_limited", "unreachable", "timed_out", "unauthorized", "not_found", "conflict", "invalid"})
        if (agent.error_class == known) return known;
    return "error";
}

workflows::AgentAnswer answer_of(const AgentRun& agent) {
    workflows::AgentAnswer answer{.has_succeeded = agent.has_succeeded,
                                  .outcome = outcome_of(agent),
                                  .run_id = agent.run_id,
                                  .run_url = agent.run_url,
                                  .latency = agent.took};
    if (!answer.has_succeeded) answer.error_message = agent.error_message;
    if (!agent.report) return answer;
    const auto& report = *agent.report;
    answer.response = json::serialize(json::object{{"summary", report.summary}});
    if (!report.model.empty()) answer.model = report.model;
    answer.cost_usd = report.cost_usd;
    answer.input_tokens = report.input_tokens;
    answer.output_tokens = report.output_tokens;
    return answer;
}

void remove_secrets(const RunContext& run, AgentReport& report) {
    report.summary = run.without_secrets(report.summary);
    for (auto& claim : report.criteria) claim.evidence = run.without_secrets(claim.evidence);
}

tasks::StepUsage usage_of(const AgentRun& agent, Timestamp started_at) {
    return {.started_at = started_at,
            .finished_at = started_at + agent.took,
            .measured = agent.measured,
            .error_class = agent.error_class};
}

}  // namespace

std::string prompt_of(const AgentCallAbout& call, const std::string& requirement_title) {
    const auto& step = call.step.step;
    auto text =
        fmt::format("# {}\n\nStep {} of: {}\n\n{}\n", step.name, call.step.number, requirement_title, step.description);
    if (!step.approach.empty()) text += fmt::format("\n## Approach\n{}\n", step.approach);
    if (!step.technical_requirements.empty())
        text += fmt::format("\n## Technical requirements\n{}\n", step.technical_requirements);
    if (!step.acceptance_criteria.empty())
        text += fmt::format("\n## Acceptance criteria\n{}", list_of(step.acceptance_criteria));
    if (!call.feedback.empty()) text += fmt::format("\n## What was wrong with the last attempt\n{}\n", call.feedback);
    if (!call.conflicts.empty())
        text += fmt::format(
            "\n## Conflicts to mend\nThe branch that this is merged into has changed the same lines. Mend the "
            "conflict marks in these files, so that both changes hold:\n{}",
            list_of(call.conflicts));
    return text;
}

AgentRun record_call(RunContext& run, workflows::AgentCall call, const std::function<AgentRun()>& work) {
    const auto key = call.key;
    // What could not begin, or needs a person, is told of as a call that failed before it is given on.
    const auto end = [&](std::string outcome, const std::string& message) {
        run_task(run.progress().end_call(
            key, {.outcome = std::move(outcome), .error_message = run.without_secrets(message)}));
    };
    run_task(run.progress().begin_call(*run.stage().execution_id, std::move(call)));
    AgentRun done;
    try {
        done = work();
    } catch (const NeedsPerson& need) {
        end("unauthorized", need.reason);
        throw;
    } catch (const Failure& failure) {
        end("error", failure.what());
        throw;
    }
    if (done.was_stopped) throw Stopped{"the agent was stopped"};
    if (done.report) remove_secrets(run, *done.report);
    done.error_message = run.without_secrets(done.error_message);
    run_task(run.progress().end_call(key, answer_of(done)));
    return done;
}

AgentRun call_agent(RunContext& run, const AgentCallAbout& call, std::stop_token stop) {
    const auto& agent = run.agent();
    LogWriter log(run, call);
    AgentTask task{.folder = call.folder,
                   .notes = run.folder() / fmt::format("notes-{}", call.step.number),
                   .key = fmt::format("{}/{}", to_string(run.execution().id), call.key),
                   .step_number = call.step.number,
                   .attempt = call.attempt,
                   .prompt = prompt_of(call, run.execution().name),
                   .step_json = step_json(call),
                   .conflicts = call.conflicts,
                   .allowance = run.allowance(call.folder.folder),
                   .time_max = run.parameters().step_time};
    if (task.allowance.writable) task.allowance.writable->push_back(task.notes);
    const auto request = json::object{{"step", call.step.number}, {"attempt", call.attempt}};
    const auto started_at = SystemClock().now();
    const auto done = record_call(
        run, {.provider = std::string(agent.provider()), .key = task.key, .request = json::serialize(request)}, [&] {
            try {
                auto worked = agent.work(
                    task, [&](process::Stream stream, std::string_view line) { log.add(stream, line); }, stop);
                if (!worked.report_problem.empty()) log.add_remark(worked.report_problem);
                log.write();
                return worked;
            } catch (...) {
                log.write();
                throw;
            }
        });
    run_task(run.step_tasks().note_usage(run.surroundings().worker().worker_id.uuid, call.task, call.attempt,
                                         usage_of(done, started_at)));
    return done;
}

}  // namespace gsdb::engine
