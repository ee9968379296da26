#include "integrations/git/mirror.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "base/descriptor.hpp"
#include "integrations/git/command.hpp"
#include "integrations/git/url.hpp"
#include "modules/codebase/source/listing.hpp"
#include "modules/codebase/source/root_folder.hpp"

namespace gsdb::git {

using codebase::source::OpenOptions;
using codebase::source::Progress;

namespace {

constexpr std::string_view protocols = "https:http:ssh:git:file";

// Readable and unique: the name, and a digest of the whole URL.
std::string folder_name(const std::string& url) {
    std::string name;
    for (char c : name_of_url(url))
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ? c : '_';
    const auto digest = to_string(codebase::source::hash_blob(as_bytes(url), codebase::source::HashAlgorithm::sha256));
    return fmt::format("{}-{}.git", name.substr(0, 60), digest.substr(0, 16));
}

Error not_writable(const std::string& folder, std::string cause) {
    return {.code = "source.not_readable",
            .message = fmt::format("the folder {} for copies of remote repositories cannot be used", folder),
            .detail = std::move(cause),
            .hint = "give the user that runs gsdb the right to write there, and see that the disk is not full",
            .exit_code = ExitCode::unavailable};
}

// Git's own words for what went wrong, without its hints and progress.
std::string essence_of(const std::string& errors) {
    std::string result;
    for (std::size_t at = 0; at < errors.size();) {
        const auto end = std::min(errors.find_first_of("\r\n", at), errors.size());
        const auto line = std::string_view(errors).substr(at, end - at);
        if (line.starts_with("fatal:") || line.starts_with("error:") || line.starts_with("ssh:")) {
            result += (result.empty() ? "" : "; ") + std::string(line);
        }
        at = end + 1;
    }
    return result.empty() ? errors : result;
}

// "Receiving objects:  45% (450/1000), 1.2 MiB" to a phase and a number.
void report(std::string_view line, const std::function<void(const Progress&)>& on_progress) {
    if (line.starts_with("remote: ")) line.remove_prefix(8);
    const auto colon = line.find(':');
    const auto percent = line.find('%');
    if (!on_progress || colon == std::string_view::npos || percent == std::string_view::npos || percent < colon) return;
    const auto digits = line.substr(line.find_first_not_of(' ', colon + 1));
    Progress progress{.phase = line.substr(0, colon)};
    std::from_chars(digits.data(), digits.data() + digits.size(), progress.percent);
    on_progress(progress);
}

class Mirror {
  public:
    Mirror(std::string url, const OpenOptions& options)
        : url_(std::move(url)),
          options_(options),
          path_(options.repositories + "/" + folder_name(url_)),
          deadline_(std::chrono::steady_clock::now() + std::chrono::seconds(options.network_seconds_max)) {}

    Result<std::string> update() {
        std::error_code failed;
        std::filesystem::create_directories(options_.repositories, failed);
        if (failed) return std::unexpected(not_writable(options_.repositories, failed.message()));
        Descriptor lock(::open((path_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (!lock.is_open()) {
            return std::unexpected(not_writable(options_.repositories, std::generic_category().message(errno)));
        }
        if (auto locked = wait_for(lock); !locked) return std::unexpected(locked.error());
        if (std::filesystem::exists(path_ + "/HEAD")) {
            if (auto fetched = fetch(path_); !fetched) return std::unexpected(fetched.error());
            return path_;
        }
        return clone();
    }

  private:
    std::chrono::seconds time_left() const {
        return std::chrono::duration_cast<std::chrono::seconds>(deadline_ - std::chrono::steady_clock::now());
    }

    Result<void> wait_for(const Descriptor& lock) const {
        while (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
            if (options_.stop.stop_requested()) return std::unexpected(stopped());
            if (time_left().count() <= 0) return std::unexpected(failed("another process is fetching it", ""));
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        return {};
    }

    Result<std::string> clone() {
        const auto unfinished = path_ + ".new";
        std::error_code failed_to;
        std::filesystem::remove_all(unfinished, failed_to);  // of a process that was killed; the lock is ours
        auto result = [&]() -> Result<void> {
            if (auto made = run({"init", "--quiet", "--bare", "--template=", "--", unfinished}); !made) return made;
            if (auto set = run({"--git-dir=" + unfinished, "config", "remote.origin.url", url_}); !set) return set;
            return fetch(unfinished);
        }();
        if (result) std::filesystem::rename(unfinished, path_, failed_to);
        if (result && failed_to) result = std::unexpected(not_writable(options_.repositories, failed_to.message()));
        if (!result) {
            std::filesystem::remove_all(unfinished, failed_to);
            return std::unexpected(result.error());
        }
        return path_;
    }

    // Branches and tags, not the refs/pull of hosting services, which can outweigh the code many times.
    Result<void> fetch(const std::string& git_dir) {
        auto fetched = run({"--git-dir=" + git_dir, "fetch", "--progress", "--prune", "--force",
                            "--no-auto-maintenance", "--no-recurse-submodules", "--no-write-fetch-head",
                            "--update-head-ok", "--", url_, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"});
        if (!fetched) return fetched;
        return follow_default_branch(git_dir);
    }

    // HEAD is what the remote calls its default branch, which may be renamed.
    Result<void> follow_default_branch(const std::string& git_dir) {
        std::string output;
        if (auto listed = run({"ls-remote", "--symref", "--", url_, "HEAD"}, &output); !listed) return listed;
        constexpr std::string_view mark = "ref: ";
        if (!output.starts_with(mark)) return {};  // the remote's HEAD is detached or its branch unborn
        const auto branch = output.substr(mark.size(), output.find('\t') - mark.size());
        return run({"--git-dir=" + git_dir, "symbolic-ref", "HEAD", branch});
    }

    Result<void> run(std::vector<std::string> arguments, std::string* output = nullptr) {
        auto ran = run_git(std::move(arguments),
                           {.allowed_protocols = std::string(protocols),
                            .time_max = std::max(time_left(), std::chrono::seconds(1)),
                            .stop = options_.stop,
                            .on_error_line = [&](std::string_view line) { report(line, options_.on_progress); }});
        if (!ran && ran.error().code == "git.interrupted") return std::unexpected(stopped());
        if (!ran && ran.error().code == "git.timeout")
            return std::unexpected(failed(ran.error().message, ran.error().hint));
        if (!ran) return std::unexpected(ran.error());
        if (ran->exit_status != 0) return std::unexpected(failed(essence_of(ran->errors), ""));
        if (output != nullptr) *output = std::move(ran->output);
        return {};
    }

    Error stopped() const { return codebase::source::interrupted_error("fetching " + without_secrets(url_)); }
    Error failed(std::string cause, std::string hint) const {
        if (hint.empty()) {
            hint = "check the address, the network and the rights: `git ls-remote " + without_secrets(url_) +
                   "` must work without a question";
        }
        return {.code = "source.fetch_failed",
                .message = without_secrets(url_) + " could not be fetched",
                .detail = std::move(cause),
                .hint = std::move(hint),
                .exit_code = ExitCode::unavailable};
    }

    std::string url_;
    const OpenOptions& options_;
    std::string path_;
    std::chrono::steady_clock::time_point deadline_;
};

}  // namespace

Result<std::string> update_mirror(const std::string& url, const OpenOptions& options) {
    if (auto checked = check_url(url); !checked) return std::unexpected(checked.error());
    if (options.repositories.empty()) {
        return std::unexpected(Error{.code = "source.bad_url",
                                     .message = without_secrets(url) + " is remote, and there is no folder for copies",
                                     .hint = "name a local path",
                                     .exit_code = ExitCode::usage});
    }
    return Mirror(url, options).update();
}

}  // namespace gsdb::git
