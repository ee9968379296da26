#include "engine/agent.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/json_text.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

double number_at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_number() ? std::max(value->to_number<double>(), 0.0) : 0;
}

}  // namespace

std::optional<AgentReport> parse_report(std::string_view text) {
    boost::system::error_code problem;
    const auto value = json::parse(text, problem);
    if (problem || !value.is_object()) return std::nullopt;
    const auto& object = value.as_object();
    AgentReport report{.summary = text_in(object, "summary"),
                       .has_nothing_to_do = text_in(object, "status") == "nothing_to_do",
                       .model = text_in(object, "model"),
                       .cost_usd = std::min(number_at(object, "cost_usd"), 1e6),
                       .input_tokens = static_cast<std::int64_t>(std::min(number_at(object, "input_tokens"), 1e15)),
                       .output_tokens = static_cast<std::int64_t>(std::min(number_at(object, "output_tokens"), 1e15)),
                       .criteria = {}};
    const auto* criteria = object.if_contains("criteria");
    if (criteria == nullptr || !criteria->is_array()) return report;
    for (const auto& one : criteria->as_array()) {
        if (!one.is_object()) continue;
        const auto* met = one.as_object().if_contains("met");
        report.criteria.push_back({.criterion = text_in(one.as_object(), "criterion"),
                                   .evidence = text_in(one.as_object(), "evidence"),
                                   .is_met = met != nullptr && met->is_bool() && met->as_bool()});
    }
    return report;
}

}  // namespace gsdb::engine
