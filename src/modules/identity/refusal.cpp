#include "modules/identity/refusal.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace gsdb::identity {

namespace {

struct RoutineError {
    std::string_view sqlstate;
    std::string_view code;
    ExitCode exit_code;
};

// Names and meanings are those of identity.error_codes(); a test compares the two.
constexpr std::array<RoutineError, 7> routine_errors{{
    {"GS101", "identity.last_owner", ExitCode::conflict},
    {"GS102", "identity.not_a_member", ExitCode::not_found},
    {"GS103", "identity.role_too_low", ExitCode::failed},
    {"GS104", "identity.api_key_unknown", ExitCode::not_found},
    {"GS105", "identity.credential_unknown", ExitCode::not_found},
    {"GS106", "identity.user_unknown", ExitCode::not_found},
    {"GS107", "identity.organization_unknown", ExitCode::not_found},
}};

/// "email_is_an_address" reads as a sentence without its underscores; a key's name names the columns that are taken.
std::string in_words(std::string_view constraint) {
    std::string words(constraint);
    std::ranges::replace(words, '_', ' ');
    return words;
}

}  // namespace

std::optional<Error> refusal_of(const pg::SqlError& error) {
    const auto& facts = error.facts();
    auto known = std::ranges::find(routine_errors, error.sqlstate(), &RoutineError::sqlstate);
    if (known != routine_errors.end())
        return Error{.code = std::string(known->code),
                     .message = facts.message,
                     .detail = facts.detail,
                     .hint = facts.hint,
                     .exit_code = known->exit_code};
    if (error.sqlstate() == "23505")
        return Error{.code = "identity.taken",
                     .message = "something of that name is there already",
                     .detail = in_words(error.constraint()),
                     .hint = "choose another name, or use what is there",
                     .exit_code = ExitCode::conflict};
    if (error.sqlstate() == "23514")
        return Error{.code = "identity.bad_value",
                     .message = "a value is not of the form it must have",
                     .detail = in_words(error.constraint()),
                     .hint = "correct the value that the detail speaks of",
                     .exit_code = ExitCode::usage};
    return std::nullopt;
}

}  // namespace gsdb::identity
