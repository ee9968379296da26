#include "base/background.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>

namespace gsdb {
namespace {

using namespace std::chrono_literals;

TEST(Background, RunsItsWorkUntilItIsStopped) {
    std::atomic<int> rounds = 0;
    std::atomic<bool> ended = false;
    {
        Background background({[&](Stop stop) -> Task<> {
            while (co_await stop.sleep(1ms)) ++rounds;
            ended = true;
        }});
        while (rounds < 3) std::this_thread::yield();
        EXPECT_FALSE(ended);
    }
    EXPECT_TRUE(ended);
}

TEST(Background, CutsASleepShortAndHurriesAWait) {
    std::atomic<bool> hurried = false, sleeps = false;
    const auto began = std::chrono::steady_clock::now();
    Background background({[](Stop stop) -> Task<> { EXPECT_FALSE(co_await stop.sleep(1h)); },
                           [&hurried, &sleeps](Stop stop) -> Task<> {
                               auto gone = stop.on_request([] { ADD_FAILURE() << "was taken back"; });
                               gone.reset();
                               auto hurry = stop.on_request([&hurried] { hurried = true; });
                               sleeps = true;
                               EXPECT_FALSE(co_await stop.sleep(1h));
                               EXPECT_FALSE(co_await stop.sleep(1h)) << "there is no sleep after the end";
                           }});
    while (!sleeps) std::this_thread::yield();
    background.stop();
    EXPECT_TRUE(hurried);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

TEST(Background, DropsWorkThatDoesNotEnd) {
    Background background({[](Stop) -> Task<> {
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
            timer(co_await asio::this_coro::executor, 1h);
        co_await timer.async_wait(use_task);
    }});
    const auto began = std::chrono::steady_clock::now();
    background.stop(50ms);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
}

}  // namespace
}  // namespace gsdb
