// The queue as the program uses it: as the login role, for organizations.
#include "modules/tasks/claims.hpp"
#include "modules/tasks/queue.hpp"
#include "queue_fixture.hpp"

namespace gsdb::tasks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class Queues : public QueueFixture {
  protected:
    std::vector<AddedTask> add(std::vector<NewTask> tasks) {
        return value_or_throw(run_task(queue_.add(me_, std::move(tasks))));
    }
    std::string refused(std::vector<NewTask> tasks) {
        const auto added = run_task(queue_.add(me_, std::move(tasks)));
        return added ? "added" : added.error().code;
    }
    std::vector<ClaimedTask> claim(std::int32_t wanted, std::vector<std::string> executors = {"builtin"}) {
        return run_task(claims_.claim(lease_.holder(), std::move(executors), wanted, 1));
    }
    std::string status(TaskId id) { return value_or_throw(run_task(queue_.get(me_, id))).status; }

    Queue queue_{database_};
    Claims claims_{database_};
    WorkerLease lease_{database_};
    identity::Actor me_ = identity::Actor::system(default_organization());
};

NewTask builtin(std::string title, std::vector<NewDependency> dependencies = {}) {
    return {.title = std::move(title), .executor = "builtin", .dependencies = std::move(dependencies)};
}

TEST_F(Queues, TheSameKeyIsTheSameTask) {
    auto wanted = builtin("build");
    wanted.idempotency_key = "build 7";
    const auto first = add({builtin("other"), wanted});
    EXPECT_TRUE(first[1].is_new);
    wanted.title = "build again";
    const auto second = add({wanted, builtin("third"), wanted});
    EXPECT_EQ(second[0].id, first[1].id);
    EXPECT_EQ(second[2].id, first[1].id);
    EXPECT_FALSE(second[0].is_new);
    EXPECT_TRUE(second[1].is_new);
    EXPECT_THAT(states(), ElementsAre("build queued 0 0", "other queued 0 0", "third queued 0 0"));
    claim(9);
    EXPECT_EQ(add({wanted})[0].status, "running") << "says how it stands by now";
}

TEST_F(Queues, WhatWaitsBeginsInOrder) {
    const auto first = add({builtin("c", {{.on = 1UZ}, {.on = 2UZ}}), builtin("a"), builtin("b", {{.on = 1UZ}})});
    EXPECT_THAT(states(), ElementsAre("a queued 0 0", "b blocked 0 0", "c blocked 0 0"));
    add({builtin("d", {{.on = first[0].id, .delay = 1h}})});
    for (const auto* const expected : {"a", "b", "c"}) {
        const auto claimed = claim(9);
        ASSERT_THAT(claimed, ElementsAre(Field(&ClaimedTask::title, expected)));
        const auto counts = run_task(claims_.complete(lease_.holder(), {{claimed[0].key, R"({"n":1})"}}));
        EXPECT_EQ(counts.ended, 1);
        EXPECT_EQ(counts.settled, 1);
    }
    EXPECT_THAT(states("title = 'd'"), ElementsAre("d scheduled 0 0"));
    EXPECT_THAT(value_or_throw(run_task(queue_.neighbours(me_, first[0].id))), SizeIs(3));
}

TEST_F(Queues, CirclesAreRefusedAndNothingIsAdded) {
    EXPECT_EQ(refused({builtin("a", {{.on = 1UZ}}), builtin("b", {{.on = 2UZ}}), builtin("c", {{.on = 0UZ}})}),
              "tasks.cycle_refused");
    EXPECT_EQ(refused({builtin("a", {{.on = 0UZ}})}), "tasks.cycle_refused");
    EXPECT_EQ(refused({builtin("a", {{.on = 4UZ}})}), "tasks.place_unknown");
    EXPECT_EQ(refused({builtin("a"), {.title = "b"}}), "tasks.executor_missing");
    EXPECT_EQ(refused({{.title = "a", .definition = "Nothing"}}), "tasks.definition_unknown");
    EXPECT_EQ(refused({builtin("a"), builtin(" ")}), "tasks.bad_value");
    EXPECT_EQ(refused({builtin("a", {{.on = TaskId::make(SystemClock())}})}), "tasks.unknown_reference");
    EXPECT_EQ(refused(std::vector<NewTask>(Queue::batch_max + 1, builtin("a"))), "tasks.batch_too_large");
    EXPECT_THAT(states(), IsEmpty());
}

TEST_F(Queues, WhatWaitsInVainIsCancelledWithAllThatWaitsForIt) {
    const auto first = add({builtin("gone")});
    ASSERT_TRUE(run_task(queue_.cancel(me_, {first[0].id}, "not needed")));
    add({builtin("b", {{.on = first[0].id}}), builtin("c", {{.on = 0UZ}}),
         builtin("d", {{.on = 1UZ, .condition = "ended"}})});
    EXPECT_THAT(states(), ElementsAre("b cancelled 0 0", "c cancelled 0 0", "d queued 0 0", "gone cancelled 0 0"));
}

TEST_F(Queues, ATaskIsAsItsDefinitionHasIt) {
    ask(fmt::format(
        "insert into tasks.task_definitions (organization_id, name, version, executor, task_type, configuration, "
        "timeout_seconds, attempts_max, retired_at) select '{}', 'Build', v, 'command', 'testing', "
        "jsonb_build_object('v', v), 60 + v, v, case v when 3 then now() end from generate_series(1, 3) v",
        to_string(default_organization())));
    const auto added = add({{.title = "x", .definition = "Build", .configuration = R"({"w":5})"}});
    const auto task = value_or_throw(run_task(queue_.get(me_, added[0].id)));
    EXPECT_EQ(task.definition, "Build 2") << "the newest that is in use";
    EXPECT_EQ(task.executor, "command");
    EXPECT_EQ(task.task_type, "testing");
    EXPECT_EQ(task.timeout, 62s);
    EXPECT_EQ(task.attempts_max, 2);
    const auto claimed = claim(1, {"command"});
    ASSERT_THAT(claimed, SizeIs(1));
    EXPECT_EQ(claimed[0].configuration, R"({"v": 2, "w": 5})");
    EXPECT_EQ(claimed[0].timeout, 62s);
}

TEST_F(Queues, WhatIsRunningIsAskedToStopAndWhatIsNotEnds) {
    const auto added = add({builtin("runs"), builtin("waits")});
    const auto claimed = claim(1);
    ASSERT_TRUE(run_task(queue_.cancel(me_, {added[0].id, added[1].id}, "enough")));
    EXPECT_THAT(states(), ElementsAre("runs running 1 0", "waits cancelled 0 0"));
    EXPECT_THAT(run_task(claims_.to_be_cancelled(lease_.holder())), ElementsAre(claimed[0].key));
    EXPECT_THAT(run_task(claims_.fail(lease_.holder(), {{claimed[0].key, "cancelled", "it was stopped"}})),
                ElementsAre(Field(&FailureOutcome::status, "cancelled")));
    EXPECT_THAT(ask("select count(*)::text from base.audit_log where action = 'cancelled'"), ElementsAre("2"));
}

TEST_F(Queues, ARateLimitSpendsNoAttemptAndADeadLetterIsReplayed) {
    auto task = builtin("call");
    task.attempts_max = 1;
    const auto added = add({task});
    auto claimed = claim(1);
    EXPECT_THAT(run_task(claims_.fail(lease_.holder(), {{.key = claimed[0].key,
                                                         .error_class = "rate_limited",
                                                         .error_message = "429",
                                                         .spends_attempt = false,
                                                         .pause = 0us}})),
                ElementsAre(Field(&FailureOutcome::status, "queued")));
    claimed = claim(1);
    EXPECT_EQ(claimed[0].key.attempt, 2);
    EXPECT_THAT(run_task(claims_.fail(lease_.holder(), {{claimed[0].key, "network", "reset"}})),
                ElementsAre(Field(&FailureOutcome::status, "dead")));
    EXPECT_EQ(*run_task(queue_.replay_dead_letters(me_)), 1);
    EXPECT_THAT(states(), ElementsAre("call queued 2 2 network"));
    EXPECT_EQ(claim(1)[0].key.attempt, 3);
    EXPECT_EQ(status(added[0].id), "running");
}

TEST_F(Queues, LimitsHoldClaimsBackAndAreListed) {
    ASSERT_TRUE(run_task(queue_.set_limit(me_, {.concurrency_key = "deploy", .running_max = 1})));
    std::vector<NewTask> tasks(3, builtin("x"));
    for (auto& task : tasks) task.concurrency_key = "deploy";
    add(tasks);
    EXPECT_THAT(claim(9), SizeIs(1));
    EXPECT_THAT(claim(9), IsEmpty());
    auto limits = *run_task(queue_.limits(me_));
    ASSERT_THAT(limits, SizeIs(1));
    EXPECT_EQ(limits[0].running, 1);
    ASSERT_TRUE(run_task(queue_.remove_limit(me_, "deploy")));
    EXPECT_THAT(claim(9), SizeIs(2));
    EXPECT_EQ(run_task(queue_.remove_limit(me_, "deploy")).error().code, "tasks.limit_unknown");
}

TEST_F(Queues, ListsByPagesAndShowsNothingOfOthers) {
    const auto added = add({builtin("a"), builtin("b"), builtin("c")});
    const auto page = *run_task(queue_.list(me_, {}, std::nullopt, 2));
    ASSERT_THAT(page, ElementsAre(Field(&ListedTask::title, "c"), Field(&ListedTask::title, "b")));
    EXPECT_THAT(*run_task(queue_.list(me_, {}, page[1].id, 2)), ElementsAre(Field(&ListedTask::title, "a")));
    EXPECT_THAT(*run_task(queue_.list(me_, {.status = "dead"}, std::nullopt, 2)), IsEmpty());
    EXPECT_THAT(*run_task(queue_.list(me_, {.status = "queued", .executor = "builtin"}, std::nullopt, 9)), SizeIs(3));
    const auto them = identity::Actor::system({Uuid::v7(SystemClock())});
    EXPECT_EQ(run_task(queue_.get(them, added[0].id)).error().code, "tasks.task_unknown");
    EXPECT_THAT(*run_task(queue_.list(them, {}, std::nullopt, 9)), IsEmpty());
    EXPECT_THAT(*run_task(queue_.cancel(them, {added[0].id}, "")), IsEmpty());
    EXPECT_THAT(*run_task(queue_.replay(them, {added[0].id})), IsEmpty());
    EXPECT_THAT(*run_task(queue_.attempts(me_, added[0].id)), IsEmpty());
    EXPECT_THAT(*run_task(queue_.log(me_, added[0].id, {}, 10)), IsEmpty());
    const identity::Actor reader(identity::Principal{.organization_id = default_organization(),
                                                     .api_key_id = {},
                                                     .role = identity::Role::owner,
                                                     .scopes = {"tasks:read"}});
    EXPECT_TRUE(run_task(queue_.get(reader, added[0].id)));
    EXPECT_EQ(run_task(queue_.add(reader, {builtin("a")})).error().code, "identity.forbidden");
    EXPECT_EQ(run_task(queue_.cancel(reader, {added[0].id}, "")).error().code, "identity.forbidden");
}

TEST_F(Queues, OnlyWhoRunsTheServerMayHaveItRunProgramsAndReadItsDatabases) {
    ask("insert into tasks.task_definitions (organization_id, name, executor) values ('" +
        to_string(default_organization()) + "', 'build', 'command')");
    const auto tried = [&](identity::Role role, std::vector<std::string> scopes, NewTask task,
                           OrganizationId organization = default_organization()) {
        const identity::Actor actor(
            identity::Principal{.organization_id = organization, .role = role, .scopes = std::move(scopes)});
        task.title = "t";
        const auto added = run_task(queue_.add(actor, {builtin("first"), std::move(task)}));
        return added ? "added" : added.error().code;
    };
    for (const NewTask& task : {NewTask{.title = "", .executor = "command"}, NewTask{.title = "", .executor = "sql"},
                                NewTask{.title = "", .definition = "build"}}) {
        EXPECT_EQ(tried(identity::Role::member, {"*"}, task), "identity.forbidden");
        EXPECT_EQ(tried(identity::Role::owner, {"tasks:write"}, task), "identity.forbidden");
        EXPECT_EQ(tried(identity::Role::admin, {"tasks:admin"}, task), "added");
    }
    EXPECT_EQ(tried(identity::Role::owner, {"*"}, {.title = "", .executor = "command"},
                    OrganizationId::parse("01890000-0000-7000-8000-0000000000aa").value()),
              "tasks.executor_forbidden");
    EXPECT_EQ(tried(identity::Role::member, {"tasks:write"}, {.title = "", .executor = "http"}), "added");
    EXPECT_EQ(refused({{.title = "t", .executor = "command"}}), "added") << "of the command line";
    EXPECT_EQ(ask("select count(*)::text from tasks.tasks where title = 'first'").front(), "4") << "all or none";
}

TEST_F(Queues, SuspendsHandsBackAndSaysWhatItHolds) {
    add({builtin("waits"), builtin("back")});
    const auto claimed = claim(2);
    ASSERT_THAT(run_task(claims_.held(lease_.holder())), UnorderedElementsAre(claimed[0].key, claimed[1].key));
    EXPECT_EQ(run_task(claims_.suspend(lease_.holder(),
                                       {{claimed[0].key, "github:octo/hello#1:merged", SystemClock().now() - 1s}})),
              1);
    EXPECT_EQ(run_task(claims_.hand_back(lease_.holder(), {claimed[1].key})), 1);
    EXPECT_EQ(run_task(claims_.expire_waits(10)), 1);
    EXPECT_THAT(states(), ElementsAre("back queued 1 1", "waits failed 1 1 wait_expired"));
    auto later = builtin("later");
    later.run_at = SystemClock().now() + 1h;
    add({later});
    const auto due = run_task(claims_.queue_due(10));
    EXPECT_EQ(due.queued, 0);
    EXPECT_EQ(due.next_run_at, later.run_at);
}

TEST_F(Queues, OthersAreToldOnceForMany) {
    const auto heard = [](pg::ConnectOptions options, Queue queue, identity::Actor actor) -> Task<int> {
        const auto listener = co_await pg::Connection::open(std::move(options));
        co_await listener->listen(std::string(QueueNews::channel));
        for (int i = 0; i < 50; ++i) co_await queue.add(actor, {builtin("x")});
        int count = 0;
        while (co_await listener->wait_notification(2'000ms)) ++count;
        co_return count;
    };
    EXPECT_THAT(run_task(heard(module_.login(), queue_, me_)), testing::AllOf(testing::Ge(1), testing::Lt(50)));
}

}  // namespace
}  // namespace gsdb::tasks
