// Clients that others wrote, against the running server: curl and Node's.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "http/event_stream.hpp"
#include "http/server.hpp"
#include "test_certificate.hpp"

namespace gsdb::http {
namespace {

using testing::HasSubstr;

// What a command prints, with its standard error.
std::string run(const std::string& command) {
    auto* pipe = ::popen((command + " 2>&1").c_str(), "r");
    std::string output;
    std::array<char, 4096> bytes{};
    while (auto count = std::fread(bytes.data(), 1, bytes.size(), pipe)) output.append(bytes.data(), count);
    ::pclose(pipe);
    return output;
}

constexpr RouteOptions open{.access = Access::open, .body_bytes_max = 8 << 20};

Router make_router(asio::io_context&) {
    Router router;
    auto echo = [](Request request) -> Task<Response> { co_return Response::text(std::string(request.body)); };
    router.post("/echo", open, echo);
    router.put("/echo", open, echo);
    router.get("/large", open, [](Request) -> Task<Response> {
        auto response = Response::text(std::string(3'000'000, 'x'));
        response.etag = "\"v1\"";
        co_return response;
    });
    router.get("/hello", open, [](Request) -> Task<Response> { co_return Response::json(R"({"hello":"world"})"); });
    router.get("/events", open, [](Request) -> Task<Response> {
        auto queue = std::make_shared<EventQueue>();
        for (int i = 0; i < 3; ++i) queue->push({.id = std::to_string(i), .data = "event " + std::to_string(i)});
        queue->close();
        co_return event_stream(queue);
    });
    return router;
}

class ClientsTest : public testing::Test {
  protected:
    ClientsTest() {
        std::string name = (std::filesystem::temp_directory_path() / "gsdb-clients.XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~ClientsTest() override { std::filesystem::remove_all(folder); }

    std::string curl(const std::string& arguments) { return run("curl -sS --max-time 20 " + arguments); }
    std::string node(const std::string& script) {
        std::ofstream(folder / "script.mjs") << "const url = process.argv[2];\n" << script;
        return run("timeout 60 node " + (folder / "script.mjs").string() + " " + server.url());
    }

    std::filesystem::path folder;
    Server server{{.threads = 2}, make_router};
};

TEST_F(ClientsTest, CurlReusesItsConnection) {
    auto verbose = curl("-v " + server.url() + "/hello " + server.url() + "/hello");
    EXPECT_THAT(verbose, HasSubstr("Re-using existing connection"));
    EXPECT_THAT(verbose, testing::EndsWith(R"({"hello":"world"})"));
}

TEST_F(ClientsTest, CurlSpeaksHttp10AndHead) {
    EXPECT_EQ(curl("--http1.0 " + server.url() + "/hello"), R"({"hello":"world"})");
    EXPECT_THAT(curl("-I " + server.url() + "/hello"), HasSubstr("Content-Length: 17"));
}

TEST_F(ClientsTest, CurlUploadsWithContinueAndInChunks) {
    std::ofstream(folder / "body") << std::string(2'000'000, 'b');
    auto body = (folder / "body").string();
    auto size = [](const std::string& text) { return std::to_string(text.size()); };
    auto expecting = curl("-v -H 'Expect: 100-continue' --data-binary @" + body +
                          " -o /dev/null -w 'got %{size_download}' " + server.url() + "/echo");
    EXPECT_THAT(expecting, HasSubstr("100 Continue"));
    EXPECT_THAT(expecting, HasSubstr("got 2000000"));
    EXPECT_EQ(size(curl("-T - " + server.url() + "/echo < " + body)), "2000000");
}

TEST_F(ClientsTest, CurlTakesGzipAndNotModified) {
    auto sent_bytes = curl("--compressed -o /dev/null -w '%{size_download}' " + server.url() + "/large");
    EXPECT_LT(std::stoul(sent_bytes), 30'000U);
    EXPECT_EQ(curl("--compressed " + server.url() + "/large | wc -c"), "3000000\n");
    EXPECT_EQ(curl("-H 'If-None-Match: \"v1\"' -o /dev/null -w '%{http_code}' " + server.url() + "/large"), "304");
}

TEST_F(ClientsTest, CurlIsRefusedWhatItMustNotAsk) {
    EXPECT_THAT(curl("--path-as-is " + server.url() + "/../../etc/passwd"), HasSubstr("http.path_traversal"));
    std::ofstream(folder / "large") << std::string(9'000'000, 'b');
    EXPECT_THAT(curl("--data-binary @" + (folder / "large").string() + " " + server.url() + "/echo"),
                HasSubstr("http.body_too_large"));
}

TEST_F(ClientsTest, CurlSpeaksTls) {
    TestCertificate certificate("DNS:localhost,IP:127.0.0.1");
    Server secure({.tls = certificate.files()}, make_router);
    auto trusting = "--cacert " + certificate.files().certificate + " " + secure.url() + "/hello";
    EXPECT_EQ(curl(trusting), R"({"hello":"world"})");
    EXPECT_EQ(curl("--tlsv1.3 " + trusting), R"({"hello":"world"})");
    EXPECT_EQ(curl("--tls-max 1.2 " + trusting), R"({"hello":"world"})");
    EXPECT_THAT(curl("--tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 " + trusting), HasSubstr("curl: (35)"));
}

TEST_F(ClientsTest, NodeAsksInParallelOverKeptConnections) {
    EXPECT_EQ(node(R"(
        import http from 'node:http';
        const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
        const ask = (i) => new Promise((resolve, reject) => {
            const body = 'x'.repeat(i * 100);
            const request = http.request(url + '/echo', { agent, method: 'POST' }, (response) => {
                let length = 0;
                response.on('data', (piece) => { length += piece.length; });
                response.on('end', () => resolve(length === body.length));
            });
            request.on('error', reject);
            for (let at = 0; at < body.length; at += 1000) request.write(body.slice(at, at + 1000));
            request.end();
        });
        const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => ask(i)));
        console.log(answers.filter(Boolean).length);
        agent.destroy();
    )"),
              "300\n");
}

TEST_F(ClientsTest, NodeFetchesAndAborts) {
    EXPECT_EQ(node(R"(
        for (let i = 0; i < 20; i++) {
            const controller = new AbortController();
            const response = await fetch(url + '/large', { signal: controller.signal, headers: { 'accept-encoding': 'identity' } });
            await response.body.getReader().read();
            controller.abort();
        }
        const text = await (await fetch(url + '/large')).text();
        console.log(text.length, (await (await fetch(url + '/hello')).json()).hello);
    )"),
              "3000000 world\n");
}

TEST_F(ClientsTest, NodeReadsEvents) {
    EXPECT_EQ(node(R"(
        const response = await fetch(url + '/events');
        console.log(response.headers.get('content-type'));
        console.log((await response.text()).match(/data: .*/g).join('|'));
    )"),
              "text/event-stream\ndata: event 0|data: event 1|data: event 2\n");
}

}  // namespace
}  // namespace gsdb::http
