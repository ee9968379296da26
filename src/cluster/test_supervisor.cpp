#include "cluster/test_supervisor.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <memory>

namespace gsdb::cluster {

namespace {

// Fields of the answer end with this, as texts may have lines.
constexpr char separator = '\x1f';

void answer(int pipe, const std::string& text) {
    [[maybe_unused]] auto written = write(pipe, text.data(), text.size());
    close(pipe);
}

[[noreturn]] void supervise(ClusterOptions options, const std::function<void()>& first, int pipe) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, nullptr);  // before the supervisor's thread inherits the mask
    try {
        first();
        auto server = value_or_throw(EmbeddedCluster::start(std::move(options)));
        answer(pipe, fmt::format("ready{}{}", separator, server->conninfo("postgres")));
        int signal = 0;
        sigwait(&end, &signal);
        server->stop(StopMode::fast);
        _exit(0);
    } catch (const Failure& failure) {
        const auto& error = failure.error();
        answer(pipe, fmt::format("{1}{0}{2}{0}{3}{0}{4}{0}{5}", separator, error.code, error.message, error.detail,
                                 error.hint, static_cast<int>(error.exit_code)));
    } catch (const std::exception& problem) {
        answer(pipe, fmt::format("test{0}{1}{0}{0}{0}1", separator, problem.what()));
    }
    _exit(1);
}

std::vector<std::string> fields(const std::string& text) {
    std::vector<std::string> found(1);
    for (char c : text) {
        if (c == separator)
            found.emplace_back();
        else
            found.back() += c;
    }
    return found;
}

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Answer = std::unique_ptr<PGresult, decltype(&PQclear)>;

}  // namespace

SupervisorProcess::SupervisorProcess(ClusterOptions options, const std::function<void()>& first) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) supervise(std::move(options), first, ends[1]);
    close(ends[1]);
    answer_ = ends[0];
}

SupervisorProcess::~SupervisorProcess() {
    if (pid_ > 0) stop();
    close(answer_);
}

Result<std::string> SupervisorProcess::await_ready() {
    std::string text;
    char buffer[4096];
    for (ssize_t count; (count = read(answer_, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(count));
    const auto found = fields(text);
    if (found[0] == "ready") return found.at(1);
    if (found.size() < 5) return std::unexpected(Error{.code = "test", .message = "the supervisor died: " + text});
    return std::unexpected(Error{.code = found[0],
                                 .message = found[1],
                                 .detail = found[2],
                                 .hint = found[3],
                                 .exit_code = static_cast<ExitCode>(std::stoi(found[4]))});
}

void SupervisorProcess::kill(int signal) {
    ::kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

int SupervisorProcess::stop() {
    int status = 0;
    ::kill(pid_, SIGTERM);
    waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
}

std::string ask(const std::string& conninfo, const std::string& sql) {
    const Connection connection(PQconnectdb(conninfo.c_str()), &PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) return PQerrorMessage(connection.get());
    const Answer result(PQexec(connection.get(), sql.c_str()), &PQclear);
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return PQerrorMessage(connection.get());
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

bool execute(const std::string& conninfo, const std::string& sql) {
    const Connection connection(PQconnectdb(conninfo.c_str()), &PQfinish);
    const Answer result(PQexec(connection.get(), sql.c_str()), &PQclear);
    return PQresultStatus(result.get()) == PGRES_COMMAND_OK || PQresultStatus(result.get()) == PGRES_TUPLES_OK;
}

}  // namespace gsdb::cluster
