#include "http/request_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace gsdb::http {
namespace {

// The refusal's code, "ok" for a complete request, "incomplete" otherwise; fed `step` bytes at a time.
std::string outcome(std::string_view text, std::size_t step = SIZE_MAX) {
    RequestReader reader;
    std::string input;
    bool has_head = false;
    while (true) {
        auto piece = text.substr(0, std::min(step, text.size()));
        text.remove_prefix(piece.size());
        input += piece;
        auto taken = has_head ? reader.read_body(input) : reader.read_head(input);
        if (!taken) return std::string(taken.error()->code);
        input.erase(0, *taken);
        if (!has_head && *taken) {
            has_head = true;
            if (auto refused = reader.limit_body(1000)) return std::string(refused->code);
            if (!reader.is_complete() && !input.empty()) {
                taken = reader.read_body(input);
                if (!taken) return std::string(taken.error()->code);
                input.erase(0, *taken);
            }
        }
        if (has_head && reader.is_complete()) return "ok";
        if (text.empty()) return "incomplete";
    }
}

struct Case {
    std::string request;
    std::string expected;
};

void PrintTo(const Case& value, std::ostream* out) {
    *out << testing::PrintToString(value.request);
}

std::string get(std::string target, std::string headers = "") {
    return "GET " + std::move(target) + " HTTP/1.1\r\nHost: a\r\n" + std::move(headers) + "\r\n";
}
std::string post(std::string headers, std::string body = "") {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + std::move(headers) + "\r\n" + std::move(body);
}

class Requests : public testing::TestWithParam<Case> {};

TEST_P(Requests, AreJudgedAlikeInOnePieceAndByteByByte) {
    const auto& [request, expected] = GetParam();
    EXPECT_EQ(outcome(request), expected) << request;
    EXPECT_EQ(outcome(request, 1), expected) << request;
    EXPECT_EQ(outcome(request, 7), expected) << request;
}

INSTANTIATE_TEST_SUITE_P(
    Valid, Requests,
    testing::Values(Case{get("/"), "ok"}, Case{"\r\n" + get("/"), "ok"}, Case{"GET / HTTP/1.0\r\n\r\n", "ok"},
                    Case{get("http://a/b?c"), "ok"}, Case{get("HTTP://a"), "ok"}, Case{get("http://a?b"), "ok"},
                    Case{get("/?a=\\b|<c>\""), "ok"}, Case{get("/a%20b?c=%41+d"), "ok"},
                    Case{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "ok"}, Case{get("/", "X: \xC3\xA9\r\n"), "ok"},
                    Case{get("/", "X:\r\n"), "ok"}, Case{post("Content-Length: 3\r\n", "abc"), "ok"},
                    Case{post("Content-Length: 0\r\n"), "ok"},
                    Case{post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"), "ok"},
                    Case{post("Transfer-Encoding: Chunked\r\n", "3;x=y\r\nabc\r\n0\r\nTrailer: 1\r\n\r\n"), "ok"},
                    Case{post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "ok"},
                    Case{post("Transfer-Encoding: chunked\r\n", "0001 ;a=\"b\"\r\nx\r\n000\r\n\r\n"), "ok"},
                    Case{post("Expect: 100-continue\r\nContent-Length: 1\r\n", "a"), "ok"}));

INSTANTIATE_TEST_SUITE_P(Incomplete, Requests,
                         testing::Values(Case{"GET / HTTP/1.1\r\nHost: a\r\n", "incomplete"}, Case{"GE", "incomplete"},
                                         Case{post("Content-Length: 4\r\n", "abc"), "incomplete"},
                                         Case{post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n"),
                                              "incomplete"}));

INSTANTIATE_TEST_SUITE_P(Malformed, Requests,
                         testing::Values(Case{"\x16\x03\x01\x02", "http.malformed_request"},
                                         Case{" GET / HTTP/1.1\r\n\r\n", "http.malformed_request"},
                                         Case{"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "http.malformed_request"},
                                         Case{"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "http.bad_target"},
                                         Case{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", "http.version_not_supported"},
                                         Case{"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "http.version_not_supported"},
                                         Case{"GET / HTTP/0.9\r\n\r\n", "http.version_not_supported"},
                                         Case{"GET /\r\n\r\n", "http.bad_target"},
                                         Case{"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "http.method_unknown"},
                                         Case{"get / HTTP/1.1\r\nHost: a\r\n\r\n", "http.method_unknown"},
                                         Case{"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "http.method_unknown"},
                                         Case{"GET / HTTP/1.1\nHost: a\n\n", "http.bare_line_feed"},
                                         Case{"GET / HTTP/1.1\r\nHost: a\n\r\n", "http.bare_line_feed"},
                                         Case{get("/", "X: 1\r\n 2\r\n"), "http.obsolete_folding"},
                                         Case{"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "http.obsolete_folding"},
                                         Case{get("/", "X : 1\r\n"), "http.malformed_request"},
                                         Case{get("/", ": 1\r\n"), "http.malformed_request"},
                                         Case{get("/", "X\r\n"), "http.malformed_request"},
                                         Case{get("/", std::string("X: a\0b\r\n", 8)), "http.malformed_request"},
                                         Case{get("/", "X: a\rb\r\n"), "http.malformed_request"},
                                         Case{get("/", "X: a\x7f\r\n"), "http.malformed_request"}));

INSTANTIATE_TEST_SUITE_P(
    Lengths, Requests,
    testing::Values(Case{post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), "http.ambiguous_length"},
                    Case{post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), "http.ambiguous_length"},
                    Case{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "http.ambiguous_length"},
                    Case{post("Content-Length: 3\r\nContent-Length: 3\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: 3\r\nContent-Length: 4\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: 3, 3\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: +3\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: -3\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: 0x3\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: 3 3\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length:\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: 99999999999999999999\r\n"), "http.bad_content_length"},
                    Case{post("Content-Length: 1001\r\n"), "http.body_too_large"},
                    Case{post("Transfer-Encoding: chunked\r\n", "3e9\r\n"), "http.body_too_large"},
                    Case{post("Transfer-Encoding: xchunked\r\n"), "http.transfer_coding_unknown"},
                    Case{post("Transfer-Encoding: gzip, chunked\r\n"), "http.transfer_coding_unknown"},
                    Case{post("Transfer-Encoding: chunked, chunked\r\n"), "http.transfer_coding_unknown"},
                    Case{post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "http.ambiguous_length"},
                    Case{post("Transfer-Encoding:\r\n"), "http.transfer_coding_unknown"},
                    Case{post("Transfer-Encoding : chunked\r\n"), "http.malformed_request"},
                    Case{post("Transfer-Encoding: chunked\r\n", "g\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "3\r\nabcd\r\n0\r\n\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "-1\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "1;\r\nx\r\n0\r\n\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "1 \r\nx\r\n0\r\n\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "1\nx\r\n0\r\n\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "1\r\nx\n0\r\n\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "0x1\r\nx\r\n0\r\n\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "0\r\nno colon\r\n\r\n"), "http.malformed_body"},
                    Case{post("Transfer-Encoding: chunked\r\n", "0\r\na : b\r\n\r\n"), "http.malformed_body"},
                    Case{post("Expect: 200-ok\r\n"), "http.expectation_unknown"}));

INSTANTIATE_TEST_SUITE_P(
    HostsAndTargets, Requests,
    testing::Values(Case{"GET / HTTP/1.1\r\n\r\n", "http.bad_host"},
                    Case{"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "http.bad_host"},
                    Case{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "http.bad_host"},
                    Case{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "http.bad_host"},
                    Case{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "http.bad_host"}, Case{get("a"), "http.bad_target"},
                    Case{get("*"), "http.bad_target"}, Case{get("/a%"), "http.bad_target"},
                    Case{get("/a%4"), "http.bad_target"}, Case{get("/a%zz"), "http.bad_target"},
                    Case{get("/?q=%G0"), "http.bad_target"}, Case{get("/#x"), "http.bad_target"},
                    Case{get("/\xC3\xA9"), "http.bad_target"}, Case{get("http:///x"), "http.bad_target"},
                    Case{get("ftp://a/x"), "http.bad_target"}, Case{get("/a\\b"), "http.path_traversal"},
                    Case{get("/../etc/passwd"), "http.path_traversal"}, Case{get("/a/.."), "http.path_traversal"},
                    Case{get("/a/./b"), "http.path_traversal"}, Case{get("/%2e%2e/x"), "http.path_traversal"},
                    Case{get("/.%2E/x"), "http.path_traversal"}, Case{get("/a%2f..%2fb"), "http.path_traversal"},
                    Case{get("/a%5c..%5cb"), "http.path_traversal"}, Case{get("/a%00b"), "http.path_traversal"},
                    Case{get("http://a/../x"), "http.path_traversal"}));

INSTANTIATE_TEST_SUITE_P(
    Sizes, Requests,
    testing::Values(Case{get("/" + std::string(8192, 'a')), "http.target_too_long"},
                    Case{get("/" + std::string(20'000, 'a')), "http.target_too_long"},
                    Case{get("/", "X: " + std::string(17'000, 'a') + "\r\n"), "http.headers_too_large"},
                    Case{"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(17'000, 'a'), "http.headers_too_large"},
                    Case{get("/",
                             [] {
                                 std::string many;
                                 for (int i = 0; i < 101; ++i) many += "X: 1\r\n";
                                 return many;
                             }()),
                         "http.too_many_headers"},
                    Case{post("Transfer-Encoding: chunked\r\n", "1;" + std::string(20'000, 'x')),
                         "http.malformed_body"}));

// Changes a few bytes, lines or lengths of a request.
std::string mutate(std::string text, std::minstd_rand& random) {
    static const std::vector<std::string> pieces{"\r\n",
                                                 "\n",
                                                 "\r",
                                                 " ",
                                                 "\t",
                                                 std::string(1, '\0'),
                                                 ":",
                                                 "%",
                                                 "%2e",
                                                 "/../",
                                                 "0",
                                                 "ffffffff",
                                                 ",",
                                                 ";",
                                                 "Content-Length: 5\r\n",
                                                 "Transfer-Encoding: chunked\r\n",
                                                 "Host: b\r\n",
                                                 "GET / HTTP/1.1\r\n",
                                                 "\xff",
                                                 "\x7f"};
    for (auto changes = 1 + random() % 3; changes > 0; --changes) {
        auto at = random() % (text.size() + 1);
        auto erased = random() % 3 ? 0 : random() % 4;
        text.replace(at, erased,
                     random() % 4 ? pieces[random() % pieces.size()] : std::string(1, static_cast<char>(random())));
    }
    return text;
}

// Two parties that see the bytes in different pieces must not come to different requests.
TEST(RequestReader, JudgesAnyMutationAlikeHoweverItArrives) {
    const auto seed = std::random_device{}();
    std::minstd_rand random(seed);
    const std::vector<std::string> valid{
        get("/a/b%20c?d=e&f", "Accept: */*\r\nX-Y: z\r\n"), post("Content-Length: 5\r\n", "hello"),
        "GET / HTTP/1.0\r\n\r\n",
        post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n3;x=\"y\"\r\nabc\r\n0\r\nT: u\r\n\r\n")};
    std::map<std::string, int> outcomes;
    for (int i = 0; i < 20'000; ++i) {
        auto request = mutate(valid[random() % valid.size()], random);
        auto whole = outcome(request);
        ++outcomes[whole];
        ASSERT_EQ(outcome(request, 1), whole) << "seed " << seed << ": " << testing::PrintToString(request);
        ASSERT_EQ(outcome(request, 1 + random() % 30), whole)
            << "seed " << seed << ": " << testing::PrintToString(request);
    }
    EXPECT_GT(outcomes["ok"], 100);
    EXPECT_GT(outcomes.size(), 10U);
}

TEST(RequestReader, TakesATargetApart) {
    RequestReader reader;
    auto text = get("http://example.org/a%2Fb/c%20d/?x=1&y=a+b%2B&&z&x=2");
    ASSERT_TRUE(reader.read_head(text).value());
    const auto& request = reader.request();
    EXPECT_EQ(request.path, "/a%2Fb/c%20d/");
    EXPECT_THAT(std::vector(request.segments.begin(), request.segments.end()), testing::ElementsAre("a/b", "c d", ""));
    EXPECT_EQ(request.query("x"), "1");
    EXPECT_EQ(request.query("y"), "a b+");
    EXPECT_EQ(request.query("z"), "");
    EXPECT_EQ(request.query("w"), std::nullopt);
    EXPECT_EQ(request.header("HOST"), "a");
}

TEST(RequestReader, LeavesWhatBelongsToTheNextRequest) {
    RequestReader reader;
    auto text = post("Content-Length: 3\r\n", "abc") + get("/next");
    auto head = reader.read_head(text).value();
    auto body = reader.read_body(std::string_view(text).substr(head)).value();
    EXPECT_TRUE(reader.is_complete());
    EXPECT_EQ(reader.request().body, "abc");
    EXPECT_EQ(text.substr(head + body), get("/next"));
}

TEST(RequestReader, KnowsWhetherTheConnectionGoesOn) {
    auto keeps = [](std::string text) {
        RequestReader reader;
        EXPECT_TRUE(reader.read_head(text).value());
        return reader.keeps_alive();
    };
    EXPECT_TRUE(keeps(get("/")));
    EXPECT_FALSE(keeps(get("/", "Connection: close\r\n")));
    EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

}  // namespace
}  // namespace gsdb::http
