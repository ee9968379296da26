#pragma once
// Deliveries to the receiver's route, as a server would hand them on.

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>

#include "modules/events/receiver.hpp"
#include "modules/events/signature.hpp"
#include "source_fixture.hpp"

namespace gsdb::events {

struct Answer {
    http::Status status{};
    std::string body;
    std::string retry_after;
};

/// What a sender posts.
struct Post {
    Uuid source;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

class Receiver : public SourceFixture {
  protected:
    explicit Receiver(std::shared_ptr<DeliverySpool> spool = nullptr) { receive_with(std::move(spool)); }

    /// As a process does that has just begun.
    void receive_with(std::shared_ptr<DeliverySpool> spool) {
        router_ = http::Router();
        add_receiver(router_, context_.get_executor(),
                     {.database = database_, .credentials = credentials_, .spool = std::move(spool)}, clock_,
                     {.source_life = std::chrono::milliseconds(0), .batch_rows = 8});
    }

    Post signed_post(SourceKind kind, const AddedSource& source, std::string body,
                     std::vector<std::pair<std::string, std::string>> headers = {}) {
        for (auto& header : sign(kind, usual_signature_header(kind), body, source.secret, clock_.now()))
            headers.push_back(std::move(header));
        return {source.id, std::move(body), std::move(headers)};
    }
    Post push(const AddedSource& source, const std::string& id, std::string body = R"({"sender":{"login":"mona"}})") {
        return signed_post(SourceKind::github, source, std::move(body),
                           {{"X-GitHub-Event", "push"}, {"X-GitHub-Delivery", id}});
    }

    static Task<> answer_one(http::Router* router, const Post* post, std::string_view peer, Answer* answer) {
        const auto id = to_string(post->source);
        const auto path = "/hooks/" + id;
        const std::array<std::string_view, 2> segments{"hooks", id};
        std::vector<http::Header> headers;
        for (const auto& [name, value] : post->headers) headers.push_back({name, value});
        const http::Request request{.method = http::Method::post,
                                    .target = path,
                                    .path = path,
                                    .segments = segments,
                                    .headers = headers,
                                    .body = post->body,
                                    .peer_address = peer};
        auto response = co_await router->handle(request);
        *answer = {response.status, std::string(response.bytes()), {}};
        for (const auto& [name, value] : response.headers)
            if (name == "Retry-After") answer->retry_after = value;
    }
    /// All at the same time.
    std::vector<Answer> send(const std::vector<Post>& posts) {
        std::vector<Answer> answers(posts.size());
        context_.restart();
        for (std::size_t i = 0; i < posts.size(); ++i)
            asio::co_spawn(context_.get_executor(), answer_one(&router_, &posts[i], peer_, &answers[i]),
                           [](std::exception_ptr problem) {
                               if (problem) std::rethrow_exception(problem);
                           });
        context_.run();
        return answers;
    }
    Answer send(const Post& post) { return send(std::vector{post})[0]; }
    static std::string status_of(const Answer& answer) {
        const auto body = boost::json::parse(answer.body).as_object();
        if (const auto* const error = body.if_contains("error"))
            return std::string(error->as_object().at("code").as_string());
        return std::string(body.at("status").as_string());
    }

    asio::io_context context_{1};
    http::Router router_;
    std::string peer_ = "127.0.0.1";
};

}  // namespace gsdb::events
