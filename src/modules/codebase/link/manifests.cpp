#include "modules/codebase/link/manifests.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <ranges>

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

void add_go_module(Manifests& manifests, std::string_view path, std::string_view text) {
    constexpr std::string_view word = "module ";
    for (const auto line : std::views::split(text, '\n')) {
        std::string_view rest(line.begin(), line.end());
        if (!rest.starts_with(word)) continue;
        rest.remove_prefix(word.size());
        rest = rest.substr(0, rest.find("//"));
        const auto first = rest.find_first_not_of(" \t\""), last = rest.find_last_not_of(" \t\r\"");
        if (first == std::string_view::npos) return;
        manifests.go_modules.push_back({folder_of(path), std::string(rest.substr(first, last - first + 1))});
        return;
    }
}

/// Of the sections that name the package and the file of its library; a full reader of TOML is not needed for that.
void add_rust_crate(Manifests& manifests, std::string_view path, std::string_view text) {
    const auto unquoted = [](std::string_view value) {
        const auto first = value.find('"'), last = value.rfind('"');
        return first == last ? std::string_view{} : value.substr(first + 1, last - first - 1);
    };
    RustCrate found{.folder = normalised(folder_of(path) + "/src"), .name = {}};
    std::string_view section;
    for (const auto part : std::views::split(text, '\n')) {
        const std::string_view line(part.begin(), part.end());
        if (line.starts_with('[')) section = line.substr(0, line.find(']') + 1);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const auto key = line.substr(0, line.find_first_of(" ="));
        const auto value = unquoted(line.substr(equals));
        if (key == "name" && (section == "[lib]" || (section == "[package]" && found.name.empty()))) found.name = value;
        if (key == "path" && section == "[lib]")
            found.folder = folder_of(normalised(folder_of(path) + "/" + std::string(value)));
    }
    std::ranges::replace(found.name, '-', '_');
    if (!found.name.empty()) manifests.rust_crates.push_back(std::move(found));
}

}  // namespace

bool is_manifest(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    return name == "go.mod" || name == "Cargo.toml" || name == "package.json" || name == "jsconfig.json" ||
           (name.starts_with("tsconfig") && name.ends_with(".json"));
}

void Manifests::add(std::string_view path, std::string_view text) {
    if (!is_manifest(path)) return;
    const auto name = path.substr(path.rfind('/') + 1);
    if (name == "go.mod") return add_go_module(*this, path, text);
    if (name == "Cargo.toml") return add_rust_crate(*this, path, text);
    const bool is_package = name == "package.json";
    dom::parser parser;
    dom::element root;
    if (parser.parse(plain_json(text)).get(root) != simdjson::SUCCESS || !root.is_object()) return;
    is_package ? add_package(*this, path, root) : add_aliases(*this, path, root);
}

}  // namespace gsdb::codebase::link
