// Tasks that run programs: what they are given, what is kept of them, and that nothing of them is left.
#include "modules/tasks/executors/command.hpp"

#include <signal.h>

#include <boost/json.hpp>
#include <fstream>
#include <thread>

#include "attempts.hpp"

namespace gsdb::tasks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
namespace json = boost::json;

std::string shell(std::string script, json::object more = {}) {
    more["arguments"] = json::array{"/bin/sh", "-c", std::move(script)};
    return json::serialize(more);
}

class Commands : public testing::Test {
  protected:
    HandlerResult run(std::string configuration, std::string input = "{}") {
        return attempts_.run(handler_, std::move(configuration), std::move(input));
    }
    std::string output(std::string script) { return output_of(run(shell(std::move(script)))); }

    Attempts attempts_;
    Handler handler_ = command_handler();
};

TEST_F(Commands, SayWhatTheyFoundOnTheirLastLine) {
    EXPECT_EQ(output(R"(echo begun; echo '{"n": 3}')"), R"({"n": 3})");
    EXPECT_EQ(output(R"(echo '{"n": 3}'; echo; echo '  ')"), R"({"n": 3})");
    EXPECT_EQ(output(R"(printf '{"n": 4}')"), R"({"n": 4})");
    EXPECT_EQ(output(R"(echo '{"n": 3}'; echo done)"), "{}");
    EXPECT_EQ(output("echo '[1]'"), "{}");
    EXPECT_EQ(output("true"), "{}");
    EXPECT_EQ(output(R"(echo '{"n": 3}' >&2)"), "{}");
}

TEST_F(Commands, OutputThatIsTooLongIsNone) {
    // The last piece of the line alone would be an object.
    EXPECT_EQ(output(R"(head -c 65536 /dev/zero | tr '\0' ' '; echo '{"n": 3}')"), "{}");
}

TEST_F(Commands, LogWhatTheyWriteAndAreMeasured) {
    const auto result = run(shell("echo one; echo two >&2; exit 3"));
    EXPECT_THAT(attempts_.lines, testing::UnorderedElementsAre("info stdout one", "warning stderr two"));
    EXPECT_THAT(result, FailedAndRepeated("exit_status", "ended with status 3; it said: two"));
    ASSERT_TRUE(result.usage);
    EXPECT_EQ(result.usage->exit_code, 3);
    const auto busy = run(shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"));
    EXPECT_GT(busy.usage->cpu_seconds, 0.01);
    EXPECT_GT(busy.usage->memory_peak_bytes, 100'000);
    EXPECT_EQ(busy.usage->exit_code, 0);
}

TEST_F(Commands, KnowTheirInputAndLittleElse) {
    ::setenv("GSDB_TEST_SECRET", "hidden", 1);
    ::setenv("GSDB_TEST_PASSED", "passed", 1);
    EXPECT_EQ(output_of(run(R"({"arguments": ["cat"]})", R"({"a": [1, 2]})")), R"({"a": [1, 2]})");
    attempts_.lines.clear();
    run(shell("pwd; echo $GSDB_TEST_SECRET.$GSDB_TEST_PASSED.$GSDB_TEST_GIVEN.$GSDB_TASK_ID.$GSDB_ATTEMPT",
              {{"folder", "/usr"},
               {"pass_environment", json::array{"GSDB_TEST_PASSED"}},
               {"environment", {{"GSDB_TEST_GIVEN", "given"}}}}));
    EXPECT_THAT(attempts_.lines,
                ElementsAre("info stdout /usr", "info stdout .passed.given." + std::string(Attempts::id) + ".3"));
}

TEST_F(Commands, AreEndedAtTheirLimits) {
    EXPECT_THAT(run(shell("while :; do :; done", {{"cpu_seconds_max", 1}})), FailedAndRepeated("cpu_limit", "sh"));
    EXPECT_THAT(run(shell("a=$(head -c 200000000 /dev/zero | tr '\\0' x); echo $a | tail -c 3; sleep 5",
                          {{"memory_bytes_max", 50'000'000}})),
                FailedAndRepeated("memory_limit", "sh"));
    EXPECT_THAT(run(shell("kill -9 $$")), FailedAndRepeated("killed", "signal 9"));
    run(shell("head -c 100000 /dev/zero | tr '\\0' '\\n'", {{"output_bytes_max", 1000}}));
    EXPECT_EQ(attempts_.lines.size(), 1001);
    EXPECT_THAT(attempts_.lines.back(), HasSubstr("wrote more than is kept"));
}

TEST_F(Commands, StoppedTheyLeaveNoProcessBehind) {
    const auto file = testing::TempDir() + "gsdb-command-test-" + std::to_string(getpid());
    std::remove(file.c_str());
    const auto attempt = attempts_.make(shell("trap '' TERM; (setsid sleep 1000 & echo $! > " + file + ".new; mv " +
                                              file + ".new " + file + "); sleep 1000"));
    pid_t grandchild = 0;
    std::jthread stopper([&] {
        while (!std::ifstream(file)) std::this_thread::yield();
        std::ifstream(file) >> grandchild;
        attempt->request_stop(StopReason::cancelled);
    });
    const auto result = run_task(handler_(attempt));
    stopper.join();
    std::remove(file.c_str());
    EXPECT_EQ(failure_of(result).error_class, "cancelled");
    ASSERT_GT(grandchild, 1);
    EXPECT_EQ(::kill(grandchild, 0), -1);
}

TEST_F(Commands, ThatAreWronglyDescribedAreNotRepeated) {
    const std::pair<const char*, const char*> wrong[] = {
        {R"({})", "arguments of the configuration is missing"},
        {R"({"arguments": []})", "arguments of the configuration is missing"},
        {R"({"arguments": "ls"})", "arguments of the configuration is not an array of texts"},
        {R"({"arguments": ["ls", 1]})", "is not an array of texts"},
        {R"({"arguments": ["ls"], "folder": "here"})", "folder of the configuration is not absolute"},
        {R"({"arguments": ["ls"], "memory_bytes_max": 1})", "memory_bytes_max of the configuration is not a whole"},
        {R"({"arguments": ["ls"], "cpu_seconds_max": 1.5})", "is not a whole number from 1 to"},
        {R"({"arguments": ["ls"], "environment": {"A=B": "c"}})", "no name of a variable"},
        {R"({"arguments": ["ls"], "argumens": []})", "argumens of the configuration is not known; there are"},
        {R"([1])", "is not a JSON object"},
        {R"({)", "is not JSON"}};
    for (const auto& [configuration, words] : wrong)
        EXPECT_THAT(run(configuration), FailedOnce("invalid_input", words)) << configuration;
    EXPECT_THAT(run(R"({"arguments": ["/nowhere/to/be/found"]})"), FailedOnce("cannot_start", "/nowhere/to/be/found"));
    EXPECT_THAT(run(shell("true", {{"folder", "/nowhere"}})), FailedOnce("cannot_start", "/nowhere"));
}

}  // namespace
}  // namespace gsdb::tasks
