#include "modules/tasks/executors/configuration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gsdb::tasks {

namespace json = boost::json;

namespace {

/// A text that PostgreSQL and programs take, too.
std::optional<std::string> text_of(const json::value& value) {
    if (!value.is_string()) return std::nullopt;
    std::string text(value.get_string());
    return text.contains('\0') ? std::nullopt : std::optional(std::move(text));
}

}  // namespace

Failed InvalidInput::failed() const {
    return {.error_class = "invalid_input", .error_message = what(), .is_retried = false};
}

Configuration::Configuration(std::string_view what, const std::string& document) : what_(what) {
    boost::system::error_code problem;
    auto value = json::parse(document, problem);
    if (problem) throw InvalidInput(fmt::format("the {} is not JSON: {}", what_, problem.message()));
    if (!value.is_object()) throw InvalidInput(fmt::format("the {} is not a JSON object", what_));
    object_ = std::move(value.get_object());
}

void Configuration::refuse(std::string_view name, std::string_view why) const {
    throw InvalidInput(fmt::format("{} of the {} {}", name, what_, why));
}

const json::value* Configuration::any(const char* name) {
    taken_.insert(name);
    const auto* found = object_.if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::string Configuration::text(const char* name) {
    auto text = this->text(name, "");
    if (text.empty()) refuse(name, "is missing");
    return text;
}

std::string Configuration::text(const char* name, std::string other) {
    const auto* const found = any(name);
    if (found == nullptr) return other;
    auto text = text_of(*found);
    if (!text) refuse(name, "is not a text");
    return std::move(*text);
}

std::optional<std::int64_t> Configuration::number(const char* name, std::int64_t least, std::int64_t most) {
    const auto* const found = any(name);
    if (found == nullptr) return std::nullopt;
    if (!found->is_int64() || found->get_int64() < least || found->get_int64() > most)
        refuse(name, fmt::format("is not a whole number from {} to {}", least, most));
    return found->get_int64();
}

std::vector<std::string> Configuration::texts(const char* name) {
    std::vector<std::string> all;
    const auto* const found = any(name);
    if (found == nullptr) return all;
    if (!found->is_array()) refuse(name, "is not an array of texts");
    for (const auto& item : found->get_array()) {
        auto text = text_of(item);
        if (!text) refuse(name, "is not an array of texts");
        all.push_back(std::move(*text));
    }
    return all;
}

std::vector<std::pair<std::string, std::string>> Configuration::pairs(const char* name) {
    std::vector<std::pair<std::string, std::string>> all;
    const auto* const found = any(name);
    if (found == nullptr) return all;
    if (!found->is_object()) refuse(name, "is not an object of texts");
    for (const auto& [key, value] : found->get_object()) {
        auto text = text_of(value);
        if (!text) refuse(name, "is not an object of texts");
        all.emplace_back(key, std::move(*text));
    }
    return all;
}

void Configuration::finish() const {
    for (const auto& [name, value] : object_)
        if (!taken_.contains(name))
            refuse(std::string(name), fmt::format("is not known; there are {}", fmt::join(taken_, ", ")));
}

}  // namespace gsdb::tasks
