#include "engine/agent_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>
#include <deque>

#include "base/utf8.hpp"
#include "engine/agent_call.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr int answers_max = 2;

constexpr std::string_view what_to_do =
    "Cut the requirement below into steps and answer with the plan as JSON. Other agents carry the steps out, "
    "each in a folder of its own, and see of the plan their own step only: say in each all that is needed for it. "
    "A step is small enough for one change. It begins from what the steps that it depends on have made; steps "
    "that depend on nothing in common run at the same time, so those that change the same lines should depend on "
    "each other. Leave out nothing that the requirement asks for, and add nothing. A criterion that a command can "
    "show has the command in a code span that begins with $, as `$ make test`: it is run in the folder of the "
    "change.\n\n# Requirement\n\n";

std::string repair_of(const std::vector<std::string>& problems) {
    return fmt::format(
        "\n\nThe last answer is no plan that can be worked by:\n- {}\nAnswer once more, with the whole plan.\n",
        fmt::join(problems, "\n- "));
}

PlanQuestion question_of(RunContext& run) {
    const auto& parameters = run.parameters();
    const auto folder = run.workspace().add_folder(run.branch_prefix() + "plan", run.base_commit());
    run.workspace().reset(folder, run.base_commit());
    PlanQuestion question{.task = {.folder = folder,
                                   .notes = run.folder() / "notes-plan",
                                   .key = {},
                                   .prompt = std::string(what_to_do) + parameters.requirement + "\n",
                                   .step_json = {},
                                   .conflicts = {},
                                   .allowance = run.allowance(folder.folder),
                                   .time_max = parameters.step_time},
                          .requirement = parameters.requirement,
                          .schema = std::string(tasks::plan_schema()),
                          .former_answer = {},
                          .repair = {}};
    auto& writable = question.task.allowance.writable;
    if (writable) writable->push_back(question.task.notes);
    return question;
}

/// The last lines of what an agent said: why it failed, where it did.
class Tail {
  public:
    explicit Tail(RunContext& run) : run_(run) {}
    void add(std::string_view line) {
        constexpr std::size_t lines_max = 20;
        auto text = run_.without_secrets(printable_utf8(line));
        run_.tell({.kind = News::Kind::step_said, .text = text});
        lines_.push_back(std::move(text));
        if (lines_.size() > lines_max) lines_.pop_front();
    }
    std::string text() const { return fmt::format("{}", fmt::join(lines_, "\n")); }

  private:
    RunContext& run_;
    std::deque<std::string> lines_;
};

/// One call of the agent, with its record.
AgentRun call_for_plan(RunContext& run, const PlanQuestion& question) {
    run.look();
    Tail said(run);
    const auto done = record_call(run,
                                  {.provider = std::string(run.agent().provider()),
                                   .key = question.task.key,
                                   .request = json::serialize(json::object{{"answer", question.task.attempt}}),
                                   .type = "agent.plan"},
                                  [&] {
                                      AgentRun answered;
                                      run.look_while([&](std::stop_token stop) {
                                          answered = run.agent().plan(
                                              question, [&](process::Stream, std::string_view line) { said.add(line); },
                                              std::move(stop));
                                          if (answered.was_stopped) throw Stopped{"the agent was stopped"};
                                      });
                                      return answered;
                                  });
    if (done.has_succeeded) return done;
    throw Failure({.code = "workflows.no_plan_made",
                   .message = fmt::format("the agent made no plan: {}", done.error_message),
                   .detail = said.text(),
                   .hint = "gsdb workflow retry asks it again"});
}

/// What the agent answered, and what that used up, as the journal keeps it.
json::object answer_to(RunContext& run, const PlanQuestion& question) {
    const auto stage_attempt = run.stage().attempt.value_or(1);
    const auto step = fmt::format("plan/answer/{}/{}", stage_attempt, question.task.attempt);
    return json::parse(run.once(step, question.requirement,
                                [&] {
                                    auto asked = question;
                                    asked.task.key = fmt::format("{}/{}", to_string(run.execution().id), step);
                                    const auto done = call_for_plan(run, asked);
                                    const auto used = done.report.value_or(AgentReport{});
                                    return json::serialize(
                                        json::object{{"answer", run.without_secrets(printable_utf8(done.answer))},
                                                     {"cost_usd", used.cost_usd},
                                                     {"tokens", used.input_tokens + used.output_tokens}});
                                }))
        .as_object();
}

}  // namespace

tasks::Plan plan_by_agent(RunContext& run) {
    auto question = question_of(run);
    for (question.task.attempt = 1;; ++question.task.attempt) {
        const auto answer = answer_to(run, question);
        question.former_answer = answer.at("answer").as_string();
        auto plan = tasks::plan_from_json(question.former_answer);
        if (plan) {
            run.workspace().remove_folder(question.task.folder.branch);
            run.workspace().delete_branch(question.task.folder.branch);
            return std::move(*plan);
        }
        run.tell({.kind = News::Kind::remark,
                  .text = fmt::format("the agent's plan has {} problems; the first: {}", plan.error().size(),
                                      plan.error().front())});
        if (question.task.attempt == answers_max)
            throw Failure({.code = "workflows.bad_plan",
                           .message = "the agent's plan cannot be worked by, also after it was told why",
                           .detail = fmt::format("{}", fmt::join(plan.error(), "\n")),
                           .hint = "gsdb workflow retry asks it again; without --plan the requirement itself has to be "
                                   "structured"});
        question.repair = repair_of(plan.error());
        question.spent_usd += answer.at("cost_usd").to_number<double>();
        question.spent_tokens += answer.at("tokens").to_number<std::int64_t>();
    }
}

}  // namespace gsdb::engine
