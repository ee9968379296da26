#include "app/requested_indexing.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>

#include "app/index_observations.hpp"
#include "app/progress.hpp"
#include "app/repository_indexer.hpp"
#include "base/run_task.hpp"
#include "modules/projects/api.hpp"

namespace gsdb::app {

namespace {

/// Says that the server is still at it, as long as it lives.
class SignOfLife {
  public:
    SignOfLife(pg::Database<codebase::Database> database, codebase::TakenAnalysis taken)
        : thread_([database = std::move(database), taken = std::move(taken)](std::stop_token stop) {
              std::mutex mutex;
              std::condition_variable_any ended;
              std::unique_lock lock(mutex);
              while (!ended.wait_for(lock, stop, codebase::analysis_taken_for / 3, [] { return false; }) &&
                     !stop.stop_requested()) {
                  try {
                      run_task(codebase::keep_analysis(database, taken));
                  } catch (const std::exception& problem) {
                      observe::emit(RequestedRunFailed{.location = taken.location, .message = problem.what()});
                  }
              }
          }) {}

  private:
    std::jthread thread_;
};

/// Whether two URLs lead to the same repository, by whatever scheme.
bool is_same_repository(const std::string& one, const std::string& other) {
    const auto a = projects::parse_remote_url(one), b = projects::parse_remote_url(other);
    if (!a || !b) return false;
    return a->provider == b->provider && a->name_space == b->name_space && a->name == b->name &&
           (a->provider != "git" || a->clone_url == b->clone_url);
}

}  // namespace

RequestedIndexing::RequestedIndexing(const Program& program, const DatabaseServer& server,
                                     const Interruption& interruption)
    : program_(quiet(program)),
      server_(server),
      interruption_(interruption),
      codebases_(server.pool("codebase", 2)),
      events_(server.pool("events", 1)),
      thread_([this] { work(); }) {}

void RequestedIndexing::work() {
    constexpr std::chrono::milliseconds pause{500}, after_failure{5'000};
    for (bool goes_on = true; goes_on;) {
        auto wait = pause;
        try {
            follow_pushes();
            if (run_next()) wait = std::chrono::milliseconds(0);
        } catch (const std::exception& problem) {
            observe::emit(RequestedRunFailed{.location = "", .message = problem.what()});
            wait = after_failure;
        }
        goes_on = wait.count() > 0 ? interruption_.sleep(wait) : !interruption_.requested();
    }
}

bool RequestedIndexing::run_next() {
    const auto taken = run_task(codebase::take_analysis(codebases_));
    if (taken) run(*taken);
    return taken.has_value();
}

void RequestedIndexing::run(const codebase::TakenAnalysis& taken) {
    const SignOfLife sign(codebases_, taken);
    std::optional<Error> problem;
    try {
        const auto summary =
            RepositoryIndexer(
                program_, server_,
                {.location = taken.location, .revision = taken.revision, .organization = taken.organization},
                interruption_)
                .run();
        run_task(codebase::complete_analysis(codebases_, taken, summary.codebase, summary.run_number));
        return;
    } catch (const Failure& failure) {
        problem = failure.error();
    } catch (const std::exception& other) {
        problem = Error{.code = "program.failed", .message = other.what()};
    }
    const bool is_for_the_next = interruption_.requested() || problem->code == "codebase.busy";
    if (is_for_the_next)
        run_task(codebase::put_back_analysis(codebases_, taken));
    else
        run_task(codebase::fail_analysis(codebases_, taken, *problem));
    observe::emit(RequestedRunFailed{.location = taken.location, .message = problem->message});
    // Somebody else is indexing it: not at once again.
    if (is_for_the_next) interruption_.sleep(std::chrono::seconds(1));
}

/// A push to the default branch of what is indexed from a URL asks for a run.
void RequestedIndexing::follow_pushes() {
    const auto known = run_task(codebase::remote_codebases(codebases_));
    if (known.empty()) return run_task(events::pass_all_pushes(events_));
    for (;;) {
        const auto found = run_task(events::read_pushes(events_));
        for (const auto& push : found.pushes)
            for (const auto& codebase : known)
                if (push.is_to_default_branch && push.organization == codebase.organization &&
                    is_same_repository(push.clone_url, codebase.location))
                    run_task(codebase::request_analysis(codebases_, push.organization, codebase.location, {}, "push"));
        if (!found.end) return;
        run_task(events::pass_pushes(events_, *found.end));
    }
}

}  // namespace gsdb::app
