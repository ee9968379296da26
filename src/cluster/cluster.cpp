#include "cluster/cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>
#include <mutex>
#include <thread>

#include "cluster/data_directory.hpp"
#include "cluster/lock_file.hpp"
#include "cluster/observations.hpp"
#include "cluster/postmaster.hpp"
#include "cluster/server_log.hpp"

namespace gsdb::cluster {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

double seconds_since(steady_clock::time_point start) {
    return std::chrono::duration<double>(steady_clock::now() - start).count();
}

Error interrupted() {
    return {.code = "cluster.interrupted",
            .message = "bringing up PostgreSQL was interrupted",
            .exit_code = ExitCode::interrupted};
}

}  // namespace

/// Owns the server process. Everything but status() and the constructor's arguments is touched by its thread alone.
class EmbeddedCluster::Supervisor {
  public:
    explicit Supervisor(ClusterOptions options)
        : options_(std::move(options)),
          user_(ServerUser::choose(options_.home.root())),
          data_(options_.home, user_),
          wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
    ~Supervisor() {
        stop(StopMode::fast);
        close(wake_);
    }

    Result<void> start() {
        std::promise<Result<void>> first;
        auto brought_up = first.get_future();
        thread_ = std::jthread([this, promise = std::move(first)]() mutable { supervise(std::move(promise)); });
        return brought_up.get();
    }

    void stop(StopMode mode) {
        int wanted = static_cast<int>(mode);
        for (int now = stop_mode_; now < wanted && !stop_mode_.compare_exchange_weak(now, wanted);) {
        }
        eventfd_write(wake_, 1);
        std::scoped_lock one_joins(join_mutex_);
        if (thread_.joinable()) thread_.join();
    }

    ServerStatus status() const {
        std::scoped_lock lock(mutex_);
        return status_;
    }
    const ClusterOptions& options() const { return options_; }
    const ServerBinaries& binaries() const { return binaries_; }
    const std::filesystem::path& socket_folder() const { return socket_folder_; }

  private:
    void supervise(std::promise<Result<void>> first);
    Result<void> prepare();
    Result<void> launch();
    Result<void> await_ready();
    void watch();
    void restart(int exit_status);
    void shut_down();
    void end_server(StopMode mode);
    void pause(milliseconds delay);

    Error explain(int exit_status) const;
    Command server_command(const ServerPath& place, int output) const;
    void set_state(ServerState state, std::string reason = {});
    bool stopping() const { return stop_mode_ >= 0 || options_.cancel.stop_requested(); }

    const ClusterOptions options_;
    const ServerUser user_;
    DataDirectory data_;
    ServerBinaries binaries_;
    std::filesystem::path socket_folder_;
    std::optional<LockFile> lock_;
    std::optional<Postmaster> postmaster_;

    std::atomic<int> stop_mode_ = -1;  ///< a StopMode once stop() was called; only ever harsher
    int wake_;                         ///< eventfd: stop_mode_ has changed
    mutable std::mutex mutex_;
    ServerStatus status_;
    std::mutex join_mutex_;
    std::jthread thread_;
};

void EmbeddedCluster::Supervisor::supervise(std::promise<Result<void>> first) {
    auto brought_up = prepare();
    if (brought_up) brought_up = launch();
    if (brought_up) {
        first.set_value({});
        watch();
    } else {
        set_state(ServerState::failed, brought_up.error().message);
    }
    shut_down();
    lock_.reset();
    if (!brought_up) first.set_value(std::unexpected(brought_up.error()));
}

Result<void> EmbeddedCluster::Supervisor::prepare() {
    const auto& home = options_.home;
    if (auto made = home.create(user_); !made) return made;
    auto lock = LockFile::take(home.cluster_lock(), "cluster.in_use", fmt::format("home {}", home.root().string()));
    if (!lock) return std::unexpected(lock.error());
    lock_ = std::move(*lock);
    auto major = data_.major();
    if (!major) return std::unexpected(major.error());
    auto binaries = find_server_binaries(options_.bindir, *major, options_.environment);
    if (!binaries) return std::unexpected(binaries.error());
    binaries_ = *binaries;
    auto socket_folder = home.client_socket_folder(options_.environment);
    if (!socket_folder) return std::unexpected(socket_folder.error());
    socket_folder_ = *socket_folder;
    if (*major) return data_.repair_rights();
    auto initialized = data_.initialize(binaries_, options_.durable, options_.cancel);
    return !initialized && options_.cancel.stop_requested() ? std::unexpected(interrupted()) : initialized;
}

Command EmbeddedCluster::Supervisor::server_command(const ServerPath& place, int output) const {
    return {.program = binaries_.postgres(),
            .arguments = {"-D", place.text(),
                          // Relative to the data directory: short enough for any home, and below closed folders, too.
                          "-k", "../../run/postgres", "-p", std::to_string(options_.port), "-c",
                          "unix_socket_permissions=0700", "-c", "listen_addresses=" + options_.listen_addresses},
            .environment = server_environment(),
            .user = user_,
            .parent_death_signal = SIGINT,  // fast shutdown
            .output = output,
            .inherited = place.inherited()};
}

Result<void> EmbeddedCluster::Supervisor::launch() {
    const auto began = steady_clock::now();
    if (auto cleared = data_.clear_left_overs(); !cleared) return cleared;
    auto settings = options_.settings;
    settings.merge(tuned_settings(Machine::of(data_.path()), binaries_, options_.durable));
    if (auto written = data_.write_settings(settings); !written) return written;
    prune_logs(options_.home);

    const auto log = options_.home.server_start_log();
    const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    const ServerPath place(data_.path(), user_);
    auto launched = Postmaster::launch(server_command(place, output));
    if (output >= 0) close(output);
    if (!launched) return std::unexpected(launched.error());
    postmaster_.emplace(std::move(*launched));
    auto ready = await_ready();
    if (ready) {
        set_state(ServerState::ready);
        observe::emit(ServerStarted{.version = binaries_.version, .seconds = seconds_since(began)});
    }
    return ready;
}

Result<void> EmbeddedCluster::Supervisor::await_ready() {
    const auto began = steady_clock::now();
    const auto target = make_conninfo(socket_folder_, options_.port, "postgres", superuser);
    auto next_ping = began + 500ms;
    auto last_sign_of_life = began;
    while (true) {
        if (auto status = postmaster_->exit_status()) return std::unexpected(explain(*status));
        // The file says so without a connection attempt, which would cost the server a process each time.
        const auto file = PostmasterFile::read(data_.path());
        if (file && file->pid == postmaster_->pid() && file->ready) return {};
        if (stopping()) return std::unexpected(interrupted());
        const auto now = steady_clock::now();
        if (now >= next_ping) {
            next_ping = now + 500ms;
            if (PQping(target.c_str()) == PQPING_REJECT) {
                last_sign_of_life = now;
                set_state(ServerState::recovering, status().reason);
            }
        }
        if (now - last_sign_of_life > options_.start_seconds_max)
            return std::unexpected(Error{.code = "cluster.start_failed",
                                         .message = fmt::format("PostgreSQL {} did not answer within {} s",
                                                                binaries_.version, options_.start_seconds_max.count()),
                                         .detail = cluster::recent_log(options_.home, 10),
                                         .hint = fmt::format("its log is in {}", options_.home.server_log().string()),
                                         .exit_code = ExitCode::unavailable});
        postmaster_->wait(wake_, 2ms);
    }
}

Error EmbeddedCluster::Supervisor::explain(int exit_status) const {
    data_.wait_until_left(1s);
    return explain_exit(options_.home, binaries_.version, exit_status);
}

void EmbeddedCluster::Supervisor::watch() {
    while (stop_mode_ < 0) {
        if (auto status = postmaster_->exit_status()) {
            restart(*status);
            continue;
        }
        postmaster_->wait(wake_, 60s);
        prune_logs(options_.home);
        // Made again, because cleaners of /tmp remove the alias. The server is there with or without it.
        [[maybe_unused]] auto folder = options_.home.client_socket_folder(options_.environment);
    }
}

void EmbeddedCluster::Supervisor::restart(int exit_status) {
    constexpr milliseconds delay_min = 200ms;
    constexpr milliseconds delay_max = 30s;
    auto failure = explain(exit_status);
    // At once after a crash, then less and less often: a full disk may be freed while we wait.
    for (auto delay = 0ms; stop_mode_ < 0; delay = std::clamp(delay * 2, delay_min, delay_max)) {
        const auto reason = failure.detail.empty() ? failure.message : failure.message + ": " + failure.detail;
        observe::emit(ServerFailed{.reason = reason, .retry_seconds = std::chrono::duration<double>(delay).count()});
        postmaster_.reset();
        if (delay > 0ms) set_state(ServerState::failed, reason);
        pause(delay);
        if (stop_mode_ >= 0) return;
        {
            std::scoped_lock lock(mutex_);
            ++status_.restarts;
        }
        set_state(ServerState::starting, reason);
        auto launched = launch();
        if (launched) return;
        failure = launched.error();
        end_server(StopMode::fast);
    }
}

void EmbeddedCluster::Supervisor::pause(milliseconds delay) {
    pollfd wake{.fd = wake_, .events = POLLIN, .revents = 0};
    if (delay > 0ms) poll(&wake, 1, static_cast<int>(delay.count()));
}

void EmbeddedCluster::Supervisor::end_server(StopMode mode) {
    struct Step {
        StopMode mode;
        int signal;
        milliseconds limit;
    };
    const Step steps[] = {{StopMode::smart, SIGTERM, options_.smart_seconds_max},
                          {StopMode::fast, SIGINT, options_.fast_seconds_max},
                          {StopMode::immediate, SIGQUIT, 10s},
                          {StopMode::immediate, SIGKILL, 10s}};
    for (const auto& step : steps) {
        if (step.mode < mode) continue;
        postmaster_->signal(step.signal);
        const auto deadline = steady_clock::now() + step.limit;
        // A second stop() may ask for more haste than this step has.
        while (!postmaster_->exit_status() && steady_clock::now() < deadline &&
               stop_mode_ <= static_cast<int>(step.mode)) {
            eventfd_t count = 0;
            eventfd_read(wake_, &count);
            if (stop_mode_ > static_cast<int>(step.mode)) break;
            postmaster_->wait(wake_, std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()) + 1ms);
        }
        if (postmaster_->exit_status()) break;
    }
    postmaster_.reset();
}

void EmbeddedCluster::Supervisor::shut_down() {
    const auto began = steady_clock::now();
    if (postmaster_ && !postmaster_->exit_status()) {
        const auto reason = status().reason;
        set_state(ServerState::stopping, reason);
        end_server(stop_mode_ < 0 ? StopMode::fast : static_cast<StopMode>(stop_mode_.load()));
        observe::emit(ServerStopped{.seconds = seconds_since(began)});
    }
    postmaster_.reset();
    if (stop_mode_ >= 0) set_state(ServerState::stopped);
}

void EmbeddedCluster::Supervisor::set_state(ServerState state, std::string reason) {
    ServerStatus changed;
    {
        std::scoped_lock lock(mutex_);
        status_.state = state;
        status_.reason = std::move(reason);
        status_.postmaster = postmaster_ ? postmaster_->pid() : 0;
        changed = status_;
    }
    if (options_.on_change) options_.on_change(changed);
}

std::string_view to_string(ServerState state) {
    switch (state) {
        case ServerState::starting:
            return "starting";
        case ServerState::recovering:
            return "recovering";
        case ServerState::ready:
            return "ready";
        case ServerState::stopping:
            return "stopping";
        case ServerState::stopped:
            return "stopped";
        case ServerState::failed:
            return "failed";
    }
    return "unknown";
}

Result<std::unique_ptr<EmbeddedCluster>> EmbeddedCluster::start(ClusterOptions options) {
    auto supervisor = std::make_unique<Supervisor>(std::move(options));
    if (auto started = supervisor->start(); !started) return std::unexpected(started.error());
    return std::unique_ptr<EmbeddedCluster>(new EmbeddedCluster(std::move(supervisor)));
}

EmbeddedCluster::EmbeddedCluster(std::unique_ptr<Supervisor> supervisor) : supervisor_(std::move(supervisor)) {}
EmbeddedCluster::~EmbeddedCluster() = default;

void EmbeddedCluster::stop(StopMode mode) {
    supervisor_->stop(mode);
}
ServerStatus EmbeddedCluster::status() const {
    return supervisor_->status();
}
const std::filesystem::path& EmbeddedCluster::socket_folder() const {
    return supervisor_->socket_folder();
}
int EmbeddedCluster::port() const {
    return supervisor_->options().port;
}
const ServerBinaries& EmbeddedCluster::binaries() const {
    return supervisor_->binaries();
}
const Home& EmbeddedCluster::home() const {
    return supervisor_->options().home;
}
std::string EmbeddedCluster::recent_log(int lines) const {
    return cluster::recent_log(home(), lines);
}
std::string EmbeddedCluster::conninfo(std::string_view database, std::string_view user) const {
    return make_conninfo(socket_folder(), port(), database, user);
}

std::string make_conninfo(const std::filesystem::path& host, int port, std::string_view database,
                          std::string_view user) {
    auto quoted = [](std::string_view value) {
        std::string text = "'";
        for (char c : value) {
            if (c == '\'' || c == '\\') text += '\\';
            text += c;
        }
        return text + "'";
    };
    return fmt::format("host={} port={} dbname={} user={}", quoted(host.native()), port, quoted(database),
                       quoted(user));
}

std::string RunningServer::conninfo(std::string_view database, std::string_view user) const {
    return make_conninfo(socket_folder, port, database, user);
}

std::optional<RunningServer> find_running_server(const Home& home, const Environment& environment) {
    const auto file = PostmasterFile::read(home.data());
    if (!file || !is_alive(file->pid)) return std::nullopt;
    auto socket_folder = home.client_socket_folder(environment);
    if (!socket_folder) return std::nullopt;
    RunningServer server{.postmaster = file->pid, .port = file->port, .socket_folder = *socket_folder, .ready = false};
    // The pid may be another program's by now; the socket tells.
    const auto ping = PQping(server.conninfo("postgres").c_str());
    if (ping != PQPING_OK && ping != PQPING_REJECT) return std::nullopt;
    server.ready = ping == PQPING_OK;
    return server;
}

}  // namespace gsdb::cluster
