#include "integrations/web_service/outcome.hpp"

#include <array>
#include <utility>

namespace gsdb::web_service {

std::string_view name_of(Outcome outcome) {
    static constexpr std::array<std::string_view, 10> names{"done",      "already_done", "rate_limited", "unreachable",
                                                            "timed_out", "unauthorized", "not_found",    "conflict",
                                                            "invalid",   "error"};
    return names.at(static_cast<std::size_t>(std::to_underlying(outcome)));
}

bool may_pass(Outcome outcome) {
    return outcome == Outcome::rate_limited || outcome == Outcome::unreachable || outcome == Outcome::timed_out;
}

}  // namespace gsdb::web_service
