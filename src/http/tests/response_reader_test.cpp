#include "http/response_reader.hpp"

#include <gtest/gtest.h>

namespace gsdb::http {
namespace {

// Status and body, or what is wrong, of an answer that arrives `step` bytes at a time and then ends.
std::string outcome(std::string_view text, std::size_t step, bool is_to_head = false) {
    ResponseReader reader({.body_bytes_max = 100, .is_to_head = is_to_head});
    std::string input;
    while (!text.empty() && !reader.is_complete()) {
        input += text.substr(0, step);
        text.remove_prefix(std::min(step, text.size()));
        auto taken = reader.read(input);
        if (!taken) return taken.error() == ResponseReader::Fault::too_large ? "too large" : "malformed";
        input.erase(0, *taken);
    }
    if (!reader.is_complete() && !reader.end()) return "cut off";
    auto response = reader.take();
    return std::to_string(response.status) + " " + response.body;
}

struct Case {
    std::string text;
    std::string expected;
};

TEST(ResponseReader, JudgesAnswersAlikeHoweverTheyArrive) {
    const std::string head = "HTTP/1.1 200 OK\r\n", chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
    const Case cases[] = {
        {head + "Content-Length: 2\r\n\r\nok", "200 ok"},
        {head + "Content-Length: 0\r\n\r\n", "200 "},
        {head + "\r\nto the end", "200 to the end"},
        {chunked + "2\r\nok\r\n0\r\n\r\n", "200 ok"},
        {chunked + "0\r\n\r\n", "200 "},
        {"HTTP/1.1 204 No Content\r\n\r\n", "204 "},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "304 "},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n" + head + "Content-Length: 1\r\n\r\nx",
         "200 x"},
        {head + "Content-Length: 3\r\n\r\nok", "cut off"},
        {chunked + "2\r\nok\r\n0\r\n", "cut off"},
        {head, "cut off"},
        {"", "cut off"},
        {"SSH-2.0-x\r\n", "malformed"},
        {"HTTP/2 200\r\n\r\n", "malformed"},
        {head + "Content-Length: x\r\n\r\n", "malformed"},
        {head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", "malformed"},
        {head + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok", "malformed"},
        {head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "malformed"},
        {chunked + "2\r\nokk\r\n", "malformed"},
        {head + "Content-Length: 101\r\n\r\n", "too large"},
        {chunked + "65\r\n", "too large"},
        {head + "\r\n" + std::string(101, 'x'), "too large"},
        {head + "A: " + std::string(70'000, 'x'), "too large"},
    };
    for (const auto& [text, expected] : cases)
        for (std::size_t step : {std::size_t{1}, std::size_t{3}, text.size() + 1})
            EXPECT_EQ(outcome(text, step), expected) << text.substr(0, 200) << " in steps of " << step;
}

TEST(ResponseReader, TakesNoBodyFromTheAnswerToHead) {
    EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 5, true), "200 ");
    EXPECT_EQ(outcome("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 5, true), "200 ");
}

}  // namespace
}  // namespace gsdb::http
