// A worker's lease, and what becomes of the tasks of workers that are gone.
#include <sys/wait.h>
#include <unistd.h>

#include <future>

#include "modules/tasks/queries.hpp"
#include "queue_fixture.hpp"

namespace gsdb::tasks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// The number of a process that has been.
std::int32_t ended_process() {
    const auto child = fork();
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    return child;
}

void wait_for(const std::stop_token& token) {
    std::promise<void> stopped;
    const std::stop_callback said(token, [&] { stopped.set_value(); });
    stopped.get_future().wait();
}

class Leases : public QueueFixture {
  protected:
    /// A worker that this test plays, with a lease of an hour.
    void add_worker(const std::string& id, std::int32_t process_id, const std::string& machine) {
        ask(
            fmt::format("insert into tasks.workers (id, host, process_id, machine, lease_expires_at) values ('{}', "
                        "'here', {}, '{}', now() + interval '1 hour')",
                        id, process_id, machine));
    }
    void claim(const std::string& worker, int count) {
        ask(fmt::format("select count(*)::text from tasks.claim_tasks('{}', 1, '{{builtin}}', {}, 1)", worker, count));
    }
    std::string complete(const std::string& worker, const std::string& title) {
        return ask(fmt::format("select c.ended::text from tasks.tasks t, tasks.complete_tasks('{}', 1, "
                               "array[t.organization_id], array[t.id], array[1], array['{{}}']) c where t.title = '{}'",
                               worker, title))
            .front();
    }

    const std::string dead_ = "d0000000-0000-7000-8000-00000000000d";
    const WorkerLeaseOptions quick_{.lasts = 60s, .renewed_every = 20ms, .looks_for_lost_every = 20ms, .page = 7};
};

TEST_F(Leases, IsRenewedWhateverTheProgramDoes) {
    const WorkerLease lease(database_, quick_);
    EXPECT_THAT(
        ask("select concat_ws(' ', id, epoch, process_id) from tasks.workers"),
        ElementsAre(fmt::format("{} {} {}", to_string(lease.holder().worker_id), lease.holder().epoch, getpid())));
    const auto first = ask("select lease_expires_at::text from tasks.workers").front();
    wait_until(fmt::format("select lease_expires_at > '{}' from tasks.workers", first));
    EXPECT_FALSE(lease.holder().lost.stop_requested());
}

TEST_F(Leases, IsRenewedAfterTheConnectionWasLost) {
    const WorkerLease lease(database_, quick_);
    ask("select pg_terminate_backend(pid, 5000)::text from pg_stat_activity where usename = 'task_user' and datname = "
        "current_database()");
    const auto after = ask("select clock_timestamp()::text").front();
    wait_until(fmt::format("select lease_expires_at > '{}'::timestamptz + interval '60 s' from tasks.workers", after));
    EXPECT_FALSE(lease.holder().lost.stop_requested());
}

TEST_F(Leases, SaysThatItIsLostAndTakesANewOne) {
    const WorkerLease lease(database_, quick_);
    const auto former = lease.holder();
    ask("update tasks.workers set epoch = epoch + 1 where true returning 'taken'");
    wait_for(former.lost);
    wait_until(fmt::format("exists (select from tasks.workers where id <> '{}')", to_string(former.worker_id)));
    while (lease.holder().worker_id == former.worker_id) std::this_thread::yield();
    EXPECT_FALSE(lease.holder().lost.stop_requested());
    EXPECT_EQ(ask(fmt::format("select count(*)::text from tasks.workers where id = '{}'",
                              to_string(lease.holder().worker_id)))
                  .front(),
              "1");
}

TEST_F(Leases, IsLostWhenTheDatabaseCannotBeToldInTime) {
    const WorkerLease lease(database_, {.lasts = 3s, .renewed_every = 100ms, .looks_for_lost_every = 1h});
    const auto former = lease.holder();
    ask("alter role task_user nologin");
    ask("select pg_terminate_backend(pid, 5000)::text from pg_stat_activity where usename = 'task_user'");
    wait_for(former.lost);
    ask("alter role task_user login");
    while (lease.holder().worker_id == former.worker_id) std::this_thread::yield();
}

TEST_F(Leases, ADestroyedOneHandsBackWhatIsLeft) {
    add_queued("a", 1);
    {
        const WorkerLease lease(database_, quick_);
        claim(to_string(lease.holder().worker_id), 1);
        EXPECT_THAT(states(), ElementsAre("a1 running 1 0"));
    }
    EXPECT_THAT(states(), ElementsAre("a1 queued 1 0 worker_lost"));
    EXPECT_THAT(ask("select id::text from tasks.workers"), IsEmpty());
}

TEST_F(Leases, AWorkerKilledBetweenClaimAndCompletionLosesTheTaskWithTheAttemptCounted) {
    add_queued("a", 1);
    add_worker(dead_, ended_process(), this_process().machine);
    claim(dead_, 1);
    const WorkerLease lease(database_, quick_);
    wait_until("not exists (select from tasks.tasks where status = 'running')");
    EXPECT_THAT(states(), ElementsAre("a1 queued 1 0 worker_lost"));
    EXPECT_EQ(complete(dead_, "a1"), "0") << "it comes too late";
    claim(to_string(lease.holder().worker_id), 1);
    EXPECT_EQ(complete(dead_, "a1"), "0") << "and does not end what another is running";
    EXPECT_THAT(states(), ElementsAre("a1 running 2 0 worker_lost"));
}

TEST_F(Leases, WhoLivesOrCannotBeSeenKeepsItsTasks) {
    add_queued("a", 2);
    const auto elsewhere = "e0000000-0000-7000-8000-00000000000e";
    add_worker(dead_, getppid(), this_process().machine);
    add_worker(elsewhere, ended_process(), "another machine");
    claim(dead_, 1);
    claim(elsewhere, 1);
    const WorkerLease lease(database_, quick_);
    const auto after = ask("select clock_timestamp()::text").front();
    wait_until(
        fmt::format("select lease_expires_at > '{}'::timestamptz + interval '60 s' from tasks.workers where id = '{}'",
                    after, to_string(lease.holder().worker_id)));
    run_task(take_back_from_lost_workers(database_, 7));
    EXPECT_THAT(states("status = 'running'"), testing::SizeIs(2));
}

TEST_F(Leases, ATaskThatKillsItsWorkerThreeTimesBecomesADeadLetter) {
    add_queued("poison", 1);
    add_queued("after", 1);
    ask("insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind, condition) select "
        "p.organization_id, p.id, a.id, 'triggers', 'failed' from tasks.tasks p, tasks.tasks a where p.title = "
        "'poison1' and a.title = 'after1'");
    ask("update tasks.tasks set status = 'blocked' where title = 'after1'");
    for (const auto* const worker : {"d0000000-0000-7000-8000-000000000001", "d0000000-0000-7000-8000-000000000002",
                                     "d0000000-0000-7000-8000-000000000003"}) {
        add_worker(worker, ended_process(), this_process().machine);
        claim(worker, 1);
        const WorkerLease lease(database_, quick_);
        wait_until("not exists (select from tasks.tasks where status = 'running')");
    }
    EXPECT_THAT(states(), ElementsAre("after1 queued 0 0", "poison1 dead 3 0 worker_lost"));
}

TEST_F(Leases, WhatALostWorkerHeldIsTakenBackInPages) {
    add_queued("a", 50);
    add_worker(dead_, ended_process(), this_process().machine);
    claim(dead_, 50);
    ask("update tasks.workers set lease_expires_at = now() where true returning 'ended'");
    EXPECT_EQ(run_task(take_back_from_lost_workers(database_, 7)).tasks, 50);
    EXPECT_THAT(states("status <> 'queued'"), IsEmpty());
    EXPECT_THAT(ask("select id::text from tasks.workers"), IsEmpty());
}

}  // namespace
}  // namespace gsdb::tasks
