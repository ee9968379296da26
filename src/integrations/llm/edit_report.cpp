#include "integrations/llm/edit_report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace gsdb::llm {

namespace json = boost::json;

namespace {

class ReportParser {
  public:
    ReportParser(int line, const EditLimits& limits, Problems& problems)
        : line_(line), limits_(limits), problems_(problems) {}

    Report parse(std::string_view text) {
        constexpr std::size_t depth_max = 16;
        boost::system::error_code problem;
        const auto value = json::parse(text, problem, {}, {.max_depth = depth_max});
        if (problem || !value.is_object()) {
            complain("the report is no JSON object");
            return {};
        }
        const auto& object = value.get_object();
        Report report{.summary = text_of(object, "summary", "the report"), .status = status_of(object)};
        const auto* criteria = object.if_contains("criteria");
        if (criteria == nullptr || criteria->is_null()) return report;
        if (!criteria->is_array() || criteria->get_array().size() > limits_.criteria_max) {
            complain(fmt::format("\"criteria\" of the report is to be an array of at most {} objects",
                                 limits_.criteria_max));
            return report;
        }
        for (const auto& one : criteria->get_array()) report.criteria.push_back(criterion_of(one));
        return report;
    }

  private:
    void complain(std::string text) { problems_.push_back({.line = line_, .text = std::move(text)}); }

    std::string text_of(const json::object& object, std::string_view name, std::string_view where) {
        const auto* value = object.if_contains(name);
        if (value != nullptr && value->is_string()) return std::string(value->get_string());
        complain(fmt::format("{} has no text \"{}\"", where, name));
        return "";
    }

    Report::Status status_of(const json::object& object) {
        const auto* value = object.if_contains("status");
        const auto word = value != nullptr && value->is_string() ? std::string_view(value->get_string()) : "";
        if (word == "nothing_to_do") return Report::Status::nothing_to_do;
        if (word == "failed") return Report::Status::failed;
        if (word != "done") complain(R"("status" of the report is to be "done", "nothing_to_do" or "failed")");
        return Report::Status::done;
    }

    Report::Criterion criterion_of(const json::value& value) {
        const auto* object = value.if_object();
        const auto* met = object != nullptr ? object->if_contains("met") : nullptr;
        if (met == nullptr || !met->is_bool()) {
            complain("a criterion of the report is no object with \"met\": true or false");
            return {};
        }
        Report::Criterion criterion{
            .criterion = text_of(*object, "criterion", "a criterion"), .evidence = {}, .is_met = met->get_bool()};
        if (const auto* evidence = object->if_contains("evidence"); evidence != nullptr && evidence->is_string())
            criterion.evidence = evidence->get_string();
        return criterion;
    }

    int line_;
    const EditLimits& limits_;
    Problems& problems_;
};

}  // namespace

Report parse_edit_report(std::string_view text, int line, const EditLimits& limits, Problems& problems) {
    return ReportParser(line, limits, problems).parse(text);
}

}  // namespace gsdb::llm
