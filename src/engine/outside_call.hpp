#pragma once
// A call to a service of others on behalf of a run: recorded as an operation before it is made, and what came of it
// behind. What may pass is waited for; what only a person can mend pauses the run.

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "base/run_task.hpp"
#include "engine/run_context.hpp"
#include "integrations/web_service/until_stopped.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::engine {

/// Counts the attempts of the call that is being made. Of one thread.
class AttemptTally {
  public:
    /// To be a client's on_attempt; the tally outlives it.
    std::function<void(const web_service::Attempt&)> listener() {
        return [this](const web_service::Attempt& attempt) { add(attempt); };
    }
    void clear() { end_ = {.attempts = 0}; }
    /// What came of the call as its last attempt has it; `outcome` where it succeeded.
    workflows::CallEnd end(web_service::Outcome outcome) const;
    workflows::CallEnd end(const Error& error, web_service::Outcome outcome) const;

  private:
    void add(const web_service::Attempt& attempt);

    workflows::CallEnd end_;
};

/// A call of a service's client that gives a T.
template <class T>
struct OutsideCall {
    std::function<Task<T>()> make;
    /// `done`, unless the service had it already.
    std::function<web_service::Outcome(const T&)> outcome = [](const T&) { return web_service::Outcome::done; };
    std::function<std::string(const T&)> response{};  ///< JSON, for the record
};

/// After a call that failed in a way that may pass: waits until it may be made again, looking at the run. After the
/// last round, and when the credential was refused, throws NeedsPerson.
void wait_for_next_round(RunContext& run, const web_service::CallFailed& failure, int round);

/// Until it is worth to look again at what others decide: a webhook of the service has told of something, or the pause
/// between two looks is over.
void wait_for_others(RunContext& run, const std::string& service);

/// Whether it may pass, or needs a person: everything else is the caller's to mend.
bool is_for_others(web_service::Outcome outcome);

/// Makes the call until it succeeds. `end` records it: (CallEnd, const T* result). Throws CallFailed for what the
/// service refuses (not_found, conflict, invalid, error), Stopped, NeedsPerson. For the thread that goes from stage to
/// stage.
template <class Call, class T, class End>
T make_call(RunContext& run, AttemptTally& tally, const Call& record, const OutsideCall<T>& call, End end) {
    for (int round = 1;; ++round) {
        run_task(run.progress().begin_call(run.stage().execution_id, record));
        tally.clear();
        try {
            std::optional<T> result;
            run.look_while([&](const std::stop_token& stop) {
                result = web_service::until_stopped(call.make(), stop);
                if (!result) throw Stopped{"a call was stopped"};
            });
            auto ended = tally.end(call.outcome(*result));
            if (call.response) ended.response = call.response(*result);
            end(std::move(ended), &*result);
            return std::move(*result);
        } catch (const web_service::CallFailed& failure) {
            auto error = failure.error();
            error.detail = run.without_secrets(error.detail);
            end(tally.end(error, failure.outcome()), static_cast<const T*>(nullptr));
            if (!is_for_others(failure.outcome())) throw;
            wait_for_next_round(run, failure, round);
        }
    }
}

}  // namespace gsdb::engine
