// What a team's states mean, whatever the team has made of them; and ids that are functions of keys.
#include "integrations/linear/states.hpp"

#include <gmock/gmock.h>

#include "crypto/secret.hpp"
#include "integrations/linear/client.hpp"

namespace gsdb::linear {
namespace {

using testing::ElementsAre;
using testing::Pair;

WorkflowState state(std::string name, StateType type, double position = 0) {
    return {.id = "id of " + name, .name = name, .type = type, .position = position};
}

std::string chosen(const std::vector<WorkflowState>& states, Progress progress) {
    const auto found = choose_state(states, progress);
    return found ? found->name : "-";
}

const std::vector<Progress> all{Progress::todo, Progress::in_progress, Progress::in_review, Progress::done,
                                Progress::cancelled};

std::vector<std::string> chosen_of_all(const std::vector<WorkflowState>& states) {
    std::vector<std::string> names;
    for (const auto progress : all) names.push_back(chosen(states, progress));
    return names;
}

TEST(States, OfAnUsualTeam) {
    const std::vector states{state("Review code", StateType::started, 2), state("Canceled", StateType::canceled, 1),
                             state("Ideas", StateType::triage, -1),       state("Backlog", StateType::backlog, 0),
                             state("Ready", StateType::unstarted, 9),     state("Todo", StateType::unstarted, 1.5),
                             state("Released", StateType::completed, 2),  state("Done", StateType::completed, 1),
                             state("Doing", StateType::started, 1),       state("Duplicate", StateType::duplicate, 0)};
    EXPECT_THAT(chosen_of_all(states), ElementsAre("Todo", "Doing", "Review code", "Done", "Canceled"));
    EXPECT_EQ(choose_state(states, StateType::backlog)->name, "Backlog");
    EXPECT_EQ(choose_state(states, StateType::completed)->name, "Done");
}

TEST(States, OfTeamsThatMakeFewerDifferences) {
    EXPECT_THAT(chosen_of_all({}), ElementsAre("-", "-", "-", "-", "-"));
    EXPECT_THAT(chosen_of_all({state("Some day", StateType::backlog), state("In", StateType::triage)}),
                ElementsAre("Some day", "-", "-", "-", "-"));
    EXPECT_THAT(chosen_of_all({state("In", StateType::triage), state("Bunt", StateType::started)}),
                ElementsAre("In", "Bunt", "Bunt", "-", "-"));
    EXPECT_THAT(chosen_of_all({state("PEER REVIEW", StateType::started)}),
                ElementsAre("-", "PEER REVIEW", "PEER REVIEW", "-", "-"));
    EXPECT_THAT(chosen_of_all({state("To review", StateType::unstarted), state("Same", StateType::duplicate)}),
                ElementsAre("To review", "-", "-", "-", "-"))
        << "a review that has not begun is work to do, and nothing is called off as a duplicate";
    EXPECT_FALSE(choose_state({state("New", StateType::unknown)}, StateType::started));
}

TEST(States, TakeTheFirstOfEqualPositions) {
    const std::vector states{state("a", StateType::started, 1), state("b", StateType::started, 1)};
    EXPECT_EQ(chosen(states, Progress::in_progress), "a");
    EXPECT_EQ(chosen(states, Progress::in_review), "a");
}

TEST(States, MeanProgress) {
    const auto meaning = [](std::string name, StateType type) {
        const auto progress = progress_of(state(std::move(name), type));
        return progress ? std::string(name_of(*progress)) : "-";
    };
    EXPECT_EQ(meaning("Triage", StateType::triage), "todo");
    EXPECT_EQ(meaning("Backlog", StateType::backlog), "todo");
    EXPECT_EQ(meaning("Needs review", StateType::unstarted), "todo");
    EXPECT_EQ(meaning("Under way", StateType::started), "in_progress");
    EXPECT_EQ(meaning("Code ReVieW", StateType::started), "in_review");
    EXPECT_EQ(meaning("Reviewed", StateType::completed), "done");
    EXPECT_EQ(meaning("Won't do", StateType::canceled), "cancelled");
    EXPECT_EQ(meaning("Twice", StateType::duplicate), "cancelled");
    EXPECT_EQ(meaning("Paused", StateType::unknown), "-");
}

TEST(States, ComeBackFromWhatWasChosen) {
    const std::vector states{state("Todo", StateType::unstarted), state("Doing", StateType::started, 1),
                             state("In review", StateType::started, 2), state("Done", StateType::completed),
                             state("No", StateType::canceled)};
    for (const auto progress : all) EXPECT_EQ(progress_of(*choose_state(states, progress)), progress);
}

TEST(States, HaveTheNamesOfTheirTypes) {
    for (const auto* const name : {"triage", "backlog", "unstarted", "started", "completed", "canceled", "duplicate"})
        EXPECT_EQ(name_of(state_type_of(name)), name);
    EXPECT_EQ(state_type_of("paused"), StateType::unknown);
    EXPECT_EQ(state_type_of(""), StateType::unknown);
}

TEST(Ids, AreFunctionsOfTheirKeys) {
    const auto id = to_string(id_for("run 1, step 2"));
    EXPECT_THAT(id, testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_EQ(id, to_string(id_for("run 1, step 2")));
    EXPECT_NE(id, to_string(id_for("run 1, step 3")));
    // SHA-256 of nothing is e3b0c442 98fc 1c14 9afb f4c8996fb924...
    EXPECT_EQ(to_string(id_for("")), "e3b0c442-98fc-4c14-9afb-f4c8996fb924");
}

TEST(Credentials, AreSentAsTheirKindAsks) {
    EXPECT_THAT(authorization(crypto::Secret("lin_api_1")), ElementsAre(Pair("Authorization", "lin_api_1")));
    EXPECT_THAT(authorization(crypto::Secret("lin_oauth_1")), ElementsAre(Pair("Authorization", "Bearer lin_oauth_1")));
    EXPECT_THAT(authorization(crypto::Secret("other")), ElementsAre(Pair("Authorization", "Bearer other")));
}

}  // namespace
}  // namespace gsdb::linear
