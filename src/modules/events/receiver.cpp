#include "modules/events/receiver.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <unordered_map>
#include <vector>

#include "http/address_guard.hpp"
#include "http/error.hpp"
#include "modules/events/delivery_store.hpp"
#include "modules/events/observations.hpp"
#include "modules/events/queries.hpp"
#include "modules/events/signature.hpp"
#include "modules/identity/api.hpp"

namespace gsdb::events {

namespace json = boost::json;

/// A source as its deliveries need it.
struct ReceivingSource {
    OrganizationId organization;
    Uuid id, scope;
    SourceKind kind{};
    std::vector<crypto::Secret> secrets;
    std::string signature_header;
    DeliveryHeaders headers;
    std::vector<http::Network> allowed_networks;  ///< none: any
    bool is_verified = false, is_paused = false;

    bool allows(std::string_view peer) const {
        if (allowed_networks.empty()) return true;
        boost::system::error_code problem;
        const auto address = asio::ip::make_address(std::string(peer), problem);
        return !problem && std::ranges::any_of(allowed_networks, [&](const auto& n) { return n.contains(address); });
    }
};

void SourceMemory::keep(Uuid id, std::shared_ptr<const ReceivingSource> source) {
    constexpr std::size_t sources_max = 10'000;
    const std::lock_guard lock(mutex_);
    if (sources_.size() >= sources_max) sources_.clear();
    sources_[id] = std::move(source);
}

std::shared_ptr<const ReceivingSource> SourceMemory::find(Uuid id) const {
    const std::lock_guard lock(mutex_);
    const auto known = sources_.find(id);
    return known == sources_.end() ? nullptr : known->second;
}

namespace {

using Source = ReceivingSource;

/// GitHub sends 25 MB at most and nothing of what is larger; the others stay far below.
constexpr std::size_t route_body_bytes_max = 26'000'000;

std::size_t body_bytes_max(SourceKind kind) {
    switch (kind) {
        case SourceKind::slack:
        case SourceKind::notion:
            return 1 << 20;
        case SourceKind::linear:
            return 5 << 20;
        default:
            return route_body_bytes_max;
    }
}

http::Response refuse(const http::Request& request, http::Status status, std::string code, std::string message,
                      std::string hint = {}) {
    return http::error_response(Error{.code = std::move(code), .message = std::move(message), .hint = std::move(hint)},
                                status, request.request_id);
}

http::Response put_off(const http::Request& request, std::string message) {
    constexpr std::string_view seconds = "5";
    return refuse(request, http::Status::service_unavailable, "events.unavailable", std::move(message),
                  "send it again; it is stored once")
        .with("Retry-After", std::string(seconds));
}

class Receiver : public std::enable_shared_from_this<Receiver> {
  public:
    Receiver(Executor executor, ReceiverParts parts, const Clock& clock, const ReceiverLimits& limits)
        : database_(parts.database),
          credentials_(std::move(parts.credentials)),
          memory_(std::move(parts.memory)),
          spool_(std::move(parts.spool)),
          clock_(clock),
          limits_(limits),
          store_(std::make_shared<DeliveryStore>(executor, std::move(parts.database),
                                                 StoreLimits{.batch_rows = limits.batch_rows,
                                                             .batch_bytes = limits.batch_bytes,
                                                             .waiting_bytes_max = limits.waiting_bytes_max},
                                                 std::move(parts.on_stored))) {}

    Task<http::Response> receive(http::Request request) {
        const auto id = Uuid::parse(request.parameter("source_id"));
        std::shared_ptr<const Source> source;
        bool is_away = false;
        try {
            if (id) source = co_await find(*id);
        } catch (const std::exception& problem) {
            observe::emit(DeliveriesNotStored{.message = problem.what(), .deliveries = 1});
            is_away = true;
        }
        if (is_away) co_return put_off(request, "the database does not tell at the moment who sends");
        if (!source)
            co_return refuse(request, http::Status::not_found, "events.no_such_source", "there is no such event source",
                             "gsdb events source list shows the URLs");
        if (auto refused = refusal(*source, request)) co_return *std::move(refused);
        if (source->kind == SourceKind::notion && !source->is_verified)
            if (const auto handshake = read_handshake(source->kind, request.body))
                co_return co_await take_token(source, handshake->value);
        const auto verdict = verify(source->kind, source->signature_header, request, source->secrets, clock_.now());
        if (verdict != Verdict::genuine) co_return refuse_forged(*source, request, verdict);
        auto delivery = read_delivery(source->kind, source->headers, request);
        if (delivery.handshake) co_return co_await answer_challenge(source, *std::move(delivery.handshake));
        co_return co_await store(source, request, std::move(delivery));
    }

  private:
    struct Remembered {
        std::shared_ptr<const Source> source;  ///< null where there is none
        std::chrono::steady_clock::time_point until;
        bool is_being_renewed = false;
    };

    Task<std::shared_ptr<const Source>> find(Uuid id) {
        const auto now = std::chrono::steady_clock::now();
        std::shared_ptr<const Source> found;
        if (const auto known = sources_.find(id); known != sources_.end()) {
            auto& [source, until, is_being_renewed] = known->second;
            // While one asks again, the others go on with what was known.
            if (now < until || is_being_renewed) co_return source;
            is_being_renewed = true;
        }
        try {
            found = co_await load(id);
            memory_->keep(id, found);
        } catch (const std::exception&) {
            sources_.erase(id);
            found = memory_->find(id);
            if (!found) throw;
        }
        if (sources_.size() >= limits_.sources_max) sources_.clear();
        sources_[id] = {found, now + limits_.source_life, false};
        co_return found;
    }

    Task<std::shared_ptr<const Source>> load(Uuid id) {
        const auto row = co_await database_.query<sql::ReceivingSource>({}, {.source_id = id});
        if (!row) co_return nullptr;
        auto source = std::make_shared<Source>();
        source->organization = row->organization_id;
        source->id = id;
        source->scope = row->scope_id;
        source->kind = *source_kind_from_label(row->kind);
        source->signature_header = row->signature_header.value_or(std::string(usual_signature_header(source->kind)));
        source->headers = {row->delivery_header.value_or(""), row->event_type_header.value_or("")};
        for (const auto& network : row->allowed_networks.value_or(std::vector<std::string>()))
            source->allowed_networks.push_back(value_or_throw(http::Network::parse(network)));
        source->is_verified = row->verified_at.has_value();
        source->is_paused = row->paused_at.has_value();
        std::vector<CredentialId> credentials;
        if (row->credential_id) credentials.push_back(*row->credential_id);
        if (row->previous_credential_id && row->previous_credential_until > clock_.now())
            credentials.push_back(*row->previous_credential_id);
        for (const auto& credential : credentials)
            source->secrets.push_back(
                value_or_throw(co_await credentials_.read_by_id(source->organization, credential)));
        co_return source;
    }

    /// What is refused whoever sent it.
    std::optional<http::Response> refusal(const Source& source, const http::Request& request) const {
        if (!source.allows(request.peer_address)) {
            observe::emit(DeliveryRefused{.source_id = to_string(source.id), .reason = "address"});
            return refuse(request, http::Status::forbidden, "events.address_not_allowed",
                          fmt::format("the event source takes nothing from {}", request.peer_address),
                          "gsdb events source allow names the networks that it takes deliveries from");
        }
        if (source.is_paused) {
            observe::emit(DeliveryRefused{.source_id = to_string(source.id), .reason = "paused"});
            return refuse(request, http::Status::service_unavailable, "events.source_paused",
                          "the event source is paused", "gsdb events source resume takes deliveries again")
                .with("Retry-After", "300");
        }
        if (request.body.size() > body_bytes_max(source.kind)) {
            observe::emit(DeliveryRefused{.source_id = to_string(source.id), .reason = "too large"});
            return refuse(request, http::Status::content_too_large, "events.delivery_too_large",
                          fmt::format("a delivery of this source has {} bytes at most", body_bytes_max(source.kind)));
        }
        return std::nullopt;
    }

    static http::Response refuse_forged(const Source& source, const http::Request& request, Verdict verdict) {
        const auto [code, message] =
            verdict == Verdict::not_signed
                ? std::pair("events.not_signed", fmt::format("the header {} is missing", source.signature_header))
            : verdict == Verdict::stale
                ? std::pair("events.stale_delivery", std::string("the delivery was signed too long ago"))
                : std::pair("events.wrong_signature", std::string("the signature is not one of this source's secret"));
        observe::emit(DeliveryRefused{.source_id = to_string(source.id), .reason = code});
        return refuse(request, http::Status::unauthorized, code, message,
                      "gsdb events source rotate-secret makes another secret for the sender's settings");
    }

    /// Notion's secret comes with its first request, which proves nothing of its sender: it counts once a delivery is
    /// signed with it, and until then the next one takes its place.
    Task<http::Response> take_token(std::shared_ptr<const Source> source, std::string token) {
        const auto actor = identity::Actor::system(source->organization);
        const auto credential = value_or_throw(
            co_await credentials_.store(actor, {.provider = std::string(to_label(source->kind)),
                                                .name = fmt::format("source {} verification", to_string(source->id)),
                                                .secret = crypto::Secret(std::string_view{token}),
                                                .expires_at = std::nullopt}));
        co_await database_.query<sql::ReplaceSourceSecret>({.organization = source->organization},
                                                           {.previous_until = std::nullopt,
                                                            .credential_id = credential,
                                                            .organization_id = source->organization,
                                                            .source_id = source->id});
        sources_.erase(source->id);
        co_return http::Response::json(R"({"status":"token_taken"})");
    }

    Task<http::Response> answer_challenge(std::shared_ptr<const Source> source, Handshake handshake) {
        co_await note_verified(source);
        co_return http::Response::json(json::serialize(json::object{{"challenge", handshake.value}}));
    }

    Task<> note_verified(std::shared_ptr<const Source> source) {
        if (source->is_verified) co_return;
        co_await database_.query<sql::VerifySource>(
            {.organization = source->organization},
            {.now = clock_.now(), .organization_id = source->organization, .source_id = source->id});
        sources_.erase(source->id);
    }

    /// GitHub never sends again by itself; the others do, and are put off.
    bool spools(const Source& source, const http::Request& request, Timestamp now) {
        if (!spool_ || source.kind != SourceKind::github) return false;
        SpooledDelivery delivery{.source = {.organization = source.organization,
                                            .id = source.id,
                                            .scope = source.scope,
                                            .kind = source.kind,
                                            .headers = source.headers},
                                 .headers = {},
                                 .body = std::string(request.body),
                                 .received_at = now};
        for (const auto* name : {"x-github-event", "x-github-delivery", "x-github-hook-id", "content-type"})
            if (const auto value = request.header(name)) delivery.headers.emplace_back(name, *value);
        if (!spool_->add(delivery)) return false;
        observe::emit(DeliverySpooled{.source_id = to_string(source.id)});
        return true;
    }

    Task<http::Response> store(std::shared_ptr<const Source> source, http::Request request, Delivery delivery) {
        const auto now = clock_.now();
        const bool is_old = !delivery.sent_at || abs(now - *delivery.sent_at) > linear_tolerance;
        if (source->kind == SourceKind::linear && is_old) co_return refuse_forged(*source, request, Verdict::stale);
        if (!store_->has_room(request.body.size()))
            co_return put_off(request, "more deliveries wait to be stored than memory is set aside for");
        ReceivedDelivery received{.organization = source->organization,
                                  .source = source->id,
                                  .scope = source->scope,
                                  .delivery = std::move(delivery),
                                  .received_at = now,
                                  .raw_body = {},
                                  .headers = request.headers};
        if (received.delivery.is_form) received.raw_body = request.body;
        bool is_away = false;
        StoredDelivery stored;
        try {
            co_await note_verified(source);
            stored = co_await store_->store(std::move(received));
        } catch (const std::exception&) {
            is_away = true;  // reported where it happened
        }
        if (is_away && spools(*source, request, now))
            co_return http::Response::json(R"({"status":"spooled"})", http::Status::accepted);
        if (is_away) co_return put_off(request, "the database does not take deliveries at the moment");
        constexpr std::string_view words[] = {"stored", "duplicate", "rejected"};
        json::object answer{{"status", words[static_cast<std::size_t>(stored.how)]}};
        if (stored.how != Stored::before) answer["id"] = to_string(stored.id);
        co_return http::Response::json(json::serialize(answer));
    }

    pg::Database<Database> database_;
    identity::Credentials credentials_;
    std::shared_ptr<SourceMemory> memory_;
    std::shared_ptr<DeliverySpool> spool_;
    const Clock& clock_;
    ReceiverLimits limits_;
    std::shared_ptr<DeliveryStore> store_;
    std::unordered_map<Uuid, Remembered> sources_;
};

}  // namespace

void add_receiver(http::Router& router, Executor executor, ReceiverParts parts, const Clock& clock,
                  ReceiverLimits limits) {
    auto receiver = std::make_shared<Receiver>(executor, std::move(parts), clock, limits);
    router.post("/hooks/{source_id}",
                {.operation = "receiveDelivery", .access = http::Access::open, .body_bytes_max = route_body_bytes_max},
                [receiver](http::Request request) { return receiver->receive(request); });
}

}  // namespace gsdb::events
