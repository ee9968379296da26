// Who lets the client in, and what happens when that ends.
#include "integrations/github/authorization.hpp"

#include "integrations/github/tests/github_fixture.hpp"

namespace gsdb::github {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class GitHubAuthorization : public GitHub {
  protected:
    void SetUp() override {
        GitHub::SetUp();
        app_ = control("app", {{"seconds", 3600}});
    }

    Settings app_settings(std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>()) {
        auto wanted = settings();
        wanted.authorization =
            with_app({.id = std::string(app_.at("id").as_string()),
                      .private_key = crypto::Secret(std::string_view(app_.at("private_key").as_string()))},
                     service(), wanted.name, std::move(clock));
        return wanted;
    }
    static std::int64_t tokens_made() { return state().at("app_tokens").as_int64(); }

    json::value app_;
};

TEST_F(GitHubAuthorization, SaysThatATokenWasRevokedWithoutShowingIt) {
    control("tokens", {{"accepted", json::array{"another"}}});
    const auto failed = failure(github_.get());
    EXPECT_EQ(failed.outcome(), Outcome::unauthorized);
    EXPECT_EQ(failed.status(), 401);
    EXPECT_THAT(failed.error().detail, HasSubstr("Bad credentials"));
    EXPECT_THAT(failed.error().hint, HasSubstr("token"));
    EXPECT_THAT(std::string(failed.what()) + failed.error().hint, Not(HasSubstr("token-1")));
    EXPECT_THAT(attempts_, ElementsAre("repository.get 401 unauthorized"));
}

TEST_F(GitHubAuthorization, TakesTheTokenThatReplacedARevokedOne) {
    auto wanted = settings();
    auto present = std::make_shared<std::string>("token-1");
    wanted.authorization = {.authorize = [present] { return with_token(crypto::Secret(*present)).authorize(); },
                            .renew = [present] { return std::exchange(*present, "token-2") != "token-2"; }};
    const Repository replaced(wanted);
    EXPECT_NO_THROW(run_task(replaced.get()));
    control("tokens", {{"accepted", json::array{"token-2"}}});
    EXPECT_NO_THROW(run_task(replaced.get()));
    EXPECT_EQ(*present, "token-2");
    control("tokens", {{"accepted", json::array{"token-3"}}});
    attempts_.clear();
    EXPECT_EQ(failure(replaced.get()).outcome(), Outcome::unauthorized);
    EXPECT_THAT(attempts_, ElementsAre("repository.get 401 unauthorized"));
}

TEST_F(GitHubAuthorization, KeepsTheTokenOfAnApp) {
    const auto before = tokens_made();
    const Repository by_app(app_settings());
    run_task(by_app.get());
    EXPECT_THAT(attempts_,
                ElementsAre("installation.get 200 done", "access_token.create 201 done", "repository.get 200 done"));
    run_task(by_app.branch_tip("main"));
    run_task(by_app.get());
    EXPECT_EQ(tokens_made(), before + 1);
}

TEST_F(GitHubAuthorization, AsksForAnotherTokenBeforeTheFirstEnds) {
    const auto before = tokens_made();
    control("app", {{"seconds", 120}});
    // Behind the service's clock, which is how one that is held still can ask for two tokens that last two minutes.
    const auto clock = std::make_shared<ManualClock>(SystemClock().now() - std::chrono::minutes(5));
    const Repository by_app(app_settings(clock));
    run_task(by_app.get());
    clock->advance(std::chrono::minutes(1));
    run_task(by_app.get());
    EXPECT_EQ(tokens_made(), before + 1);
    clock->advance(std::chrono::minutes(3));
    run_task(by_app.get());
    EXPECT_EQ(tokens_made(), before + 2);
}

TEST_F(GitHubAuthorization, AsksForAnotherTokenWhenOneIsRefused) {
    const auto before = tokens_made();
    const Repository by_app(app_settings());
    run_task(by_app.get());
    control("tokens", {{"accepted", json::array()}});
    attempts_.clear();
    EXPECT_EQ(run_task(by_app.get()).default_branch, "main");
    EXPECT_THAT(attempts_, ElementsAre("repository.get 401 unauthorized", "installation.get 200 done",
                                       "access_token.create 201 done", "repository.get 200 done"));
    EXPECT_EQ(tokens_made(), before + 2);
}

TEST_F(GitHubAuthorization, SharesTheTokenAmongCopies) {
    const auto before = tokens_made();
    const auto shared = app_settings();
    const Repository one(shared), two(shared);
    run_task(one.get());
    run_task(two.get());
    EXPECT_EQ(tokens_made(), before + 1);
}

TEST_F(GitHubAuthorization, SaysWhenAnAppIsRefused) {
    app_.as_object()["id"] = "4712";
    const Repository stranger(app_settings());
    EXPECT_EQ(failure(stranger.get()).outcome(), Outcome::unauthorized);
    app_.as_object()["id"] = "4711";
    auto elsewhere = settings();
    elsewhere.authorization =
        with_app({.id = "4711", .private_key = crypto::Secret(std::string_view(app_.at("private_key").as_string()))},
                 service(), {.owner = "octo", .name = "goodbye"});
    const Repository not_installed(elsewhere);
    const auto failed = failure(not_installed.get());
    EXPECT_EQ(failed.outcome(), Outcome::not_found);
    EXPECT_THAT(failed.error().hint, HasSubstr("install the GitHub App on octo/goodbye"));
}

TEST_F(GitHubAuthorization, RefusesAKeyThatIsNone) {
    const std::string elliptic =
        git::shell("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null");
    const std::string locked = git::shell("openssl genrsa -aes256 -passout pass:secret 2048 2>/dev/null");
    for (const auto& key : {std::string("no key"), std::string(), elliptic, locked}) {
        try {
            with_app({.id = "1", .private_key = crypto::Secret(key)}, service(), {.owner = "octo", .name = "hello"});
            ADD_FAILURE() << key;
        } catch (const Failure& failed) {
            EXPECT_EQ(failed.error().code, "github.app_key_invalid");
        }
    }
    const std::string pkcs8 = git::shell("openssl genrsa 2048 2>/dev/null | openssl pkcs8 -topk8 -nocrypt");
    EXPECT_NO_THROW(
        with_app({.id = "1", .private_key = crypto::Secret(pkcs8)}, service(), {.owner = "octo", .name = "hello"}));
}

TEST_F(GitHubAuthorization, DoesNotUnderstandATokenWithoutEnd) {
    const Repository by_app(app_settings());
    for (const auto& body : {json::value{{"token", "x"}}, json::value{{"token", "x"}, {"expires_at", "soon"}},
                             json::value(json::array())}) {
        fault({{{"match", "POST .*/access_tokens"}, {"status", 201}, {"body", body}}});
        EXPECT_EQ(failure(by_app.get()).error().code, "github.error");
    }
    fault({{{"match", "GET .*/installation"}, {"body", {{"id", "seventeen"}}}}});
    EXPECT_THAT(failure(by_app.get()).error().detail, HasSubstr("id is no number"));
}

}  // namespace
}  // namespace gsdb::github
