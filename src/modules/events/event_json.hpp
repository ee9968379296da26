#pragma once

#include <boost/json.hpp>

#include "modules/events/questions.hpp"

namespace gsdb::events {

/// Events as the API and --json show them.
boost::json::object to_json(const KnownEvent& event);
boost::json::object to_json(const EventDetails& details);

}  // namespace gsdb::events
