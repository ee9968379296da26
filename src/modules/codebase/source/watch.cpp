#include "modules/codebase/source/watch.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <unordered_set>

#include "base/error.hpp"

namespace gsdb::codebase::source {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint32_t changes =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR | IN_DONT_FOLLOW;
/// How long a wait goes on after somebody asked to stop.
constexpr milliseconds stop_delay{200};

/// What Git writes when something is committed, staged or checked out.
bool tells_of_git(std::string_view name) {
    return name == "HEAD" || name == "index" || name == "packed-refs";
}

}  // namespace

FolderWatch::FolderWatch(fs::path root) : root_(std::move(root)), inotify_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (inotify_ >= 0 && add(root_)) return;
    const std::string cause = std::strerror(errno);
    if (inotify_ >= 0) close(inotify_);
    throw Failure({.code = "source.not_watchable",
                   .message = fmt::format("changes in {} cannot be watched", root_.string()),
                   .detail = cause,
                   .hint = "it must be a folder; too many watches of other programs are allowed for by "
                           "`sysctl fs.inotify.max_user_watches` and `fs.inotify.max_user_instances`"});
}

FolderWatch::~FolderWatch() {
    close(inotify_);
}

bool FolderWatch::add(const fs::path& folder) {
    const auto watch = inotify_add_watch(inotify_, folder.c_str(), changes);
    if (watch < 0) {
        // A folder that is gone by now, or that nobody may read, has nothing to tell.
        if (errno == ENOSPC || errno == ENOMEM) is_complete_ = false;
        return false;
    }
    watches_[folder.string()] = watch;
    return true;
}

std::size_t FolderWatch::cover(const std::vector<std::string>& ignored) {
    const std::unordered_set<std::string_view> left_out(ignored.begin(), ignored.end());  // folders end with '/'
    std::unordered_map<std::string, int> before;
    before.swap(watches_);
    is_complete_ = true;
    std::size_t added = 0;
    const auto take = [&](const fs::path& folder) {
        const auto known = before.find(folder.string());
        if (!add(folder)) return;
        if (known == before.end() || known->second != watches_.at(folder.string())) ++added;
    };
    take(root_);
    std::error_code problem;
    for (fs::recursive_directory_iterator it(root_, fs::directory_options::skip_permission_denied, problem), end;
         !problem && it != end; it.increment(problem)) {
        std::error_code gone;
        if (!it->is_directory(gone) || it->is_symlink(gone)) continue;
        const auto inside = it->path().lexically_relative(root_).string() + "/";
        if (it->path().filename() == ".git" || left_out.contains(inside))
            it.disable_recursion_pending();
        else
            take(it->path());
    }
    take(root_ / ".git");  // where it is a folder
    const auto git = watches_.find((root_ / ".git").string());
    git_folder_ = git == watches_.end() ? -1 : git->second;
    std::unordered_set<int> kept;
    for (const auto& [folder, watch] : watches_) kept.insert(watch);
    for (const auto& [folder, watch] : before)
        if (!kept.contains(watch)) inotify_rm_watch(inotify_, watch);
    return added;
}

/// Whether an event that was waiting is one that counts.
bool FolderWatch::read_events() {
    alignas(inotify_event) std::array<char, 1U << 16U> buffer;
    bool counts = false;
    for (;;) {
        const auto size = read(inotify_, buffer.data(), buffer.size());
        if (size <= 0) return counts;
        for (const auto* at = buffer.data(); at < buffer.data() + size;) {
            const auto* const event = reinterpret_cast<const inotify_event*>(at);
            const std::string_view name = event->len == 0 ? "" : event->name;
            counts |= event->wd != git_folder_ ? (event->mask & IN_IGNORED) == 0 : tells_of_git(name);
            at += sizeof(inotify_event) + event->len;
        }
    }
}

bool FolderWatch::happens_within(milliseconds time) {
    pollfd events{.fd = inotify_, .events = POLLIN, .revents = 0};
    return poll(&events, 1, static_cast<int>(time.count())) > 0 && read_events();
}

bool FolderWatch::wait(std::stop_token stop, WatchTimes times) {
    const auto began = steady_clock::now();
    while (!happens_within(std::min(stop_delay, times.look))) {
        if (stop.stop_requested()) return false;
        if (!is_complete_ && steady_clock::now() - began >= times.look) return true;
    }
    const auto first = steady_clock::now();
    while (steady_clock::now() - first < times.most && happens_within(times.quiet))
        if (stop.stop_requested()) return false;
    return !stop.stop_requested();
}

}  // namespace gsdb::codebase::source
