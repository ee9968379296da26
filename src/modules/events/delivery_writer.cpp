#include "modules/events/delivery_writer.hpp"

#include <boost/json.hpp>
#include <unordered_set>

#include "base/error.hpp"
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

/// A header may hold any byte but those that end it; what is no ASCII becomes a question mark.
std::string printable(std::string_view text) {
    std::string result(text);
    for (auto& c : result)
        if (static_cast<unsigned char>(c) < ' ' || static_cast<unsigned char>(c) > '~') c = '?';
    return result;
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
            headers[name] = printable(found->value);
    return json::serialize(headers);
}

Bytes copy_of(std::string_view text) {
    return {as_bytes(text).begin(), as_bytes(text).end()};
}

sql::StoreDeliveries::Params rows_of(std::span<const ReceivedDelivery* const> deliveries,
                                     std::span<const WrittenDelivery> answers) {
    sql::StoreDeliveries::Params rows{.organization_id = deliveries[0]->organization};
    for (std::size_t i = 0; i < deliveries.size(); ++i) {
        const auto& received = *deliveries[i];
        const auto& d = received.delivery;
        rows.ids.push_back(answers[i].answer.id);
        rows.source_ids.push_back(received.source);
        rows.scope_ids.push_back(received.scope);
        rows.delivery_keys.push_back(d.key);
        rows.event_types.push_back(d.type);
        rows.occurred_at.push_back(d.occurred_at.value_or(received.received_at));
        rows.actors.push_back(d.actor);
        rows.targets.push_back(d.target);
        rows.repositories.push_back(d.repository);
        rows.threads.push_back(d.thread);
        rows.subjects.push_back(d.reference);
        rows.payloads.push_back(d.json);
        rows.raw_bodies.push_back(copy_of(received.raw_body));
    }
    return rows;
}

}  // namespace

Task<std::vector<WrittenDelivery>> DeliveryWriter::write(std::span<const ReceivedDelivery* const> deliveries) const {
    std::vector<WrittenDelivery> answers(deliveries.size());
    if (!deliveries.empty()) co_await write_part(deliveries, answers);
    co_return answers;
}

/// Halves what PostgreSQL refuses until the one that it refuses is alone.
Task<> DeliveryWriter::write_part(std::span<const ReceivedDelivery* const> deliveries,
                                  std::span<WrittenDelivery> answers) const {
    std::exception_ptr problem;
    std::string sqlstate, message;
    try {
        co_await store_together(deliveries, answers);
        co_return;
    } catch (const pg::SqlError& error) {
        problem = std::current_exception();
        if (is_fault_of_the_event(error.sqlstate())) sqlstate = error.sqlstate();
        message = error.facts().message;
    } catch (const Failure& failure) {
        problem = std::current_exception();
        // PostgreSQL would say so if it could be sent there: character_not_in_repertoire.
        if (failure.error().code == "pg.nul_in_text") sqlstate = "22021";
        message = failure.what();
    } catch (const std::exception& error) {
        problem = std::current_exception();
        message = error.what();
    }
    if (sqlstate.empty()) {
        for (auto& answer : answers) answer.problem = problem;
        observe::emit(DeliveriesNotStored{.message = message, .deliveries = static_cast<std::int64_t>(answers.size())});
    } else if (deliveries.size() == 1) {
        co_await reject(deliveries[0], answers.data(), sqlstate, message);
    } else {
        const auto half = deliveries.size() / 2;
        co_await write_part(deliveries.first(half), answers.first(half));
        co_await write_part(deliveries.subspan(half), answers.subspan(half));
    }
}

Task<> DeliveryWriter::store_together(std::span<const ReceivedDelivery* const> deliveries,
                                      std::span<WrittenDelivery> answers) const {
    const SystemClock clock;
    for (auto& answer : answers) answer.answer.id = Uuid::v7(clock);
    std::unordered_set<Uuid> stored;
    for (const auto& row : co_await database_.query<sql::StoreDeliveries>({.organization = deliveries[0]->organization},
                                                                          rows_of(deliveries, answers)))
        stored.insert(row.id);
    for (auto& [answer, problem] : answers) answer.how = stored.contains(answer.id) ? Stored::as_event : Stored::before;
}

Task<> DeliveryWriter::reject(const ReceivedDelivery* received, WrittenDelivery* answer, std::string sqlstate,
                              std::string message) const {
    const auto& body = received->raw_body.empty() ? received->delivery.json : received->raw_body;
    observe::emit(DeliveryRejected{.source_id = to_string(received->source), .sqlstate = sqlstate, .message = message});
    try {
        co_await database_.query<sql::RejectDelivery>({.organization = received->organization},
                                                      {.organization_id = received->organization,
                                                       .scope_id = received->scope,
                                                       .delivery_key = received->delivery.key,
                                                       .id = answer->answer.id,
                                                       .source_id = received->source,
                                                       .headers = telling_headers(received->headers),
                                                       .body = copy_of(body),
                                                       .sqlstate = std::move(sqlstate),
                                                       .message = std::move(message)});
        answer->answer.how = Stored::as_reject;
    } catch (...) {
        answer->problem = std::current_exception();
    }
}

}  // namespace gsdb::events
