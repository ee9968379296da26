#pragma once
// Events as lines of JSON: what is exported, and what is imported.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "modules/events/delivery_writer.hpp"
#include "modules/events/questions.hpp"

namespace gsdb::events {

/// Where imported events are to come from.
struct ImportSource {
    OrganizationId organization;
    Uuid id, scope;
    SourceKind kind{};
    DeliveryHeaders headers;
};

/// A line, taken apart as far as its source is needed to go on.
struct EventLine {
    std::string source;  ///< a name; empty where the line has none
    std::string type, key, actor, target, repository, thread, reference;
    std::optional<Timestamp> occurred_at;
    std::optional<std::string> payload;   ///< JSON
    std::optional<std::string> raw_body;  ///< the bytes that were sent
    std::optional<std::string> body;      ///< of a delivery as it was sent, with its headers
    std::vector<std::pair<std::string, std::string>> headers;
};

/// An object with `type` and `payload`, as exporting writes it, or with `headers` and `body`, as a delivery was sent;
/// a body that is no text stands for its JSON. Error codes: events.line_invalid.
Result<EventLine> read_event_line(std::string_view line);

/// The delivery that a line stands for.
ReceivedDelivery delivery_of(EventLine line, const ImportSource& source, Timestamp now);

/// An event as a line, with all that importing needs.
struct ExportedEvent {
    KnownEvent event;
    std::string delivery_key;
    std::string payload;  ///< JSON
    std::string raw_body;
};
std::string to_line(const ExportedEvent& event);

}  // namespace gsdb::events
