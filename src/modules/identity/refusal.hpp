#pragma once
// What the database refuses for a reason of the domain, as a planned outcome.

#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/task.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::identity {

/// The error behind a refusal: those of identity.error_codes() ("identity.last_owner"), a value that is taken
/// ("identity.taken"), and one that a constraint does not let pass ("identity.bad_value"). Nothing for any other error.
std::optional<Error> refusal_of(const pg::SqlError& error);

/// The outcome of `work`, with refusals as errors. Other exceptions pass.
template <class T>
Task<Result<T>> with_refusals(Task<T> work) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(work);
            co_return Result<void>{};
        } else {
            co_return co_await std::move(work);
        }
    } catch (const pg::SqlError& error) {
        auto refusal = refusal_of(error);
        if (!refusal) throw;
        co_return std::unexpected(std::move(*refusal));
    }
}

}  // namespace gsdb::identity
