// Ruby, PHP, .NET, C and C++.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "modules/codebase/packages/formats.hpp"
#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

/// Texts in quotes of either kind, in their order.
std::vector<std::string_view> quoted_texts(std::string_view line) {
    std::vector<std::string_view> texts;
    for (auto open = line.find_first_of("'\""); open != std::string_view::npos;) {
        const auto close = line.find(line[open], open + 1);
        if (close == std::string_view::npos) break;
        texts.push_back(line.substr(open + 1, close - open - 1));
        open = line.find_first_of("'\"", close + 1);
    }
    return texts;
}

/// The value of an option: `git: "https://..."`, `:git => "https://..."`.
std::string_view option(std::string_view line, std::string_view key) {
    for (const auto& form : {fmt::format("{}:", key), fmt::format(":{} =>", key)}) {
        const auto at = line.find(form);
        if (at == std::string_view::npos) continue;
        const auto values = quoted_texts(line.substr(at + form.size()));
        if (!values.empty()) return values.front();
    }
    return {};
}

Scope scope_of_groups(std::string_view line) {
    if (line.find(":test") != std::string_view::npos && line.find(":development") == std::string_view::npos)
        return Scope::test;
    return Scope::development;
}

bool is_range(std::string_view text) {
    return !text.empty() && (std::isdigit(static_cast<unsigned char>(text[0])) != 0 ||
                             std::string_view("<>=~!").find(text[0]) != std::string_view::npos);
}

std::string ranges_of(const std::vector<std::string_view>& texts) {
    std::string range;
    for (std::size_t i = 1; i < texts.size() && is_range(texts[i]); ++i)
        range += (i == 1 ? "" : ", ") + std::string(texts[i]);
    return range;
}

}  // namespace

// --- Ruby: literal declarations, line by line; a Gemfile is a program ---

void read_gemfile(File& file, std::string_view text) {
    std::vector<Scope> groups;
    std::uint32_t number = 0;
    int blocks = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto content = trimmed(line.substr(0, line.find(" #")));
        const bool opens = content.ends_with(" do") || content.find(" do |") != std::string_view::npos;
        if (content.starts_with("group ") && opens)
            groups.push_back(scope_of_groups(content));
        else if (opens && !groups.empty())
            ++blocks;
        if (content == "end" && blocks > 0)
            --blocks;
        else if (content == "end" && !groups.empty())
            groups.pop_back();
        const auto words = words_of(content);
        if (words.empty()) continue;
        const auto call = words.front().substr(0, words.front().find('('));
        const auto method = call.substr(call.rfind('.') + 1);
        Request request{.line = number, .scope = groups.empty() ? Scope::runtime : groups.back()};
        if (method == "add_development_dependency")
            request.scope = Scope::development;
        else if (method != "gem" && method != "add_dependency" && method != "add_runtime_dependency")
            continue;
        const auto texts = quoted_texts(content);
        if (texts.empty()) continue;
        request.name = texts.front();
        request.range = ranges_of(texts);
        request.is_local = !option(content, "path").empty();
        for (const auto* key : {"git", "github"})
            if (const auto url = option(content, key); !url.empty()) request.source_url = without_credentials(url);
        if (content.find("group:") != std::string_view::npos || content.find(":group") != std::string_view::npos ||
            content.find("groups:") != std::string_view::npos)
            request.scope = scope_of_groups(content);
        request.condition = option(content, "platforms");
        file.requests.push_back(std::move(request));
    }
}

void read_gemfile_lock(File& file, std::string_view text) {
    file.governs = {"Gemfile"};
    std::string_view section;
    std::string source;
    for (const auto line : lines_of(text)) {
        if (!line.starts_with(' ')) section = trimmed(line), source.clear();
        const auto content = trimmed(line);
        if (section == "GIT" && content.starts_with("remote: ")) source = without_credentials(content.substr(8));
        if (section != "GEM" && section != "GIT") continue;
        const auto open = content.find(" (");
        if (!line.starts_with("    ") || line.starts_with("     ") || open == std::string_view::npos) continue;
        auto version = content.substr(open + 2, content.find(')') - open - 2);
        file.locks.push_back(
            {.name = std::string(content.substr(0, open)), .version = std::string(version), .source_url = source});
    }
}

// --- PHP ---

namespace {

/// The language, its extensions and what Composer itself stands for are no packages.
bool is_platform(std::string_view name) {
    return name == "php" || name.starts_with("php-") || name.starts_with("ext-") || name.starts_with("lib-") ||
           name.starts_with("composer-") || name == "hhvm";
}

std::string licences_of(const Value& licence) {
    if (licence.is_scalar()) return licence.text;
    std::string all;
    for (const auto& one : licence.entries) all += (all.empty() ? "" : " OR ") + one.value.text;
    return all;
}

}  // namespace

void read_composer_json(File& file, std::string_view text) {
    const auto root = take(file, read_json(text));
    file.name = lower_case(root["name"].text);
    file.licence = licences_of(root["license"]);
    const auto add = [&](std::string_view section, Scope scope) {
        for (const auto& [name, line, range] : root[section].entries)
            if (!is_platform(name))
                file.requests.push_back({.name = normal_name(Ecosystem::packagist, name),
                                         .line = line,
                                         .scope = scope,
                                         .range = range.text});
    };
    add("require", Scope::runtime);
    add("require-dev", Scope::development);
    for (const auto& [name, line, value] : root["scripts"].entries) {
        if (value.is_scalar()) file.scripts.push_back({"script " + name, value.text});
        for (const auto& one : value.entries) file.scripts.push_back({"script " + name, one.value.text});
    }
}

void read_composer_lock(File& file, std::string_view text) {
    const auto root = take(file, read_json(text));
    file.governs = {"composer.json"};
    const auto add = [&](std::string_view section, Scope scope) {
        for (const auto& entry : root[section].entries) {
            const auto& package = entry.value;
            Lock lock{.name = normal_name(Ecosystem::packagist, package["name"].text),
                      .version = package["version"].text,
                      .scope = scope,
                      .licence = licences_of(package["license"])};
            for (const auto& command : package["bin"].entries)
                lock.commands.emplace_back(file_name_of(command.value.text));
            if (!lock.name.empty() && !lock.version.empty()) file.locks.push_back(std::move(lock));
        }
    };
    add("packages", Scope::runtime);
    add("packages-dev", Scope::development);
}

// --- .NET ---

void read_project_file(File& file, std::string_view text) {
    const auto root = take(file, read_xml(text));
    const bool is_central = file_name_of(file.path) == "Directory.Packages.props";
    for (const auto& [kind, line, group] : root["Project"].entries) {
        if (kind == "PropertyGroup")
            for (const auto& [name, at, value] : group.entries) file.properties[name] = value.text;
        if (kind != "ItemGroup") continue;
        for (const auto& [name, at, item] : group.entries) {
            if (name != "PackageReference" && name != "PackageVersion" && name != "GlobalPackageReference") continue;
            Request request{.name = normal_name(Ecosystem::nuget, item["@Include"].text), .line = at};
            if (request.name.empty()) continue;  // Update= changes one that stands elsewhere
            request.range = item["@Version"] ? item["@Version"].text : item["Version"].text;
            request.is_inherited = request.range.empty();
            const auto& assets = item["@PrivateAssets"] ? item["@PrivateAssets"].text : item["PrivateAssets"].text;
            if (lower_case(assets) == "all") request.scope = Scope::development;
            const auto& condition = item["@Condition"] ? item["@Condition"].text : group["@Condition"].text;
            request.condition = condition;
            (is_central ? file.offers : file.requests).push_back(std::move(request));
        }
    }
}

void read_nuget_lock(File& file, std::string_view text) {
    const auto root = take(file, read_json(text));
    file.governs = {"*.csproj", "*.fsproj", "*.vbproj"};
    for (const auto& framework : root["dependencies"].entries)
        for (const auto& [name, line, package] : framework.value.entries)
            if (package["type"].text != "Project" && package["resolved"])
                file.locks.push_back(
                    {.name = normal_name(Ecosystem::nuget, name), .version = package["resolved"].text});
}

// --- C and C++ ---

void read_vcpkg_json(File& file, std::string_view text) {
    const auto root = take(file, read_json(text));
    file.name = root["name"].text;
    const auto add = [&](const Value& list, Scope scope, const std::string& feature) {
        for (const auto& entry : list.entries) {
            const auto& one = entry.value;
            Request request{.name = one.is_scalar() ? one.text : one["name"].text, .line = one.line, .scope = scope};
            if (const auto& least = one["version>="]; least.is_scalar()) request.range = ">=" + least.text;
            request.condition = one["platform"].text;
            if (!feature.empty())
                request.condition =
                    "feature " + feature + (request.condition.empty() ? "" : " and " + request.condition);
            if (one["host"].is_true()) request.scope = Scope::build;
            if (!request.name.empty()) file.requests.push_back(std::move(request));
        }
    };
    add(root["dependencies"], Scope::runtime, {});
    for (const auto& [name, line, feature] : root["features"].entries)
        add(feature["dependencies"], Scope::optional, name);
    for (const auto& entry : root["overrides"].entries)
        for (auto& request : file.requests)
            if (request.name == entry.value["name"].text) request.range = entry.value["version"].text;
}

void read_conanfile(File& file, std::string_view text) {
    std::string_view section;
    std::uint32_t number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto content = trimmed(line.substr(0, line.find('#')));
        if (content.empty()) continue;
        if (content.starts_with('[')) {
            section = content.substr(1, content.find(']') - 1);
            continue;
        }
        const bool is_required = section == "requires",
                   is_tool = section == "tool_requires" || section == "build_requires",
                   is_test = section == "test_requires";
        if (!is_required && !is_tool && !is_test) continue;
        const auto slash = content.find('/');
        auto version = slash == std::string_view::npos ? std::string_view{} : content.substr(slash + 1);
        version = version.substr(0, version.find('@'));
        file.requests.push_back({.name = std::string(content.substr(0, slash)),
                                 .line = number,
                                 .scope = is_tool   ? Scope::build
                                          : is_test ? Scope::test
                                                    : Scope::runtime,
                                 .range = std::string(version),
                                 .run_by = is_tool ? "tool" : ""});
    }
}

/// find_package(Name [version] [EXACT] ... [REQUIRED]), each call in its own line or over several.
void read_cmake(File& file, std::string_view text) {
    constexpr std::string_view call = "find_package";
    const auto lower = lower_case(text);
    for (auto at = lower.find(call); at != std::string::npos; at = lower.find(call, at + call.size())) {
        const auto line_start = at == 0 ? 0 : lower.rfind('\n', at - 1) + 1;
        const bool is_comment = text.substr(line_start, at - line_start).find('#') != std::string_view::npos;
        const auto open = text.find_first_not_of(" \t\r\n", at + call.size());
        const auto close = text.find(')', at);
        if (is_comment || open == std::string_view::npos || text[open] != '(' || close == std::string_view::npos)
            continue;
        const auto words = words_of(text.substr(open + 1, close - open - 1));
        if (words.empty() || words.front().find('$') != std::string_view::npos) continue;
        Request request{.name = std::string(words.front()),
                        .line = static_cast<std::uint32_t>(1 + std::ranges::count(text.substr(0, at), '\n'))};
        if (words.size() > 1 && std::isdigit(static_cast<unsigned char>(words[1].front())) != 0)
            request.range = words[1];
        if (std::ranges::find(words, "REQUIRED") == words.end()) request.scope = Scope::optional;
        file.requests.push_back(std::move(request));
    }
}

}  // namespace gsdb::codebase::packages
