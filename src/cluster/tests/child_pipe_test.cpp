#include "cluster/child_pipe.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>

namespace gsdb::cluster {
namespace {

using namespace std::chrono_literals;

Command shell(std::string script) {
    return {.program = "/bin/sh", .arguments = {"-c", std::move(script)}, .environment = {"PATH=/usr/bin:/bin"}};
}

/// So many bytes, then the end.
ByteSource bytes(std::size_t count) {
    return [left = count](std::span<std::uint8_t> room) mutable {
        const auto now = std::min(left, room.size());
        std::fill_n(room.begin(), now, 'x');
        left -= now;
        return now;
    };
}

TEST(RunInto, hands_out_what_is_written_and_keeps_errors_apart) {
    std::string taken;
    const auto ran = run_into(shell("echo out; echo err >&2; exit 3"), [&](ByteView b) { taken += as_text(b); });
    ASSERT_TRUE(ran);
    EXPECT_EQ(taken, "out\n");
    EXPECT_EQ(ran->output, "err\n");
    EXPECT_EQ(describe_status(ran->status), "exit code 3");
}

TEST(RunInto, ends_the_program_when_nobody_wants_it_any_more) {
    std::stop_source source;
    const auto stopped = run_into(shell("echo now; exec sleep 60"), [&](ByteView) { source.request_stop(); },
                                  {.cancel = source.get_token()});
    EXPECT_EQ(stopped.error().code, "process.cancelled");
    EXPECT_EQ(run_into(shell("exec sleep 60"), [](ByteView) {}, {.silence_max = 0s}).error().code, "process.silent");
    EXPECT_THROW(run_into(shell("echo now; exec sleep 60"), [](ByteView) { throw std::runtime_error("full"); }),
                 std::runtime_error);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "none is left";
}

TEST(RunFrom, feeds_the_program) {
    const auto ran = run_from(shell("wc -c"), bytes(5'000'000));
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->output, "5000000\n");
}

TEST(RunFrom, bears_a_program_that_does_not_read_everything) {
    const auto ran = run_from(shell("head -c 3; exit 1"), bytes(50'000'000));
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->output, "xxx");
    EXPECT_EQ(describe_status(ran->status), "exit code 1");
}

}  // namespace
}  // namespace gsdb::cluster
