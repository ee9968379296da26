#pragma once
// How the engine's routes answer what they refuse.

#include <type_traits>
#include <utility>

#include "base/error.hpp"
#include "http/error.hpp"

namespace gsdb::engine {

[[noreturn]] inline void refuse(http::Status status, Error error) {
    throw http::Refusal(status, std::move(error));
}

template <class T>
T or_refuse(Result<T> result) {
    if (!result)
        refuse(result.error().code == "identity.forbidden" ? http::Status::forbidden
                                                           : http::status_of(result.error().exit_code),
               result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace gsdb::engine
