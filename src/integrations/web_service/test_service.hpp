#pragma once
// A program that plays a web service in tests: it serves on a port of 127.0.0.1 and prints its URL as its first line.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/run_task.hpp"
#include "process/run.hpp"

namespace gsdb::web_service {

class TestService {
  public:
    /// Returns once it serves. Throws when it ends before, with what it printed.
    explicit TestService(std::vector<std::string> command, std::chrono::seconds time_max = std::chrono::seconds(60))
        : thread_([this, command = std::move(command)](const std::stop_token& stop) { serve(command, stop); }) {
        std::unique_lock lock(mutex_);
        const bool has_come = changed_.wait_for(lock, time_max, [&] { return !url_.empty() || has_ended_; });
        if (has_come && !url_.empty()) return;
        thread_.request_stop();
        lock.unlock();
        thread_.join();
        throw std::runtime_error("the service of the test does not serve: " + said_);
    }

    const std::string& url() const { return url_; }

  private:
    void serve(const std::vector<std::string>& command, const std::stop_token& stop) {
        auto environment = process::allowed_environment();
        try {
            run_task(process::run(
                {.arguments = command,
                 .environment = std::move(environment),
                 .limits = {.wall_time = std::chrono::minutes(15)}},
                [this](process::Stream stream, std::string_view line) { read(stream, line); }, stop));
        } catch (const std::exception& problem) {
            read(process::Stream::err, problem.what());
        }
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
        changed_.notify_all();
    }

    void read(process::Stream stream, std::string_view line) {
        const std::lock_guard lock(mutex_);
        if (url_.empty() && stream == process::Stream::out && line.starts_with("http"))
            url_ = line;
        else
            said_.append(line).append("\n");
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::string url_, said_;
    bool has_ended_ = false;
    std::jthread thread_;
};

}  // namespace gsdb::web_service
