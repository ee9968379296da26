#include "modules/events/subscriptions.hpp"

#include <fmt/format.h>

#include "http/url.hpp"
#include "modules/events/administration.hpp"
#include "modules/events/queries.hpp"
#include "modules/events/standard_webhooks.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::events {

namespace {

KnownSubscription subscription_of(sql::ListSubscriptions::Row row) {
    const auto address = std::move(row.target).value_or("");
    return {.id = row.subscription_id,
            .name = std::move(row.name),
            .source = std::move(row.source_name),
            .event_types = std::move(row.event_types),
            .filter = std::move(row.filter),
            .target = row.channel == "webhook" ? address : fmt::format("{}:{}", row.channel, address),
            .credential = row.credential_id,
            .attempts_max = row.attempts_max,
            .timeout_ms = row.timeout_ms,
            .concurrent_max = row.concurrent_max,
            .deliveries_per_minute_max = row.deliveries_per_minute_max,
            .paused_at = row.paused_at,
            .failing_since = row.failing_since,
            .pause_cause = std::move(row.pause_cause),
            .created_at = row.created_at,
            .pending = row.pending,
            .delivered = row.delivered,
            .failed = row.failed};
}

/// What PostgreSQL refused, as the person who wrote it understands it.
[[noreturn]] void throw_refused(const pg::SqlError& error, const NewSubscription& subscription) {
    if (error.constraint() == "subscriptions_name_key")
        throw Failure({.code = "events.name_taken",
                       .message = fmt::format("there is a subscription {} already", subscription.name),
                       .detail = "",
                       .hint = "gsdb events subscription list shows it; take another name, or remove it first",
                       .exit_code = ExitCode::conflict});
    const auto state = error.sqlstate();
    if (!subscription.filter.empty() && (state == "42601" || state == "22P02" || state.starts_with("2203")))
        throw Failure({.code = "events.filter_invalid",
                       .message = "the filter is no JSON path",
                       .detail = error.facts().message,
                       .hint = R"(as in $.repository == "octo/hello" && $.payload.pull_request.draft == false)",
                       .exit_code = ExitCode::usage});
    throw;
}

}  // namespace

Result<Target> Target::parse(std::string_view text) {
    if (text.starts_with("slack:")) return Target{Channel::slack, std::string(text.substr(6))};
    if (text.starts_with("notify:")) return Target{Channel::notify, std::string(text.substr(7))};
    if (const auto url = http::Url::parse(text)) return Target{Channel::webhook, std::string(text)};
    return std::unexpected(Error{.code = "events.target_invalid",
                                 .message = fmt::format("'{}' is nothing that events could be sent to", text),
                                 .detail = "",
                                 .hint = "write https://..., slack:CHANNEL_ID or notify:CHANNEL",
                                 .exit_code = ExitCode::usage});
}

std::string to_string(const Target& target) {
    return target.channel == Channel::webhook ? target.address
                                              : fmt::format("{}:{}", to_label(target.channel), target.address);
}

Task<std::optional<CredentialId>> Subscriptions::keep_secret(identity::Actor actor, Uuid id,
                                                             NewSubscription* subscription,
                                                             crypto::Secret* made) const {
    const auto channel = subscription->target.channel;
    if (channel == Channel::notify) co_return std::nullopt;
    if (channel == Channel::slack && subscription->secret.empty())
        throw Failure({.code = "events.secret_missing",
                       .message = "Slack takes messages with a token of an app only",
                       .detail = "",
                       .hint = "put the app's bot token (xoxb-...) into a file and name it with --secret-file",
                       .exit_code = ExitCode::usage});
    if (channel == Channel::webhook && subscription->secret.empty()) {
        *made = make_webhook_secret();
        subscription->secret = made->copy();
    }
    if (channel == Channel::webhook) value_or_throw(check_webhook_secret(subscription->secret));
    co_return value_or_throw(
        co_await credentials_.store(std::move(actor), {.provider = std::string(to_label(channel)),
                                                       .name = fmt::format("subscription {}", gsdb::to_string(id)),
                                                       .secret = subscription->secret.copy(),
                                                       .expires_at = std::nullopt}));
}

Task<AddedSubscription> Subscriptions::add(identity::Actor actor, NewSubscription subscription) const {
    authorize(actor);
    co_await require_source(database_, actor.organization_id(), subscription.source);
    AddedSubscription added{.id = Uuid::v7(SystemClock()), .secret = {}};
    const auto credential = co_await keep_secret(actor, added.id, &subscription, &added.secret);
    std::exception_ptr problem;
    try {
        co_await database_.query<sql::AddSubscription>(
            actor.transaction(), {.organization_id = actor.organization_id(),
                                  .subscription_id = added.id,
                                  .name = subscription.name,
                                  .source_name = unless_empty(subscription.source),
                                  .event_types = subscription.event_types,
                                  .filter = unless_empty(subscription.filter),
                                  .channel = std::string(to_label(subscription.target.channel)),
                                  .target = subscription.target.address,
                                  .credential_id = credential,
                                  .attempts_max = subscription.attempts_max,
                                  .timeout_ms = subscription.timeout_ms,
                                  .deliveries_per_minute_max = subscription.deliveries_per_minute_max,
                                  .concurrent_max = subscription.concurrent_max});
        co_return added;
    } catch (...) {
        problem = std::current_exception();
    }
    if (credential) co_await credentials_.remove(actor, *credential);
    try {
        std::rethrow_exception(problem);
    } catch (const pg::SqlError& error) {
        throw_refused(error, subscription);
    }
}

Task<std::vector<KnownSubscription>> Subscriptions::list(identity::Actor actor) const {
    std::vector<KnownSubscription> all;
    for (auto& row : co_await database_.query<sql::ListSubscriptions>(
             actor.transaction(), {.organization_id = actor.organization_id(), .name = ""}))
        all.push_back(subscription_of(std::move(row)));
    co_return all;
}

Task<KnownSubscription> Subscriptions::find(identity::Actor actor, std::string name) const {
    auto rows = co_await database_.query<sql::ListSubscriptions>(
        actor.transaction(), {.organization_id = actor.organization_id(), .name = name});
    if (name.empty() || rows.empty())
        throw Failure({.code = "events.no_such_subscription",
                       .message = fmt::format("there is no subscription '{}'", name),
                       .detail = "",
                       .hint = "gsdb events subscription list shows them",
                       .exit_code = ExitCode::not_found});
    co_return subscription_of(std::move(rows[0]));
}

Task<> Subscriptions::pause(identity::Actor actor, Uuid subscription, Timestamp now) const {
    authorize(actor);
    co_await database_.query<sql::SetSubscriptionPaused>(
        actor.transaction(),
        {.paused_at = now, .organization_id = actor.organization_id(), .subscription_id = subscription});
}

Task<> Subscriptions::resume(identity::Actor actor, Uuid subscription) const {
    authorize(actor);
    co_await database_.query<sql::SetSubscriptionPaused>(
        actor.transaction(),
        {.paused_at = std::nullopt, .organization_id = actor.organization_id(), .subscription_id = subscription});
}

Task<> Subscriptions::remove(identity::Actor actor, KnownSubscription subscription) const {
    authorize(actor);
    co_await database_.query<sql::RemoveSubscription>(
        actor.transaction(), {.organization_id = actor.organization_id(), .subscription_id = subscription.id});
    if (subscription.credential) co_await credentials_.remove(actor, *subscription.credential);
}

Task<std::vector<KnownDelivery>> Subscriptions::deliveries(identity::Actor actor, Uuid subscription, std::string status,
                                                           int rows_max) const {
    std::vector<KnownDelivery> all;
    for (auto& row :
         co_await database_.query<sql::ListDeliveries>(actor.transaction(), {.organization_id = actor.organization_id(),
                                                                             .subscription_id = subscription,
                                                                             .status = std::move(status),
                                                                             .rows_max = rows_max}))
        all.push_back({.event = row.event_id,
                       .type = std::move(row.event_type),
                       .status = std::move(row.status),
                       .attempts = row.attempts,
                       .next_attempt_at = row.next_attempt_at,
                       .finished_at = row.finished_at,
                       .created_at = row.created_at,
                       .outcome = std::move(row.outcome),
                       .detail = std::move(row.detail),
                       .response_status = row.response_status,
                       .duration_ms = row.duration_ms});
    co_return all;
}

Task<std::vector<KnownAttempt>> Subscriptions::attempts(identity::Actor actor, Uuid subscription, Uuid event) const {
    std::vector<KnownAttempt> all;
    for (auto& row : co_await database_.query<sql::ListAttempts>(
             actor.transaction(),
             {.organization_id = actor.organization_id(), .subscription_id = subscription, .event_id = event}))
        all.push_back({.number = row.attempt_number,
                       .started_at = row.started_at,
                       .outcome = std::move(row.outcome),
                       .detail = std::move(row.detail),
                       .response_status = row.response_status,
                       .duration_ms = row.duration_ms});
    co_return all;
}

Task<std::int64_t> Subscriptions::deliver_again(identity::Actor actor, Uuid subscription,
                                                std::optional<Uuid> event) const {
    authorize(actor);
    co_return co_await database_.query<sql::DeliverAgain>(
        actor.transaction(),
        {.organization_id = actor.organization_id(), .subscription_id = subscription, .event_id = event});
}

}  // namespace gsdb::events
