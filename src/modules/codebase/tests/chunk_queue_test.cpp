#include "modules/codebase/chunk_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <numeric>
#include <thread>
#include <vector>

namespace gsdb::codebase {
namespace {

Task<> take_all(ChunkQueue<int>* queue, std::vector<int>* taken) {
    while (auto chunk = co_await queue->next()) taken->push_back(*chunk);
}

/// Drains the queue on this thread.
std::vector<int> drain(asio::io_context& context, ChunkQueue<int>& queue) {
    std::vector<int> taken;
    std::exception_ptr failure;
    asio::co_spawn(context.get_executor(), take_all(&queue, &taken),
                   [&](std::exception_ptr thrown) { failure = std::move(thrown); });
    context.run();
    if (failure) std::rethrow_exception(failure);
    return taken;
}

TEST(ChunkQueue, HandsOverEveryChunkOfEveryProducerOnce) {
    asio::io_context context;
    ChunkQueue<int> queue(context.get_executor(), 10, 4);
    std::vector<std::jthread> producers;
    for (int p = 0; p < 4; ++p)
        producers.emplace_back([&queue, p] {
            for (int i = 0; i < 1000; ++i) ASSERT_TRUE(queue.push(p * 1000 + i, 3));
            queue.producer_ended();
        });
    auto taken = drain(context, queue);
    std::ranges::sort(taken);
    std::vector<int> expected(4000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(taken, expected);
}

TEST(ChunkQueue, ThrowsWhatAProducerThrew) {
    asio::io_context context;
    ChunkQueue<int> queue(context.get_executor(), 10, 1);
    std::jthread producer([&] { queue.producer_ended(std::make_exception_ptr(std::runtime_error("disk on fire"))); });
    EXPECT_THROW(drain(context, queue), std::runtime_error);
}

TEST(ChunkQueue, LetsAWaitingProducerGoWhenTheConsumerGivesUp) {
    asio::io_context context;
    ChunkQueue<int> queue(context.get_executor(), 1, 1);
    ASSERT_TRUE(queue.push(1, 1));  // full now
    bool accepted = true;
    std::jthread producer([&] { accepted = queue.push(2, 1); });
    queue.abandon();
    producer.join();
    EXPECT_FALSE(accepted);
}

TEST(ChunkQueue, MayGoWhileAWakeUpIsStillPosted) {
    asio::io_context context;
    std::vector<int> taken;
    {
        ChunkQueue<int> queue(context.get_executor(), 10, 1);
        asio::co_spawn(context.get_executor(), take_all(&queue, &taken), asio::detached);
        context.poll();  // the consumer waits
        ASSERT_TRUE(queue.push(1, 1));
        queue.producer_ended();
        context.poll();
    }
    context.run();
    EXPECT_EQ(taken, std::vector{1});
}

}  // namespace
}  // namespace gsdb::codebase
