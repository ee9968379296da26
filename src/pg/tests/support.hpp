#pragma once
// What the tests of this folder share on top of the server.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "base/run_task.hpp"
#include "pg/connection.hpp"
#include "test_server.hpp"

namespace gsdb::pg::test {

struct AnyModule {};

/// Runs a coroutine that takes a connection, on a new one.
template <class Body>
void with_connection(Body body, ConnectOptions options = TestServer::instance().options()) {
    run_task([](Body owned, ConnectOptions where) -> Task<> {
        auto connection = co_await Connection::open(std::move(where));
        co_await owned(*connection);
    }(std::move(body), std::move(options)));
}

/// The Failure of type F that `action` throws.
template <class F = Failure, class Action>
F thrown_by(Action action) {
    try {
        action();
    } catch (const F& failure) {
        return failure;
    }
    throw std::runtime_error("nothing of the expected type was thrown");
}

/// The SqlError of a coroutine that takes a connection.
template <class F = SqlError, class Body>
F thrown_on_connection(Body body, ConnectOptions options = TestServer::instance().options()) {
    return thrown_by<F>([&] { with_connection(body, options); });
}

}  // namespace gsdb::pg::test
