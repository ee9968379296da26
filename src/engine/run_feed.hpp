#pragma once
// What happens to runs, to those who keep a connection open: server-sent events. The database is asked, so it does not
// matter which process carries a run on.

#include <chrono>
#include <map>
#include <memory>
#include <optional>

#include "engine/run_document.hpp"
#include "http/message.hpp"

namespace gsdb::engine {

struct RunFeedLimits {
    int streams_max = 200;  ///< of one server thread; more are put off with 503
    std::chrono::milliseconds look_every{500};
};

/// Of one server thread. However many follow a run, it is read once for all of them, and only while somebody does.
class RunFeed : public std::enable_shared_from_this<RunFeed> {
  public:
    RunFeed(Executor executor, pg::Database<workflows::Database> workflows, pg::Database<tasks::Database> tasks,
            RunFeedLimits limits = {});
    ~RunFeed();
    RunFeed(const RunFeed&) = delete;
    RunFeed& operator=(const RunFeed&) = delete;

    /// Answers with a stream of the run's transitions behind `after`, or of all, and of its stages and steps as they
    /// are and become; 204 when the run is over and the client has been told. Throws http::Refusal where too many
    /// streams are open.
    Task<http::Response> open(identity::Actor actor, workflows::Execution execution, std::optional<Uuid> after);

  private:
    struct Follower;
    struct Run;

    void forget_closed(Run& run);
    Task<> look(Uuid id, std::shared_ptr<Run> run);
    static Task<> follow(std::shared_ptr<RunFeed> self, Uuid id, std::shared_ptr<Run> run);

    Executor executor_;
    workflows::Executions executions_;
    pg::Database<tasks::Database> tasks_;
    RunFeedLimits limits_;
    std::map<Uuid, std::shared_ptr<Run>> runs_;
    int streams_ = 0;
};

}  // namespace gsdb::engine
