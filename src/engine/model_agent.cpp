#include "engine/model_agent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "engine/folder_text.hpp"
#include "engine/run_context.hpp"
#include "integrations/llm/edit_application.hpp"
#include "integrations/web_service/until_stopped.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

constexpr std::size_t shown_bytes_max = 400 << 10;      // of files, in one prompt
constexpr std::size_t shown_at_once_bytes = 120 << 10;  // a folder with less is shown as a whole
constexpr std::size_t listed_files_max = 5'000;
constexpr std::size_t wanted_files_max = 60;

constexpr std::string_view which_files =
    "\nBefore you change anything, say which files you need to see. Answer with a JSON array of their paths and "
    "nothing "
    "else, the most important first, at most 60. The folder has:\n";

constexpr std::string_view plan_instructions =
    "You plan changes to a code base. You answer with one JSON object that follows the JSON Schema you are shown, and "
    "with nothing else: no words before it or behind it, no comments in it.";

/// Thrown away when the run is to stop.
struct StoppedAsking {};

/// Pieces of an answer as lines.
class Lines {
  public:
    explicit Lines(const OnSaid& on_said) : on_said_(on_said) {}
    void add(std::string_view piece) {
        rest_ += piece;
        for (std::size_t end; (end = rest_.find('\n')) != std::string::npos; rest_.erase(0, end + 1))
            on_said_(process::Stream::out, std::string_view(rest_).substr(0, end));
    }
    void finish() {
        if (!rest_.empty()) on_said_(process::Stream::out, std::exchange(rest_, {}));
    }

  private:
    const OnSaid& on_said_;
    std::string rest_;
};

/// The first JSON array of texts in an answer; empty for none.
std::vector<std::string> paths_in(const std::string& answer) {
    const auto begin = answer.find('['), end = answer.rfind(']');
    if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
    boost::system::error_code problem;
    const auto value = json::parse(std::string_view(answer).substr(begin, end - begin + 1), problem);
    if (problem || !value.is_array()) return {};
    std::vector<std::string> paths;
    for (const auto& one : value.get_array())
        if (one.is_string() && paths.size() < wanted_files_max && llm::path_problem(one.get_string()).empty())
            paths.emplace_back(one.get_string());
    return paths;
}

llm::Budget budget_of(const Spending& spending) {
    return {.usd_max = spending.usd_max, .tokens_max = spending.tokens_max};
}

/// What the answer of before has left.
llm::Budget budget_of(const Spending& spending, const PlanQuestion& question) {
    auto budget = budget_of(spending);
    if (budget.usd_max) *budget.usd_max = std::max(*budget.usd_max - question.spent_usd, 0.0);
    if (budget.tokens_max) *budget.tokens_max = std::max<std::int64_t>(*budget.tokens_max - question.spent_tokens, 0);
    return budget;
}

llm::Prices prices_of(const Parameters& parameters) {
    const auto& spending = parameters.spending;
    if (!spending.usd_per_million_input || !spending.usd_per_million_output) return {};
    return {{parameters.agent,
             {.usd_per_million_input = *spending.usd_per_million_input,
              .usd_per_million_output = *spending.usd_per_million_output}}};
}

std::string text_of(const llm::Problems& problems) {
    std::string text = "the model's edits cannot be carried out:";
    for (const auto& problem : problems) text += fmt::format("\n- line {}: {}", problem.line, problem.text);
    return text;
}

AgentReport report_of(const llm::Report& said) {
    AgentReport report{.summary = said.summary, .has_nothing_to_do = said.status == llm::Report::Status::nothing_to_do};
    for (const auto& one : said.criteria)
        report.criteria.push_back({.criterion = one.criterion, .evidence = one.evidence, .is_met = one.is_met});
    return report;
}

}  // namespace

/// What is said about one task.
class ModelAgent::Conversation {
  public:
    Conversation(RunContext& run, llm::Api api, llm::Budget budget, const AgentTask& task, const OnSaid& on_said,
                 std::stop_token stop)
        : run_(run),
          task_(task),
          on_said_(on_said),
          stop_(std::move(stop)),
          spending_(std::make_shared<llm::Spending>(budget, prices_of(run.parameters()))),
          model_(llm::make_model(settings(api))) {}

    void carry_out(AgentRun& result) {
        messages_.push_back({.role = llm::Role::user, .text = first_message()});
        auto problems = try_answer(result);
        if (!problems.empty()) {
            messages_.push_back({.role = llm::Role::user, .text = llm::repair_prompt(problems)});
            problems = try_answer(result);
        }
        if (!problems.empty()) {
            result.error_class = "bad_answer";
            result.error_message = text_of(problems);
            return;
        }
        result.has_succeeded = result.error_class.empty();
    }

    void plan(const PlanQuestion& question, AgentRun& result) {
        system_ = plan_instructions;
        messages_.push_back({.role = llm::Role::user, .text = plan_prompt(question)});
        if (!question.repair.empty()) {
            if (!question.former_answer.empty())
                messages_.push_back({.role = llm::Role::assistant, .text = question.former_answer});
            messages_.push_back({.role = llm::Role::user, .text = question.repair});
        }
        auto reply = ask();
        if (reply.stop_reason == llm::StopReason::refused) {
            result.error_class = "refused";
            result.error_message = "the model refused to answer";
            return;
        }
        result.answer = std::move(reply.text);
        result.has_succeeded = true;
    }

    void note_spending(AgentRun& result) const {
        const auto spent = spending_->spent();
        if (!result.report) result.report.emplace();
        result.report->model = model_name_.empty() ? run_.parameters().agent : model_name_;
        result.report->cost_usd = spent.usd;
        result.report->input_tokens = spent.tokens.input;
        result.report->output_tokens = spent.tokens.output;
    }

  private:
    llm::Settings settings(llm::Api api) const {
        const auto& services = run_.surroundings().services;
        return {
            .api = api,
            .base_url = api == llm::Api::openai ? services.openai_url : services.anthropic_url,
            .key = run_task(services.credential(run_.organization(), api == llm::Api::openai ? "openai" : "anthropic")),
            .guard = services.guard,
            .rules = services.rules,
            .total_deadline = task_.time_max,
            .spending = spending_};
    }

    llm::Reply ask() {
        Lines lines(on_said_);
        auto reply = web_service::until_stopped(
            model_->ask({.model = run_.parameters().agent, .system = std::string(system_), .messages = messages_},
                        {.on_text = [&](std::string_view piece) { lines.add(piece); }, .on_restart = [] {}}),
            stop_);
        if (!reply) throw StoppedAsking{};
        lines.finish();
        model_name_ = reply->model;
        messages_.push_back({.role = llm::Role::assistant, .text = reply->text});
        return std::move(*reply);
    }

    std::string plan_prompt(const PlanQuestion& question) const {
        auto text = fmt::format("{}\n## JSON Schema of the plan\n{}\n## Files that there are\n", question.task.prompt,
                                question.schema);
        for (const auto& file : list_files(task_.folder.folder, listed_files_max, stop_))
            text += fmt::format("{} ({} bytes)\n", file.path, file.bytes);
        return text;
    }

    std::vector<std::string> files_to_show() {
        const auto files = list_files(task_.folder.folder, listed_files_max, stop_);
        std::size_t bytes = 0;
        std::vector<std::string> paths;
        for (const auto& file : files) {
            bytes += file.bytes;
            paths.push_back(file.path);
        }
        if (bytes <= shown_at_once_bytes) return paths;
        std::string question = task_.prompt + std::string(which_files);
        for (const auto& file : files) question += fmt::format("{} ({} bytes)\n", file.path, file.bytes);
        messages_ = {{.role = llm::Role::user, .text = std::move(question)}};
        auto wanted = paths_in(ask().text);
        messages_.clear();
        for (const auto& file : task_.conflicts)
            if (std::ranges::find(wanted, file) == wanted.end()) wanted.insert(wanted.begin(), file);
        return wanted;
    }

    std::string first_message() {
        const auto paths = files_to_show();
        return fmt::format("{}\n## Files\n{}", task_.prompt,
                           text_of_files(task_.folder.folder, paths, shown_bytes_max));
    }

    /// What is wrong with the answer; nothing when its edits were carried out.
    llm::Problems try_answer(AgentRun& result) {
        const auto reply = ask();
        if (reply.stop_reason == llm::StopReason::refused) {
            result.error_class = "refused";
            result.error_message = "the model refused to answer";
            return {};
        }
        if (reply.stop_reason == llm::StopReason::token_limit)
            return {{.text = "the answer was cut off at its largest length: say it in less, or change fewer files"}};
        auto answer = llm::parse_edit_answer(reply.text);
        if (!answer) return std::move(answer.error());
        const auto applied = llm::apply_edits(task_.folder.folder, answer->edits);
        if (!applied) return applied.error();
        result.report = report_of(answer->report);
        if (answer->report.status == llm::Report::Status::failed) {
            result.error_class = "gave_up";
            result.error_message = answer->report.summary;
        }
        return {};
    }

    RunContext& run_;
    const AgentTask& task_;
    const OnSaid& on_said_;
    std::stop_token stop_;
    std::shared_ptr<llm::Spending> spending_;
    std::unique_ptr<llm::Model> model_;
    std::string_view system_ = llm::edit_instructions();
    std::vector<llm::Message> messages_;
    std::string model_name_;
};

std::string_view ModelAgent::provider() const {
    return api_ == llm::Api::openai ? "openai" : "anthropic";
}

AgentRun ModelAgent::converse(Conversation& conversation, const std::function<void(AgentRun&)>& work) const {
    const auto started = std::chrono::steady_clock::now();
    AgentRun result;
    try {
        work(result);
    } catch (const StoppedAsking&) {
        result.was_stopped = true;
    } catch (const web_service::CallFailed& failure) {
        if (failure.outcome() == web_service::Outcome::unauthorized)
            throw NeedsPerson{
                fmt::format("{}; gsdb service connect {} stores another key", failure.what(), provider())};
        result.error_class = web_service::name_of(failure.outcome());
        result.error_message = failure.what();
    } catch (const Failure& failure) {
        if (!failure.error().code.starts_with("llm.")) throw;
        result.error_class = failure.error().code == "llm.budget_used_up" ? "budget_used_up" : "error";
        result.error_message = failure.what();
    }
    conversation.note_spending(result);
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
    return result;
}

AgentRun ModelAgent::work(const AgentTask& task, const OnSaid& on_said, std::stop_token stop) const {
    Conversation conversation(run_, api_, budget_of(run_.parameters().spending), task, on_said, std::move(stop));
    return converse(conversation, [&](AgentRun& result) { conversation.carry_out(result); });
}

AgentRun ModelAgent::plan(const PlanQuestion& question, const OnSaid& on_said, std::stop_token stop) const {
    Conversation conversation(run_, api_, budget_of(run_.parameters().spending, question), question.task, on_said,
                              std::move(stop));
    return converse(conversation, [&](AgentRun& result) { conversation.plan(question, result); });
}

}  // namespace gsdb::engine
