#pragma once
// What a delivery says of itself, in the columns of events.events. Only these few fields are looked for; the body goes
// to the database as it came.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/message.hpp"
#include "modules/events/source_kind.hpp"

namespace gsdb::events {

/// Where a source keeps what others have in the usual headers; in lower case, empty for the usual one.
struct DeliveryHeaders {
    std::string delivery, event_type;
};

/// What a provider asks before it sends anything.
struct Handshake {
    enum class Kind : std::uint8_t {
        challenge,           ///< Slack: to be sent back
        verification_token,  ///< Notion: the secret of the source from now on
    };
    Kind kind{};
    std::string value;
};

struct Delivery {
    std::string type;                      ///< `pull_request.opened`, as events.event_type_name has it
    std::string key;                       ///< the provider's id of the delivery, else the SHA-256 of the body
    std::optional<Timestamp> occurred_at;  ///< by the sender's clock
    std::optional<Timestamp> sent_at;      ///< of the signed body: Linear's webhookTimestamp
    std::string actor, target, repository, thread, reference;  ///< empty for none
    std::string json;                                          ///< the payload; of a form its field `payload`
    bool is_form = false;                                      ///< the body is a form, so `json` does not say it all
    std::optional<Handshake> handshake;                        ///< then it is no event
    bool is_readable = false;  ///< JSON that we understand; else the fields are those of the headers alone
};

/// Looks into the body of a request of that kind. Never throws for what a sender may have written.
Delivery read_delivery(SourceKind kind, const DeliveryHeaders& headers, const http::Request& request);

/// The same of a body alone: Notion's comes before there is a secret that it could be signed with.
std::optional<Handshake> read_handshake(SourceKind kind, std::string_view body);

/// The words of a sender as an event type: `IssueLabel` is issue_label, `page.content_updated` stays. Letters that are
/// none become `_`; empty for nothing.
std::string event_type_name(std::string_view words);

}  // namespace gsdb::events
