#pragma once
// A client of a service that plays Linear, tests/services/linear.mjs, and how that is steered.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/run_task.hpp"
#include "integrations/linear/client.hpp"
#include "integrations/web_service/test_service.hpp"

namespace gsdb::linear {

/// One for all tests of the program.
struct LinearService {
    static http::AddressGuard loopback() { return http::AddressGuard({http::Network::parse("127.0.0.0/8").value()}); }

    web_service::TestService process{{"node", "tests/services/linear.mjs"}};
    web_service::WebService control{{.name = "control", .base_url = process.url(), .http = {.guard = loopback()}}};
};

class LinearTest : public testing::Test {
  protected:
    void SetUp() override { steer("reset", boost::json::object{}); }

    static LinearService& service() {
        static LinearService service;
        return service;
    }
    static boost::json::value steer(const std::string& what, boost::json::value how) {
        return run_task(service().control.call({.method = http::Method::post,
                                                .path = "/_test/" + what,
                                                .body = std::move(how),
                                                .type = "test." + what}))
            .body;
    }
    static void fault(boost::json::object how) { steer("fault", std::move(how)); }
    static boost::json::object told() { return steer("told", boost::json::object{}).as_object(); }
    static boost::json::array issues() { return told().at("issues").as_array(); }
    /// The names of the operations since the last reset.
    static std::vector<std::string> asked() {
        std::vector<std::string> names;
        for (const auto& one : told().at("asked").as_array())
            names.emplace_back(one.as_object().at("operation").as_string());
        return names;
    }
    static std::string state_of(const std::string& title) {
        for (const auto& issue : issues())
            if (issue.at("title") == boost::json::value(title)) return std::string(issue.at("state").as_string());
        return "-";
    }

    static Task<web_service::Headers> headers_of(std::string token) { co_return authorization(crypto::Secret(token)); }
    Settings settings() {
        return {.base_url = service().process.url(),
                .authorize = [this] { return headers_of(token_); },
                .guard = LinearService::loopback(),
                .rules = {.attempts_max = 3,
                          .first_pause = std::chrono::milliseconds(1),
                          .waiting_max = std::chrono::milliseconds(200)},
                .on_attempt = [this](const web_service::Attempt& attempt) { attempts_.push_back(attempt); }};
    }
    template <class T>
    T run(Task<T> task) {
        return run_task(std::move(task));
    }
    template <class T>
    web_service::CallFailed failure(Task<T> task) {
        try {
            run(std::move(task));
        } catch (const web_service::CallFailed& failure) {
            EXPECT_THAT(failure.what(), testing::Not(testing::HasSubstr(token_)));
            EXPECT_THAT(failure.error().code, testing::StartsWith("linear."));
            return failure;
        }
        throw std::logic_error("it did not fail");
    }
    std::string team_id() { return run(client_.team("ENG")).team.id; }
    NewIssue wanted(std::string title, std::string_view key = "a") {
        return {.id = id_for(key), .team_id = team_id(), .title = std::move(title)};
    }

    std::string token_ = "lin_api_test";
    std::vector<web_service::Attempt> attempts_;
    Client client_{settings()};
};

}  // namespace gsdb::linear
