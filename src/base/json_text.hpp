#pragma once
// Text in JSON that others wrote.

#include <boost/json/object.hpp>
#include <string_view>

namespace gsdb {

/// The text under a name, as long as the object is there; empty when there is none, or something else.
inline std::string_view text_or_empty(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

}  // namespace gsdb
