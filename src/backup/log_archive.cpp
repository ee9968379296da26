#include "backup/log_archive.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <fstream>
#include <sstream>

#include "backup/backup_folder.hpp"
#include "base/run_task.hpp"
#include "cluster/child_pipe.hpp"

namespace gsdb::backup {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr auto facts_file = "base.json";
constexpr std::size_t segment_name_digits = 24;
constexpr std::size_t timeline_digits = 8;

/// The server's working folder is its data directory. A file that is archived already must be the same: another
/// server's log in this place would be mixed with ours.
constexpr auto archive_command =
    "f=../../archive/wal/%f.gz; if test -f $f; then gzip -dc $f | cmp -s - %p; "
    "else gzip -1 <%p >$f.part && sync $f.part && mv $f.part $f; fi";

std::int64_t bytes_below(const fs::path& folder) {
    std::int64_t sum = 0;
    std::error_code problem;
    for (const auto& entry : fs::recursive_directory_iterator(folder, problem))
        if (entry.is_regular_file(problem)) sum += static_cast<std::int64_t>(entry.file_size(problem));
    return sum;
}

struct Moment {
    Timestamp now;
    LogPosition position;
    std::string segment;
};

Task<Moment> look(migrate::Connector connect) {
    const auto connection = co_await connect("postgres");
    const auto rows = co_await connection->execute(
        "select clock_timestamp(), (pg_current_wal_lsn() - '0/0')::bigint, pg_walfile_name(pg_current_wal_lsn())");
    co_return Moment{rows.get<Timestamp>(0, 0),
                     {static_cast<std::uint64_t>(rows.get<std::int64_t>(0, 1))},
                     rows.get<std::string>(0, 2)};
}

void write_facts(const fs::path& folder, const BaseBackup& base) {
    ArchiveWriter writer(folder / facts_file, {.compression = Compression::none, .backup_id = {}});
    const auto text = json::serialize(json::object{{"finished_at_us", base.finished_at.time_since_epoch().count()},
                                                   {"finished_position", base.finished.value},
                                                   {"first_segment", base.first_segment},
                                                   {"bytes", base.bytes}});
    writer.write(as_bytes(text));
    writer.finish();
}

std::optional<BaseBackup> read_facts(const fs::path& folder) {
    std::ifstream file(folder / facts_file);
    std::stringstream text;
    text << file.rdbuf();
    try {
        const auto value = json::parse(text.str());
        const auto& facts = value.as_object();
        return BaseBackup{
            .name = folder.filename().string(),
            .finished_at = Timestamp(std::chrono::microseconds(facts.at("finished_at_us").to_number<std::int64_t>())),
            .finished = {facts.at("finished_position").to_number<std::uint64_t>()},
            .first_segment = std::string(facts.at("first_segment").as_string()),
            .bytes = facts.at("bytes").to_number<std::int64_t>()};
    } catch (const std::exception&) {
        return std::nullopt;  // unfinished, or not ours
    }
}

Failure base_failed(std::string detail) {
    return Failure({.code = "backup.base_failed",
                    .message = "pg_basebackup failed",
                    .detail = std::move(detail),
                    .hint = "is there room for a copy of the databases below the home folder?"});
}

}  // namespace

cluster::ServerSettings archive_settings(bool is_on) {
    if (!is_on) return {{"archive_mode", "off"}};
    return {{"archive_mode", "on"}, {"archive_command", archive_command}, {"archive_timeout", "0"}};
}

std::optional<LogPosition> LogPosition::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    auto half = [](std::string_view digits) -> std::optional<std::uint32_t> {
        std::uint32_t value = 0;
        const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        if (digits.empty() || bad != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        return value;
    };
    const auto high = half(text.substr(0, slash)), low = half(text.substr(slash + 1));
    if (!high || !low) return std::nullopt;
    return LogPosition{(std::uint64_t{*high} << 32) | *low};
}

std::vector<BaseBackup> LogArchive::base_backups() const {
    std::vector<BaseBackup> all;
    std::error_code problem;
    for (const auto& entry : fs::directory_iterator(base_folder(), problem)) {
        if (entry.path().filename().string().starts_with('.')) continue;
        if (auto base = read_facts(entry.path())) all.push_back(std::move(*base));
    }
    std::ranges::sort(all, {}, &BaseBackup::finished_at);
    return all;
}

bool LogArchive::is_base_due(const Source& server, Timestamp since) const {
    const auto bases = base_backups();
    if (bases.empty() || bases.back().finished_at < since) return true;
    const auto segment = run_task(look(server.connector())).segment;
    return segment.substr(0, timeline_digits) != bases.back().first_segment.substr(0, timeline_digits);
}

BaseBackup LogArchive::make_base_backup(const Source& server, const ClientProgram& pg_basebackup,
                                        const std::stop_token& cancel) const {
    const auto begun = run_task(look(server.connector()));
    BaseBackup base{.name = to_rfc3339(begun.now).substr(0, 19) + "Z", .first_segment = begun.segment};
    std::ranges::replace(base.name, ':', '-');
    const auto draft = base_folder() / ("." + base.name);
    std::error_code problem;
    fs::remove_all(draft, problem);
    fs::create_directories(base_folder(), problem);
    fs::permissions(base_folder(), fs::perms::owner_all, problem);
    auto fail = [&](const Error& error) {
        fs::remove_all(draft, problem);
        return Failure(error);
    };
    const ClientCommand client(pg_basebackup,
                               {"--format=tar", "--gzip", "--wal-method=fetch", "--checkpoint=fast", "--no-manifest",
                                "--pgdata=" + draft.string()},
                               server.options("postgres"));
    const auto ran = cluster::run_into(client.command(), [](ByteView) {}, {.cancel = cancel});
    if (!ran) throw fail(ran.error());
    if (!ran->ok()) throw fail(base_failed(ran->output).error());
    const auto ended = run_task(look(server.connector()));
    base.finished_at = ended.now;
    base.finished = ended.position;
    base.bytes = bytes_below(draft);
    write_facts(draft, base);
    fs::rename(draft, base_folder() / base.name, problem);
    if (problem) throw fail(not_written(base_folder() / base.name, problem.value()).error());
    return base;
}

std::int64_t LogArchive::prune(std::chrono::seconds keep, Timestamp now) const {
    auto bases = base_backups();
    const auto before = bytes_below(base_folder()) + log_bytes();
    std::error_code problem;
    // The last one that is old enough is still the start of the way to the oldest moment kept.
    while (bases.size() > 1 && bases[1].finished_at <= now - keep) {
        fs::remove_all(base_folder() / bases.front().name, problem);
        bases.erase(bases.begin());
    }
    if (bases.empty()) return 0;
    const auto oldest = std::ranges::min(bases, {}, &BaseBackup::first_segment).first_segment.substr(timeline_digits);
    for (const auto& entry : fs::directory_iterator(log_folder(), problem)) {
        const auto name = entry.path().filename().string();
        if (name.size() < segment_name_digits || name.find_first_not_of("0123456789ABCDEF") < segment_name_digits)
            continue;
        if (name.substr(timeline_digits, segment_name_digits - timeline_digits) < oldest)
            fs::remove(entry.path(), problem);
    }
    return before - bytes_below(base_folder()) - log_bytes();
}

BaseBackup LogArchive::base_before(std::optional<Timestamp> time, std::optional<LogPosition> position) const {
    auto bases = base_backups();
    std::erase_if(bases, [&](const BaseBackup& base) {
        return (time && base.finished_at > *time) || (position && base.finished > *position);
    });
    if (!bases.empty()) return bases.back();
    const auto all = base_backups();
    throw Failure({.code = "backup.no_base",
                   .message = "there is no base backup to begin the recovery with",
                   .detail = all.empty() ? fmt::format("{} has none", base_folder().string())
                                         : fmt::format("the oldest is of {}", to_rfc3339(all.front().finished_at)),
                   .hint = all.empty() ? "with postgres.archive on, gsdb up makes one; until then gsdb db restore PATH "
                                         "brings a backup back"
                                       : "choose a later moment",
                   .exit_code = ExitCode::not_found});
}

std::int64_t LogArchive::log_bytes() const {
    return bytes_below(log_folder());
}

}  // namespace gsdb::backup
