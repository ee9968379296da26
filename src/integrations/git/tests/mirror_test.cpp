#include "integrations/git/mirror.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "integrations/git/command.hpp"
#include "integrations/git/source.hpp"
#include "integrations/git/tests/git_fixture.hpp"
#include "integrations/git/url.hpp"

namespace gsdb::git {
namespace {

using namespace codebase::source;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const GitHome git_home;

std::vector<std::string> paths_of(const std::string& location, const OpenOptions& options) {
    const auto listing = value_or_throw(value_or_throw(open_source(location, options))->list());
    std::vector<std::string> paths;
    for (const auto& entry : listing.entries) paths.push_back(entry.path);
    return paths;
}

TEST(Mirror, FollowsTheRemote) {
    GitFolder remote, home;
    remote.git("init -q project");
    remote.write("project/f", "1\n");
    remote.git("add -A && git commit -q -m one && git tag v1 && git update-ref refs/pull/1/head HEAD", "project");
    const auto url = "file://" + remote.string() + "/project";
    std::set<std::string> phases;
    const OpenOptions options{.repositories = home.string() + "/repositories",
                              .on_progress = [&](const Progress& progress) { phases.emplace(progress.phase); }};
    auto first = value_or_throw(open_source(url, options));
    EXPECT_EQ(first->identity().name, "project");
    EXPECT_EQ(first->identity().remote_url, url);
    EXPECT_EQ(first->identity().kind, TreeKind::bare);
    EXPECT_THAT(phases, Not(IsEmpty()));
    EXPECT_THAT(paths_of(url, options), ElementsAre("f"));
    EXPECT_THAT(shell("git --git-dir=" + first->identity().location + " for-each-ref"), Not(HasSubstr("pull")));

    remote.git("checkout -q -b renamed && git branch -D main -q", "project");
    remote.write("project/g", "2\n");
    remote.git("add -A && git commit -q -m two", "project");
    EXPECT_THAT(paths_of(url, options), ElementsAre("f", "g")) << "the default branch has another name now";
    auto tagged = options;
    tagged.rev = "v1";
    EXPECT_THAT(paths_of(url, tagged), ElementsAre("f"));
}

TEST(Mirror, AFailureLeavesNothingBehindAndSaysWhy) {
    GitFolder home;
    const OpenOptions options{.repositories = home.string() + "/repositories"};
    const auto url = "file://" + home.string() + "/nothing.git";
    const auto refused = open_source(url, options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "source.fetch_failed");
    EXPECT_THAT(refused.error().message, HasSubstr(url));
    EXPECT_THAT(refused.error().detail, HasSubstr("does not appear to be a git repository"));
    EXPECT_THAT(refused.error().hint, HasSubstr("git ls-remote"));
    EXPECT_EQ(shell("ls " + home.string() + "/repositories | grep -v lock | wc -l"), "0\n");
}

TEST(Mirror, AnEmptyRemoteIsAnEmptyRepository) {
    GitFolder remote, home;
    remote.git("init -q --bare r.git");
    const auto refused = open_source("file://" + remote.string() + "/r.git", {.repositories = home.string()});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "source.empty_repository");
}

TEST(Mirror, ASecondProcessWaitsAndStopWorks) {
    GitFolder remote, home;
    remote.git("init -q");
    remote.write("f", "1\n");
    remote.commit_all();
    const auto url = "file://" + remote.string();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] { EXPECT_THAT(paths_of(url, {.repositories = home.string()}), ElementsAre("f")); });
    }
    threads.clear();
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = open_source(url, {.repositories = home.string(), .stop = stop.get_token()});
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, "source.interrupted");
}

TEST(Command, EndsWhatTakesTooLong) {
    GitFolder folder;
    folder.git("init -q");
    const auto started = std::chrono::steady_clock::now();
    const auto late = run_git({"-c", "alias.wait=!sleep 60", "wait"},
                              {.folder = folder.string(), .time_max = std::chrono::seconds(1)});
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "git.timeout");
    EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
}

TEST(Command, HidesOurEnvironment) {
    ::setenv("GSDB_DATABASE_URL", "postgresql://u:secret@h/d", 1);
    ::setenv("GIT_INDEX_FILE", "/nowhere", 1);
    const auto ran = run_git({"-c", "alias.env=!env", "env"}, {});
    ::unsetenv("GSDB_DATABASE_URL");
    ::unsetenv("GIT_INDEX_FILE");
    ASSERT_TRUE(ran);
    EXPECT_THAT(ran->output, Not(HasSubstr("secret")));
    EXPECT_THAT(ran->output, Not(HasSubstr("GIT_INDEX_FILE")));
    EXPECT_THAT(ran->output, HasSubstr("GIT_TERMINAL_PROMPT=0"));
}

TEST(Url, WhatMayBeFetched) {
    for (auto url : {"https://example.org/a/b.git", "ssh://git@example.org:22/a", "git@example.org:a/b.git",
                     "file:///srv/x", "git://h/x", "example.org:a/b"}) {
        EXPECT_TRUE(looks_like_url(url)) << url;
        EXPECT_TRUE(check_url(url)) << url;
    }
    for (auto url :
         {"ext::sh -c touch% /tmp/x", "fd::17", "ftp://example.org/x", "ssh://-oProxyCommand=x/y", "-oProxyCommand=x:y",
          "git@-x:y", "https://user:token@example.org/x", "https:///x", "https://example.org",
          "https://example.org/a\nb", "javascript://x/y", "host:-path", "ssh://h/-path"}) {
        EXPECT_TRUE(looks_like_url(url)) << url;
        const auto checked = check_url(url);
        ASSERT_FALSE(checked) << url;
        EXPECT_EQ(checked.error().code, "source.bad_url");
        EXPECT_THAT(checked.error().message + checked.error().detail + checked.error().hint, Not(HasSubstr("token")));
    }
    for (auto path : {"/a/b", "a/b:c", "./x:y", "relative", ""}) EXPECT_FALSE(looks_like_url(path)) << path;
    EXPECT_EQ(without_secrets("https://user:token@h/x"), "https://h/x");
    EXPECT_EQ(without_secrets("ssh://git:pw@h:22/x"), "ssh://git@h:22/x");
    EXPECT_EQ(without_secrets("git@h:x"), "git@h:x");
    EXPECT_EQ(name_of_url("https://h/a/linux.git/"), "linux");
    EXPECT_EQ(name_of_url("git@h:tool.git"), "tool");
}

}  // namespace
}  // namespace gsdb::git
