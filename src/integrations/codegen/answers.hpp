#pragma once
// What Codegen answers, in our words. Codegen leaves out and nulls what it likes, but for ids.

#include <boost/json.hpp>
#include <string_view>

#include "integrations/codegen/codegen.hpp"

namespace gsdb::codegen {

/// The member of a run's metadata that holds our key.
inline constexpr std::string_view key_name = "gsdb_key";

/// These throw a web_service::CallFailed (error) when the value is none.
Run run_of(const boost::json::value& value);
LogPage log_page_of(const boost::json::value& value);
Organization organization_of(const boost::json::value& value);
Repository repository_of(const boost::json::value& value);

/// A page of a list.
struct Page {
    const boost::json::array* items;
    std::int64_t total = 0;
};
Page page_of(const boost::json::value& value);

/// What is wrong, of a body that refuses: "message", or what was found invalid ("detail").
std::string message_of(const boost::json::value& body);

}  // namespace gsdb::codegen
