#include "app/workflow_runner.hpp"

#include <fmt/format.h>

#include "app/outside_services.hpp"
#include "app/progress.hpp"
#include "app/terminal.hpp"
#include "app/workflow_observations.hpp"
#include "base/run_task.hpp"
#include "modules/codebase/comparison.hpp"

namespace gsdb::app {

namespace {

constexpr std::size_t connections = 8;
constexpr std::size_t runs_max = 8;

}  // namespace

WorkflowRunner::WorkflowRunner(const Program& program, const DatabaseServer& server, const Interruption& interruption)
    : program_(program),
      server_(server),
      interruption_(interruption),
      workflows_(server.pool("workflows", connections)),
      tasks_(server.pool("tasks", connections)),
      codebases_(server.pool("codebase", 2)),
      executions_(workflows_) {}

tasks::LeaseHolder WorkflowRunner::holder() {
    const std::lock_guard lock(leasing_);
    if (!lease_) lease_ = std::make_unique<tasks::WorkerLease>(tasks_);
    return lease_->holder();
}

engine::Surroundings WorkflowRunner::surroundings(std::function<bool()> is_ours, engine::OnNews on_news) {
    return {
        .workflows = workflows_,
        .tasks = tasks_,
        .home = server_.home().root(),
        .worker = [this] { return holder(); },
        .is_ours = std::move(is_ours),
        .index = [this](const std::string& repository, const std::string& commit) { return index(repository, commit); },
        .compare = [this](const engine::IndexedCommit& codebase, const std::string& before,
                          const std::string& after) { return compare(codebase, before, after); },
        .changed_code =
            [this](const engine::IndexedCommit& before, const engine::IndexedCommit& after,
                   const std::vector<codebase::TouchedFile>& files) { return changed_code(before, after, files); },
        .on_news = std::move(on_news),
        .stop = interruption_.token(),
        .services = outside_services(program_, server_)};
}

std::optional<workflows::Execution> WorkflowRunner::carry_on(workflows::ExecutionKey key, engine::OnNews on_news) {
    auto lock = engine::RunLock::take(server_.login("workflows"), key.execution);
    if (!lock) return std::nullopt;
    auto all = surroundings([&lock] { return lock->is_held(); }, std::move(on_news));
    auto execution = engine::carry_on(all, key);
    if (execution.status == "cancelled") engine::clean_up_cancelled(all, key);
    return execution;
}

engine::IndexedCommit WorkflowRunner::index(const std::string& repository, const std::string& commit) {
    const std::lock_guard lock(indexing_);
    const auto summary = index_in_turn({.location = repository, .revision = commit});
    return {.codebase = to_string(summary.codebase),
            .run = summary.run_number,
            .text = fmt::format("{} files, {} elements of code", format_count(summary.files_seen),
                                format_count(summary.elements_seen))};
}

codebase::IndexSummary WorkflowRunner::index_in_turn(const IndexRequest& wanted) {
    constexpr std::chrono::seconds pause{1}, patience{600};
    for (std::chrono::seconds waited{0};; waited += pause) {
        try {
            return RepositoryIndexer(program_, server_, wanted, interruption_).run();
        } catch (const Failure& failure) {
            if (failure.error().code != "codebase.busy" || waited >= patience) throw;
        }
        if (!interruption_.sleep(pause)) throw engine::Stopped{"the program ends"};
    }
}

engine::CodeChanges WorkflowRunner::compare(const engine::IndexedCommit& codebase, const std::string& before,
                                            const std::string& after) {
    const auto id = CodebaseId::parse(codebase.codebase).value();
    const auto comparison = run_task(codebase::compare(codebases_, default_organization(), id, before, after));
    engine::CodeChanges changes;
    for (const auto& element : comparison.elements)
        changes.changes.push_back({.kind = std::string(codebase::to_label(element.kind)),
                                   .path = element.path,
                                   .name = element.name,
                                   .breaks_api = element.breaks_api()});
    return changes;
}

codebase::ChangedCode WorkflowRunner::changed_code(const engine::IndexedCommit& before,
                                                   const engine::IndexedCommit& after,
                                                   const std::vector<codebase::TouchedFile>& files) {
    return run_task(codebase::changed_code(
        codebases_, default_organization(),
        {.codebase = CodebaseId::parse(after.codebase).value(), .before = before.run, .after = after.run}, files));
}

// ---- the server's ------------------------------------------------------------------------------------------------

WorkflowService::WorkflowService(const Program& program, const DatabaseServer& server, const Interruption& interruption)
    : program_(quiet(program)),
      interruption_(interruption),
      workflows_(server.pool("workflows", 1)),
      runner_(program_, server, interruption),
      events_(workflows_, pg::Database<events::Database>(server.pool("events", 1))),
      thread_([this] { work(); }) {}

void WorkflowService::work() {
    constexpr std::chrono::milliseconds pause{1'000}, after_failure{5'000};
    for (auto wait = pause; interruption_.sleep(wait);) {
        wait = pause;
        try {
            begin_all();
        } catch (const std::exception& problem) {
            observe::emit(RunNotCarriedOn{.execution = "", .message = problem.what()});
            wait = after_failure;
        }
        tell_events();
    }
    runs_.clear();  // each ends soon: the engine hears of the interruption, too
}

void WorkflowService::tell_events() {
    try {
        events_.tell();
        has_told_ = true;
    } catch (const std::exception& problem) {
        // Once, not each second that the database is away.
        if (std::exchange(has_told_, false)) observe::emit(RunsNotTold{.message = problem.what()});
    }
}

void WorkflowService::begin_all() {
    std::erase_if(runs_, [](const std::unique_ptr<Run>& run) { return run->has_ended.load(); });
    auto keys = run_task(workflows::running_executions(workflows_));
    std::ranges::copy(run_task(workflows::executions_to_clean_up(workflows_)), std::back_inserter(keys));
    for (const auto& key : keys) {
        const bool is_in_hand =
            std::ranges::any_of(runs_, [&](const std::unique_ptr<Run>& run) { return run->key == key; });
        if (is_in_hand || runs_.size() >= runs_max) continue;
        auto& run = *runs_.emplace_back(std::make_unique<Run>(key));
        run.thread = std::jthread([this, &run] {
            carry_on(run.key);
            run.has_ended = true;
        });
    }
}

void WorkflowService::carry_on(workflows::ExecutionKey key) {
    // So long until it is tried again: by then another process that has it may have come to its end.
    constexpr std::chrono::seconds pause{5};
    try {
        if (!runner_.carry_on(key, {})) interruption_.sleep(pause);
    } catch (const std::exception& problem) {
        observe::emit(RunNotCarriedOn{.execution = to_string(key.execution), .message = problem.what()});
        interruption_.sleep(pause);
    }
}

}  // namespace gsdb::app
