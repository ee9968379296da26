#pragma once
// What the files with routes share.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "base/or_null.hpp"
#include "http/error.hpp"

namespace gsdb::codebase {

/// 400: the request cannot be meant so.
[[noreturn]] inline void refuse(std::string code, std::string message, std::string hint) {
    throw http::Refusal(http::Status::bad_request,
                        {.code = std::move(code), .message = std::move(message), .hint = std::move(hint)});
}

/// 404.
[[noreturn]] inline void throw_no_such_codebase(std::string_view id_or_name) {
    throw http::Refusal(http::Status::not_found, {.code = "codebase.not_found",
                                                  .message = fmt::format("there is no codebase '{}'", id_or_name),
                                                  .hint = "GET /api/v1/codebases lists them; gsdb index PATH adds one",
                                                  .exit_code = ExitCode::not_found});
}

}  // namespace gsdb::codebase
