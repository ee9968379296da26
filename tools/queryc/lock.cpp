#include "queryc/lock.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>

#include "base/error.hpp"

namespace gsdb::queryc {

namespace json = boost::json;

namespace {

std::string json_text(std::string_view text) {
    return json::serialize(json::string(text));
}

/// `"name": [` with a line for each item, or `"name": []`.
template <class Item, class Print>
std::string list(std::string_view name, const std::vector<Item>& items, Print print) {
    std::string text = fmt::format("    \"{}\": [", name);
    for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "\n      " : ",\n      ") + print(items[i]);
    return text + (items.empty() ? "]" : "\n    ]");
}

std::string print_parameter(const LockedParameter& parameter) {
    return fmt::format(R"({{"name": {}, "type": {}}})", json_text(parameter.name), json_text(parameter.type));
}

std::string print_column(const LockedColumn& column) {
    return fmt::format(R"({{"name": {}, "type": {}, "nullable": {}}})", json_text(column.name), json_text(column.type),
                       column.nullable);
}

std::string text_of(const json::object& object, std::string_view key) {
    return std::string(object.at(key).as_string());
}

LockedStatement parse_statement(const json::object& object) {
    LockedStatement statement{.fingerprint = text_of(object, "text")};
    for (const auto& value : object.at("parameters").as_array()) {
        const auto& parameter = value.as_object();
        statement.parameters.push_back({text_of(parameter, "name"), text_of(parameter, "type")});
    }
    for (const auto& value : object.at("columns").as_array()) {
        const auto& column = value.as_object();
        statement.columns.push_back(
            {text_of(column, "name"), text_of(column, "type"), column.at("nullable").as_bool()});
    }
    return statement;
}

}  // namespace

std::string to_json(const Lock& lock) {
    std::string text = "{";
    for (const auto& [name, statement] : lock) {
        text +=
            fmt::format("{}\n  {}: {{\n    \"text\": {},\n{},\n{}\n  }}", text.size() == 1 ? "" : ",", json_text(name),
                        json_text(statement.fingerprint), list("parameters", statement.parameters, print_parameter),
                        list("columns", statement.columns, print_column));
    }
    return text + "\n}\n";
}

Lock parse_lock(std::string_view text, const std::string& file) {
    try {
        Lock lock;
        for (const auto& [name, value] : json::parse(json::string_view(text.data(), text.size())).as_object())
            lock.emplace(std::string(name), parse_statement(value.as_object()));
        return lock;
    } catch (const std::exception& error) {
        throw Failure({.code = "queryc.lock",
                       .message = fmt::format("{} is not a lock file", file),
                       .detail = error.what(),
                       .hint = "remove it, then make it again with: ./dev gen",
                       .exit_code = ExitCode::problems});
    }
}

Lock read_lock(const std::filesystem::path& path) {
    if (!std::filesystem::exists(path)) return {};
    return parse_lock(read_text(path), path.string());
}

std::vector<std::string> stale_statements(const std::vector<Statement>& statements, const Lock& lock) {
    std::vector<std::string> stale;
    for (const auto& statement : statements) {
        auto locked = lock.find(statement.name);
        if (locked == lock.end())
            stale.push_back(
                fmt::format("{}: statement {} is new and not in the lock file", statement.place(), statement.name));
        else if (locked->second.fingerprint != statement.fingerprint())
            stale.push_back(
                fmt::format("{}: the text of {} changed since it was locked", statement.place(), statement.name));
    }
    for (const auto& [name, locked] : lock)
        if (std::ranges::find(statements, name, &Statement::name) == statements.end())
            stale.push_back(fmt::format("statement {} is in the lock file and in no .sql file", name));
    return stale;
}

std::vector<std::string> differences(const Lock& lock, const Lock& database) {
    std::vector<std::string> found;
    for (const auto& [name, described] : database) {
        auto locked = lock.find(name);
        if (locked == lock.end() || locked->second == described) continue;
        found.push_back(fmt::format("statement {}: the schema has changed; locked as\n{}\n    and now\n{}", name,
                                    list("columns", locked->second.columns, print_column),
                                    list("columns", described.columns, print_column)));
    }
    return found;
}

bool write_if_different(const std::filesystem::path& path, std::string_view text) {
    if (std::filesystem::exists(path) && read_text(path) == text) return false;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    auto unfinished = path;
    unfinished += fmt::format(".{}.unfinished", getpid());
    std::ofstream stream(unfinished, std::ios::binary);
    stream << text;
    stream.close();
    if (!stream)
        throw Failure({.code = "queryc.write",
                       .message = fmt::format("{} cannot be written", path.string()),
                       .hint = "is the disk full, and may this user write there?",
                       .exit_code = ExitCode::unavailable});
    std::filesystem::rename(unfinished, path);
    return true;
}

}  // namespace gsdb::queryc
