#include "modules/codebase/source/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace gsdb::codebase::source {

namespace {

// The clock that stamps files ticks every 1 to 10 ms; a change within a tick of the index leaves an equal stamp.
constexpr std::int64_t clock_tick_nanoseconds = 20'000'000;

bool is_file_of(EntryKind kind, EntryKind other) {
    return (kind == EntryKind::symlink) == (other == EntryKind::symlink);
}

// Whether the file may have changed after the index looked at it without its stamp showing it. Where nanoseconds are
// missing on either side, the second is all there is.
bool stamp_is_recent(const FileStamp& stamp, const IndexMoment& written) {
    if (stamp.modified_nanoseconds == 0 || written.nanoseconds == 0) return stamp.modified_seconds >= written.seconds;
    const auto moment = [](std::int64_t seconds, std::int64_t nanoseconds) {
        return seconds * 1'000'000'000 + nanoseconds;
    };
    return moment(stamp.modified_seconds, stamp.modified_nanoseconds) + clock_tick_nanoseconds >=
           moment(written.seconds, written.nanoseconds);
}

bool same_nanoseconds(std::uint32_t a, std::uint32_t b) {
    return a == b || a == 0 || b == 0;
}

bool stamp_is_equal(const WalkedFile& file) {
    const auto& now = file.stamp;
    const auto& then = file.known->stamp;
    return !file.known->must_verify && is_file_of(file.kind, file.known->kind) &&
           now.modified_seconds == then.modified_seconds && now.changed_seconds == then.changed_seconds &&
           same_nanoseconds(now.modified_nanoseconds, then.modified_nanoseconds) &&
           same_nanoseconds(now.changed_nanoseconds, then.changed_nanoseconds) && now.inode == then.inode &&
           now.user == then.user && now.group == then.group &&
           static_cast<std::uint32_t>(now.size) == static_cast<std::uint32_t>(then.size);
}

// Runs work(i) for each i below count on `threads` threads, this one included.
template <class Work>
void for_each_index(std::size_t count, unsigned threads, const std::stop_token& stop, const Work& work) {
    std::atomic<std::size_t> next = 0;
    const auto loop = [&] {
        for (std::size_t i = next++; i < count && !stop.stop_requested(); i = next++) work(i);
    };
    constexpr std::size_t worth_a_thread = 16;
    const auto helpers = std::min<std::size_t>(std::max(threads, 1U) - 1, count / worth_a_thread);
    std::vector<std::jthread> crew;
    crew.reserve(helpers);
    for (std::size_t i = 0; i < helpers; ++i) crew.emplace_back(loop);
    loop();
}

}  // namespace

Error interrupted_error(std::string_view what) {
    return {.code = "source.interrupted",
            .message = fmt::format("{} was stopped", what),
            .exit_code = ExitCode::interrupted};
}

std::expected<ObjectId, Problem> hash_raw(const RootFolder& root, const std::string& path, EntryKind kind,
                                          HashAlgorithm algorithm) {
    if (kind != EntryKind::symlink) return root.hash_file(path, algorithm);
    const auto target = root.read_link(path);
    if (!target) return std::unexpected(target.error());
    return hash_blob(*target, algorithm);
}

Result<Listing> list_disk(const RootFolder& root, const DiskListing& disk, const WalkOptions& walk_options,
                          const ListOptions& options) {
    auto walked = walk(root, disk.known, walk_options);
    if (walked.stopped) return std::unexpected(interrupted_error("listing the files"));

    if (disk.before_hashing) disk.before_hashing(walked.files);
    std::vector<std::expected<ObjectId, Problem>> ids(walked.files.size(), ObjectId{.algorithm = disk.algorithm});
    std::vector<std::size_t> to_hash;
    for (std::size_t i = 0; i < walked.files.size(); ++i) {
        const auto& file = walked.files[i];
        const bool unchanged =
            file.known != nullptr && stamp_is_equal(file) && !stamp_is_recent(file.stamp, disk.index_written);
        if (file.kind == EntryKind::submodule || unchanged) {
            ids[i] = file.known->id;
        } else if (file.stamp.size <= options.hash_bytes_max) {
            to_hash.push_back(i);
        }
    }
    for_each_index(to_hash.size(), options.threads, options.stop, [&](std::size_t n) {
        const auto& file = walked.files[to_hash[n]];
        ids[to_hash[n]] = disk.hash(file, file.known != nullptr && stamp_is_equal(file));
    });
    if (options.stop.stop_requested()) return std::unexpected(interrupted_error("hashing the files"));

    Listing listing{.problems = std::move(walked.problems), .ignored = std::move(walked.ignored)};
    listing.state.deleted = walked.deleted;
    listing.entries.reserve(walked.files.size());
    for (std::size_t i = 0; i < walked.files.size(); ++i) {
        auto& file = walked.files[i];
        const auto* known = file.known;
        if (!ids[i] && ids[i].error().kind == ProblemKind::vanished) {
            if (known != nullptr) ++listing.state.deleted;
            listing.problems.push_back(std::move(ids[i].error()));
            continue;
        }
        Entry entry{
            .path = std::move(file.path), .kind = file.kind, .size = file.stamp.size, .tracked = known != nullptr};
        if (ids[i]) {
            entry.id = *ids[i];
        } else {
            // It is there, its content cannot be had: an entry without an id.
            entry.id.algorithm = disk.algorithm;
            listing.problems.push_back(std::move(ids[i].error()));
        }
        if (known == nullptr) {
            ++listing.state.untracked;
        } else if (known->conflicted) {
            ++listing.state.conflicted;
        } else if (entry.id != known->id || entry.kind != known->kind) {
            ++listing.state.modified;
        }
        listing.entries.push_back(std::move(entry));
    }
    std::ranges::sort(listing.entries, {}, &Entry::path);
    std::ranges::sort(listing.ignored);
    return listing;
}

}  // namespace gsdb::codebase::source
