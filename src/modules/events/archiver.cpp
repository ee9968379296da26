#include "modules/events/archiver.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/moment.hpp"
#include "crypto/digest.hpp"
#include "modules/events/event_lines.hpp"
#include "modules/events/line_file.hpp"
#include "modules/events/observations.hpp"
#include "modules/events/queries.hpp"

namespace gsdb::events {

namespace fs = std::filesystem;

/// What is due, and where it goes.
struct Archiver::Month {
    sql::DueArchives::Row due;
    fs::path folder;
};

struct Archiver::Written {
    fs::path file;
    std::vector<Uuid> ids;
    crypto::Digest lines{};
};

namespace {

/// A part of a file's name that says no other folder, however the source is called.
std::string as_file_name(std::string_view text) {
    constexpr std::size_t most = 60;
    std::string name(text.substr(0, most));
    for (auto& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_' && c != '.') c = '_';
    return name;
}

void make_folder(const fs::path& folder) {
    std::error_code problem;
    if (fs::is_directory(folder, problem)) return;
    fs::create_directories(folder, problem);
    if (problem)
        throw Failure({.code = "file.not_writable",
                       .message = "cannot make the folder " + folder.string(),
                       .detail = problem.message(),
                       .hint = "check the setting events.archive_folder and the permissions there",
                       .exit_code = ExitCode::unavailable});
    fs::permissions(folder, fs::perms::owner_all, problem);
    sync_folder(folder.parent_path());
}

class LineDigest {
  public:
    void add(std::string_view line) {
        digest_.update(as_bytes(line));
        digest_.update(as_bytes("\n"));
    }
    crypto::Digest finish() { return digest_.finish(); }

  private:
    crypto::Sha256 digest_;
};

/// Throws unless the file has these lines and no others.
void read_back(const fs::path& file, std::size_t lines, const crypto::Digest& expected,
               const std::function<void()>& on_event) {
    LineReader reader(file.string());
    LineDigest digest;
    std::size_t read = 0;
    while (const auto line = reader.next()) {
        digest.add(*line);
        ++read;
        on_event();
    }
    if (read == lines && digest.finish() == expected) return;
    throw Failure({.code = "archive.damaged",
                   .message = file.string() + " does not have the events that were written to it",
                   .detail = fmt::format("{} lines were written, {} read back", lines, read),
                   .hint = "check the disk; the events are in the database yet",
                   .exit_code = ExitCode::unavailable});
}

}  // namespace

Archiver::Archiver(pg::Database<Database> database, ArchiverOptions options)
    : database_(std::move(database)), options_(std::move(options)) {}

Task<> Archiver::run(Stop stop) const {
    constexpr std::chrono::hours pause{1};
    struct Stopped {};
    Listeners listeners;
    listeners.on_event = [&] {
        if (stop.requested()) throw Stopped{};
    };
    listeners.on_archive = [](const WrittenArchive& written) {
        observe::emit(EventsArchived{.file = written.file, .events = written.events});
    };
    do {
        try {
            co_await archive_due(listeners);
        } catch (const Stopped&) {
            co_return;
        } catch (const std::exception& problem) {
            observe::emit(ArchivingFailed{.message = problem.what()});
        }
    } while (co_await stop.sleep(pause));
}

Task<> Archiver::archive_due(Listeners listeners) const {
    for (auto& due : co_await database_.query<sql::DueArchives>({}, {})) {
        const Month month{.due = std::move(due), .folder = fs::path(options_.folder) / to_string(due.organization_id)};
        for (Uuid after;;) {
            auto written = co_await write(month, after, &listeners);
            if (written.ids.empty()) break;
            after = written.ids.back();
            read_back(written.file, written.ids.size(), written.lines, listeners.on_event);
            WrittenArchive archive{.file = written.file.string(),
                                   .source = month.due.source_name,
                                   .type = month.due.event_type,
                                   .events = static_cast<std::int64_t>(written.ids.size())};
            archive.deleted = co_await remove(month, std::move(written));
            listeners.on_archive(archive);
        }
    }
}

/// The events of the month behind `after`, as many as fit into a file. None: there is no file.
Task<Archiver::Written> Archiver::write(Month month, Uuid after, const Listeners* listeners) const {
    constexpr std::int64_t page_rows = 500;
    const auto& due = month.due;
    Written written{
        .file = month.folder / fmt::format("{}.{}.{}.{}.jsonl.zst", to_rfc3339(due.received_from).substr(0, 7),
                                           as_file_name(due.source_name), as_file_name(due.event_type),
                                           to_string(Uuid::v7(SystemClock()))),
        .ids = {}};
    LineDigest digest;
    std::optional<LineWriter> writer;
    while (written.ids.size() < options_.events_per_file_max) {
        const auto left = static_cast<std::int64_t>(options_.events_per_file_max - written.ids.size());
        auto rows = co_await database_.query<sql::ArchivePage>(
            {.organization = due.organization_id, .access = pg::Access::read_only},
            {.organization_id = due.organization_id,
             .source_id = due.source_id,
             .event_type = due.event_type,
             .after_id = after,
             .received_from = due.received_from,
             .received_until = due.received_until,
             .rows_max = std::min(page_rows, left)});
        if (rows.empty()) break;
        if (!writer) {
            make_folder(month.folder);
            writer.emplace(written.file.string(), Compression::zstd);
        }
        for (auto& row : rows) {
            written.ids.push_back(after = row.id);
            auto key = std::move(row.delivery_key);
            auto payload = std::move(row.payload);
            const auto raw_body = row.raw_body ? std::string(as_text(*row.raw_body)) : std::string();
            const auto line = to_line({.event = known_event(row),
                                       .delivery_key = std::move(key),
                                       .payload = std::move(payload),
                                       .raw_body = raw_body});
            writer->write(line);
            digest.add(line);
            listeners->on_event();
        }
    }
    if (writer) {
        writer->finish();
        sync_folder(month.folder);
    }
    written.lines = digest.finish();
    co_return written;
}

Task<std::int64_t> Archiver::remove(Month month, Written written) const {
    constexpr std::size_t batch_rows = 5000;
    const auto& due = month.due;
    std::int64_t deleted = 0;
    for (auto begin = written.ids.begin(); begin != written.ids.end();) {
        const auto left = static_cast<std::size_t>(written.ids.end() - begin);
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(left, batch_rows));
        const auto answer = co_await database_.query<sql::DeleteArchived>({.organization = due.organization_id},
                                                                          {.source_id = due.source_id,
                                                                           .event_type = due.event_type,
                                                                           .event_ids = std::vector<Uuid>(begin, end),
                                                                           .received_from = due.received_from,
                                                                           .received_until = due.received_until,
                                                                           .organization_id = due.organization_id});
        deleted += answer.deleted;
        begin = end;
    }
    co_return deleted;
}

}  // namespace gsdb::events
