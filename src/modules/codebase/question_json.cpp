#include "modules/codebase/question_json.hpp"

namespace gsdb::codebase {

namespace json = boost::json;

json::value to_json(const Symbol& symbol) {
    // 64 bits are more than the numbers of JSON carry everywhere.
    json::object object{{"id", std::to_string(symbol.id)}, {"name", symbol.name}};
    const auto add = [&](std::string_view key, const std::string& text) {
        if (!text.empty()) object[key] = text;
    };
    add("codebase", symbol.codebase);
    add("path", symbol.path);
    add("package", symbol.package);
    add("kind", symbol.kind);
    add("language", symbol.language);
    add("signature", symbol.signature);
    add("documentation", symbol.documentation);
    if (symbol.start_line > 0) object["start_line"] = symbol.start_line, object["end_line"] = symbol.end_line;
    return object;
}

json::value to_json(const Step& step) {
    return {{"depth", step.depth},
            {"symbol", to_json(step.symbol)},
            {"via", std::to_string(step.via)},
            {"relationship", step.kind},
            {"at", {{"path", step.path}, {"line", step.line}, {"column", step.column}}},
            {"method", step.method},
            {"confidence", step.confidence}};
}

json::value to_json(const Mention& mention) {
    return {
        {"codebase", mention.codebase},
        {"at",
         {{"path", mention.path}, {"line", mention.line}, {"column", mention.column}, {"bytes", mention.length_bytes}}},
        {"in", mention.source},
        {"in_kind", mention.source_kind},
        {"relationship", mention.kind},
        {"method", mention.method},
        {"confidence", mention.confidence}};
}

json::value to_json(const DeadElement& element) {
    return {{"id", std::to_string(element.symbol)},
            {"path", element.path},
            {"kind", element.kind},
            {"name", element.name},
            {"start_line", element.start_line},
            {"end_line", element.end_line},
            {"is_exported", element.is_exported},
            {"dead_callers", element.dead_callers}};
}

}  // namespace gsdb::codebase
