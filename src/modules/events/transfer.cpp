#include "modules/events/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/together.hpp"
#include "modules/events/administration.hpp"
#include "modules/events/queries.hpp"

namespace gsdb::events {

namespace {

constexpr std::size_t batch_rows = 500;
constexpr std::size_t batch_bytes = 4 << 20;
constexpr int writers = 2;  ///< one is filled while PostgreSQL works for the other

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return std::tolower(c); });
    return result;
}

}  // namespace

struct EventImport::Batch {
    std::vector<ReceivedDelivery> deliveries;
    std::size_t bytes = 0;
    bool is_full() const { return deliveries.size() >= batch_rows || bytes >= batch_bytes; }
};

EventImport::EventImport(pg::Database<Database> database, OrganizationId organization, std::string source)
    : database_(database), writer_(std::move(database)), organization_(organization), source_(std::move(source)) {}

Task<ImportSummary> EventImport::run(NextLine next, const Clock& clock) {
    next_ = std::move(next);
    clock_ = &clock;
    summary_ = {};
    co_await load_sources();
    std::vector<Task<>> all;
    for (int i = 0; i < writers; ++i) all.push_back(work());
    co_await together(std::move(all));
    co_return std::move(summary_);
}

Task<> EventImport::load_sources() {
    sources_.clear();
    for (auto& row : co_await database_.query<sql::ImportSources>(
             {.organization = organization_, .access = pg::Access::read_only}, {.organization_id = organization_}))
        sources_.emplace_back(lower(row.name), ImportSource{.organization = organization_,
                                                            .id = row.source_id,
                                                            .scope = row.scope_id,
                                                            .kind = *source_kind_from_label(row.kind),
                                                            .headers = {row.delivery_header.value_or(""),
                                                                        row.event_type_header.value_or("")}});
    if (!source_.empty() && source_of(EventLine{}) == nullptr) throw no_such_source(source_);
}

const ImportSource* EventImport::source_of(const EventLine& line) const {
    const auto name = lower(source_.empty() ? line.source : source_);
    const auto found = std::ranges::find(sources_, name, &std::pair<std::string, ImportSource>::first);
    return found == sources_.end() ? nullptr : &found->second;
}

/// False at the end of the lines.
bool EventImport::fill(Batch& batch) {
    constexpr std::size_t problems_max = 10;
    while (!batch.is_full()) {
        const auto text = next_();
        if (!text) return false;
        if (text->empty()) continue;
        ++summary_.lines;
        auto line = read_event_line(*text);
        const auto* source = line ? source_of(*line) : nullptr;
        if (source != nullptr) {
            batch.bytes += text->size();
            batch.deliveries.push_back(delivery_of(*std::move(line), *source, clock_->now()));
            continue;
        }
        ++summary_.invalid;
        if (summary_.problems.size() < problems_max)
            summary_.problems.push_back({summary_.lines, line ? no_such_source(line->source).error() : line.error()});
    }
    return true;
}

Task<> EventImport::work() {
    for (bool goes_on = true; goes_on;) {
        Batch batch;
        goes_on = fill(batch);
        std::vector<const ReceivedDelivery*> deliveries;
        for (const auto& one : batch.deliveries) deliveries.push_back(&one);
        for (const auto& [answer, problem] : co_await writer_.write(deliveries)) {
            if (problem) std::rethrow_exception(problem);
            ++(answer.how == Stored::as_event ? summary_.stored
               : answer.how == Stored::before ? summary_.known
                                              : summary_.rejected);
        }
    }
}

Task<std::int64_t> export_events(pg::Database<Database> database, OrganizationId organization, ExportFilter filter,
                                 std::function<void(const std::string&)> take) {
    constexpr std::int64_t page_rows = 500;
    std::int64_t exported = 0;
    for (Uuid after;;) {
        auto rows =
            co_await database.query<sql::ExportEvents>({.organization = organization, .access = pg::Access::read_only},
                                                       {.organization_id = organization,
                                                        .after_id = after,
                                                        .rows_max = page_rows,
                                                        .source_name = filter.events.source,
                                                        .event_type = like_pattern(filter.events.type),
                                                        .received_from = filter.since,
                                                        .received_until = filter.until});
        for (auto& row : rows) {
            after = row.id;
            if (!row.is_wanted) continue;
            const auto raw_body = row.raw_body ? std::string(as_text(*row.raw_body)) : std::string();
            auto key = std::move(row.delivery_key);
            auto payload = std::move(row.payload);
            take(to_line({.event = known_event(row),
                          .delivery_key = std::move(key),
                          .payload = std::move(payload),
                          .raw_body = raw_body}));
            ++exported;
        }
        if (static_cast<std::int64_t>(rows.size()) < page_rows) break;
    }
    co_return exported;
}

Task<std::int64_t> replay_events(pg::Database<Database> database, OrganizationId organization, Timestamp since,
                                 Timestamp until, std::function<void(std::int64_t)> on_progress) {
    constexpr std::int32_t batch = 1000;
    std::int64_t replayed = 0;
    sql::ReplayEvents::Params params{.received_from = since,
                                     .received_until = until,
                                     .after_position = std::numeric_limits<std::int64_t>::min(),
                                     .after_id = {},
                                     .after_organization = {},
                                     .events_max = batch,
                                     .organization_id = organization};
    for (;;) {
        const auto row = co_await database.query<sql::ReplayEvents>({.organization = organization}, params);
        replayed += row.replayed;
        on_progress(replayed);
        if (!row.log_position) break;
        params.after_position = *row.log_position;
        params.after_id = *row.event_id;
        params.after_organization = row.event_organization_id->uuid;
    }
    co_return replayed;
}

}  // namespace gsdb::events
