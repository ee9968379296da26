#pragma once
// Text in JSON that others wrote, and what may be missing in JSON of ours.

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/utf8.hpp"

namespace gsdb::engine {

/// The text under a name, as PostgreSQL takes it; empty when there is none, or something else.
inline std::string text_in(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? printable_utf8(value->as_string()) : std::string();
}

template <class T>
boost::json::value or_null(const std::optional<T>& value) {
    return value ? boost::json::value(*value) : boost::json::value(nullptr);
}
inline boost::json::value or_null(const std::optional<Timestamp>& value) {
    return value ? boost::json::value(to_rfc3339(*value)) : boost::json::value(nullptr);
}

}  // namespace gsdb::engine
