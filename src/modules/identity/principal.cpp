#include "modules/identity/principal.hpp"

#include <fmt/format.h>

namespace gsdb::identity {

Result<void> authorize(const Principal& principal, Permission permission) {
    if (principal.may(permission)) return {};
    Error error{.code = "identity.forbidden",
                .message = fmt::format("this API key may not {} {}", to_string(permission.access), permission.area)};
    auto needed = role_needed(permission.access);
    if (principal.role < needed) {
        error.detail =
            fmt::format("it has the role {}, and this needs {}", to_string(principal.role), to_string(needed));
        error.hint = "use a key of a higher role; an admin of the organization can make one";
    } else {
        error.detail = fmt::format("its scopes do not include {}:{}", permission.area, to_string(permission.access));
        error.hint = "use a key with that scope; an admin of the organization can make one";
    }
    return std::unexpected(std::move(error));
}

std::string actor_of(const Principal& principal) {
    return "api_key:" + to_string(principal.api_key_id);
}

}  // namespace gsdb::identity
