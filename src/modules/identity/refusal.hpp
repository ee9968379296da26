#pragma once
// What the database refuses for a reason of the domain, as a planned outcome.

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "base/task.hpp"
#include "pg/sql_error.hpp"

namespace gsdb::identity {

/// An error that a module's routines raise, by the SQLSTATE that <module>.error_codes() lists.
struct RoutineError {
    std::string_view sqlstate;
    std::string_view name;  ///< "last_owner"
    ExitCode exit_code;
};

/// The errors of one module. Views of constants.
struct RefusalTable {
    std::string_view module;
    std::span<const RoutineError> routine_errors;
};

/// Those of identity.error_codes().
RefusalTable refusals();

/// The error behind a refusal: "<module>.<name>" for those of the table, "<module>.taken" for a value that is there
/// already, "<module>.unknown_reference" for a row that is not, "<module>.bad_value" for what a constraint does not let
/// pass; its detail says the constraint in words. Nothing for any other error.
std::optional<Error> refusal_of(const pg::SqlError& error, RefusalTable table = refusals());

/// The outcome of `work`, with refusals as errors. Other exceptions pass.
template <class T>
Task<Result<T>> with_refusals(Task<T> work, RefusalTable table = refusals()) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(work);
            co_return Result<void>{};
        } else {
            co_return co_await std::move(work);
        }
    } catch (const pg::SqlError& error) {
        auto refusal = refusal_of(error, table);
        if (!refusal) throw;
        co_return std::unexpected(std::move(*refusal));
    }
}

}  // namespace gsdb::identity
