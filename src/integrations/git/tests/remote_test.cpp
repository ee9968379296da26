// What a workflow publishes elsewhere, judged by git.

#include "integrations/git/remote.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "integrations/git/tests/git_fixture.hpp"

namespace gsdb::git {
namespace {

using testing::HasSubstr;

class RemoteTest : public testing::Test {
  protected:
    RemoteTest() {
        elsewhere_.git("init -q --bare");
        repository_.git("init -q");
        repository_.write("a.txt", "one\n");
        repository_.commit_all("first");
        first_ = head();
        repository_.write("a.txt", "two\n");
        repository_.commit_all("second");
        second_ = head();
    }
    Remote remote() const {
        return Remote({.repository = repository_.string(), .url = "file://" + elsewhere_.string()});
    }
    std::string head() const { return repository_.git("rev-parse HEAD").substr(0, 40); }
    std::string there(const std::string& branch) const {
        return elsewhere_.git("rev-parse refs/heads/" + branch).substr(0, 40);
    }

    GitFolder repository_, elsewhere_;
    std::string first_, second_;
};

TEST_F(RemoteTest, PushesWhatIsExpectedOnly) {
    EXPECT_FALSE(remote().tip("gsdb/1/step-1"));
    EXPECT_TRUE(remote().push(first_, "gsdb/1/step-1", std::nullopt));
    EXPECT_EQ(there("gsdb/1/step-1"), first_);
    EXPECT_EQ(remote().tip("gsdb/1/step-1"), first_);
    EXPECT_TRUE(remote().push(first_, "gsdb/1/step-1", std::nullopt)) << "it is there already";
    EXPECT_FALSE(remote().push(second_, "gsdb/1/step-1", std::nullopt)) << "somebody else made it";
    EXPECT_FALSE(remote().push(second_, "gsdb/1/step-1", second_)) << "it is elsewhere";
    EXPECT_EQ(there("gsdb/1/step-1"), first_);
    EXPECT_TRUE(remote().push(second_, "gsdb/1/step-1", first_));
    EXPECT_TRUE(remote().push(first_, "gsdb/1/step-1", second_)) << "backwards, too";
    EXPECT_EQ(there("gsdb/1/step-1"), first_);
}

TEST_F(RemoteTest, FetchesAndRemoves) {
    EXPECT_FALSE(remote().fetch("work", "copy"));
    ASSERT_TRUE(remote().push(second_, "work", std::nullopt));
    repository_.git("reset -q --hard " + first_);
    EXPECT_EQ(remote().fetch("work", "copy"), second_);
    EXPECT_EQ(repository_.git("rev-parse copy").substr(0, 40), second_);
    ASSERT_TRUE(remote().push(first_, "work", second_));
    EXPECT_EQ(remote().fetch("work", "copy"), first_) << "whatever ours was at";
    remote().remove("work");
    remote().remove("work");
    EXPECT_FALSE(remote().tip("work"));
}

TEST_F(RemoteTest, KnowsTheNamesOfRemotes) {
    EXPECT_FALSE(remote_url(repository_.string(), "origin"));
    repository_.git("remote add origin https://github.com/octo/hello.git");
    EXPECT_EQ(remote_url(repository_.string(), "origin"), "https://github.com/octo/hello.git");
}

TEST_F(RemoteTest, SaysWhatIsWrong) {
    const auto to = [&](std::string url) {
        return failure_of([&] { Remote({.repository = repository_.string(), .url = std::move(url)}).tip("main"); });
    };
    EXPECT_EQ(to("ext::sh -c id").code, "source.bad_url");
    EXPECT_EQ(to("file:///nowhere/at/all").code, "git.remote_failed");
    EXPECT_THAT(to("file:///nowhere/at/all").detail, HasSubstr("/nowhere/at/all"));
    EXPECT_EQ(to("http://127.0.0.1:1/x.git").code, "git.remote_failed");
}

TEST_F(RemoteTest, KeepsTheTokenOutOfSight) {
    // A server that refuses whoever comes, and a git that would tell what it was given.
    const Remote wanted({.repository = repository_.string(), .url = "http://127.0.0.1:1/x.git", .token = [] {
                             return crypto::Secret(std::string_view("ghp_verysecret"));
                         }});
    const auto failure = failure_of([&] { wanted.tip("main"); });
    EXPECT_EQ(failure.code, "git.remote_failed");
    EXPECT_EQ(failure.detail.find("ghp_verysecret"), std::string::npos);
    EXPECT_EQ(failure.detail.find("eC1hY2Nlc3M"), std::string::npos) << "nor in Base64";
}

}  // namespace
}  // namespace gsdb::git
