#pragma once
// Tasks that call a URL.
//
//     {"method": "POST", "url": "https://example.org/build", "headers": {"X-Team": "core"}, "body": {"branch": "main"}}
//
// A body that is no text is sent as JSON. Without one, methods that have a body send the task's input. Answers of 2xx
// are success: the output is {"status", "content_type", "body"}, the body as JSON where it is that.

#include <string>

#include "base/clock.hpp"
#include "http/client.hpp"
#include "modules/tasks/handler.hpp"

namespace gsdb::tasks {

/// The request as configured. Throws InvalidInput.
http::OutgoingRequest read_http_call(const std::string& configuration, const std::string& input);

/// `guard` says where calls may go. `clock` must outlive the handler.
Handler http_handler(http::AddressGuard guard, const Clock& clock);

}  // namespace gsdb::tasks
