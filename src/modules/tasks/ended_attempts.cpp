#include "modules/tasks/ended_attempts.hpp"

#include <fmt/format.h>

#include <limits>

#include "modules/tasks/observations.hpp"
#include "modules/tasks/queries.hpp"

namespace gsdb::tasks {

namespace {

constexpr std::size_t message_bytes_max = 4000;

/// The ends of a batch, by kind.
struct Ends {
    std::vector<CompletedAttempt> completed;
    std::vector<FailedAttempt> failed;
    std::vector<SuspendedAttempt> suspended;
    std::vector<AttemptKey> handed_back;

    void add(EndedAttempt attempt) {
        if (attempt.is_handed_back) {
            handed_back.push_back(attempt.key);
        } else if (auto* const success = std::get_if<Succeeded>(&attempt.result.end)) {
            completed.push_back({.key = attempt.key, .output = std::move(success->output)});
        } else if (auto* const failure = std::get_if<Failed>(&attempt.result.end)) {
            failed.push_back({.key = attempt.key,
                              .error_class = std::move(failure->error_class),
                              .error_message = storable_text(failure->error_message, message_bytes_max),
                              .is_retried = failure->is_retried,
                              .spends_attempt = failure->spends_attempt,
                              .pause = failure->pause});
        } else {
            auto& wait = std::get<WaitsForEvent>(attempt.result.end);
            suspended.push_back({.key = attempt.key, .event = std::move(wait.event), .expires_at = wait.expires_at});
        }
    }
};

std::string error_class_of(const EndedAttempt& attempt) {
    const auto* const failure = std::get_if<Failed>(&attempt.result.end);
    return failure ? failure->error_class : "";
}

/// Not of the connection or the moment: of what was to be written.
bool is_about_a_value(const pg::SqlError& error) {
    return error.sqlstate().starts_with("22") || error.sqlstate().starts_with("23");
}

}  // namespace

void EndedAttempts::add(const AttemptKey& key, LoggedLine line) {
    constexpr std::size_t lines_max = 50'000;
    if (lines_.size() >= lines_max)
        ++lines_lost_;
    else
        lines_.emplace_back(key, std::move(line));
}

std::vector<AttemptKey> EndedAttempts::keys() const {
    std::vector<AttemptKey> keys;
    for (const auto& attempt : gathered_) keys.push_back(attempt.key);
    return keys;
}

Task<WrittenAttempts> EndedAttempts::write(LeaseHolder holder) {
    co_await write_lines();
    const auto count = std::min(gathered_.size(), batch_max);
    const std::vector<EndedAttempt> batch(gathered_.begin(), gathered_.begin() + static_cast<std::ptrdiff_t>(count));
    if (batch.empty()) co_return WrittenAttempts{};
    const auto forgotten = times_forgotten_;
    co_await write_usage(holder.worker_id, batch);
    WrittenAttempts written;
    std::exception_ptr refused;
    try {
        written = co_await write_ends(holder, batch);
    } catch (const pg::SqlError& error) {
        if (!is_about_a_value(error)) throw;
        refused = std::current_exception();
    }
    if (refused) written = co_await write_ends_one_by_one(holder, batch);
    // More may have come meanwhile, at the end; or all were forgotten.
    if (forgotten == times_forgotten_)
        gathered_.erase(gathered_.begin(), gathered_.begin() + static_cast<std::ptrdiff_t>(count));
    co_return written;
}

Task<WrittenAttempts> EndedAttempts::write_ends(LeaseHolder holder, std::vector<EndedAttempt> batch) const {
    const auto all = static_cast<std::int64_t>(batch.size());
    Ends ends;
    for (auto& attempt : batch) ends.add(std::move(attempt));
    WrittenAttempts written;
    if (!ends.completed.empty()) {
        const auto counts = co_await claims_.complete(holder, std::move(ends.completed));
        written.ended += counts.ended;
        written.has_queued = counts.settled > 0;
    }
    if (!ends.failed.empty()) {
        const auto outcomes = co_await claims_.fail(holder, std::move(ends.failed));
        written.ended += static_cast<std::int64_t>(outcomes.size());
        written.has_queued = true;
    }
    if (!ends.suspended.empty()) written.ended += co_await claims_.suspend(holder, std::move(ends.suspended));
    if (!ends.handed_back.empty()) written.ended += co_await claims_.hand_back(holder, std::move(ends.handed_back));
    written.too_late = all - written.ended;
    co_return written;
}

/// So that one that the database does not take is not tried for ever, and keeps no other from ending.
Task<WrittenAttempts> EndedAttempts::write_ends_one_by_one(LeaseHolder holder, std::vector<EndedAttempt> batch) const {
    WrittenAttempts all;
    for (const auto& attempt : batch) {
        WrittenAttempts one;
        std::string refusal;
        try {
            one = co_await write_ends(holder, {attempt});
        } catch (const pg::SqlError& error) {
            if (!is_about_a_value(error)) throw;
            refusal = error.what();
        }
        if (!refusal.empty()) {
            auto failed = attempt;
            failed.result.end = Failed{.error_class = "invalid_output",
                                       .error_message = fmt::format("what came of it is not taken: {}", refusal)};
            one = co_await write_ends(holder, {std::move(failed)});
        }
        all.ended += one.ended;
        all.too_late += one.too_late;
        all.has_queued = all.has_queued || one.has_queued;
    }
    co_return all;
}

Task<> EndedAttempts::write_usage(WorkerId worker_id, std::vector<EndedAttempt> batch) const {
    std::map<OrganizationId, sql::NoteUsage::Params> by_organization;
    for (const auto& attempt : batch) {
        if (!attempt.result.usage || attempt.is_handed_back) continue;
        const auto& usage = *attempt.result.usage;
        auto& to = by_organization[attempt.key.organization_id];
        to.organization_id = attempt.key.organization_id;
        to.worker_id = worker_id.uuid;
        to.task_ids.push_back(attempt.key.task_id.uuid);
        to.attempts.push_back(attempt.key.attempt);
        to.started_at.push_back(attempt.started_at);
        to.finished_at.push_back(attempt.finished_at);
        to.cpu_seconds.push_back(usage.cpu_seconds);
        to.memory_peak_bytes.push_back(usage.memory_peak_bytes);
        to.read_bytes.push_back(usage.read_bytes);
        to.written_bytes.push_back(usage.written_bytes);
        to.exit_codes.push_back(usage.exit_code.value_or(no_exit_code));
        to.error_classes.push_back(error_class_of(attempt));
    }
    for (auto& [organization, params] : by_organization)
        co_await database_.query<sql::NoteUsage>({.organization = organization}, std::move(params));
}

Task<> EndedAttempts::write_lines() {
    if (const auto lost = std::exchange(lines_lost_, 0); lost > 0) observe::emit(LogLinesLost{.lines = lost});
    for (auto left = lines_.size(); left > 0;) left -= co_await write_lines_of_one_organization();
}

/// That of the first line; as many as one statement takes.
Task<std::size_t> EndedAttempts::write_lines_of_one_organization() {
    constexpr std::size_t lines_max = 5000;
    const auto looked_at = std::min(lines_.size(), lines_max);
    const auto organization = lines_.front().first.organization_id;
    sql::NoteLogLines::Params to{.organization_id = organization};
    for (std::size_t i = 0; i < looked_at; ++i) {
        const auto& [key, line] = lines_[i];
        if (key.organization_id != organization) continue;
        to.task_ids.push_back(key.task_id.uuid);
        to.attempts.push_back(key.attempt);
        to.line_numbers.push_back(line.line_number);
        to.logged_at.push_back(line.logged_at);
        to.levels.push_back(line.level);
        to.streams.push_back(line.stream);
        to.messages.push_back(line.message);
    }
    const auto written = to.task_ids.size();
    co_await database_.query<sql::NoteLogLines>({.organization = organization}, std::move(to));
    // More may have come meanwhile, at the end.
    std::erase_if(lines_, [&, i = std::size_t{0}](const auto& line) mutable {
        return i++ < looked_at && line.first.organization_id == organization;
    });
    co_return written;
}

}  // namespace gsdb::tasks
