#pragma once
// Bodies of requests that are JSON objects.

#include <boost/json.hpp>

#include "http/message.hpp"

namespace gsdb::http {

/// The body's object; an empty one for no body. Throws Refusal with 400 request.bad_body.
boost::json::object read_json_object(const Request& request);

}  // namespace gsdb::http
