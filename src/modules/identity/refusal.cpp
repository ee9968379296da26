#include "modules/identity/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace gsdb::identity {

namespace {

constexpr std::array<RoutineError, 7> routine_errors{{
    {"GS101", "last_owner", ExitCode::conflict},
    {"GS102", "not_a_member", ExitCode::not_found},
    {"GS103", "role_too_low", ExitCode::failed},
    {"GS104", "api_key_unknown", ExitCode::not_found},
    {"GS105", "credential_unknown", ExitCode::not_found},
    {"GS106", "user_unknown", ExitCode::not_found},
    {"GS107", "organization_unknown", ExitCode::not_found},
}};

struct ConstraintError {
    std::string_view sqlstate;
    std::string_view name;
    std::string_view message;
    std::string_view hint;
    ExitCode exit_code;
};

constexpr std::array<ConstraintError, 3> constraint_errors{{
    {"23505", "taken", "something of that name is there already", "choose another name, or use what is there",
     ExitCode::conflict},
    {"23503", "unknown_reference", "something that is referred to is not there", "create it first, or correct its id",
     ExitCode::not_found},
    {"23514", "bad_value", "a value is not of the form it must have", "correct the value that the detail speaks of",
     ExitCode::usage},
}};

/// The names of constraints say the guarantee: "email_is_an_address".
std::string in_words(std::string_view constraint) {
    std::string words(constraint);
    std::ranges::replace(words, '_', ' ');
    return words;
}

}  // namespace

RefusalTable refusals() {
    return {.module = "identity", .routine_errors = routine_errors};
}

std::optional<Error> refusal_of(const pg::SqlError& error, RefusalTable table) {
    const auto& facts = error.facts();
    auto routine = std::ranges::find(table.routine_errors, error.sqlstate(), &RoutineError::sqlstate);
    if (routine != table.routine_errors.end())
        return Error{.code = fmt::format("{}.{}", table.module, routine->name),
                     .message = facts.message,
                     .detail = facts.detail,
                     .hint = facts.hint,
                     .exit_code = routine->exit_code};
    auto constraint = std::ranges::find(constraint_errors, error.sqlstate(), &ConstraintError::sqlstate);
    if (constraint != constraint_errors.end())
        return Error{.code = fmt::format("{}.{}", table.module, constraint->name),
                     .message = std::string(constraint->message),
                     .detail = in_words(error.constraint()),
                     .hint = std::string(constraint->hint),
                     .exit_code = constraint->exit_code};
    return std::nullopt;
}

}  // namespace gsdb::identity
