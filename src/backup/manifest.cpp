#include "backup/manifest.hpp"

#include <boost/json.hpp>

namespace gsdb::backup {

namespace json = boost::json;

namespace {

constexpr int format = 1;

json::object to_object(const migrate::Finding& finding) {
    return {{"code", finding.code}, {"database", finding.database}, {"object", finding.object}};
}

json::object to_object(const TableContent& content) {
    return {{"table", content.table}, {"rows", content.rows}, {"hash", content.hash}};
}

json::object to_object(const DatabaseBackup& database) {
    json::array tables;
    for (const auto& table : database.tables) tables.push_back(to_object(table));
    return {{"database", database.database},
            {"file", database.file},
            {"bytes", database.file_facts.bytes},
            {"sha256", database.file_facts.sha256},
            {"dump_bytes", database.dump_bytes},
            {"snapshot", database.snapshot},
            {"schemas", json::value_from(database.schemas)},
            {"extensions", json::value_from(database.extensions)},
            {"connect", json::value_from(database.connect)},
            {"tables", std::move(tables)}};
}

std::string text(const json::object& object, std::string_view name) {
    return std::string(object.at(name).as_string());
}
std::int64_t number(const json::object& object, std::string_view name) {
    return object.at(name).to_number<std::int64_t>();
}
std::vector<std::string> texts(const json::object& object, std::string_view name) {
    return json::value_to<std::vector<std::string>>(object.at(name));
}

DatabaseBackup read_database(const json::object& object) {
    DatabaseBackup database{.database = text(object, "database"),
                            .file = text(object, "file"),
                            .file_facts = {number(object, "bytes"), text(object, "sha256")},
                            .dump_bytes = number(object, "dump_bytes"),
                            .snapshot = text(object, "snapshot"),
                            .schemas = texts(object, "schemas"),
                            .extensions = texts(object, "extensions"),
                            .connect = texts(object, "connect")};
    for (const auto& each : object.at("tables").as_array()) {
        const auto& table = each.as_object();
        database.tables.push_back({text(table, "table"), number(table, "rows"), text(table, "hash")});
    }
    return database;
}

Manifest read(const json::object& object) {
    Manifest manifest{.id = text(object, "id"),
                      .created_at = text(object, "created_at"),
                      .program_version = text(object, "program_version"),
                      .layout = value_or_throw(migrate::parse_layout_kind(text(object, "layout"))),
                      .server_version = text(object, "server_version"),
                      .dump_major = static_cast<int>(number(object, "dump_major")),
                      .one_instant = object.at("one_instant").as_bool(),
                      .spread = std::chrono::microseconds(number(object, "spread_microseconds")),
                      .key_id = text(object, "key_id"),
                      .other_roles = texts(object, "other_roles")};
    for (const auto& each : object.at("findings").as_array()) {
        const auto& finding = each.as_object();
        manifest.findings.push_back(
            {.code = text(finding, "code"), .database = text(finding, "database"), .object = text(finding, "object")});
    }
    for (const auto& database : object.at("databases").as_array())
        manifest.databases.push_back(read_database(database.as_object()));
    return manifest;
}

}  // namespace

std::int64_t DatabaseBackup::rows() const {
    std::int64_t sum = 0;
    for (const auto& table : tables) sum += table.rows;
    return sum;
}

std::int64_t Manifest::rows() const {
    std::int64_t sum = 0;
    for (const auto& database : databases) sum += database.rows();
    return sum;
}

std::int64_t Manifest::stored_bytes() const {
    std::int64_t sum = 0;
    for (const auto& database : databases) sum += database.file_facts.bytes;
    return sum;
}

std::string to_json(const Manifest& manifest) {
    json::array findings, databases;
    for (const auto& finding : manifest.findings) findings.push_back(to_object(finding));
    for (const auto& database : manifest.databases) databases.push_back(to_object(database));
    return json::serialize(json::object{{"format", format},
                                        {"id", manifest.id},
                                        {"created_at", manifest.created_at},
                                        {"program_version", manifest.program_version},
                                        {"layout", to_string(manifest.layout)},
                                        {"server_version", manifest.server_version},
                                        {"dump_major", manifest.dump_major},
                                        {"one_instant", manifest.one_instant},
                                        {"spread_microseconds", manifest.spread.count()},
                                        {"key_id", manifest.key_id},
                                        {"other_roles", json::value_from(manifest.other_roles)},
                                        {"findings", std::move(findings)},
                                        {"databases", std::move(databases)}}) +
           "\n";
}

std::optional<Manifest> parse_manifest(std::string_view text) {
    try {
        const auto value = json::parse(text);
        if (number(value.as_object(), "format") != format) return std::nullopt;
        return read(value.as_object());
    } catch (const std::exception&) {
        return std::nullopt;  // boost::json throws what it finds; all of it means the same here
    }
}

}  // namespace gsdb::backup
