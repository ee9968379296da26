#pragma once
// What may be missing, in JSON.

#include <boost/json/value.hpp>
#include <optional>

#include "base/clock.hpp"

namespace gsdb {

template <class T>
boost::json::value or_null(const std::optional<T>& value) {
    return value ? boost::json::value(*value) : boost::json::value(nullptr);
}
inline boost::json::value or_null(const std::optional<Timestamp>& value) {
    return value ? boost::json::value(to_rfc3339(*value)) : boost::json::value(nullptr);
}

}  // namespace gsdb
