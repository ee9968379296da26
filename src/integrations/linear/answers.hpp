#pragma once
// What Linear's answers mean: errors in the words of web_service, and objects of the schema as structs.

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "integrations/linear/client.hpp"

namespace gsdb::linear {

/// Nothing leaves it to the status. Errors count whatever the status, and also beside data.
std::optional<web_service::Verdict> judge(const web_service::Answer& answer);

/// The first error of a body, as Linear words it.
std::string message_of(const boost::json::value& body);

/// An answer that is not what Linear's schema says, or says that nothing was done.
web_service::CallFailed not_understood(std::string detail);

// Members of an object. Throw not_understood when they are missing or something else.
const boost::json::object& object_at(const boost::json::object& object, std::string_view name);
/// Null for null.
const boost::json::object* object_or_null(const boost::json::object& object, std::string_view name);
const boost::json::array& array_at(const boost::json::object& object, std::string_view name);
std::string text_at(const boost::json::object& object, std::string_view name);
bool flag_at(const boost::json::object& object, std::string_view name);

/// The payload of a change that was done. Throws when it was not.
const boost::json::object& done_at(const boost::json::object& data, std::string_view name);

User read_user(const boost::json::object& user);
Team read_team(const boost::json::object& team);
WorkflowState read_state(const boost::json::object& state);
IssueSummary read_summary(const boost::json::object& issue);
/// Without its children, which come in pages.
Issue read_issue(const boost::json::object& issue);
Comment read_comment(const boost::json::object& comment);

}  // namespace gsdb::linear
