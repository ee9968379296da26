// Pushes as the one who indexes reads them.
#include <gmock/gmock.h>

#include "modules/events/pushes.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

using FollowedPushes = SourceFixture;

TEST_F(FollowedPushes, AreSeenUntilTheyArePassed) {
    add(SourceKind::github, "octo");
    import(
        {R"({"type":"push","delivery_key":"1","payload":{"ref":"refs/heads/main","repository":{"clone_url":"https://x/a.git","default_branch":"main"}}})",
         R"({"type":"push","delivery_key":"2","payload":{"ref":"refs/heads/topic","repository":{"clone_url":"https://x/a.git","default_branch":"main"}}})",
         R"({"type":"ping","delivery_key":"3","payload":{}})"},
        "octo");
    for (int i = 0; i < 2; ++i) {
        const auto found = run_task(read_pushes(database_));
        ASSERT_THAT(found.pushes, SizeIs(2));
        EXPECT_EQ(found.pushes[0].is_to_default_branch + found.pushes[1].is_to_default_branch, 1);
        EXPECT_EQ(found.pushes[0].clone_url, "https://x/a.git");
        ASSERT_TRUE(found.end) << "also behind what is no push";
        if (i == 1) run_task(pass_pushes(database_, *found.end));
    }
    EXPECT_FALSE(run_task(read_pushes(database_)).end);
    import(
        {R"({"type":"push","delivery_key":"4","payload":{"ref":"refs/heads/main","repository":{"clone_url":"https://x/a.git"}}})"},
        "octo");
    run_task(pass_all_pushes(database_));
    EXPECT_THAT(run_task(read_pushes(database_)).pushes, IsEmpty());
}

}  // namespace
}  // namespace gsdb::events
