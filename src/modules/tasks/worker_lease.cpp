#include "modules/tasks/worker_lease.hpp"

#include <mutex>

#include "base/background.hpp"
#include "base/run_task.hpp"
#include "modules/tasks/observations.hpp"
#include "modules/tasks/process_identity.hpp"
#include "modules/tasks/queries.hpp"

namespace gsdb::tasks {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// The renewals must not queue up behind what the program asks of the database.
pg::Database<Database> own_connection(const pg::Database<Database>& database, milliseconds patience) {
    auto options = database.pool().options();
    options.size_max = 2;
    options.acquire_deadline = patience;
    return pg::Database<Database>(pg::Pool(std::move(options)));
}

}  // namespace

Task<TakenBack> take_back_from_lost_workers(pg::Database<Database> database, std::int32_t page) {
    TakenBack all;
    for (std::int64_t taken = page; taken >= page;) {
        const auto answer = co_await database.query<sql::TakeBackTasks>({}, {.page = page});
        taken = answer.taken;
        all.tasks += answer.taken;
        all.dead += answer.dead;
    }
    if (all.tasks > 0) observe::emit(TasksTakenBack{.tasks = all.tasks, .dead = all.dead});
    co_return all;
}

struct WorkerLease::State {
    State(const pg::Database<Database>& given, WorkerLeaseOptions wanted)
        : database(own_connection(given, wanted.lasts / 3)), options(wanted) {}

    Task<> take() {
        const auto asked_at = steady_clock::now();
        const auto id = WorkerId::make(SystemClock());
        const auto taken = co_await database.query<sql::RegisterWorker>({}, {.worker_id = id.uuid,
                                                                             .host = process.host,
                                                                             .process_id = process.process_id,
                                                                             .machine = process.machine,
                                                                             .lasts = options.lasts});
        const std::lock_guard lock(mutex);
        ends_at = asked_at + options.lasts;
        loss = std::stop_source();
        holder = {.worker_id = id, .epoch = taken.epoch, .lost = loss.get_token()};
    }

    void lose(std::string reason) {
        std::stop_source lost;
        {
            const std::lock_guard lock(mutex);
            lost = loss;
        }
        if (lost.request_stop())
            observe::emit(WorkerLeaseLost{.worker_id = to_string(holder.worker_id), .reason = std::move(reason)});
    }

    Task<> renew_once() {
        if (loss.stop_requested()) co_return co_await take();
        const auto asked_at = steady_clock::now();
        const auto renewed = co_await database.query<sql::RenewLease>(
            {.statement_deadline = options.lasts / 3},
            {.lasts = options.lasts, .worker_id = holder.worker_id.uuid, .epoch = holder.epoch});
        if (renewed == 1)
            ends_at = asked_at + options.lasts;
        else
            lose("others took it for dead");
    }

    /// Whether the database may by now have given our tasks to others.
    bool has_run_out() const { return steady_clock::now() >= ends_at; }

    Task<> renew(Stop stop) {
        auto pause = options.renewed_every;
        while (co_await stop.sleep(pause)) {
            pause = options.renewed_every;
            try {
                co_await renew_once();
                if (loss.stop_requested()) pause = milliseconds(0);
            } catch (const std::exception& problem) {
                observe::emit(
                    WorkerLeaseNotRenewed{.worker_id = to_string(holder.worker_id), .message = problem.what()});
                pause = options.renewed_every / 4;
            }
        }
    }

    /// Says that the lease is lost when it is, however long the database keeps the renewal waiting.
    Task<> watch_the_end(Stop stop) {
        constexpr milliseconds at_least{5};
        while (co_await stop.sleep(std::max(at_least, std::chrono::ceil<milliseconds>(ends_at - steady_clock::now()))))
            if (has_run_out()) lose("the database could not be told in time");
    }

    Task<> end_leases_of_lost_processes() {
        if (process.machine.empty()) co_return;
        for (const auto& other : co_await database.query<sql::WorkersOfMachine>(
                 {}, {.machine = process.machine, .worker_id = holder.worker_id.uuid}))
            if (has_ended(other.process_id))
                co_await database.query<sql::EndLease>({}, {.worker_id = other.id, .epoch = other.epoch});
    }

    Task<> look_for_lost(Stop stop) {
        do {
            try {
                co_await end_leases_of_lost_processes();
                co_await take_back_from_lost_workers(database, options.page);
            } catch (const std::exception& problem) {
                observe::emit(LookForLostWorkersFailed{.message = problem.what()});
            }
        } while (co_await stop.sleep(options.looks_for_lost_every));
    }

    Task<> give_up() {
        const auto ended =
            co_await database.query<sql::EndLease>({}, {.worker_id = holder.worker_id.uuid, .epoch = holder.epoch});
        if (ended == 1) co_await take_back_from_lost_workers(database, options.page);
    }

    const pg::Database<Database> database;
    const WorkerLeaseOptions options;
    const ProcessIdentity process = this_process();

    // Written by the thread of the Background, or before it begins; read by others with the mutex.
    mutable std::mutex mutex;
    LeaseHolder holder;
    std::stop_source loss;
    steady_clock::time_point ends_at;
    std::unique_ptr<Background> background;
};

WorkerLease::WorkerLease(const pg::Database<Database>& database, WorkerLeaseOptions options)
    : state_(std::make_shared<State>(database, options)) {
    run_task(state_->take());
    state_->background = std::make_unique<Background>(std::vector<Background::Work>{
        [state = state_.get()](Stop stop) { return state->renew(std::move(stop)); },
        [state = state_.get()](Stop stop) { return state->watch_the_end(std::move(stop)); },
        [state = state_.get()](Stop stop) { return state->look_for_lost(std::move(stop)); }});
}

WorkerLease::~WorkerLease() {
    state_->background->stop();
    state_->loss.request_stop();
    try {
        run_task(state_->give_up());
    } catch (const std::exception& problem) {
        // It ends by itself.
        observe::emit(LookForLostWorkersFailed{.message = problem.what()});
    }
}

LeaseHolder WorkerLease::holder() const {
    const std::lock_guard lock(state_->mutex);
    return state_->holder;
}

}  // namespace gsdb::tasks
