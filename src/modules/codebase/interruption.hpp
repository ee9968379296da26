#pragma once

#include "base/error.hpp"

namespace gsdb::codebase {

/// What the user ended: error codebase.interrupted. `detail` says what is left of the work.
inline Failure interrupted(std::string message, std::string detail, std::string hint) {
    return Failure({.code = "codebase.interrupted",
                    .message = std::move(message),
                    .detail = std::move(detail),
                    .hint = std::move(hint),
                    .exit_code = ExitCode::interrupted});
}

}  // namespace gsdb::codebase
