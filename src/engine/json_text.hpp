#pragma once
// Text in JSON that others wrote, for the database.

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/json_text.hpp"
#include "base/utf8.hpp"

namespace gsdb::engine {

/// The text under a name, as PostgreSQL takes it; empty when there is none, or something else.
inline std::string text_in(const boost::json::object& object, std::string_view name) {
    return printable_utf8(text_or_empty(object, name));
}

}  // namespace gsdb::engine
