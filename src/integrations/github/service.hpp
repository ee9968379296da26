#pragma once
// How GitHub is reached, by whomever, and what its answers mean.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/client.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::github {

struct Service {
    std::string api_url = "https://api.github.com";
    web_service::Rules rules{};
    http::ClientOptions http{};  ///< guard, deadlines, certificates
    std::function<void(const web_service::Attempt&)> on_attempt{};
};

web_service::Options options_of(Service service, web_service::Authorize authorize);

/// Whether an answer says that there were too many calls, in this hour or at once, and until when; it does so with the
/// status that also stands for "you may not".
std::optional<web_service::Verdict> limit_of(const web_service::Answer& answer, Timestamp now);

/// What GitHub says was wrong, with what it says of single fields.
std::string message_of(const boost::json::value& body);

/// The path behind `base_url` of the page after this one; nothing on the last. Throws CallFailed when it is elsewhere:
/// the credential does not go there.
std::optional<std::string> next_page(const web_service::Answer& answer, std::string_view base_url);

/// An answer that is none of GitHub's.
[[noreturn]] void throw_unreadable(std::string detail);

}  // namespace gsdb::github
