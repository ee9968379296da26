#pragma once
// The client against tests/services/github.mjs, which GitHub's own description of its API judges.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <memory>
#include <mutex>

#include "base/run_task.hpp"
#include "integrations/git/tests/git_fixture.hpp"
#include "integrations/github/repository.hpp"
#include "integrations/web_service/test_service.hpp"

namespace gsdb::github {

namespace json = boost::json;
using web_service::CallFailed;
using web_service::Outcome;

/// The stub, and a clone of what it serves.
class Hello {
  public:
    Hello() {
        git::shell("git init -q --bare -b main " + git::quoted(bare_.string()));
        clone_.git("init -q");
        clone_.git("remote add origin " + git::quoted(bare_.string()));
        clone_.write("readme", "hello\n");
        clone_.commit_all("begin");
        clone_.git("push -q origin HEAD:main");
        service_ = std::make_unique<web_service::TestService>(
            std::vector<std::string>{"node", "tests/services/github.mjs", bare_.string(), "octo/hello"});
    }

    const std::string& url() const { return service_->url(); }

    /// A commit on top of the branch, or of main for a new one; pushed. Its id.
    std::string commit(const std::string& branch, const std::string& file, const std::string& content) const {
        clone_.git("fetch -q --prune origin");
        const auto there = clone_.git("for-each-ref --format=x " + git::quoted("refs/remotes/origin/" + branch));
        clone_.git("checkout -q --detach " + git::quoted("origin/" + (there.empty() ? "main" : branch)));
        clone_.write(file, content);
        clone_.commit_all("change " + file);
        clone_.git("push -q origin " + git::quoted("HEAD:refs/heads/" + branch));
        return git("rev-parse " + git::quoted("refs/heads/" + branch));
    }

    /// What git says of the served repository, without the line end.
    std::string git(const std::string& arguments) const {
        auto output = git::shell("git -C " + git::quoted(bare_.string()) + " " + arguments);
        while (output.ends_with('\n')) output.pop_back();
        return output;
    }

  private:
    git::GitHome home_;
    git::TemporaryFolder bare_;
    git::GitFolder clone_;
    std::unique_ptr<web_service::TestService> service_;
};

/// One stub for all tests of the program.
class HelloForAll : public testing::Environment {
  public:
    void TearDown() override { hello.reset(); }
    static inline std::unique_ptr<Hello> hello;
};
inline testing::Environment* const hello_for_all = testing::AddGlobalTestEnvironment(new HelloForAll);

class GitHub : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (!HelloForAll::hello) HelloForAll::hello = std::make_unique<Hello>();
    }

    void SetUp() override {
        control("tokens", {{"accepted", json::array{"token-1"}}});
        control(
            "facts",
            {{"rules", {{"methods", json::array{"merge", "squash", "rebase"}}, {"required_checks", json::array()}}}});
        control("state", json::object());
    }
    void TearDown() override {
        if (judges_) EXPECT_EQ(state().at("refused"), json::array()) << "by GitHub's description";
    }

    static const Hello& hello() { return *HelloForAll::hello; }

    static json::value control(const std::string& what, json::value wanted) {
        const web_service::WebService plain({.name = "control", .base_url = hello().url(), .http = http_options()});
        return run_task(plain.call({.method = http::Method::post,
                                    .path = "/_test/" + what,
                                    .body = std::move(wanted),
                                    .type = what}))
            .body;
    }
    static json::value state() { return control("state", json::object()); }
    /// The next requests that match get what is said, one each.
    static void fault(json::array faults) { control("faults", {{"faults", std::move(faults)}}); }

    static http::ClientOptions http_options() {
        return {.guard = http::AddressGuard({http::Network::parse("127.0.0.0/8").value()})};
    }
    Service service(int attempts_max = 4) {
        return {
            .api_url = hello().url(),
            .rules = {.attempts_max = attempts_max, .first_pause = std::chrono::milliseconds(1)},
            .http = http_options(),
            .on_attempt = [this](const web_service::Attempt& attempt) {
                const std::lock_guard lock(mutex_);
                attempts_.push_back(fmt::format("{} {} {}", attempt.type, attempt.status, name_of(attempt.outcome)));
            }};
    }
    Settings settings(int attempts_max = 4) {
        return {.name = {.owner = "octo", .name = "hello"},
                .service = service(attempts_max),
                .authorization = with_token(crypto::Secret("token-1"))};
    }

    /// An open pull request of a new branch with one commit.
    PullRequest opened(const std::string& branch) {
        hello().commit(branch, branch + ".txt", branch + "\n");
        return run_task(github_.open_pull_request({.head = branch, .base = "main", .title = "Add " + branch}))
            .pull_request;
    }

    template <class T>
    static CallFailed failure(Task<T> task) {
        try {
            run_task(std::move(task));
        } catch (const CallFailed& failed) {
            return failed;
        }
        throw std::logic_error("it did not fail");
    }

    std::mutex mutex_;
    std::vector<std::string> attempts_;
    Repository github_{settings()};
    bool judges_ = true;  ///< off where a test breaks the rules of the API on purpose
};

}  // namespace gsdb::github
