// Deliveries that wait on disk while PostgreSQL is away.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "modules/events/delivery_spool.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::SizeIs;
namespace fs = std::filesystem;

class Spool : public SourceFixture {
  protected:
    Spool() : source_(add(SourceKind::github, "octo").id) {}
    ~Spool() override { fs::remove_all(folder_); }

    SpooledDelivery push(int number, std::string body = R"({"sender":{"login":"mona"}})") const {
        return {.source = {.organization = organization_,
                           .id = source_,
                           .scope = source_,
                           .kind = SourceKind::github,
                           .headers = {}},
                .headers = {{"x-github-event", "push"}, {"x-github-delivery", fmt::format("g-{}", number)}},
                .body = std::move(body),
                .received_at = clock_.now()};
    }
    std::vector<fs::path> files() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder_)) found.push_back(entry.path());
        return found;
    }
    /// Until the spool is empty.
    void empty(const std::shared_ptr<DeliverySpool>& spool) {
        const Background background({[&](Stop stop) { return keep_emptying(spool, database_, std::move(stop)); }});
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!files().empty() && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }

    fs::path folder_ = fs::temp_directory_path() / fmt::format("gsdb-spool-{}", getpid());
    Uuid source_;
};

TEST_F(Spool, StoresWhatWaitedOnce) {
    const auto spool = std::make_shared<DeliverySpool>(folder_, 1 << 20);
    for (int i = 0; i < 300; ++i) EXPECT_TRUE(spool->add(push(i % 250)));
    EXPECT_TRUE(spool->add(push(999, R"({"a":"\u0000"})")));
    EXPECT_TRUE(spool->add(push(998, std::string("\xff\x00 no text", 10))));
    empty(spool);
    EXPECT_THAT(ask("select concat_ws(' ', count(*), min(actor), min(event_type)) from events.events"),
                ElementsAre("250 mona push"));
    EXPECT_THAT(ask("select count(*)::text from events.event_rejects"), ElementsAre("2"))
        << "what PostgreSQL refuses does not stay for ever";
    EXPECT_TRUE(spool->add(push(1000)));
    empty(spool);
    EXPECT_THAT(ask("select count(*)::text from events.events"), ElementsAre("251"));
}

TEST_F(Spool, GoesOnWithWhatAnotherProcessLeft) {
    EXPECT_TRUE(DeliverySpool(folder_, 1 << 20).add(push(1)));
    auto spool = std::make_shared<DeliverySpool>(folder_, 1 << 20);
    EXPECT_TRUE(spool->add(push(2)));
    EXPECT_THAT(files(), SizeIs(2));
    empty(spool);
    EXPECT_THAT(ask("select delivery_key from events.events order by 1"), ElementsAre("g-1", "g-2"));
}

TEST_F(Spool, ReadsUpToWhatAPowerCutLeft) {
    {
        DeliverySpool spool(folder_, 1 << 20);
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(spool.add(push(i)));
    }
    fs::resize_file(files()[0], fs::file_size(files()[0]) - 20);
    DeliverySpool spool(folder_, 1 << 20);
    const auto waiting = spool.next();
    ASSERT_TRUE(waiting);
    EXPECT_THAT(waiting->deliveries, SizeIs(2));
    EXPECT_EQ(waiting->deliveries[1].headers[1].second, "g-1");
}

TEST_F(Spool, TakesNoMoreThanItsRoom) {
    DeliverySpool spool(folder_, 2'000), none(folder_ / "none", 0);
    int taken = 0;
    while (taken < 100 && spool.add(push(taken))) ++taken;
    EXPECT_GT(taken, 2);
    EXPECT_LT(taken, 10);
    EXPECT_FALSE(none.add(push(1)));
    EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
    spool.remove(spool.next()->file);
    EXPECT_TRUE(spool.add(push(1))) << "there is room again";
}

}  // namespace
}  // namespace gsdb::events
