#include "modules/events/delivery_store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/json.hpp>
#include <unordered_set>

#include "modules/events/observations.hpp"
#include "modules/events/queries.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::events {

namespace json = boost::json;

namespace {

/// What an event is to blame for, in contrast to the server; as events.is_fault_of_the_event() has it.
bool is_fault_of_the_event(std::string_view sqlstate) {
    const auto category = sqlstate.substr(0, 2);
    return category == "21" || category == "22" || category == "23" || category == "54";
}

/// The headers that say what a delivery is; no signature and no secret.
std::string telling_headers(std::span<const http::Header> all) {
    constexpr std::string_view telling[] = {"content-type",      "user-agent",        "x-github-event",
                                            "x-github-delivery", "x-github-hook-id",  "linear-event",
                                            "linear-delivery",   "x-slack-retry-num", "x-slack-retry-reason"};
    json::object headers;
    for (const auto name : telling)
        if (const auto found = std::ranges::find_if(
                all, [&](const auto& header) { return http::equal_ignoring_case(header.name, name); });
            found != all.end())
            headers[name] = found->value;
    return json::serialize(headers);
}

}  // namespace

Task<StoredDelivery> DeliveryStore::store(ReceivedDelivery delivery) {
    delivery.delivery.occurred_at = delivery.delivery.occurred_at.value_or(delivery.received_at);
    auto one = std::make_shared<Waiting>(executor_, std::move(delivery));
    waiting_.push_back(one);
    waiting_bytes_ += one->bytes();
    if (!std::exchange(is_running_, true)) asio::co_spawn(executor_, run(shared_from_this()), asio::detached);
    if (!one->has_ended) {
        boost::system::error_code ended;
        co_await one->is_done.async_wait(asio::redirect_error(use_task, ended));
    }
    if (one->problem) std::rethrow_exception(one->problem);
    co_return one->answer;
}

/// Batch after batch for as long as deliveries wait: while one is being committed, the next gathers.
Task<> DeliveryStore::run(std::shared_ptr<DeliveryStore> self) {
    while (!self->waiting_.empty()) {
        auto batch = self->take();
        co_await self->store_batch(batch);
        for (const auto& one : batch) {
            self->waiting_bytes_ -= one->bytes();
            one->has_ended = true;
            one->is_done.cancel();
        }
    }
    self->is_running_ = false;
}

/// The next ones of one organization: a transaction sees the rows of one.
DeliveryStore::Batch DeliveryStore::take() {
    Batch batch;
    std::size_t bytes = 0;
    while (!waiting_.empty() && batch.size() < limits_.batch_rows) {
        const auto& next = waiting_.front();
        const bool is_of_another = !batch.empty() && batch[0]->received.organization != next->received.organization;
        if (is_of_another || (!batch.empty() && bytes + next->bytes() > limits_.batch_bytes)) break;
        bytes += next->bytes();
        batch.push_back(next);
        waiting_.pop_front();
    }
    return batch;
}

Task<> DeliveryStore::store_batch(Batch batch) {
    std::exception_ptr problem;
    bool is_fault_of_one = false;
    try {
        co_await store_together(batch);
        co_return;
    } catch (const pg::SqlError& error) {
        problem = std::current_exception();
        is_fault_of_one = is_fault_of_the_event(error.sqlstate());
    } catch (...) {
        problem = std::current_exception();
    }
    if (is_fault_of_one) {
        for (const auto& one : batch) co_await store_alone(one);
        co_return;
    }
    for (const auto& one : batch) one->problem = problem;
    try {
        std::rethrow_exception(problem);
    } catch (const std::exception& error) {
        observe::emit(
            DeliveriesNotStored{.message = error.what(), .deliveries = static_cast<std::int64_t>(batch.size())});
    }
}

Task<> DeliveryStore::store_together(Batch batch) {
    sql::StoreDeliveries::Params rows{.organization_id = batch[0]->received.organization};
    const SystemClock clock;
    for (const auto& one : batch) {
        const auto& received = one->received;
        const auto& d = received.delivery;
        one->answer.id = Uuid::v7(clock);
        rows.ids.push_back(one->answer.id);
        rows.source_ids.push_back(received.source);
        rows.scope_ids.push_back(received.scope);
        rows.delivery_keys.push_back(d.key);
        rows.event_types.push_back(d.type);
        rows.occurred_at.push_back(*d.occurred_at);
        rows.actors.push_back(d.actor);
        rows.targets.push_back(d.target);
        rows.repositories.push_back(d.repository);
        rows.threads.push_back(d.thread);
        rows.subjects.push_back(d.reference);
        rows.payloads.push_back(d.json);
        rows.raw_bodies.emplace_back(as_bytes(received.raw_body).begin(), as_bytes(received.raw_body).end());
    }
    std::unordered_set<Uuid> stored;
    for (const auto& row : co_await database_.query<sql::StoreDeliveries>(
             {.organization = batch[0]->received.organization}, std::move(rows)))
        stored.insert(row.id);
    for (const auto& one : batch) one->answer.how = stored.contains(one->answer.id) ? Stored::as_event : Stored::before;
}

/// One of a batch that holds a delivery which PostgreSQL refuses: perhaps this one.
Task<> DeliveryStore::store_alone(std::shared_ptr<Waiting> one) {
    std::string sqlstate, message;
    try {
        co_await store_together({one});
        co_return;
    } catch (const pg::SqlError& error) {
        if (is_fault_of_the_event(error.sqlstate())) {
            sqlstate = error.sqlstate();
            message = error.facts().message;
        } else {
            one->problem = std::current_exception();
        }
    } catch (...) {
        one->problem = std::current_exception();
    }
    if (one->problem) co_return;
    const auto& received = one->received;
    const auto& body = received.raw_body.empty() ? received.delivery.json : received.raw_body;
    observe::emit(DeliveryRejected{.source_id = to_string(received.source), .sqlstate = sqlstate, .message = message});
    try {
        co_await database_.query<sql::RejectDelivery>({.organization = received.organization},
                                                      {.organization_id = received.organization,
                                                       .scope_id = received.scope,
                                                       .delivery_key = received.delivery.key,
                                                       .id = one->answer.id,
                                                       .source_id = received.source,
                                                       .headers = telling_headers(received.headers),
                                                       .body = Bytes(as_bytes(body).begin(), as_bytes(body).end()),
                                                       .sqlstate = std::move(sqlstate),
                                                       .message = std::move(message)});
        one->answer.how = Stored::as_reject;
    } catch (...) {
        one->problem = std::current_exception();
    }
}

}  // namespace gsdb::events
