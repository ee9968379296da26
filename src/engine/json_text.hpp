#pragma once
// Text in JSON that others wrote.

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/utf8.hpp"

namespace gsdb::engine {

/// The text under a name, as PostgreSQL takes it; empty when there is none, or something else.
inline std::string text_in(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? printable_utf8(value->as_string()) : std::string();
}

}  // namespace gsdb::engine
