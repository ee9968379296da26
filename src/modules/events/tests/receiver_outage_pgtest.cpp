// What senders are told while PostgreSQL is there and takes nothing, and that nothing is lost by it.
#include <gmock/gmock.h>
#include <unistd.h>

#include <thread>

#include "base/background.hpp"
#include "modules/events/queries.hpp"
#include "receiver_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
namespace fs = std::filesystem;

/// How the database is made to refuse, and to take again; %1$I is the program's role, %2$I the database.
struct Outage {
    std::string name, begin, end, refused_with;
};

class ReceiverOutage : public Receiver, public testing::WithParamInterface<Outage> {
  protected:
    ReceiverOutage() {
        database_ = pg::Database<Database>(pg::Pool(
            {.connect = module_.login(), .size_max = 4, .acquire_deadline = std::chrono::milliseconds(1'000)}));
        sources_ = EventSources(database_, credentials_);
        receive_with(spool_);
    }
    ~ReceiverOutage() override { fs::remove_all(folder_); }

    /// For every session of the program, those that are open already included.
    void change(const std::string& how) {
        ask(fmt::format("do $$ begin execute format('alter {}', '{}', current_database()); end $$", how,
                        module_.login().user));
        ask("select pg_terminate_backend(pid, 5000)::text from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()");
    }
    /// What a statement that stores is refused with; empty when it is not.
    std::string refusal() {
        try {
            run_task(database_.query<sql::StoreDeliveries>({.organization = organization_},
                                                           {.organization_id = organization_}));
        } catch (const pg::SqlError& error) {
            return fmt::format("{} {}", error.sqlstate(), error.what());
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    }
    Post issue(const AddedSource& source, const std::string& id) {
        const auto sent =
            std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now().time_since_epoch()).count();
        return signed_post(SourceKind::linear, source,
                           fmt::format(R"({{"type":"Issue","action":"create","webhookTimestamp":{}}})", sent),
                           {{"Linear-Delivery", id}});
    }
    void empty_spool() {
        const Background background({[&](Stop stop) { return keep_emptying(spool_, database_, std::move(stop)); }});
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!fs::is_empty(folder_) && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }

    fs::path folder_ = fs::temp_directory_path() / fmt::format("gsdb-outage-{}", getpid());
    std::shared_ptr<DeliverySpool> spool_ = std::make_shared<DeliverySpool>(folder_, 1 << 20);
};

TEST_P(ReceiverOutage, SpoolsGitHubPutsOffTheOthersAndLosesNothing) {
    const auto octo = add(SourceKind::github, "octo"), issues = add(SourceKind::linear, "issues");
    EXPECT_EQ(status_of(send(push(octo, "g-1"))), "stored");
    EXPECT_EQ(status_of(send(issue(issues, "l-1"))), "stored");

    change(GetParam().begin);
    // The pool tries to connect until its time is over: on a busy machine the last try may have had none left.
    std::string refused_with;
    for (int tries = 0; tries < 5 && !refused_with.contains(GetParam().refused_with); ++tries) refused_with = refusal();
    EXPECT_THAT(refused_with, testing::HasSubstr(GetParam().refused_with)) << "else this tests nothing";
    for (const auto* id : {"g-2", "g-3", "g-2", "g-1"}) {
        const auto answer = send(push(octo, id));
        EXPECT_EQ(answer.status, http::Status::accepted) << answer.body;
        EXPECT_EQ(status_of(answer), "spooled");
    }
    for (const auto* id : {"l-2", "l-1"}) {
        const auto answer = send(issue(issues, id));
        EXPECT_EQ(answer.status, http::Status::service_unavailable) << answer.body;
        EXPECT_EQ(answer.retry_after, "5");
    }
    auto forged = push(octo, "g-4");
    forged.body += " ";
    EXPECT_EQ(status_of(send(forged)), "events.wrong_signature") << "who sends is still checked";
    EXPECT_THAT(ask("select delivery_key from events.events order by 1"), ElementsAre("g-1", "l-1"));

    change(GetParam().end);
    // Sent again, as it was asked to, until the server's next try to connect.
    while (status_of(send(issue(issues, "l-2"))) == "events.unavailable")
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(status_of(send(push(octo, "g-5"))), "stored");
    empty_spool();
    EXPECT_THAT(ask("select delivery_key from events.events order by 1"),
                ElementsAre("g-1", "g-2", "g-3", "g-5", "l-1", "l-2"));
    EXPECT_THAT(ask("select id::text from events.event_rejects"), IsEmpty()) << "no event is to blame";
}

TEST_P(ReceiverOutage, PutsOffWhomItDoesNotKnowYet) {
    const auto octo = add(SourceKind::github, "octo");
    change(GetParam().begin);
    receive_with(spool_);
    const auto answer = send(push(octo, "g-1"));
    change(GetParam().end);
    if (answer.status == http::Status::accepted) {
        EXPECT_EQ(GetParam().name, "ReadOnly") << "what reads tells who it is";
        empty_spool();
    } else {
        EXPECT_EQ(answer.status, http::Status::service_unavailable) << answer.body;
        EXPECT_EQ(answer.retry_after, "5");
        EXPECT_EQ(status_of(send(push(octo, "g-1"))), "stored");
    }
    EXPECT_THAT(ask("select delivery_key from events.events"), ElementsAre("g-1"));
}

INSTANTIATE_TEST_SUITE_P(
    , ReceiverOutage,
    testing::Values(Outage{"ReadOnly", "role %1$I in database %2$I set default_transaction_read_only = on",
                           "role %1$I in database %2$I reset default_transaction_read_only", "25006"},
                    Outage{"OutOfConnections", "database %2$I connection limit 0", "database %2$I connection limit -1",
                           "too many connections"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gsdb::events
