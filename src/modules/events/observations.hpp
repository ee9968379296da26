#pragma once
// What this folder reports to logs and metrics. Never a body, never a secret.

#include <cstdint>
#include <string>

#include "observe/observation.hpp"

namespace gsdb::events {

struct DeliveryRefused {
    std::string source_id, reason;
    static constexpr observe::Definition definition{
        .name = "event_delivery_refused",
        .description = "A delivery was answered with an error: not signed, wrongly signed, too old, too large, paused.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"source_id", source_id}, {"reason", reason}}; }
};

struct DeliveriesNotStored {
    std::string message;
    std::int64_t deliveries = 0;
    static constexpr observe::Definition definition{
        .name = "event_deliveries_not_stored",
        .description = "PostgreSQL took a batch of deliveries back or is away; their senders were told to come again.",
        .level = observe::Level::error,
        .measure = {.field = "deliveries", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}, {"deliveries", deliveries}}; }
};

struct DeliveryRejected {
    std::string source_id, sqlstate, message;
    static constexpr observe::Definition definition{
        .name = "event_delivery_rejected",
        .description = "PostgreSQL refused a delivery as an event; it is kept as it came in events.event_rejects.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"source_id", source_id}, {"sqlstate", sqlstate}, {"message", message}}; }
};

struct EventProcessingFailed {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "event_processing_failed",
        .description = "A batch of the log could not be processed and is tried again; nothing of it is lost.",
        .level = observe::Level::error,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

struct DeliverySpooled {
    std::string source_id;
    static constexpr observe::Definition definition{
        .name = "event_delivery_spooled",
        .description = "PostgreSQL is away; a delivery that would not be sent again waits on disk.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"source_id", source_id}}; }
};

struct SpoolEmptied {
    std::int64_t deliveries = 0;
    static constexpr observe::Definition definition{
        .name = "event_spool_emptied",
        .description = "Deliveries that waited on disk are stored.",
        .level = observe::Level::info,
        .measure = {.field = "deliveries", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"deliveries", deliveries}}; }
};

struct EventsArchived {
    std::string file;
    std::int64_t events = 0;
    static constexpr observe::Definition definition{
        .name = "events_archived",
        .description = "Events past their retention were written to a file, read back and deleted.",
        .level = observe::Level::info,
        .measure = {.field = "events", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"file", file}, {"events", events}}; }
};

struct ArchivingFailed {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "event_archiving_failed",
        .description = "Events past their retention could not be written to files; they stay, and it is tried again.",
        .level = observe::Level::error,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

struct FeedInterrupted {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "event_feed_interrupted",
        .description = "A stream of events could not look for more; it goes on when the database answers again.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

struct ReconcilingFailed {
    std::string source_id, message;
    static constexpr observe::Definition definition{
        .name = "event_reconciling_failed",
        .description = "A provider could not be asked which of its deliveries did not arrive; it is asked again later.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"source_id", source_id}, {"message", message}}; }
};

struct RefetchingFailed {
    std::string source_id, message;
    static constexpr observe::Definition definition{
        .name = "event_refetching_failed",
        .description = "Notion did not tell what its events are about, or asked to wait; it is asked again later.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"source_id", source_id}, {"message", message}}; }
};

struct DeliveriesAskedFor {
    std::string source_id;
    std::int64_t deliveries = 0;
    static constexpr observe::Definition definition{
        .name = "event_deliveries_asked_for",
        .description = "A provider was asked to send deliveries again that did not arrive.",
        .level = observe::Level::info,
        .measure = {.field = "deliveries", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"source_id", source_id}, {"deliveries", deliveries}}; }
};

struct DeliveringFailed {
    std::string message;
    static constexpr observe::Definition definition{
        .name = "event_delivering_failed",
        .description = "What subscribers are to get could not be found out or noted; it is tried again.",
        .level = observe::Level::error,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"message", message}}; }
};

struct SubscriptionPaused {
    std::string subscription_id, reason;
    static constexpr observe::Definition definition{
        .name = "event_subscription_paused",
        .description =
            "A subscriber's target is gone, or took nothing through all attempts; nothing is sent to it until "
            "somebody resumes the subscription.",
        .level = observe::Level::warn,
        .measure = {.field = "", .kind = observe::Measure::counter}};
    observe::Fields fields() const { return {{"subscription_id", subscription_id}, {"reason", reason}}; }
};

}  // namespace gsdb::events
