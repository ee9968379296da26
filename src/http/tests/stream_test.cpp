#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <thread>

#include "http/event_stream.hpp"
#include "http/negotiation.hpp"
#include "http/server.hpp"
#include "raw_client.hpp"

namespace gsdb::http {
namespace {

using namespace std::chrono_literals;

constexpr RouteOptions open{.access = Access::open};

std::string get(std::string_view path, std::string_view headers = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

Task<> count_up(int pieces, BodyWriter* writer) {
    for (int i = 0; i < pieces; ++i)
        if (!co_await writer->write(std::to_string(i) + ",")) co_return;
}

// Writes without end; tells how much the connection took before it made the stream wait.
Task<> flood(std::atomic<std::size_t>* written, std::atomic<bool>* ended, BodyWriter* writer) {
    while (co_await writer->write(std::string(65536, 'x'))) *written += 65536;
    *ended = true;
}

Task<> break_off(BodyWriter* writer) {
    co_await writer->write("begun");
    throw std::runtime_error("the source broke");
}

class StreamTest : public testing::Test {
  protected:
    StreamTest()
        : server({.write_deadline = 500ms}, [this](asio::io_context&) {
              Router router;
              router.get("/count", open, [](Request) -> Task<Response> {
                  co_return Response::stream(text_type, [](BodyWriter* writer) { return count_up(5, writer); });
              });
              router.get("/flood", open, [this](Request) -> Task<Response> {
                  co_return Response::stream(text_type,
                                             [this](BodyWriter* writer) { return flood(&written, &ended, writer); });
              });
              router.get("/broken", open, [](Request) -> Task<Response> {
                  co_return Response::stream(text_type, [](BodyWriter* writer) { return break_off(writer); });
              });
              router.get("/events", open, [this](Request request) -> Task<Response> {
                  if (auto id = last_event_id(request)) queue->push({.data = "after " + std::string(*id)});
                  co_return event_stream(queue, {.heartbeat = 50ms});
              });
              return router;
          }) {}

    std::atomic<std::size_t> written = 0;
    std::atomic<bool> ended = false;
    std::shared_ptr<EventQueue> queue = std::make_shared<EventQueue>(4);
    Server server;
};

TEST_F(StreamTest, SendsChunksAndKeepsTheConnection) {
    RawClient client(server.port());
    auto response = client.ask(get("/count"));
    EXPECT_EQ(response.header("Transfer-Encoding"), "chunked");
    EXPECT_EQ(response.body, "0,1,2,3,4,");
    EXPECT_EQ(client.ask(get("/count")).body, "0,1,2,3,4,");
    EXPECT_EQ(client.ask("HEAD /count HTTP/1.1\r\nHost: a\r\n\r\n", true).status, 200);
    EXPECT_EQ(client.ask(get("/count")).body, "0,1,2,3,4,");
}

TEST_F(StreamTest, SendsPlainBytesToHttp10) {
    RawClient client(server.port());
    client.send("GET /count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto all = client.receive_all();
    EXPECT_THAT(all, testing::HasSubstr("Connection: close\r\n"));
    EXPECT_THAT(all, testing::EndsWith("\r\n\r\n0,1,2,3,4,"));
}

TEST_F(StreamTest, WaitsForASlowClientAndLeavesOneThatTakesNothing) {
    RawClient client(server.port(), 4096);
    client.send(get("/flood"));
    auto until = std::chrono::steady_clock::now() + 10s;
    while (!ended && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(ended);
    EXPECT_LT(written, 16U << 20);  // what the kernel's buffers hold, not what the stream could make
}

TEST_F(StreamTest, ABrokenStreamLacksItsEnd) {
    RawClient client(server.port());
    client.send(get("/broken"));
    auto all = client.receive_all();
    EXPECT_THAT(all, testing::EndsWith("5\r\nbegun\r\n"));
}

TEST(Event, KeepsLinesOfDataApart) {
    EXPECT_EQ(to_text({.id = "7", .name = "run", .data = "a\nb\r\nc"}),
              "id: 7\nevent: run\ndata: a\ndata: b\ndata: c\n\n");
    EXPECT_EQ(to_text({.data = ""}), "data: \n\n");
}

// Reads a response's head, then its chunks.
class EventClient {
  public:
    EventClient(std::uint16_t port, std::string_view headers = "") : client_(port) {
        client_.send(get("/events", headers));
        head = client_.receive_head();
    }
    /// The next chunk that is no heartbeat.
    std::string next() {
        while (auto chunk = client_.receive_chunk())
            if (*chunk != ":\n\n") return *chunk;
        return "ended";
    }
    std::optional<std::string> next_of_any_kind() { return client_.receive_chunk(); }
    RawClient& raw() { return client_; }

    RawResponse head;

  private:
    RawClient client_;
};

TEST_F(StreamTest, SendsEventsHeartbeatsAndTheEnd) {
    EventClient client(server.port(), "Last-Event-ID: 41\r\n");
    EXPECT_EQ(client.head.header("Content-Type"), "text/event-stream");
    EXPECT_EQ(client.next(), "retry: 2000\n\n");
    EXPECT_EQ(client.next(), "data: after 41\n\n");
    EXPECT_EQ(client.next_of_any_kind(), ":\n\n");
    EXPECT_TRUE(queue->push({.id = "42", .data = "x"}));
    EXPECT_EQ(client.next(), "id: 42\ndata: x\n\n");
    queue->close();
    EXPECT_EQ(client.next(), "ended");
    EXPECT_FALSE(queue->push({.data = "late"}));
}

TEST_F(StreamTest, ClosesTheQueueOfAClientThatHasGone) {
    EventClient client(server.port());
    EXPECT_EQ(client.next(), "retry: 2000\n\n");
    client.raw().reset();
    auto until = std::chrono::steady_clock::now() + 5s;
    while (!queue->is_closed() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
    EXPECT_TRUE(queue->is_closed());
}

TEST_F(StreamTest, EndsStreamsWhenTheServerStops) {
    EventClient client(server.port());
    EXPECT_EQ(client.next(), "retry: 2000\n\n");
    auto began = std::chrono::steady_clock::now();
    server.stop(10s);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 3s);
    EXPECT_EQ(client.next(), "ended");
    EXPECT_TRUE(queue->is_closed());
}

TEST(EventQueue, EndsRatherThanLosesWhenItIsFull) {
    EventQueue queue(2);
    EXPECT_TRUE(queue.push({.data = "1"}));
    EXPECT_TRUE(queue.push({.data = "2"}));
    EXPECT_FALSE(queue.push({.data = "3"}));
    EXPECT_TRUE(queue.is_closed());
}

std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    std::string out(1 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

class NegotiationTest : public testing::Test {
  protected:
    Response ask(std::vector<Header> headers, Response response, Method method = Method::get) {
        Request request{.method = method, .headers = headers};
        negotiate(request, response);
        return response;
    }
    static std::string header(const Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return {};
    }
    const std::string large = std::string(5000, 'a');
};

TEST_F(NegotiationTest, CompressesWhenTheClientTakesIt) {
    auto response = ask({{"accept-encoding", "br, gzip"}}, Response::json(large));
    EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(response, "Vary"), "Accept-Encoding");
    EXPECT_LT(response.bytes().size(), 200U);
    EXPECT_EQ(gunzip(response.bytes()), large);
}

TEST_F(NegotiationTest, LeavesAloneWhatGainsNothing) {
    EXPECT_EQ(header(ask({{"accept-encoding", "gzip"}}, Response::json("{}")), "Content-Encoding"), "");
    EXPECT_EQ(header(ask({{"accept-encoding", "br"}}, Response::json(large)), "Content-Encoding"), "");
    EXPECT_EQ(header(ask({{"accept-encoding", "br"}}, Response::json(large)), "Vary"), "Accept-Encoding");
    Response image{.content_type = "image/png", .body = large};
    EXPECT_EQ(header(ask({{"accept-encoding", "gzip"}}, image), "Content-Encoding"), "");
    auto encoded = Response::json(large).with("Content-Encoding", "br");
    EXPECT_EQ(ask({{"accept-encoding", "gzip"}}, encoded).bytes(), large);
}

TEST_F(NegotiationTest, AnswersNotModified) {
    auto tagged = Response::json(large);
    tagged.etag = "\"v1\"";
    auto same = ask({{"if-none-match", "\"v0\", W/\"v1\""}}, tagged);
    EXPECT_EQ(same.status, Status::not_modified);
    EXPECT_EQ(same.bytes(), "");
    EXPECT_EQ(same.etag, "\"v1\"");
    EXPECT_EQ(ask({{"if-none-match", "\"v2\""}}, tagged).status, Status::ok);
    EXPECT_EQ(ask({{"if-none-match", "*"}}, tagged).status, Status::not_modified);
    EXPECT_EQ(ask({{"if-none-match", "\"v1\""}}, tagged, Method::post).status, Status::ok);
    EXPECT_EQ(ask({{"accept-encoding", "gzip"}}, tagged).etag, "W/\"v1\"");
}

TEST_F(NegotiationTest, ServesAssetsAsTheClientTakesThem) {
    static const std::string plain(5000, 'a'), compressed = gzip(plain);
    Asset asset{.content_type = "text/css", .bytes = plain, .gzip_bytes = compressed, .etag = "\"v1\""};
    std::vector<Header> headers{{"accept-encoding", "gzip"}};
    Request takes_gzip{.headers = headers};
    auto small = ask(headers, asset_response(takes_gzip, asset));
    EXPECT_EQ(small.bytes().data(), compressed.data());
    EXPECT_EQ(header(small, "Content-Encoding"), "gzip");
    EXPECT_EQ(header(small, "Cache-Control"), "no-cache");
    EXPECT_EQ(ask({}, asset_response({}, asset)).bytes().data(), plain.data());
    EXPECT_EQ(ask({{"if-none-match", small.etag}}, asset_response({}, asset)).status, Status::not_modified);
}

TEST(AcceptEncoding, FollowsQualities) {
    for (auto yes : {"gzip", "GZIP", "deflate, gzip;q=0.5", "*", "x-gzip", "gzip;q=1.0, identity;q=0"})
        EXPECT_TRUE(accepts_gzip(yes)) << yes;
    for (auto no : {"", "br", "gzip;q=0", "gzip; q=0.0", "*;q=0", "identity", "gzip;q=0, *"})
        EXPECT_FALSE(accepts_gzip(no)) << no;
}

}  // namespace
}  // namespace gsdb::http
