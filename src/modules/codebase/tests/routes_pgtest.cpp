#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "memory_tree.hpp"
#include "modules/codebase/index_run.hpp"
#include "modules/codebase/routes.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::codebase {
namespace {

namespace json = boost::json;
using testing::ElementsAre;

const auto other_organization = *OrganizationId::parse("00000000-0000-7000-8000-00000000000b");

class Routes : public testing::Test {
  protected:
    Routes() {
        router_.set_authentication([this](http::Request) -> Task<std::expected<http::Caller, http::Response>> {
            co_return http::Caller{.organization = caller_, .role = "owner"};
        });
        add_routes(router_, database_, nullptr);
        SystemClock clock;
        MemoryTree tree("/sample", {{"a/one.py", "class A:\n    def f(self): pass\n"},
                                    {"a/two.py", "def f(): pass\ndef g(): pass\n"},
                                    {"b.ts", "export function f() {}\n"},
                                    {"c.zzz", "?\n"}});
        run_task(run_index(database_, default_organization(), tree, clock, {}));
    }

    json::value get(const std::string& path, std::vector<http::QueryParameter> query, http::Status expected) {
        std::vector<std::string_view> segments;
        for (std::size_t start = 1; start <= path.size();) {
            auto end = std::min(path.find('/', start), path.size());
            segments.push_back(std::string_view(path).substr(start, end - start));
            start = end + 1;
        }
        http::Request request{
            .method = http::Method::get, .target = path, .path = path, .segments = segments, .query_parameters = query};
        auto response = run_task(router_.handle(request));
        EXPECT_EQ(response.status, expected) << response.bytes();
        return json::parse(std::string(response.bytes()));
    }
    json::value get(const std::string& path, std::vector<http::QueryParameter> query = {}) {
        return get(path, std::move(query), http::Status::ok);
    }

    std::vector<std::string> places(std::vector<http::QueryParameter> query) {
        std::vector<std::string> all;
        for (const auto& item : get("/api/v1/symbols", std::move(query)).at("items").as_array())
            all.push_back(std::string(item.at("path").as_string()) + ":" +
                          std::string(item.at("qualified_name").as_string()));
        return all;
    }

    queryc::ModuleDatabase module_database_{"codebase"};
    pg::Database<Database> database_{pg::Pool({.connect = module_database_.login()})};
    http::Router router_;
    OrganizationId caller_ = default_organization();
};

TEST_F(Routes, SymbolsComeByPathAndPlaceAndAreFiltered) {
    EXPECT_THAT(places({}), ElementsAre("a/one.py:A", "a/one.py:A.f", "a/two.py:f", "a/two.py:g", "b.ts:f"));
    EXPECT_THAT(places({{"name", "f"}}), ElementsAre("a/one.py:A.f", "a/two.py:f", "b.ts:f"));
    EXPECT_THAT(places({{"name", "f"}, {"kind", "method"}}), ElementsAre("a/one.py:A.f"));
    EXPECT_THAT(places({{"path", "a/t"}}), ElementsAre("a/two.py:f", "a/two.py:g"));
    EXPECT_THAT(places({{"codebase", "sample"}, {"kind", "class"}}), ElementsAre("a/one.py:A"));
    EXPECT_THAT(places({{"kind", "no such kind"}}), ElementsAre());
}

TEST_F(Routes, PagesByKeyJoinWithoutGapOrOverlap) {
    for (auto name : {"", "f"}) {
        std::vector<std::string> paged;
        std::string cursor;
        while (true) {
            auto page = get("/api/v1/symbols", {{"limit", "2"}, {"cursor", cursor}, {"name", name}});
            for (const auto& item : page.at("items").as_array())
                paged.emplace_back(item.at("path").as_string().c_str());
            if (page.at("next_cursor").is_null()) break;
            cursor = page.at("next_cursor").as_string().c_str();
        }
        EXPECT_EQ(paged.size(), places({{"name", name}}).size());
    }
}

TEST_F(Routes, FilesShowWhyTheyWereSkipped) {
    auto items = get("/api/v1/files").at("items").as_array();
    ASSERT_EQ(items.size(), 4U);
    EXPECT_EQ(items[3].at("skip_reason").as_string(), "unknown_language");
    EXPECT_EQ(get("/api/v1/files", {{"language", "python"}, {"path", "a/"}}).at("items").as_array().size(), 2U);
}

TEST_F(Routes, ACodebaseIsFoundByNameAndById) {
    auto listed = get("/api/v1/codebases").at("items").as_array();
    ASSERT_EQ(listed.size(), 1U);
    std::string id(listed[0].at("id").as_string());
    EXPECT_EQ(get("/api/v1/codebases/sample"), listed[0]);
    EXPECT_EQ(get("/api/v1/codebases/" + id), listed[0]);
    EXPECT_EQ(listed[0].at("current_run").at("elements").as_int64(), 5);
}

TEST_F(Routes, AnotherOrganizationSeesNothing) {
    caller_ = other_organization;
    EXPECT_THAT(places({}), ElementsAre());
    EXPECT_TRUE(get("/api/v1/codebases").at("items").as_array().empty());
    get("/api/v1/codebases/sample", {}, http::Status::not_found);
}

TEST_F(Routes, ACursorOfAnotherListIsRefused) {
    auto cursor = std::string(get("/api/v1/files", {{"limit", "1"}}).at("next_cursor").as_string());
    get("/api/v1/symbols", {{"cursor", cursor}}, http::Status::bad_request);
    get("/api/v1/symbols", {{"codebase", "nobody"}}, http::Status::not_found);
}

TEST_F(Routes, AnswerQuestionsToTheGraph) {
    SystemClock clock;
    MemoryTree tree("/graph", {{"m.py", "import os\n\n\ndef leaf():\n    os.getcwd()\n\n\ndef root():\n    leaf()\n"}});
    run_task(run_index(database_, default_organization(), tree, clock, {}));
    const auto names = [](const json::value& items) {
        std::vector<std::string> all;
        for (const auto& item : items.as_array()) all.emplace_back(item.at("symbol").at("name").as_string());
        return all;
    };
    const auto callers = get("/api/v1/graph/callers", {{"symbol", "leaf"}});
    EXPECT_THAT(names(callers.at("items")), ElementsAre("root"));
    EXPECT_EQ(callers.at("items").at(0).at("at").at("line").as_int64(), 9);
    EXPECT_THAT(names(get("/api/v1/graph/callees", {{"symbol", "root"}, {"depth", "5"}}).at("items")),
                ElementsAre("leaf", "os.getcwd"));
    EXPECT_THAT(names(get("/api/v1/graph/path", {{"from", "root"}, {"to", "leaf"}}).at("items")), ElementsAre("leaf"));
    EXPECT_EQ(get("/api/v1/graph/definitions", {{"symbol", "leaf"}}).at("items").at(0).at("start_line").as_int64(), 4);
    EXPECT_EQ(get("/api/v1/graph/references", {{"symbol", "leaf"}}).at("items").as_array().size(), 1U);
    EXPECT_TRUE(
        get("/api/v1/graph/packages", {{"codebase", "sample"}, {"missing", "true"}}).at("items").as_array().empty());
    EXPECT_TRUE(get("/api/v1/graph/cycles", {{"codebase", "sample"}}).at("cycles").as_array().empty());
    EXPECT_TRUE(get("/api/v1/graph/hierarchy", {{"symbol", "A"}}).at("subtypes").as_array().empty());
}

TEST_F(Routes, RefuseQuestionsThatCannotBeAnswered) {
    const auto code = [&](const std::string& path, std::vector<http::QueryParameter> query, http::Status status) {
        return std::string(get(path, std::move(query), status).at("error").at("code").as_string());
    };
    using enum http::Status;
    EXPECT_EQ(code("/api/v1/graph/callers", {}, bad_request), "request.missing_parameter");
    EXPECT_EQ(code("/api/v1/graph/callers", {{"symbol", "nobody"}}, not_found), "codebase.symbol_not_found");
    EXPECT_EQ(code("/api/v1/graph/callers", {{"symbol", "f"}}, bad_request), "codebase.symbol_is_ambiguous");
    EXPECT_EQ(code("/api/v1/graph/callers", {{"symbol", "g"}, {"depth", "0"}}, bad_request), "request.bad_parameter");
    EXPECT_EQ(code("/api/v1/graph/packages", {{"unused", "yes"}}, bad_request), "request.bad_parameter");
    EXPECT_EQ(code("/api/v1/graph/callers", {{"symbol", "g"}, {"confidence", "nan"}}, bad_request),
              "request.bad_parameter");
    EXPECT_EQ(code("/api/v1/graph/callers", {{"symbol", "g"}, {"codebase", "x"}}, not_found), "codebase.not_found");
    caller_ = other_organization;
    EXPECT_EQ(code("/api/v1/graph/callers", {{"symbol", "g"}}, not_found), "codebase.symbol_not_found");
}

}  // namespace
}  // namespace gsdb::codebase
