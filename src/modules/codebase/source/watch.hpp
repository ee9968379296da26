#pragma once
// Waiting until the files of a folder change: the kernel tells of it (inotify(7)).

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

namespace gsdb::codebase::source {

struct WatchTimes {
    std::chrono::milliseconds quiet{100};   ///< without a change, before the changes count as done
    std::chrono::milliseconds most{2'000};  ///< after the first change, even where it never gets quiet
    std::chrono::milliseconds look{2'000};  ///< between two looks where the kernel does not watch all folders
};

/// Watches all folders of a tree but those that are ignored. Of a Git repository also what says that something was
/// committed or checked out.
class FolderWatch {
  public:
    /// Throws a Failure source.not_watchable when the kernel gives no watch at all.
    explicit FolderWatch(std::filesystem::path root);
    FolderWatch(const FolderWatch&) = delete;
    FolderWatch& operator=(const FolderWatch&) = delete;
    ~FolderWatch();

    /// Watches the folders that are there now. `ignored` is that of a Listing. Says how many were not watched before:
    /// what happened in them until now is not told.
    std::size_t cover(const std::vector<std::string>& ignored);
    /// Whether the kernel watches all of them. Where it does not, wait() ends after a time, whether something happened
    /// or not.
    bool is_complete() const { return is_complete_; }

    /// Waits until something happened and then for quiet. False when it was stopped.
    bool wait(std::stop_token stop, WatchTimes times = {});

  private:
    bool add(const std::filesystem::path& folder);
    /// Waits for so long; says whether something happened.
    bool happens_within(std::chrono::milliseconds time);
    bool read_events();

    std::filesystem::path root_;
    int inotify_ = -1;
    bool is_complete_ = true;
    std::unordered_map<std::string, int> watches_;  ///< by folder
    int git_folder_ = -1;                           ///< the watch of .git
};

}  // namespace gsdb::codebase::source
