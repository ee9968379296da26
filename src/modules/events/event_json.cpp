#include "modules/events/event_json.hpp"

#include "base/or_null.hpp"

namespace gsdb::events {

namespace json = boost::json;

json::object to_json(const KnownEvent& e) {
    return {{"id", to_string(e.id)},
            {"received_at", to_rfc3339(e.received_at)},
            {"occurred_at", to_rfc3339(e.occurred_at)},
            {"source", e.source},
            {"source_kind", e.source_kind},
            {"type", e.type},
            {"actor", or_null(e.actor)},
            {"target", or_null(e.target)},
            {"repository", or_null(e.repository)},
            {"thread", or_null(e.thread)},
            {"reference", or_null(e.reference)}};
}

json::object to_json(const EventDetails& details) {
    auto document = to_json(details.event);
    document["delivery_key"] = details.delivery_key;
    document["processing_status"] = or_null(details.processing_status);
    document["error"] = or_null(details.error);
    document["payload"] = json::parse(details.payload);
    return document;
}

}  // namespace gsdb::events
