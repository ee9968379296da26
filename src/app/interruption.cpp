#include "app/interruption.hpp"

#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>

#include "base/error.hpp"

namespace gsdb::app {

namespace {

sigset_t handled_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
    return signals;
}

}  // namespace

Interruption::Interruption() {
    auto signals = handled_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    watcher_ = std::jthread([this](std::stop_token end) { watch(end); });
}

Interruption::~Interruption() {
    // A signal to the watcher alone, which waits for one.
    watcher_.request_stop();
    pthread_kill(watcher_.native_handle(), SIGHUP);
}

void Interruption::watch(std::stop_token end) {
    auto signals = handled_signals();
    while (!end.stop_requested()) {
        if (sigwaitinfo(&signals, nullptr) < 0) continue;
        if (end.stop_requested()) return;
        if (source_.stop_requested()) _exit(static_cast<int>(ExitCode::interrupted));
        source_.request_stop();
    }
}

void Interruption::wait() const {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    auto token = source_.get_token();
    changed.wait(lock, token, [] { return false; });
}

bool Interruption::sleep(std::chrono::milliseconds duration) const {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, source_.get_token(), duration, [] { return false; });
    return !requested();
}

}  // namespace gsdb::app
