#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "base/error.hpp"
#include "base/run_task.hpp"
#include "base/together.hpp"
#include "process/descriptor.hpp"
#include "process/run.hpp"

namespace gsdb::process {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

// What hangs is to fail on a busy machine, too, but not to hold up the others for long.
constexpr auto patience = 60s;

const std::string marker_name = "GSDB_PROCESS_TEST";

std::string new_marker() {
    static std::atomic<int> next = 0;
    return fmt::format("{}-{}", getpid(), next++);
}

std::string text_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator(file), {}};
}

/// The processes that have it in their environment: what a command has left behind.
std::vector<int> processes_with(const std::string& marker) {
    std::vector<int> found;
    const auto variable = fmt::format("{}={}", marker_name, marker) + '\0';
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        if (!std::isdigit(name.front())) continue;
        if (text_of(entry.path() / "environ").contains(variable)) found.push_back(std::stoi(name));
    }
    return found;
}

bool wait_until_none_has(const std::string& marker) {
    for (const auto until = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < until;) {
        if (processes_with(marker).empty()) return true;
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

struct Ran {
    Outcome outcome;
    std::vector<std::string> out, err;
};

OnLine into(Ran& ran) {
    return [&ran](Stream stream, std::string_view line) {
        (stream == Stream::out ? ran.out : ran.err).emplace_back(line);
    };
}

Command command(std::vector<std::string> arguments) {
    return {.arguments = std::move(arguments), .environment = allowed_environment(), .limits = {.wall_time = patience}};
}

Command shell(std::string script) {
    return command({"sh", "-c", std::move(script)});
}

Command perl(std::string script) {
    return command({"perl", "-e", std::move(script)});
}

/// A program that forks wherever its script says so, and cannot harm who runs the tests even if nothing ends it: a pipe
/// holds one byte for each fork that is left, 299 altogether, and each process ends by itself after twenty seconds.
Command bomb(std::string script) {
    return perl(R"(use POSIX; $SIG{TERM} = 'IGNORE'; alarm 20;
        pipe R, W; syswrite W, 'x' x 299; close W;
        sub spend { return undef unless sysread R, $_, 1; my $child = fork; alarm 20 if defined $child && !$child; $child }
        )" + std::move(script));
}

Ran run_command(Command command) {
    Ran ran;
    ran.outcome = run_task(run(std::move(command), into(ran)));
    return ran;
}

std::optional<Error> error_of(Command command) {
    try {
        run_command(std::move(command));
    } catch (const Failure& failure) {
        return failure.error();
    }
    return std::nullopt;
}

/// A folder that goes away.
class Folder {
  public:
    Folder() {
        std::string path = (fs::temp_directory_path() / "gsdb-process-XXXXXX").string();
        path_ = mkdtemp(path.data());
    }
    ~Folder() { fs::remove_all(path_); }
    const fs::path& path() const { return path_; }
    fs::path write(const std::string& name, std::string_view text, fs::perms mode) const {
        std::ofstream(path_ / name) << text;
        fs::permissions(path_ / name, mode);
        return path_ / name;
    }

  private:
    fs::path path_;
};

// ---- what goes in and comes out

TEST(Run, PassesOnTheLinesOfBothStreams) {
    const auto ran = run_command(shell("echo one; echo two; echo wrong >&2; echo; printf 'no line feed'"));
    EXPECT_THAT(ran.out, ElementsAre("one", "two", "", "no line feed"));
    EXPECT_THAT(ran.err, ElementsAre("wrong"));
    EXPECT_EQ(ran.outcome.end, End::exited);
    EXPECT_EQ(ran.outcome.exit_code, 0);
    EXPECT_FALSE(ran.outcome.is_output_cut);
}

TEST(Run, PassesOnBytesAsTheyAre) {
    const auto ran = run_command(shell("printf 'a\\000b\\377\\376\\r\\nc\\n'"));
    EXPECT_THAT(ran.out, ElementsAre(std::string("a\0b\377\376\r", 6), "c"));
}

TEST(Run, CutsALongLineInPieces) {
    const auto ran = run_command(shell("head -c 150000 /dev/zero; echo; head -c 65536 /dev/zero; echo"));
    std::vector<std::size_t> sizes;
    for (const auto& line : ran.out) sizes.push_back(line.size());
    EXPECT_THAT(sizes, ElementsAre(line_bytes_max, line_bytes_max, 150000 - 2 * line_bytes_max, line_bytes_max));
}

TEST(Run, PassesALineOnBeforeTheEnd) {
    std::stop_source stop;
    Ran ran;
    ran.outcome = run_task(run(
        shell("echo ready; sleep 1000"),
        [&](Stream, std::string_view line) {
            EXPECT_EQ(line, "ready");
            stop.request_stop();
        },
        stop.get_token()));
    EXPECT_EQ(ran.outcome.end, End::cancelled);
    EXPECT_EQ(ran.outcome.signal, SIGTERM);
}

TEST(Run, GivesExactlyTheEnvironment) {
    auto asked = command({"env"});
    asked.environment = {{"A", "1"}, {"B", "with = and blanks "}, {"C", ""}};
    EXPECT_THAT(run_command(asked).out, ElementsAre("A=1", "B=with = and blanks ", "C="));
    asked.environment = {};
    EXPECT_THAT(run_command(asked).out, ElementsAre());
}

TEST(Run, RunsInTheFolderAndFindsTheProgramFromThere) {
    const Folder folder;
    folder.write("tool", "#!/bin/sh\necho found from $PWD\n", fs::perms::owner_all);
    auto asked = command({"tool"});
    asked.folder = folder.path();
    asked.environment = {{"PATH", "/nowhere:."}};
    const auto found = "found from " + folder.path().string();
    EXPECT_THAT(run_command(asked).out, ElementsAre(found));
    asked.arguments = {"./tool"};
    EXPECT_THAT(run_command(asked).out, ElementsAre(found));
}

TEST(Run, LeaksNoDescriptorOfOurs) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);  // without O_CLOEXEC, as a careless library does it
    const Descriptor read_end(ends[0]), write_end(ends[1]);
    struct stat pipe{};
    fstat(ends[0], &pipe);
    EXPECT_THAT(run_command(command({"ls", "/proc/self/fd"})).out, ElementsAre("0", "1", "2", "3"));
    // Nor does the supervisor, which would keep a client waiting for the end of a connection.
    const auto ran = run_command(shell("ls -l /proc/$PPID/fd"));
    EXPECT_GT(ran.out.size(), 3U);
    EXPECT_THAT(ran.out, Not(testing::Contains(HasSubstr(fmt::format("pipe:[{}]", pipe.st_ino)))));
}

TEST(Run, WorksWhereOurStandardStreamsAreClosed) {
    const auto child = fork();
    if (child == 0) {
        for (const int stream : {0, 1, 2}) close(stream);
        auto asked = shell("cat; echo err >&2");
        asked.input = "given";
        const auto ran = run_command(asked);
        _exit(ran.out == std::vector<std::string>{"given"} && ran.err == std::vector<std::string>{"err"} ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(Run, StartsWithUsualSignals) {
    sigset_t blocked, before;
    sigfillset(&blocked);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto handler = signal(SIGPIPE, SIG_IGN);
    const auto ran = run_command(command({"grep", "^Sig\\(Blk\\|Ign\\)", "/proc/self/status"}));
    signal(SIGPIPE, handler);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    EXPECT_THAT(ran.out, ElementsAre("SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000"));
}

TEST(Run, DoesNotRunAheadOfOthersAsItsSupervisorDoes) {
    const auto ran = run_command(shell("ps -o cls= -p $$; ps -o cls= -p $PPID"));
    ASSERT_EQ(ran.out.size(), 2U);
    EXPECT_THAT(ran.out.front(), HasSubstr("TS"));
    if (geteuid() == 0) EXPECT_THAT(ran.out.back(), HasSubstr("FF")) << "a fork bomb would keep it from looking";
}

TEST(Run, CannotOverrunTheMachineWithProcesses) {
    auto asked = command({"bash", "-c", "ulimit -Su; ulimit -Hu"});
    asked.limits.processes_max = 40;
    const auto ran = run_command(asked);
    ASSERT_EQ(ran.out.size(), 2U);
    EXPECT_EQ(ran.out.front(), ran.out.back());
    ASSERT_NE(ran.out.front(), "unlimited");
    EXPECT_GT(std::stoi(ran.out.front()), 40);
}

TEST(Run, CannotGainPrivileges) {
    EXPECT_THAT(run_command(command({"grep", "NoNewPrivs", "/proc/self/status"})).out, ElementsAre("NoNewPrivs:\t1"));
}

TEST(Run, IsNotHeldUpByInputThatNobodyReads) {
    auto asked = command({"true"});
    asked.input = std::string(8 << 20, 'x');
    EXPECT_EQ(run_command(asked).outcome.exit_code, 0);
    asked.arguments = {"head", "-c", "3"};
    EXPECT_THAT(run_command(asked).out, ElementsAre("xxx"));
    asked.arguments = {"sh", "-c", "exec <&-; echo closed"};
    EXPECT_THAT(run_command(asked).out, ElementsAre("closed"));
}

TEST(Run, GivesAllTheInput) {
    auto asked = command({"wc", "-c"});
    asked.input = std::string(8 << 20, 'x');
    EXPECT_THAT(run_command(asked).out, ElementsAre("8388608"));
    asked.input = "";
    EXPECT_THAT(run_command(asked).out, ElementsAre("0"));
}

// ---- how it ends

TEST(Run, SaysTheExitCodeOrTheSignal) {
    auto outcome = run_command(shell("exit 7")).outcome;
    EXPECT_EQ(outcome.end, End::exited);
    EXPECT_EQ(outcome.exit_code, 7);
    EXPECT_EQ(outcome.signal, 0);
    outcome = run_command(shell("kill -SEGV $$")).outcome;
    EXPECT_EQ(outcome.end, End::killed);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.signal, SIGSEGV);
}

TEST(Run, WaitsForTheProgramNotForItsOutput) {
    EXPECT_EQ(run_command(shell("exec >&- 2>&-; sleep 0.1; exit 5")).outcome.exit_code, 5);
}

TEST(Run, SaysWhatCannotBeStarted) {
    auto unknown = command({"no-such-program"});
    unknown.environment["PATH"] = "/usr/bin:/bin";
    auto error = error_of(unknown);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, "process.cannot_start");
    EXPECT_EQ(error->message, "no-such-program cannot be started");
    EXPECT_EQ(error->detail, "No such file or directory");
    EXPECT_THAT(error->hint, HasSubstr("PATH"));

    auto elsewhere = command({"true"});
    elsewhere.folder = "/no/such/folder";
    error = error_of(elsewhere);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, "process.cannot_start");
    EXPECT_EQ(error->message, "true cannot be started in /no/such/folder");
    EXPECT_THAT(error->hint, HasSubstr("folder"));
}

TEST(Run, SaysWhyAFileIsNoProgram) {
    const Folder folder;
    const auto read = fs::perms::owner_read | fs::perms::owner_write;
    auto error = error_of(command({folder.write("data", "#!/bin/sh\n", read)}));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->detail, "Permission denied");
    error = error_of(command({folder.write("text", "hello\n", fs::perms::owner_all)}));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->detail, "Exec format error");
}

TEST(Run, RefusesWhatTheKernelWouldCutShort) {
    using namespace std::string_literals;
    auto with_variable = command({"true"});
    with_variable.environment["A=B"] = "c";
    for (const auto& asked : {command({}), command({""}), command({"echo", "a\0b"s}), with_variable}) {
        const auto error = error_of(asked);
        ASSERT_TRUE(error);
        EXPECT_EQ(error->code, "process.cannot_start");
        EXPECT_NE(error->hint, "");
    }
}

// ---- the whole tree goes, with a control group and without

class Confined : public testing::TestWithParam<bool> {
  protected:
    void SetUp() override {
        if (GetParam() && !delegated_cgroup()) GTEST_SKIP() << "no control group is ours here";
    }

    /// Marked, so that one can look for what is left of it.
    Command confined(Command asked) const {
        asked.environment[marker_name] = marker_;
        if (!GetParam()) asked.cgroup_parent = std::nullopt;
        return asked;
    }

    void expect_nothing_is_left() const {
        EXPECT_THAT(processes_with(marker_), ElementsAre());
        EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a supervisor is left";
        if (!delegated_cgroup()) return;
        const auto ours = fmt::format("gsdb-command-{}-", getpid());
        for (const auto& entry : fs::directory_iterator(*delegated_cgroup()))
            EXPECT_THAT(entry.path().filename().string(), Not(testing::StartsWith(ours)));
    }

    const std::string marker_ = new_marker();
};

INSTANTIATE_TEST_SUITE_P(Tree, Confined, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "WithCgroup" : "WithoutCgroup"; });

TEST_P(Confined, EndsWhatTheProgramLeavesBehind) {
    const auto ran =
        run_command(confined(shell("setsid sleep 1000 & (setsid sh -c 'sleep 1000 & sleep 1000' &) & "
                                   "sleep 1000 & "
                                   "echo left; exit 3")));
    EXPECT_EQ(ran.outcome.end, End::exited);
    EXPECT_EQ(ran.outcome.exit_code, 3);
    EXPECT_THAT(ran.out, ElementsAre("left"));
    expect_nothing_is_left();
}

TEST_P(Confined, EndsADaemonThatForkedTwice) {
    const auto ran = run_command(confined(perl(R"(
        use POSIX; $| = 1; pipe(R, W);
        if (!fork) { setsid; if (!fork) { setsid; $SIG{TERM} = 'IGNORE'; print W "up\n"; close W; sleep 1000 } exit }
        wait; close W; print scalar <R>;)")));
    EXPECT_EQ(ran.outcome.end, End::exited);
    EXPECT_THAT(ran.out, ElementsAre("up"));
    expect_nothing_is_left();
}

TEST_P(Confined, EndsWhatIgnoresSigterm) {
    std::stop_source stop;
    const auto outcome = run_task(run(
        confined(perl("$| = 1; $SIG{$_} = 'IGNORE' for qw(TERM INT HUP); print \"ready\\n\"; sleep 1 while 1")),
        [&](Stream, std::string_view) { stop.request_stop(); }, stop.get_token()));
    EXPECT_EQ(outcome.end, End::cancelled);
    EXPECT_EQ(outcome.signal, SIGKILL);
    expect_nothing_is_left();
}

TEST_P(Confined, EndsWhatTakesTooLong) {
    auto asked = confined(shell("setsid sleep 1000 & sleep 1000"));
    asked.limits.wall_time = 200ms;
    const auto outcome = run_command(asked).outcome;
    EXPECT_EQ(outcome.end, End::timed_out);
    EXPECT_GE(outcome.took, 200ms);
    expect_nothing_is_left();
}

TEST_P(Confined, GivesTimeToTidyUpEvenToWhatIsStopped) {
    std::stop_source stop;
    Ran ran;
    auto asked = confined(perl(R"($| = 1; $SIG{TERM} = sub { print "tidy\n"; exit 4 }; print "$$\n"; sleep 1000)"));
    asked.limits.grace = patience;
    ran.outcome = run_task(run(
        asked,
        [&](Stream, std::string_view line) {
            ran.out.emplace_back(line);
            if (ran.out.size() > 1) return;
            EXPECT_EQ(kill(std::stoi(ran.out.front()), SIGSTOP), 0);
            stop.request_stop();
        },
        stop.get_token()));
    EXPECT_EQ(ran.outcome.end, End::cancelled);
    EXPECT_EQ(ran.outcome.exit_code, 4);
    EXPECT_EQ(ran.out.back(), "tidy");
    expect_nothing_is_left();
}

TEST_P(Confined, EndsAForkBomb) {
    auto asked = confined(bomb("1 while defined spend; sleep 20"));
    asked.limits.processes_max = 40;
    EXPECT_EQ(run_command(asked).outcome.end, End::process_limit);
    expect_nothing_is_left();
}

TEST_P(Confined, EndsAForkBombOfSessions) {
    auto asked = confined(bomb("while (defined spend) { setsid } sleep 20"));
    asked.limits.processes_max = 40;
    EXPECT_EQ(run_command(asked).outcome.end, End::process_limit);
    expect_nothing_is_left();
}

TEST_P(Confined, EndsAForkBombThatItsOwnProgramHasLeft) {
    const auto outcome =
        run_command(confined(bomb("if (!spend) { while (defined spend) { setsid } sleep 20 }"))).outcome;
    EXPECT_EQ(outcome.end, End::exited);
    EXPECT_EQ(outcome.exit_code, 0);
    expect_nothing_is_left();
}

TEST_P(Confined, CatchesWhatForksAndEndsFasterThanOneCanLook) {
    // Each lives for a fraction of a millisecond, in a session of its own; the program itself is gone at once.
    const auto ran =
        run_command(confined(bomb("while (defined (my $child = spend)) { exit if $child; setsid } print 'escaped'")));
    EXPECT_EQ(ran.outcome.end, End::exited);
    EXPECT_THAT(ran.out, ElementsAre());
    expect_nothing_is_left();
}

TEST_P(Confined, CountsThreads) {
    auto asked = confined(command({"python3", "-c",
                                   "import threading, time\n"
                                   "for i in range(60): threading.Thread(target=time.sleep, args=[20]).start()"}));
    asked.limits.processes_max = 40;
    EXPECT_EQ(run_command(asked).outcome.end, End::process_limit);
    expect_nothing_is_left();
}

TEST_P(Confined, EndsWhatUsesTooMuchProcessorTime) {
    auto asked = confined(shell("ulimit -t 20; while :; do :; done"));
    asked.limits.cpu_seconds_max = 0.2;
    auto outcome = run_command(asked).outcome;
    EXPECT_EQ(outcome.end, End::cpu_limit);
    EXPECT_GE(outcome.usage.cpu_seconds, 0.2);
    // Together, each alone is below: those that have ended and been waited for count too.
    asked = confined(shell("for i in $(seq 400); do perl -e '1 while (times)[0] < 0.05'; done"));
    asked.limits.cpu_seconds_max = 0.3;
    outcome = run_command(asked).outcome;
    EXPECT_EQ(outcome.end, End::cpu_limit);
    EXPECT_GE(outcome.usage.cpu_seconds, 0.3);
    expect_nothing_is_left();
}

TEST_P(Confined, EndsWhatUsesTooMuchMemory) {
    auto asked = confined(perl("$x = 'x' x (60 << 20); sleep 1000"));
    asked.limits.memory_bytes_max = 50 << 20;
    auto outcome = run_command(asked).outcome;
    EXPECT_EQ(outcome.end, End::memory_limit);
    EXPECT_EQ(outcome.signal, SIGKILL);
    EXPECT_GE(outcome.usage.memory_peak_bytes, 50U << 20);
    asked = confined(perl("for (1..3) { fork or last } $x = 'x' x (20 << 20); sleep 1000"));
    asked.limits.memory_bytes_max = 60 << 20;
    EXPECT_EQ(run_command(asked).outcome.end, End::memory_limit) << "four of 20 MiB together";
    expect_nothing_is_left();
}

TEST_P(Confined, DoesNotCountSharedMemoryForEachSharer) {
    auto asked = confined(perl("$x = 'x' x (20 << 20); for (1..5) { fork or last } select undef, undef, undef, 0.3"));
    asked.limits.memory_bytes_max = 60 << 20;
    EXPECT_EQ(run_command(asked).outcome.end, End::exited);
}

TEST_P(Confined, EndsWhatWritesTooLargeAFile) {
    const Folder folder;
    auto asked = confined(shell("exec head -c 300000 /dev/zero > file"));
    asked.folder = folder.path();
    asked.limits.file_bytes_max = 100000;
    EXPECT_EQ(run_command(asked).outcome.end, End::file_limit);
    EXPECT_EQ(fs::file_size(folder.path() / "file"), 100000U);
}

TEST_P(Confined, EndsAFloodIfAsked) {
    auto asked = confined(shell("yes | cat"));
    asked.limits.output_bytes_max = 1 << 20;
    asked.limits.at_output_limit = AtOutputLimit::end;
    const auto ran = run_command(asked);
    EXPECT_EQ(ran.outcome.end, End::output_limit);
    EXPECT_TRUE(ran.outcome.is_output_cut);
    EXPECT_EQ(ran.out.size(), (1U << 20) / 2);
    expect_nothing_is_left();
}

TEST_P(Confined, CutsAFloodWithoutHoldingUpTheProgram) {
    auto asked = confined(shell("yes | head -c 2000000; yes | head -c 2000000 >&2; exit 6"));
    asked.limits.output_bytes_max = 100000;
    const auto ran = run_command(asked);
    EXPECT_EQ(ran.outcome.end, End::exited);
    EXPECT_EQ(ran.outcome.exit_code, 6);
    EXPECT_TRUE(ran.outcome.is_output_cut);
    EXPECT_EQ((ran.out.size() + ran.err.size()) * 2, 100000U);
}

TEST_P(Confined, DoesNotWaitForAStrangerWhoHoldsTheOutput) {
    Ran ran;
    Descriptor stolen;
    auto asked = confined(shell("echo $$; read line; exit 2"));
    std::stop_source stop;
    ran.outcome = run_task(run(asked, [&](Stream, std::string_view line) {
        stolen = Descriptor(open(fmt::format("/proc/{}/fd/1", line).c_str(), O_WRONLY | O_CLOEXEC));
    }));
    EXPECT_EQ(ran.outcome.end, End::exited);
}

// ---- whoever is gone

/// What a receiver of lines throws; no Failure.
struct Full {};

TEST_P(Confined, IsCancelledByAnotherThread) {
    std::stop_source stop;
    std::atomic<bool> is_ready = false;
    std::thread other([&] {
        is_ready.wait(false);
        stop.request_stop();
    });
    const auto outcome = run_task(run(
        confined(shell("(trap '' TERM; sleep 1000) & echo ready; sleep 1000")),
        [&](Stream, std::string_view) {
            is_ready = true;
            is_ready.notify_all();
        },
        stop.get_token()));
    other.join();
    EXPECT_EQ(outcome.end, End::cancelled);
    expect_nothing_is_left();
}

TEST_P(Confined, ReportsEvenIfTheSupervisorEndsBeforeItHasHeardAll) {
    asio::io_context context(1);
    std::stop_source stop;
    const auto end_twice = [&](Stream, std::string_view line) {
        const auto program = std::string(line.substr(0, line.find(' ')));
        const auto supervisor = std::stoi(std::string(line.substr(line.find(' '))));
        kill(supervisor, SIGSTOP);
        asio::post(context, [=] { kill(supervisor, SIGCONT); });
        while (!text_of("/proc/" + program + "/stat").contains(") Z ")) std::this_thread::sleep_for(1ms);
        stop.request_stop();
        throw Full();
    };
    // It ends when its supervisor has been stopped, which would else be quicker than we are.
    const auto program = perl(R"($| = 1; print "$$ ", getppid, "\n";
        do { select undef, undef, undef, 0.001; open F, "/proc/" . getppid . "/stat"; $_ = <F> } until /\) T /)");
    EXPECT_THROW(run_task_on(context, run(confined(program), end_twice, stop.get_token())), Full);
    expect_nothing_is_left();
}

TEST_P(Confined, IsCancelledBeforeItBegins) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(run_task(run(confined(shell("sleep 1000")), {}, stop.get_token())).end, End::cancelled);
    expect_nothing_is_left();
}

TEST_P(Confined, IsCancelledWithTheCoroutine) {
    asio::io_context context(1);
    asio::cancellation_signal signal;
    std::optional<Outcome> outcome;
    asio::co_spawn(context.get_executor(),
                   run(confined(shell("setsid sleep 1000 & echo ready; sleep 1000")),
                       [&](Stream, std::string_view) {
                           asio::post(context, [&] { signal.emit(asio::cancellation_type::terminal); });
                       }),
                   asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown, Outcome ended) {
                       EXPECT_FALSE(thrown);
                       outcome = ended;
                   }));
    context.run();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->end, End::cancelled);
    expect_nothing_is_left();
}

TEST_P(Confined, GoesWithTheCoroutineThatIsDropped) {
    {
        asio::io_context context(1);
        asio::co_spawn(context.get_executor(),
                       run(confined(shell("setsid sleep 1000 & trap '' TERM; echo ready; sleep 1000; sleep 1000")),
                           [&](Stream, std::string_view) { context.stop(); }),
                       [](std::exception_ptr, Outcome) { ADD_FAILURE() << "it did not end by itself"; });
        context.run();
        EXPECT_THAT(processes_with(marker_), Not(ElementsAre()));
    }
    expect_nothing_is_left();
}

TEST_P(Confined, GoesWhenTheReceiverOfLinesThrows) {
    const auto refuse = [](Stream, std::string_view) { throw Full(); };
    EXPECT_THROW(run_task(run(confined(shell("echo ready; sleep 1000")), refuse)), Full);
    EXPECT_THROW(run_task(run(confined(shell("printf last")), refuse)), Full);
    expect_nothing_is_left();
}

TEST_P(Confined, GoesWhenTheServerIsKilled) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const Descriptor ready(ends[0]), say_ready(ends[1]);
    const auto asked =
        confined(shell("trap '' TERM HUP; setsid sleep 1000 & (setsid sleep 1000 &) & "
                       "echo ready; sleep 1000; sleep 1000"));
    const auto server = fork();
    if (server == 0) {
        run_task(run(asked, [&](Stream, std::string_view) {
            [[maybe_unused]] const auto written = write(say_ready.number(), "r", 1);
        }));
        _exit(0);
    }
    char said = 0;
    ASSERT_EQ(read(ready.number(), &said, 1), 1);
    EXPECT_THAT(processes_with(marker_), Not(ElementsAre()));
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
    EXPECT_TRUE(wait_until_none_has(marker_));
}

TEST_P(Confined, SaysSoWhenTheSupervisorIsKilled) {
    const std::string others = GetParam() ? "sleep 1000 & setsid sleep 1000 & " : "";
    const auto error = error_of(confined(shell(others + "kill -KILL $PPID; exec sleep 1000")));
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, "process.lost");
    EXPECT_TRUE(wait_until_none_has(marker_));
    expect_nothing_is_left();
}

TEST_P(Confined, WorksForAServerThatGaveUpItsPrivileges) {
    if (geteuid() != 0) GTEST_SKIP() << "all the other tests show it: they do not run as root";
    const auto server = fork();
    if (server == 0) {
        constexpr uid_t nobody = 65534;
        if (setgid(nobody) != 0 || setuid(nobody) != 0) _exit(2);
        auto asked = confined(bomb("while (defined spend) { setsid } sleep 20"));
        asked.cgroup_parent = std::nullopt;
        asked.limits.processes_max = 40;
        _exit(run_command(asked).outcome.end == End::process_limit && processes_with(marker_).empty() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(server, &status, 0), server);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    expect_nothing_is_left();
}

// ---- many

TEST_P(Confined, RunsManyAtOnce) {
    std::vector<Ran> rans(50);
    const auto one = [&](int i) -> Task<> {
        rans[i].outcome =
            co_await run(confined(shell(fmt::format("seq {} | sed s/^/{}:/; exit {}", 100 + i, i, i))), into(rans[i]));
    };
    const auto all = [&]() -> Task<> {
        std::vector<Task<>> tasks;
        for (int i = 0; i < 50; ++i) tasks.push_back(one(i));
        co_await together(std::move(tasks));
    };
    run_task(all());
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(rans[i].outcome.exit_code, i);
        ASSERT_EQ(rans[i].out.size(), 100U + i);
        EXPECT_EQ(rans[i].out.back(), fmt::format("{}:{}", i, 100 + i));
    }
    expect_nothing_is_left();
}

TEST_P(Confined, ForksWhileOtherThreadsForkAndHoldTheLocksOfTheAllocator) {
    constexpr int runs = 4;
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            for (int run = 0; run < runs; ++run) {
                const auto ran = run_command(confined(shell(fmt::format("echo {}-{}", i, run))));
                if (ran.out == std::vector{fmt::format("{}-{}", i, run)} && ran.outcome.end == End::exited) ++right;
                std::vector<std::string> allocated;
                for (std::size_t size = 1; size < 1000; ++size) allocated.emplace_back(size * 37, 'x');
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 8 * runs);
    expect_nothing_is_left();
}

// ---- what it used

TEST_P(Confined, MeasuresProcessorTimeOfTheWholeTree) {
    // A grandchild that nobody in the tree waits for.
    const auto outcome =
        run_command(confined(perl("pipe(R, W); if (!fork) { if (!fork) { 1 while (times)[0] < 0.3; print W 1; close W; "
                                  "sleep 1000 } exit } wait; close W; <R>")))
            .outcome;
    EXPECT_GE(outcome.usage.cpu_seconds, 0.3);
    EXPECT_GT(outcome.took, 0ms);
}

TEST_P(Confined, MeasuresThePeakOfMemory) {
    EXPECT_GE(run_command(confined(perl("$x = 'x' x (60 << 20)"))).outcome.usage.memory_peak_bytes, 60U << 20);
    const auto small = run_command(confined(command({"sleep", "0.1"}))).outcome.usage.memory_peak_bytes;
    EXPECT_GT(small, 100U << 10);
    EXPECT_LT(small, 20U << 20) << "our own memory does not count";
}

TEST_P(Confined, MeasuresWhatIsWritten) {
    const Folder folder;
    struct statfs system{};
    statfs(folder.path().c_str(), &system);
    constexpr auto tmpfs = 0x01021994;
    if (system.f_type == tmpfs) GTEST_SKIP() << "temporary files are in memory here";
    auto asked = confined(command({"dd", "if=/dev/zero", "of=file", "bs=1M", "count=4", "conv=fsync"}));
    asked.folder = folder.path();
    EXPECT_GE(run_command(asked).outcome.usage.written_bytes, 4U << 20);
}

// ---- where it may write

class Writing : public testing::Test {
  protected:
    void SetUp() override {
        if (!can_confine_writes()) GTEST_SKIP() << "this kernel has no Landlock";
    }
    /// May write to the folder `own` and to /dev/null.
    Ran run_shell(std::string script) {
        auto asked = shell(std::move(script));
        asked.folder = own_.path();
        asked.environment["OTHER"] = other_.path();
        asked.environment["LC_ALL"] = "C";
        asked.writable = {own_.path(), "/dev/null", "/no/such/place"};
        return run_command(asked);
    }
    const Folder own_, other_;
};

TEST_F(Writing, IsAllowedInItsPlacesOnly) {
    other_.write("kept", "kept\n", fs::perms::owner_read | fs::perms::owner_write);
    const auto ran = run_shell(R"(
        echo a > a && mkdir -p b/c && mv a b/c/a && ln -s b/c/a link && cat link && rm -r b link && cat "$OTHER/kept"
        echo said > /dev/stderr && echo nothing > /dev/null
        for attempt in 'echo x > $OTHER/new' 'echo x >> $OTHER/kept' 'rm $OTHER/kept' 'mv $OTHER/kept $OTHER/moved' \
            'mv $OTHER/kept .' 'ln $OTHER/kept linked' 'mkdir $OTHER/folder' 'ln -s x $OTHER/link' 'mkfifo $OTHER/pipe' \
            'ln -s $OTHER out; echo x > out/kept' 'setsid -w sh -c "echo x > $OTHER/kept"'; do
            if (eval "$attempt") 2>/dev/null; then echo "could: $attempt"; fi
        done)");
    EXPECT_THAT(ran.out, ElementsAre("a", "kept"));
    EXPECT_THAT(ran.err, ElementsAre("said"));
    EXPECT_EQ(text_of(other_.path() / "kept"), "kept\n");
    EXPECT_EQ(std::distance(fs::directory_iterator(other_.path()), {}), 1);
}

TEST_F(Writing, IsOneFileWhereAFileIsNamed) {
    auto asked = shell("echo x > \"$FILE\" && echo done; echo y > \"$FILE.other\"");
    const auto file = other_.write("file", "", fs::perms::owner_read | fs::perms::owner_write);
    asked.environment["FILE"] = file;
    asked.writable = {file};
    EXPECT_THAT(run_command(asked).out, ElementsAre("done"));
    EXPECT_EQ(text_of(file), "x\n");
    EXPECT_FALSE(fs::exists(file.string() + ".other"));
}

TEST_F(Writing, DoesNotKeepTheSupervisorFromEndingTheTree) {
    std::stop_source stop;
    auto asked = shell("setsid sleep 1000 & echo ready; sleep 1000");
    asked.writable = {"/dev/null"};
    const auto outcome = run_task(run(asked, [&](Stream, std::string_view) { stop.request_stop(); }, stop.get_token()));
    EXPECT_EQ(outcome.end, End::cancelled);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a supervisor is left";
}

// ---- the environment

TEST(AllowedEnvironment, HoldsWhatIsNamedOnly) {
    setenv("GSDB_TEST_TOKEN", "secret", 1);
    setenv("TZ", "UTC", 1);
    const auto usual = allowed_environment();
    EXPECT_EQ(usual.at("TZ"), "UTC");
    EXPECT_FALSE(usual.contains("GSDB_TEST_TOKEN"));
    const std::array<std::string_view, 2> names{"GSDB_TEST_TOKEN", "GSDB_TEST_UNSET"};
    EXPECT_EQ(allowed_environment(names), (std::map<std::string, std::string>{{"GSDB_TEST_TOKEN", "secret"}}));
    auto both = usual;
    both["GSDB_TEST_TOKEN"] = "secret";
    EXPECT_EQ(harmless_environment_with({"GSDB_TEST_TOKEN", "GSDB_TEST_UNSET"}), both);
    unsetenv("GSDB_TEST_TOKEN");
}

}  // namespace
}  // namespace gsdb::process
