#include "modules/events/reconciler.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>
#include <unordered_set>

#include "base/moment.hpp"
#include "http/url.hpp"
#include "modules/events/administration.hpp"
#include "modules/events/credential_exchange.hpp"
#include "modules/events/observations.hpp"
#include "modules/events/queries.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::events {

namespace json = boost::json;

namespace {

constexpr std::chrono::hours listed_for{72};  ///< longer GitHub does not send again

/// A delivery with all its attempts: they have one guid, and each an id.
struct Listed {
    std::int64_t id = 0;  ///< of the newest attempt
    bool is_taken = false;
};
using ListedDeliveries = std::map<std::string, Listed, std::less<>>;

http::OutgoingRequest request_to(http::Method method, std::string url, const crypto::Secret& token) {
    return {.method = method,
            .url = std::move(url),
            .headers = {{"Accept", "application/vnd.github+json"},
                        {"X-GitHub-Api-Version", "2022-11-28"},
                        {"Authorization", fmt::format("Bearer {}", token.reveal())}},
            .purpose = "github"};
}

[[noreturn]] void fail_answer(const std::string& url, const http::IncomingResponse& response) {
    throw Failure({.code = "events.provider_refused",
                   .message = fmt::format("{} answered {}", url, response.status),
                   .detail = response.body.substr(0, 200),
                   .hint = "the token needs admin:repo_hook or admin:org_hook, and the URL is that of the webhook"});
}

/// Adds a page; returns when its oldest was sent.
Timestamp read_page(const std::string& url, const http::IncomingResponse& response, ListedDeliveries& all) {
    if (response.status != 200) fail_answer(url, response);
    boost::system::error_code problem;
    const auto page = json::parse(response.body, problem);
    if (problem || !page.is_array()) fail_answer(url, response);
    auto oldest = Timestamp::max();
    constexpr int first_success = 200, last_success = 299;
    for (const auto& entry : page.get_array()) {
        const auto& delivery = entry.as_object();
        auto& known = all[std::string(delivery.at("guid").as_string())];
        const auto status = delivery.at("status_code").to_number<int>();
        known.id = std::max(known.id, delivery.at("id").to_number<std::int64_t>());
        known.is_taken |= status >= first_success && status <= last_success;
        if (const auto sent = parse_moment(delivery.at("delivered_at").as_string())) oldest = std::min(oldest, *sent);
    }
    return oldest;
}

}  // namespace

Reconciler::Reconciler(pg::Database<Database> database, identity::Credentials credentials, ReconcilerOptions options)
    : database_(std::move(database)),
      credentials_(std::move(credentials)),
      options_(std::move(options)),
      client_({.guard = options_.guard, .retry = http::RetryRule::few()}) {}

Task<> Reconciler::run(Stop stop) const {
    constexpr std::chrono::milliseconds pause{15'000};
    bool goes_on = true;
    while (goes_on) {
        bool had_work = false;
        try {
            had_work = (co_await reconcile_next()).has_value();
        } catch (const std::exception& problem) {
            observe::emit(ReconcilingFailed{.source_id = "", .message = problem.what()});
        }
        goes_on = had_work ? !stop.requested() : co_await stop.sleep(pause);
    }
}

namespace {

/// All pages back to `since`.
Task<ListedDeliveries> list_deliveries(const http::Client* client, std::string hook, const crypto::Secret* token,
                                       Timestamp since) {
    constexpr int pages_max = 100;
    ListedDeliveries all;
    const auto origin = value_or_throw(http::Url::parse(hook));
    std::optional<std::string> url = hook + "/deliveries?per_page=100";
    for (int page = 0; url && page < pages_max; ++page) {
        // The token goes to where the operator said, whatever a page says.
        if (!value_or_throw(http::Url::parse(*url)).has_same_origin(origin)) break;
        const auto response = co_await client->send(request_to(http::Method::get, *url, *token));
        if (read_page(*url, response, all) < since) break;
        url = http::next_page(response.header("link").value_or(""));
    }
    co_return all;
}

}  // namespace

Task<std::optional<Reconciled>> Reconciler::reconcile_next() const {
    const auto due = co_await database_.query<sql::TakeReconciliation>({}, {.every = options_.every});
    if (!due) co_return std::nullopt;
    const pg::TransactionOptions tenant{.organization = due->organization_id};
    Reconciled done{.source = due->source_id};
    std::optional<std::string> problem;
    try {
        const auto token =
            value_or_throw(co_await credentials_.read_by_id(due->organization_id, due->reconcile_credential_id));
        const auto since = std::max(due->reconciled_at.value_or(Timestamp::min()), SystemClock().now() - listed_for);
        // An hour is looked at twice: what was on its way then may have failed since.
        const auto listed =
            co_await list_deliveries(&client_, due->reconcile_url, &token, since - std::chrono::hours(1));
        done.listed = static_cast<std::int64_t>(listed.size());
        sql::KnownDeliveryKeys::Params keys{.organization_id = due->organization_id, .scope_id = due->scope_id};
        for (const auto& [guid, delivery] : listed)
            if (!delivery.is_taken) keys.delivery_keys.push_back(guid);
        std::unordered_set<std::string> stored;
        for (auto& row : co_await database_.query<sql::KnownDeliveryKeys>(tenant, keys))
            stored.insert(std::move(row.delivery_key));
        for (const auto& guid : keys.delivery_keys) {
            if (stored.contains(guid) || done.asked_for >= options_.redeliveries_max) continue;
            const auto url = fmt::format("{}/deliveries/{}/attempts", due->reconcile_url, listed.find(guid)->second.id);
            const auto response = co_await client_.send(request_to(http::Method::post, url, token));
            constexpr int accepted = 202;
            if (response.status != accepted) fail_answer(url, response);
            ++done.asked_for;
        }
    } catch (const std::exception& error) {
        problem = error.what();
    }
    if (problem)
        observe::emit(ReconcilingFailed{.source_id = to_string(due->source_id), .message = *problem});
    else if (done.asked_for > 0)
        observe::emit(DeliveriesAskedFor{.source_id = to_string(due->source_id), .deliveries = done.asked_for});
    co_await database_.query<sql::NoteReconciliation>(
        tenant, {.error = problem, .organization_id = due->organization_id, .source_id = due->source_id});
    co_return done;
}

Task<> set_reconciliation(pg::Database<Database> database, identity::Credentials credentials, identity::Actor actor,
                          Uuid source, ReconcileSettings settings) {
    authorize(actor);
    std::optional<identity::NewCredential> token;
    std::optional<std::string> url;
    if (!settings.url.empty()) {
        value_or_throw(http::Url::parse(settings.url));
        while (settings.url.ends_with('/')) settings.url.pop_back();
        url = settings.url;
        token = {
            .provider = "github",
            .name = fmt::format("source {} reconciliation {}", to_string(source), to_string(Uuid::v7(SystemClock()))),
            .secret = settings.token.copy(),
            .expires_at = std::nullopt};
    }
    const auto set = [&](std::optional<CredentialId> credential) -> Task<std::optional<CredentialId>> {
        const auto row = co_await database.query<sql::SetReconciliation>(actor.transaction(),
                                                                         {.organization_id = actor.organization_id(),
                                                                          .source_id = source,
                                                                          .reconcile_url = url,
                                                                          .credential_id = credential});
        co_return row ? row->previous_credential_id : std::nullopt;
    };
    try {
        co_await exchange_credential(credentials, actor, std::move(token), set);
    } catch (const pg::SqlError& error) {
        if (error.constraint() != "only_github_is_reconciled") throw;
        throw Failure({.code = "events.not_reconciled",
                       .message = "only GitHub tells what it delivered",
                       .detail = "the others send again by themselves what was not taken",
                       .hint = "name a source of kind github",
                       .exit_code = ExitCode::usage});
    }
}

Task<std::vector<KnownReconciliation>> list_reconciliations(pg::Database<Database> database,
                                                            OrganizationId organization) {
    std::vector<KnownReconciliation> all;
    for (auto& row : co_await database.query<sql::Reconciliations>(
             {.organization = organization, .access = pg::Access::read_only}, {.organization_id = organization}))
        all.push_back({.source = std::move(row.source_name),
                       .url = std::move(row.reconcile_url),
                       .reconciled_at = row.reconciled_at,
                       .error = std::move(row.reconcile_error)});
    co_return all;
}

}  // namespace gsdb::events
