#include "settings/settings.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "settings/declarations.hpp"

namespace gsdb::settings {

namespace {
constexpr std::array<const Declaration*, 43> all_declarations{&home,
                                                              &database_url,
                                                              &database_layout,
                                                              &database_name,
                                                              &database_prepared,
                                                              &database_connections,
                                                              &database_silence_seconds,
                                                              &maintenance_enabled,
                                                              &metrics_health_seconds,
                                                              &metrics_statements_seconds,
                                                              &postgres_bindir,
                                                              &postgres_archive,
                                                              &postgres_archive_days,
                                                              &http_address,
                                                              &http_port,
                                                              &http_threads,
                                                              &http_tls_certificate,
                                                              &http_tls_key,
                                                              &index_threads,
                                                              &index_file_bytes_max,
                                                              &index_vendored,
                                                              &index_generated,
                                                              &index_history,
                                                              &index_plugins,
                                                              &index_plugin_seconds,
                                                              &events_subscriber_networks,
                                                              &events_spool_bytes_max,
                                                              &events_archive_folder,
                                                              &events_slack_url,
                                                              &tasks_concurrent_max,
                                                              &tasks_executors,
                                                              &tasks_http_networks,
                                                              &services_networks,
                                                              &services_github_url,
                                                              &services_linear_url,
                                                              &services_codegen_url,
                                                              &services_codegen_organization,
                                                              &services_openai_url,
                                                              &services_anthropic_url,
                                                              &services_look_milliseconds,
                                                              &log_level,
                                                              &log_format,
                                                              &encryption_key};

/// Settings of which only these texts make sense.
struct Choice {
    const Declaration* setting;
    std::vector<std::string_view> texts;
};

const std::array<Choice, 3>& choices() {
    static const std::array<Choice, 3> all{{
        {&database_layout, {"split", "unified"}},
        {&log_level, {"trace", "debug", "info", "warn", "error", "off"}},
        {&log_format, {"logfmt", "json"}},
    }};
    return all;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<bool> parse_boolean(std::string_view text) {
    for (auto yes : {"true", "on", "yes", "1"})
        if (text == yes) return true;
    for (auto no : {"false", "off", "no", "0"})
        if (text == no) return false;
    return std::nullopt;
}

/// What is wrong with `text` as a value of the setting, or nothing.
std::optional<std::string> problem_with(const Declaration& setting, std::string_view text) {
    if (setting.type == Type::integer) {
        auto number = parse_integer(text);
        if (!number) return "is not a whole number";
        if (*number < setting.min || *number > setting.max)
            return fmt::format("is not between {} and {}", setting.min, setting.max);
    }
    if (setting.type == Type::boolean && !parse_boolean(text)) return "is neither true nor false";
    for (const auto& choice : choices())
        if (choice.setting->name == setting.name && std::ranges::find(choice.texts, text) == choice.texts.end())
            return fmt::format("is none of: {}", fmt::join(choice.texts, ", "));
    return std::nullopt;
}

Error wrong(std::string message, std::string detail, std::string hint) {
    return {.code = "settings.invalid",
            .message = std::move(message),
            .detail = std::move(detail),
            .hint = std::move(hint),
            .exit_code = ExitCode::usage};
}

const Declaration* find_declaration(std::string_view name) {
    auto found = std::ranges::find(all_declarations, name, [](const Declaration* d) { return d->name; });
    return found == all_declarations.end() ? nullptr : *found;
}

struct FileValue {
    std::string name, text, place;
};

std::string text_of(const toml::node& node) {
    if (auto text = node.value<std::string>(); node.is_string()) return *text;
    if (auto number = node.value<std::int64_t>(); node.is_integer()) return std::to_string(*number);
    if (auto flag = node.value<bool>(); node.is_boolean()) return *flag ? "true" : "false";
    return "";
}

void collect(const toml::table& table, const std::string& prefix, const std::string& file,
             std::vector<FileValue>& values) {
    for (const auto& [key, node] : table) {
        auto name = prefix + std::string(key.str());
        if (auto inner = node.as_table())
            collect(*inner, name + ".", file, values);
        else
            values.push_back({name, text_of(node), fmt::format("{}:{}", file, node.source().begin.line)});
    }
}

Result<std::vector<FileValue>> read_file(const std::filesystem::path& file) {
    std::vector<FileValue> values;
    if (file.empty() || !std::filesystem::exists(file)) return values;
    try {
        collect(toml::parse_file(file.string()), "", file.string(), values);
    } catch (const toml::parse_error& problem) {
        return std::unexpected(wrong(fmt::format("{}:{} is not valid TOML", file.string(), problem.source().begin.line),
                                     std::string(problem.description()), "correct the line"));
    }
    for (const auto& value : values)
        if (!find_declaration(value.name))
            return std::unexpected(wrong(fmt::format("{} sets '{}', which is no setting", value.place, value.name), "",
                                         "gsdb settings lists them all"));
    return values;
}

}  // namespace

std::string environment_name(std::string_view setting) {
    std::string name = "GSDB_";
    for (char c : setting)
        name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    return name;
}

std::span<const Declaration* const> declarations() {
    return all_declarations;
}

Result<Settings> Settings::load(const Sources& sources) {
    auto from_file = read_file(sources.file);
    if (!from_file) return std::unexpected(from_file.error());
    Settings settings;
    for (const auto* declaration : all_declarations) {
        std::string name(declaration->name);
        auto& chosen = settings.values_[name] = {std::string(declaration->default_text), {}};
        // A wrong value is refused even where a stronger source overrides it: its day would come unannounced.
        std::optional<Error> refused;
        auto offer = [&](std::string text, Origin origin) {
            if (auto problem = problem_with(*declaration, text); problem && !refused)
                refused = wrong(fmt::format("setting {} from {} {}", name, origin.place, *problem),
                                declaration->secret ? "" : fmt::format("it is '{}'", text),
                                std::string(declaration->description));
            chosen = {std::move(text), std::move(origin)};
        };
        for (const auto& entry : *from_file)
            if (entry.name == name) offer(entry.text, {Origin::file, entry.place});
        auto variable = environment_name(name);
        if (const char* text = sources.environment ? sources.environment(variable.c_str()) : nullptr)
            offer(text, {Origin::environment, variable});
        if (auto option = sources.command_line.find(name); option != sources.command_line.end())
            offer(option->second, {Origin::command_line, "the command line"});
        if (refused) return std::unexpected(std::move(*refused));
    }
    return settings;
}

std::int64_t Settings::get(const IntegerSetting& setting) const {
    return *parse_integer(values_.at(std::string(setting.name)).text);
}
bool Settings::get(const BooleanSetting& setting) const {
    return *parse_boolean(values_.at(std::string(setting.name)).text);
}

std::string Settings::shown(const Declaration& declaration) const {
    const auto& text = values_.at(std::string(declaration.name)).text;
    if (declaration.secret) return text.empty() ? "(not set)" : "(set)";
    return text;
}

}  // namespace gsdb::settings
