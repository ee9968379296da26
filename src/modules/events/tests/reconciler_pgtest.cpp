// What GitHub says it sent, against what is stored.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <mutex>

#include "http/server.hpp"
#include "modules/events/reconciler.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// GitHub's API of a webhook, as its documentation has it: pages of deliveries, the newest first, and attempts.
class Api {
  public:
    Api() : server_({}, [this](asio::io_context&) { return router(); }) {}
    std::string hook() const { return server_.url() + "/repos/octo/hello/hooks/7"; }

    std::vector<std::string> pages;  ///< set before the first call
    std::string token_wanted = "Bearer ghp_1";
    std::vector<std::string> attempts() const {
        const std::lock_guard lock(mutex_);
        return attempts_;
    }

  private:
    http::Router router() {
        http::Router made;
        made.get("/repos/octo/hello/hooks/7/deliveries", {.operation = "list", .access = http::Access::open},
                 [this](http::Request request) -> Task<http::Response> {
                     if (request.header("authorization") != token_wanted)
                         co_return http::Response::json(R"({"message":"Bad credentials"})", http::Status::unauthorized);
                     const auto page = request.query("cursor").value_or("0") == "0" ? 0U : 1U;
                     auto response = http::Response::json(pages.at(page));
                     if (page + 1 < pages.size())
                         response.with("Link", fmt::format("<{}/deliveries?cursor=1>; rel=\"next\"", hook()));
                     co_return response;
                 });
        made.post("/repos/octo/hello/hooks/7/deliveries/{id}/attempts",
                  {.operation = "attempt", .access = http::Access::open},
                  [this](http::Request request) -> Task<http::Response> {
                      const std::lock_guard lock(mutex_);
                      attempts_.emplace_back(request.parameter("id"));
                      co_return http::Response::json("{}", http::Status::accepted);
                  });
        return made;
    }

    mutable std::mutex mutex_;
    std::vector<std::string> attempts_;
    http::Server server_;
};

class Reconciling : public SourceFixture {
  protected:
    Reconciling() : source_(add(SourceKind::github, "octo").id) {}

    std::string delivery(int id, const std::string& guid, int status) const {
        return fmt::format(
            R"({{"id":{},"guid":"{}","delivered_at":"{}","redelivery":false,"status":"x","status_code":{},"event":"push"}})",
            id, guid, to_rfc3339(clock_.now()), status);
    }
    void compare_with(std::string token = "ghp_1") {
        run_task(set_reconciliation(database_, credentials_, actor_, source_,
                                    {.url = api_.hook() + "/", .token = crypto::Secret(std::string_view{token})}));
    }
    std::optional<Reconciled> reconcile() {
        const Reconciler reconciler(
            database_, credentials_,
            {.guard = http::AddressGuard({value_or_throw(http::Network::parse("127.0.0.0/8"))})});
        return run_task(reconciler.reconcile_next());
    }
    KnownReconciliation known() { return run_task(list_reconciliations(database_, organization_)).at(0); }

    Api api_;
    Uuid source_;
};

TEST_F(Reconciling, AsksForWhatWasNotTakenAndIsNotStored) {
    import({R"({"type":"push","delivery_key":"stored","payload":{}})"}, "octo");
    api_.pages = {
        fmt::format("[{},{},{}]", delivery(9, "lost", 503), delivery(8, "taken", 200), delivery(7, "stored", 0)),
        fmt::format("[{},{},{}]", delivery(6, "lost", 0), delivery(5, "taken_later", 502), delivery(4, "older", 404))};
    api_.pages[0].insert(1, delivery(10, "taken_later", 202) + ",");
    EXPECT_FALSE(reconcile()) << "nobody wants it";
    compare_with();
    const auto done = reconcile();
    ASSERT_TRUE(done);
    EXPECT_EQ(done->listed, 5);
    EXPECT_THAT(api_.attempts(), ElementsAre("9", "4")) << "the newest attempt of what is nowhere";
    EXPECT_TRUE(known().reconciled_at);
    EXPECT_FALSE(known().error);
    EXPECT_FALSE(reconcile()) << "not again at once";
}

TEST_F(Reconciling, SaysWhatWentWrong) {
    api_.pages = {"[]"};
    compare_with("wrong");
    EXPECT_EQ(reconcile()->listed, 0);
    EXPECT_THAT(known().error.value_or(""), HasSubstr("answered 401"));
    compare_with();
    reconcile();
    EXPECT_FALSE(known().error);
    api_.pages = {"no json"};
    compare_with();
    reconcile();
    EXPECT_THAT(known().error.value_or(""), HasSubstr("answered 200"));
    run_task(set_reconciliation(database_, credentials_, actor_, source_, {}));
    EXPECT_THAT(run_task(list_reconciliations(database_, organization_)), IsEmpty());
    EXPECT_THAT(
        run_task(queryc::first_column(identity_module_.superuser(),
                                      "select name from identity.credentials where name like '%reconciliation%'")),
        IsEmpty())
        << "no token is kept that is not used";
    const auto other = add(SourceKind::slack, "chat").id;
    EXPECT_THROW(run_task(set_reconciliation(database_, credentials_, actor_, other,
                                             {.url = api_.hook(), .token = crypto::Secret(std::string_view("x"))})),
                 Failure);
}

}  // namespace
}  // namespace gsdb::events
