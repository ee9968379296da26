#pragma once
// Runs from a requirement to a merged change, with agents that are shell scripts.

#include <gmock/gmock.h>

#include <fstream>

#include "base/run_task.hpp"
#include "engine/run_plan.hpp"
#include "engine/stages.hpp"
#include "engine/workflow_engine.hpp"
#include "integrations/git/tests/git_fixture.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::engine {

class EngineTest : public testing::Test {
  protected:
    EngineTest() {
        repository_.git("init -q");
        repository_.write("greeting.txt", "hello\n");
        repository_.write("check.sh", "test -s greeting.txt && ! grep -rn BROKEN --include='*.txt' .\n");
        repository_.commit_all("first");
        base_ = tip("main");
        run_task(add_worker());
    }

    void agent(const std::string& script) { folder_.write("agent.sh", "set -e\n" + script); }

    Parameters parameters(const std::string& requirement) {
        return {.repository = repository_.string(),
                .requirement = requirement,
                .agent = "sh " + shell_word(folder_.string() + "/agent.sh"),
                .checks = {"sh check.sh"},
                .attempts_max = 2,
                .step_time = std::chrono::seconds(60)};
    }
    Uuid start(const Parameters& parameters) {
        return value_or_throw(run_task(executions_.start(me_, {.project = project_id_,
                                                               .repository = repository_id_,
                                                               .name = "A run",
                                                               .base_branch = "main",
                                                               .parameters = parameters.to_json()})));
    }
    Surroundings surroundings(std::stop_token stop = {}) {
        return {.workflows = workflows_,
                .tasks = tasks_,
                .home = folder_.string() + "/home",
                .worker = [this] { return worker_; },
                .is_ours = [this] { return is_ours_.load(); },
                .index = [this](const std::string&, const std::string& commit) { return index(commit); },
                .compare = [](const IndexedCommit&, const std::string&, const std::string&) { return CodeChanges{}; },
                .changed_code = [this](const IndexedCommit& before, const IndexedCommit& after,
                                       const auto& files) { return changed_code(before, after, files); },
                .on_news = [this](const News& news) { hear(news); },
                .stop = std::move(stop),
                .services = services_};
    }
    workflows::Execution carry(Uuid run, std::stop_token stop = {}) {
        auto all = surroundings(std::move(stop));
        return carry_on(all, {.organization = default_organization(), .execution = run});
    }
    std::vector<workflows::Stage> stages(Uuid run) { return *run_task(executions_.stages(me_, run)); }
    std::vector<workflows::Validation> validations(Uuid run) { return *run_task(executions_.validations(me_, run)); }
    std::vector<workflows::Operation> operations(Uuid run) { return *run_task(executions_.operations(me_, run)); }
    std::int64_t operations_of_type(Uuid run, std::string_view type) {
        return std::ranges::count(operations(run), type, &workflows::Operation::type);
    }
    std::vector<tasks::StepTask> step_tasks(Uuid run) {
        return run_task(tasks::StepTasks(tasks_, default_organization(), run).list());
    }
    std::string tip(const std::string& branch) {
        auto text = repository_.git("rev-parse " + branch);
        return text.substr(0, text.size() - 1);
    }
    std::string at(const std::string& revision, const std::string& file) {
        return repository_.git("show " + revision + ":" + file);
    }
    std::string files_at(const std::string& revision) { return repository_.git("ls-tree -r --name-only " + revision); }
    bool knows_no_trace() {
        return repository_.git("branch --list 'gsdb/*'").empty() && repository_.git("worktree list | wc -l") == "1\n" &&
               std::filesystem::is_empty(folder_.string() + "/home/workflows");
    }
    std::string remarks() {
        const std::lock_guard lock(hearing_);
        std::string text;
        for (const auto& news : heard_)
            if (news.kind != News::Kind::step_said) text += news.text + "\n";
        return text;
    }

    git::GitHome home_;
    git::GitFolder repository_;
    git::TemporaryFolder folder_;
    std::string base_;
    queryc::ModuleDatabase workflows_database_{"workflows", migrate::LayoutKind::split};
    queryc::ModuleDatabase tasks_database_{"tasks", migrate::LayoutKind::split};
    pg::Database<workflows::Database> workflows_{pg::Pool({.connect = workflows_database_.login(), .size_max = 4})};
    pg::Database<tasks::Database> tasks_{pg::Pool({.connect = tasks_database_.login(), .size_max = 4})};
    workflows::Executions executions_{workflows_};
    identity::Actor me_ = identity::Actor::system(default_organization());
    ProjectId project_id_ = ProjectId::make(SystemClock());
    RepositoryId repository_id_ = RepositoryId::make(SystemClock());
    tasks::LeaseHolder worker_{.worker_id = tasks::WorkerId::make(SystemClock()), .epoch = 1, .lost = {}};
    std::atomic<bool> is_ours_ = true;
    Services services_;
    std::vector<std::string> indexed_;
    std::function<void(const News&)> on_news_;

    /// Without a code graph, unless a test has one.
    virtual IndexedCommit index(const std::string& commit) {
        indexed_.push_back(commit);
        return {.codebase = "c", .run = static_cast<int>(indexed_.size()), .text = "2 files"};
    }
    virtual codebase::ChangedCode changed_code(const IndexedCommit&, const IndexedCommit&,
                                               const std::vector<codebase::TouchedFile>&) {
        return {};
    }

  private:
    void hear(const News& news) {
        {
            const std::lock_guard lock(hearing_);
            heard_.push_back(news);
        }
        if (on_news_) on_news_(news);
    }
    Task<> add_worker() {
        auto connection = co_await pg::Connection::open(tasks_database_.login());
        co_await connection->execute(
            "insert into tasks.workers (id, host, process_id, lease_expires_at) values ($1, 'test', 1, now() + "
            "interval '1 day')",
            pg::Parameters::of(worker_.worker_id.uuid));
    }

    std::mutex hearing_;
    std::vector<News> heard_;
};

}  // namespace gsdb::engine
