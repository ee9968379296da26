#include "base/background.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>

#include "base/run_task.hpp"
#include "base/together.hpp"
#include "base/wake.hpp"

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

TEST(Wake, CutsAWaitShortFromAnotherThread) {
    const Wake wake;
    std::atomic<int> woken = 0;
    const auto began = std::chrono::steady_clock::now();
    {
        Background background({[&](Stop stop) -> Task<> {
            while (co_await wake.wait(stop, 1h)) ++woken;
        }});
        for (int i = 1; i <= 100; ++i) {
            wake.notify();
            while (woken < i) std::this_thread::yield();
        }
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 10s) << "it also ends at once";
    wake.notify();  // nobody waits any more
}

TEST(Wake, LetsAWaitEndByItself) {
    const Wake wake;
    std::atomic<int> rounds = 0;
    Background background({[&](Stop stop) -> Task<> {
        while (co_await wake.wait(stop, 1ms)) ++rounds;
    }});
    while (rounds < 3) std::this_thread::yield();
}

TEST(Together, WaitsForAllAndThrowsWhatOneThrew) {
    int ended = 0;
    const auto work = [](int* count, bool fails) -> Task<> {
        asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>
            timer(co_await asio::this_coro::executor, 1ms);
        if (fails) throw std::runtime_error("one");
        co_await timer.async_wait(use_task);
        ++*count;
    };
    const auto all = [&](bool fails) -> Task<> {
        std::vector<Task<>> tasks;
        for (int i = 0; i < 3; ++i) tasks.push_back(work(&ended, fails && i == 1));
        co_await together(std::move(tasks));
    };
    run_task(all(false));
    EXPECT_EQ(ended, 3);
    EXPECT_THROW(run_task(all(true)), std::runtime_error);
    EXPECT_EQ(ended, 5);
    run_task(together({}));
}

}  // namespace
}  // namespace gsdb
