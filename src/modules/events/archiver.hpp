#pragma once
// Writes events to files before retention deletes them, where their organization wants that: JSON lines in Zstandard,
// a file for each month of a type from a source, which importing takes. What was written is on the disk and was read
// back when the events go.

#include <functional>
#include <string>

#include "base/background.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "modules/events/database.hpp"
#include "pg/database.hpp"

namespace gsdb::events {

struct ArchiverOptions {
    std::string folder;  ///< has a folder for each organization; made where it is not there
    std::size_t events_per_file_max = 500'000;
};

/// A file, and how many events of the database it stands for now.
struct WrittenArchive {
    std::string file, source, type;
    std::int64_t events = 0, deleted = 0;
};

class Archiver {
  public:
    Archiver(pg::Database<Database> database, ArchiverOptions options);

    /// Once an hour, until it is stopped. Files are written on this thread: it is best one that nobody waits for.
    Task<> run(Stop stop) const;

    struct Listeners {
        std::function<void()> on_event = [] {};  ///< for each that is written or read back; ends it all by throwing
        std::function<void(const WrittenArchive&)> on_archive = [](const auto&) {};
    };
    /// Whatever is due now, of all organizations. Throws a Failure: file.not_writable, archive.damaged where a file
    /// does not have what was written to it; and what the database says. Events of a file that was not completed stay.
    Task<> archive_due(Listeners listeners) const;

  private:
    struct Month;
    struct Written;

    Task<Written> write(Month month, Uuid after, const Listeners* listeners) const;
    Task<std::int64_t> remove(Month month, Written written) const;

    pg::Database<Database> database_;
    ArchiverOptions options_;
};

}  // namespace gsdb::events
