#include "modules/codebase/link/manifests.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cctype>

#include "modules/codebase/link/paths.hpp"

namespace gsdb::codebase::link {

namespace {

namespace dom = simdjson::dom;

/// tsconfig.json may have comments and commas before closing brackets.
std::string plain_json(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            const auto start = i++;
            for (; i < text.size() && text[i] != '"'; ++i)
                if (text[i] == '\\') ++i;
            plain += text.substr(start, i - start + 1);
        } else if (text.substr(i).starts_with("//")) {
            while (i + 1 < text.size() && text[i + 1] != '\n') ++i;
        } else if (text.substr(i).starts_with("/*")) {
            const auto end = text.find("*/", i + 2);
            i = end == std::string_view::npos ? text.size() : end + 1;
        } else {
            if (text[i] == '}' || text[i] == ']')
                while (!plain.empty() &&
                       (std::isspace(static_cast<unsigned char>(plain.back())) != 0 || plain.back() == ','))
                    plain.pop_back();
            plain += text[i];
        }
    }
    return plain;
}

/// All texts in a value: `exports` nests its conditions.
void collect_texts(dom::element value, std::vector<std::string>& texts) {
    constexpr std::size_t texts_max = 16;
    if (texts.size() >= texts_max) return;
    if (value.is_string()) texts.emplace_back(value.get_string().value());
    if (value.is_object())
        for (const auto [key, inner] : value.get_object().value_unsafe()) collect_texts(inner, texts);
}

void add_package(Manifests& manifests, std::string_view path, dom::element root) {
    Package package{.folder = folder_of(path)};
    std::string_view name;
    if (root["name"].get(name) != simdjson::SUCCESS || name.empty()) return;
    package.name = name;
    for (const auto* key : {"source", "module", "main", "types"})
        if (std::string_view entry; root[key].get(entry) == simdjson::SUCCESS) package.entries.emplace_back(entry);
    if (dom::element exports; root["exports"].get(exports) == simdjson::SUCCESS) {
        dom::element own;
        collect_texts(exports["."].get(own) == simdjson::SUCCESS ? own : exports, package.entries);
    }
    for (const auto* usual : {"index", "src/index"}) package.entries.emplace_back(usual);
    manifests.packages.push_back(std::move(package));
}

void add_aliases(Manifests& manifests, std::string_view path, dom::element root) {
    dom::element options;
    if (root["compilerOptions"].get(options) != simdjson::SUCCESS) return;
    const auto folder = folder_of(path);
    std::string_view base_url = ".";
    const bool has_base = options["baseUrl"].get(base_url) == simdjson::SUCCESS;
    const auto base = folder + "/" + std::string(base_url);
    dom::object paths;
    if (options["paths"].get(paths) == simdjson::SUCCESS) {
        for (const auto [pattern, targets] : paths) {
            PathAlias alias{.folder = folder, .pattern = std::string(pattern)};
            dom::array all;
            if (targets.get(all) != simdjson::SUCCESS) continue;
            for (const auto target : all)
                if (std::string_view text; target.get(text) == simdjson::SUCCESS)
                    alias.targets.push_back(normalised(base + "/" + std::string(text)));
            manifests.aliases.push_back(std::move(alias));
        }
    }
    if (has_base) manifests.aliases.push_back({folder, "*", {normalised(base + "/*")}});
}

}  // namespace

bool is_manifest(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    return name == "package.json" || name == "jsconfig.json" ||
           (name.starts_with("tsconfig") && name.ends_with(".json"));
}

void Manifests::add(std::string_view path, std::string_view text) {
    if (!is_manifest(path)) return;
    const bool is_package = path.substr(path.rfind('/') + 1) == "package.json";
    dom::parser parser;
    dom::element root;
    if (parser.parse(plain_json(text)).get(root) != simdjson::SUCCESS || !root.is_object()) return;
    is_package ? add_package(*this, path, root) : add_aliases(*this, path, root);
}

}  // namespace gsdb::codebase::link
