#include "modules/events/deliverer.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>
#include <deque>
#include <random>

#include "base/or_null.hpp"
#include "base/steady_timer.hpp"
#include "base/together.hpp"
#include "modules/events/observations.hpp"
#include "modules/events/queries.hpp"
#include "modules/events/standard_webhooks.hpp"

namespace gsdb::events {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;
using Claimed = sql::ClaimDeliveries::Row;
constexpr std::string_view program_source = "gsdb";

/// How an attempt went.
struct Attempt {
    std::string outcome;  ///< label of events.delivery_outcome
    std::int32_t response_status = 0;
    std::string detail;
    milliseconds retry_after{0};
    bool is_gone = false;

    bool is_delivered() const { return outcome == "delivered"; }
};

/// What a subscriber is sent: type, timestamp and data, as Standard Webhooks has it.
std::string message_of(const Claimed& event) {
    auto text = json::serialize(json::object{{"type", event.event_type},
                                             {"timestamp", to_rfc3339(event.occurred_at)},
                                             {"data",
                                              {{"id", to_string(event.event_id)},
                                               {"received_at", to_rfc3339(event.event_received_at)},
                                               {"source", event.source_name},
                                               {"source_kind", event.source_kind},
                                               {"actor", or_null(event.actor)},
                                               {"target", or_null(event.target)},
                                               {"repository", or_null(event.repository)},
                                               {"thread", or_null(event.thread)},
                                               {"reference", or_null(event.reference)}}}});
    text.resize(text.size() - 2);
    return fmt::format(R"({},"payload":{}}}}})", text, event.payload);
}

/// Of the program's own events: what they say for people.
std::string summary_of(const Claimed& event) {
    if (event.source_name != program_source) return {};
    boost::system::error_code problem;
    const auto payload = json::parse(event.payload, problem);
    const auto* const summary = !problem && payload.is_object() ? payload.get_object().if_contains("summary") : nullptr;
    return summary != nullptr && summary->is_string() ? std::string(summary->get_string()) : std::string();
}

/// One line for people.
std::string line_of(const Claimed& event) {
    if (auto summary = summary_of(event); !summary.empty()) return summary;
    auto line = fmt::format("{} in {}", event.event_type, event.repository.value_or(event.source_name));
    if (event.target) line += fmt::format(": {}", *event.target);
    if (event.actor) line += fmt::format(", by {}", *event.actor);
    return line;
}

std::string excerpt(std::string text) {
    constexpr std::size_t most = 500;
    if (text.size() > most) text.resize(most);
    // PostgreSQL takes neither NUL nor the half of a character.
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = ' ';
    return text;
}

Attempt attempt_of(const http::CallFailed& failure) {
    const auto& code = failure.error().code;
    return {.outcome = code == "client.timeout"             ? "timed_out"
                       : code == "client.address_forbidden" ? "forbidden"
                                                            : "unreachable",
            .detail = excerpt(failure.what())};
}

Attempt attempt_of(const http::IncomingResponse& response, Timestamp now) {
    constexpr int gone = 410;
    const bool is_taken = response.status >= 200 && response.status < 300;
    Attempt attempt{.outcome = is_taken ? "delivered" : "refused",
                    .response_status = response.status,
                    .detail = is_taken ? "" : excerpt(response.body),
                    .is_gone = response.status == gone};
    if (const auto asked = http::retry_after(response, now); asked && !is_taken) attempt.retry_after = *asked;
    return attempt;
}

}  // namespace

/// A subscription that is being delivered to.
struct Deliverer::Subscriber {
    sql::DueSubscriptions::Row row;
    crypto::Secret secret;
    bool is_busy = false;
    std::chrono::steady_clock::time_point rests_until{};  ///< after something of ours failed
    bool is_quick = false;  ///< the last batch took little time for each, so that more may be claimed at once

    std::int64_t claim_max() const {
        constexpr std::int32_t quick_factor = 32;
        const std::int64_t wanted = row.concurrent_max * (is_quick ? quick_factor : 1);
        return std::min<std::int64_t>(wanted, row.attempts_left_in_minute.value_or(wanted));
    }
};

struct Deliverer::Batch {
    struct Ended {
        Claimed delivery;
        Attempt attempt;
        Timestamp started_at;
        milliseconds duration;
    };
    std::shared_ptr<Subscriber> subscriber;
    std::deque<Claimed> waiting;
    std::vector<Ended> ended;
    std::chrono::steady_clock::time_point begin_until;  ///< later nothing is begun: it may be another's by the end
    const http::Client* client = nullptr;

    bool may_begin() const { return !waiting.empty() && std::chrono::steady_clock::now() < begin_until; }
};

Deliverer::Deliverer(pg::Database<Database> database, identity::Credentials credentials, const Clock& clock,
                     DelivererOptions options, Wake wake)
    : database_(std::move(database)),
      credentials_(std::move(credentials)),
      clock_(clock),
      options_(std::move(options)),
      wake_(std::move(wake)) {}

Deliverer::~Deliverer() = default;

Task<> Deliverer::run(Stop stop) {
    constexpr milliseconds idle{250}, gathering{5}, after_failure{2'000}, until_somebody_subscribes{1'000};
    for (bool goes_on = true; goes_on;) {
        bool has_more = false, has_failed = false;
        try {
            has_more = co_await round();
        } catch (const std::exception& problem) {
            observe::emit(DeliveringFailed{.message = problem.what()});
            has_failed = true;
        }
        if (has_failed || nobody_subscribes_)
            goes_on = co_await stop.sleep(has_failed ? after_failure : until_somebody_subscribes);
        else if (has_more)
            goes_on = !stop.requested();
        else
            goes_on = co_await wake_.wait(stop, idle) && co_await stop.sleep(gathering);
    }
    const auto is_busy = [](const auto& known) { return known.second->is_busy; };
    SteadyTimer timer(co_await asio::this_coro::executor);
    while (std::ranges::any_of(subscribers_, is_busy)) {
        timer.expires_after(gathering);
        co_await timer.async_wait(use_task);
    }
}

Task<bool> Deliverer::round() {
    constexpr std::int32_t batch_size = 1000;
    const auto queued = co_await database_.query<sql::QueueDeliveries>({}, {.batch_size = batch_size});
    nobody_subscribes_ = !queued.looked_at;
    for (const auto& [timeout_ms, client] : clients_) client->close_old_connections();
    for (auto& row : co_await database_.query<sql::DueSubscriptions>({}, {})) {
        auto& known = subscribers_[row.subscription_id];
        if (!known) known = std::make_shared<Subscriber>();
        if (known->is_busy || std::chrono::steady_clock::now() < known->rests_until) continue;
        known->row = std::move(row);
        if (known->claim_max() <= 0) continue;
        known->is_busy = true;
        asio::co_spawn(co_await asio::this_coro::executor, deliver_and_report(known), asio::detached);
    }
    co_return queued.looked_at == batch_size;
}

Task<> Deliverer::deliver_and_report(std::shared_ptr<Subscriber> subscriber) {
    constexpr std::chrono::seconds rest{5};
    try {
        co_await deliver(subscriber);
    } catch (const std::exception& problem) {
        observe::emit(DeliveringFailed{.message = problem.what()});
        subscriber->rests_until = std::chrono::steady_clock::now() + rest;
    }
    subscriber->is_busy = false;
    wake_.notify();
}

/// One batch, tried by as many at once as the subscription allows.
Task<> Deliverer::deliver(std::shared_ptr<Subscriber> subscriber) {
    const auto& row = subscriber->row;
    constexpr milliseconds begins_for{10'000}, to_note_it{30'000};
    constexpr std::size_t kept_per_target = 32;
    const milliseconds timeout(row.timeout_ms);
    if (row.credential_id)
        subscriber->secret = value_or_throw(co_await credentials_.read_by_id(row.organization_id, *row.credential_id));
    auto& client = clients_[row.timeout_ms];
    if (!client)
        client = std::make_unique<http::Client>(http::ClientOptions{.guard = options_.guard,
                                                                    .connect_deadline = timeout,
                                                                    .read_deadline = timeout,
                                                                    .total_deadline = timeout,
                                                                    .response_bytes_max = 64 << 10,
                                                                    .keep = {.per_target_max = kept_per_target}});
    Batch batch{
        .subscriber = subscriber, .begin_until = std::chrono::steady_clock::now() + begins_for, .client = client.get()};
    for (auto& claimed : co_await database_.query<sql::ClaimDeliveries>(
             {.organization = row.organization_id}, {.organization_id = row.organization_id,
                                                     .subscription_id = row.subscription_id,
                                                     .rows_max = subscriber->claim_max(),
                                                     .taken_for = begins_for + timeout + to_note_it}))
        batch.waiting.push_back(std::move(claimed));
    std::vector<Task<>> workers;
    for (std::int32_t i = 0; i < row.concurrent_max && i < static_cast<std::int32_t>(batch.waiting.size()); ++i)
        workers.push_back(work(&batch));
    co_await together(std::move(workers));
    co_await finish(&batch);
}

namespace {

Task<Attempt> send_webhook(const http::Client* client, const Claimed* event, const std::string* url,
                           const crypto::Secret* secret, Timestamp now) {
    http::OutgoingRequest request{.method = http::Method::post,
                                  .url = *url,
                                  .body = message_of(*event),
                                  .purpose = "subscriber",
                                  .is_repeatable = true};
    request.headers = sign_webhook(to_string(event->event_id), request.body, *secret, now);
    request.headers.emplace_back("Content-Type", "application/json");
    co_return attempt_of(co_await client->send(std::move(request)), now);
}

/// What somebody else wrote must not become a mention or a link.
std::string as_slack_text(std::string_view text) {
    std::string escaped;
    for (const auto c : text) {
        if (c == '&')
            escaped += "&amp;";
        else if (c == '<')
            escaped += "&lt;";
        else if (c == '>')
            escaped += "&gt;";
        else
            escaped += c;
    }
    return escaped;
}

/// Slack answers 200 to what it refuses, too: its body says so.
Task<Attempt> send_to_slack(const http::Client* client, const Claimed* event, const std::string* channel,
                            const crypto::Secret* token, const std::string* url, Timestamp now) {
    http::OutgoingRequest request{
        .method = http::Method::post,
        .url = *url,
        .body = json::serialize(json::object{{"channel", *channel}, {"text", as_slack_text(line_of(*event))}}),
        .purpose = "slack"};
    request.headers = {{"Content-Type", "application/json; charset=utf-8"},
                       {"Authorization", fmt::format("Bearer {}", token->reveal())}};
    const auto response = co_await client->send(std::move(request));
    auto attempt = attempt_of(response, now);
    boost::system::error_code problem;
    const auto body = json::parse(response.body, problem);
    const auto* const ok = !problem && body.is_object() ? body.get_object().if_contains("ok") : nullptr;
    if (attempt.is_delivered() && (ok == nullptr || !ok->is_bool() || !ok->get_bool())) {
        attempt.outcome = "refused";
        attempt.detail = excerpt(response.body);
    }
    co_return attempt;
}

Task<Attempt> send_notification(const pg::Database<Database>* database, const Claimed* event,
                                const std::string* channel) {
    co_await database->query<sql::SendNotification>(
        {},
        {.channel = *channel,
         .message = json::serialize(json::object{{"id", to_string(event->event_id)}, {"type", event->event_type}})});
    co_return Attempt{.outcome = "delivered"};
}

}  // namespace

Task<> Deliverer::work(Batch* batch) {
    const auto& row = batch->subscriber->row;
    const auto target = row.target.value_or("");
    while (batch->may_begin()) {
        Batch::Ended one{.delivery = std::move(batch->waiting.front())};
        batch->waiting.pop_front();
        one.started_at = clock_.now();
        const auto began = std::chrono::steady_clock::now();
        try {
            if (row.channel == "slack")
                one.attempt = co_await send_to_slack(batch->client, &one.delivery, &target, &batch->subscriber->secret,
                                                     &options_.slack_url, one.started_at);
            else if (row.channel == "notify")
                one.attempt = co_await send_notification(&database_, &one.delivery, &target);
            else
                one.attempt = co_await send_webhook(batch->client, &one.delivery, &target, &batch->subscriber->secret,
                                                    one.started_at);
        } catch (const http::CallFailed& failure) {
            one.attempt = attempt_of(failure);
        } catch (const std::exception& problem) {
            one.attempt = {.outcome = "unreachable", .detail = excerpt(problem.what())};
        }
        one.duration = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
        batch->ended.push_back(std::move(one));
    }
}

namespace {

milliseconds pause_after(const std::vector<milliseconds>& pauses, std::int32_t attempts, const Attempt& attempt) {
    constexpr milliseconds asked_max = std::chrono::hours(24);
    thread_local std::mt19937 random{std::random_device{}()};
    std::uniform_real_distribution<double> jitter(0.9, 1.1);
    const auto index = std::min<std::size_t>(static_cast<std::size_t>(std::max(attempts, 1)) - 1, pauses.size() - 1);
    const auto usual =
        milliseconds(static_cast<std::int64_t>(static_cast<double>(pauses[index].count()) * jitter(random)));
    return std::max(usual, std::min(attempt.retry_after, asked_max));
}

}  // namespace

Task<> Deliverer::finish(Batch* batch) {
    const auto& row = batch->subscriber->row;
    const pg::TransactionOptions tenant{.organization = row.organization_id};
    sql::FinishAttempts::Params params{.organization_id = row.organization_id, .subscription_id = row.subscription_id};
    milliseconds slowest{0};
    for (const auto& [delivery, attempt, started_at, duration] : batch->ended) {
        const bool is_over = attempt.is_delivered() || attempt.is_gone || delivery.attempts >= row.attempts_max;
        params.event_ids.push_back(delivery.event_id);
        params.received_at.push_back(delivery.event_received_at);
        params.attempt_numbers.push_back(std::max(delivery.attempts, 1));
        params.started_at.push_back(started_at);
        params.outcomes.push_back(attempt.outcome);
        params.response_statuses.push_back(attempt.response_status);
        params.durations_ms.push_back(static_cast<std::int32_t>(duration.count()));
        params.details.push_back(attempt.detail);
        params.statuses.emplace_back(attempt.is_delivered() ? "delivered" : is_over ? "failed" : "pending");
        params.pauses.push_back(pause_after(options_.pauses, delivery.attempts, attempt));
        slowest = std::max(slowest, duration);
    }
    constexpr milliseconds quick{100};
    batch->subscriber->is_quick = !batch->ended.empty() && slowest < quick;
    if (!batch->ended.empty()) co_await database_.query<sql::FinishAttempts>(tenant, std::move(params));
    co_await give_up_target(batch);
    if (batch->waiting.empty()) co_return;
    sql::ReleaseDeliveries::Params left{.organization_id = row.organization_id, .subscription_id = row.subscription_id};
    for (const auto& delivery : batch->waiting) {
        left.event_ids.push_back(delivery.event_id);
        left.received_at.push_back(delivery.event_received_at);
    }
    co_await database_.query<sql::ReleaseDeliveries>(tenant, std::move(left));
}

/// Pauses a subscription whose target says that it is gone, or has taken nothing through all attempts of a delivery.
Task<> Deliverer::give_up_target(const Batch* batch) {
    const auto& row = batch->subscriber->row;
    for (const auto& [delivery, attempt, started_at, duration] : batch->ended) {
        if (attempt.is_delivered() || (!attempt.is_gone && delivery.attempts < row.attempts_max)) continue;
        const auto answer = co_await database_.query<sql::PauseDeadTarget>({.organization = row.organization_id},
                                                                           {.organization_id = row.organization_id,
                                                                            .subscription_id = row.subscription_id,
                                                                            .is_gone = attempt.is_gone,
                                                                            .event_id = delivery.event_id});
        if (!answer.paused) continue;
        observe::emit(SubscriptionPaused{.subscription_id = to_string(row.subscription_id), .reason = attempt.detail});
        co_return;
    }
}

}  // namespace gsdb::events
