// Merging: that it really happens, once, and why it does not.
#include "integrations/github/tests/github_fixture.hpp"

namespace gsdb::github {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class GitHubMerge : public GitHub {
  protected:
    MergeRefusal refusal(std::int64_t number, MergeOrder order) {
        try {
            run_task(github_.merge(number, std::move(order)));
        } catch (const MergeRefused& refused) {
            EXPECT_EQ(refused.outcome(), Outcome::conflict);
            EXPECT_EQ(refused.error().code, fmt::format("github.merge_{}", name_of(refused.refusal())));
            EXPECT_FALSE(refused.error().hint.empty());
            return refused.refusal();
        }
        throw std::logic_error("it was merged");
    }
};

TEST_F(GitHubMerge, MergesAsToldWithTheCommitThatGitHas) {
    const auto squashed = opened("squashed");
    const auto done = run_task(github_.merge(
        squashed.number, {.expected_head = squashed.head_sha, .title = "A title", .message = "Two\n\nparagraphs"}));
    EXPECT_EQ(done.outcome, Outcome::done);
    EXPECT_EQ(hello().git("rev-parse main"), done.commit_sha);
    EXPECT_EQ(hello().git("log -1 --format=%B main"), "A title\n\nTwo\n\nparagraphs");
    EXPECT_EQ(hello().git("log -1 --format=%P main"), squashed.base_sha);
    EXPECT_EQ(hello().git("show main:squashed.txt"), "squashed");

    const auto merged = opened("joined");
    const auto joined =
        run_task(github_.merge(merged.number, {.expected_head = merged.head_sha, .method = MergeMethod::merge}));
    EXPECT_EQ(hello().git("log -1 --format=%P " + joined.commit_sha), merged.base_sha + " " + merged.head_sha);

    const auto first = opened("rebased");
    hello().commit("main", "meanwhile.txt", "meanwhile\n");
    const auto tip = hello().commit("rebased", "second.txt", "second\n");
    const auto rebased = run_task(github_.merge(first.number, {.expected_head = tip, .method = MergeMethod::rebase}));
    EXPECT_EQ(hello().git("log -3 --format=%s " + rebased.commit_sha),
              "change second.txt\nchange rebased.txt\nchange meanwhile.txt");
    const auto after = run_task(github_.pull_request(first.number));
    EXPECT_TRUE(after.is_merged && !after.is_open);
    EXPECT_EQ(after.merge_commit_sha, rebased.commit_sha);
}

TEST_F(GitHubMerge, MergesOnceHoweverOftenItIsAsked) {
    const auto pull = opened("merged-once");
    const MergeOrder order{.expected_head = pull.head_sha};
    const auto first = run_task(github_.merge(pull.number, order));
    const auto again = run_task(github_.merge(pull.number, order));
    EXPECT_EQ(again.outcome, Outcome::already_done);
    EXPECT_EQ(again.commit_sha, first.commit_sha);
    EXPECT_EQ(hello().git("rev-parse main"), first.commit_sha);
}

TEST_F(GitHubMerge, FindsTheMergeWhoseAnswerWasLost) {
    const auto pull = opened("merge-lost");
    fault({{{"match", "PUT .*/merge"}, {"kind", "lost"}}});
    const auto done = run_task(github_.merge(pull.number, {.expected_head = pull.head_sha}));
    EXPECT_EQ(done.outcome, Outcome::already_done);
    EXPECT_EQ(hello().git("rev-parse main"), done.commit_sha);
    EXPECT_THAT(attempts_, ElementsAre("pull_request.list 200 done", "pull_request.create 201 done",
                                       "pull_request.get 200 done", "pull_request.merge 0 unreachable",
                                       "pull_request.merge 405 conflict", "pull_request.get 200 done"));
}

TEST_F(GitHubMerge, FindsTheMergeOfAProgramThatDied) {
    const auto pull = opened("merge-crashed");
    fault({{{"match", "PUT .*/merge"}, {"kind", "lost"}}});
    const Repository dying(settings(1));
    EXPECT_EQ(failure(dying.merge(pull.number, {.expected_head = pull.head_sha})).outcome(), Outcome::unreachable);
    const auto tip = hello().git("rev-parse main");
    const Repository after_restart(settings());
    const auto done = run_task(after_restart.merge(pull.number, {.expected_head = pull.head_sha}));
    EXPECT_EQ(done.outcome, Outcome::already_done);
    EXPECT_EQ(done.commit_sha, tip);
    EXPECT_EQ(hello().git("rev-parse main"), tip);
}

TEST_F(GitHubMerge, SeesAMergeThatWasPushed) {
    const auto pull = opened("pushed");
    hello().git("update-ref refs/heads/main " + pull.head_sha);
    const auto found = run_task(github_.pull_request(pull.number));
    EXPECT_TRUE(found.is_merged);
    EXPECT_EQ(found.merge_commit_sha, pull.head_sha);
    EXPECT_EQ(run_task(github_.merge(pull.number, {.expected_head = pull.head_sha})).outcome, Outcome::already_done);
}

TEST_F(GitHubMerge, RefusesAHeadThatNobodyChecked) {
    const auto pull = opened("moving");
    const auto tip = hello().commit("moving", "sneaked-in.txt", "!\n");
    EXPECT_EQ(refusal(pull.number, {.expected_head = pull.head_sha}), MergeRefusal::head_moved);
    run_task(github_.merge(pull.number, {.expected_head = tip}));
    // Merged, but not what is asked for now.
    EXPECT_EQ(refusal(pull.number, {.expected_head = pull.head_sha}), MergeRefusal::head_moved);
}

TEST_F(GitHubMerge, TellsRefusalsApart) {
    const auto conflicting = opened("conflicting");
    hello().commit("main", "conflicting.txt", "other\n");
    EXPECT_EQ(refusal(conflicting.number, {.expected_head = conflicting.head_sha}), MergeRefusal::not_mergeable);

    const auto pull = opened("refused");
    const MergeOrder order{.expected_head = pull.head_sha};
    control("facts", {{"rules", {{"required_checks", json::array{"ci"}}}}});
    EXPECT_EQ(refusal(pull.number, order), MergeRefusal::checks_required);
    control("facts", {{"rules", {{"required_checks", json::array()}, {"methods", json::array{"merge"}}}}});
    EXPECT_EQ(refusal(pull.number, order), MergeRefusal::method_not_allowed);
    const auto says = [](const char* text) {
        fault({{{"match", "PUT .*/merge"}, {"status", 405}, {"body", {{"message", text}}}}});
    };
    says("Base branch was modified. Review and try the merge again.");
    EXPECT_EQ(refusal(pull.number, order), MergeRefusal::base_modified);
    says("At least 1 approving review is required by reviewers with write access.");
    EXPECT_EQ(refusal(pull.number, order), MergeRefusal::checks_required);
    says("The moon is not full.");
    EXPECT_EQ(refusal(pull.number, order), MergeRefusal::other);
    run_task(github_.close_pull_request(pull.number));
    EXPECT_EQ(refusal(pull.number, order), MergeRefusal::not_open);

    const auto tip = hello().commit("drafted", "drafted", "draft\n");
    const auto draft =
        run_task(github_.open_pull_request({.head = "drafted", .base = "main", .title = "Draft", .is_draft = true}));
    EXPECT_EQ(refusal(draft.pull_request.number, {.expected_head = tip}), MergeRefusal::not_open);
}

TEST_F(GitHubMerge, LeavesOtherFailuresAsTheyAre) {
    const auto pull = opened("forbidden");
    fault({{{"match", "PUT .*/merge"}, {"status", 403}, {"body", {{"message", "Resource not accessible"}}}}});
    const auto failed = failure(github_.merge(pull.number, {.expected_head = pull.head_sha}));
    EXPECT_EQ(failed.error().code, "github.unauthorized");
    EXPECT_THAT(failed.error().detail, HasSubstr("Resource not accessible"));
    EXPECT_EQ(failure(github_.merge(99999, {.expected_head = "x"})).outcome(), Outcome::not_found);
}

}  // namespace
}  // namespace gsdb::github
