// pom.xml, build.gradle, build.gradle.kts, gradle.lockfile, libs.versions.toml. A package is `group:artifact`.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "modules/codebase/packages/formats.hpp"
#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

// --- Maven ---

namespace {

/// https://maven.apache.org/guides/introduction/introduction-to-dependency-mechanism.html#dependency-scope
Scope scope_of_maven(const Value& dependency) {
    const auto& scope = dependency["scope"].text;
    if (scope == "test") return Scope::test;
    if (scope == "provided") return Scope::peer;
    return dependency["optional"].text == "true" ? Scope::optional : Scope::runtime;
}

Request request_of(const Value& dependency, std::uint32_t line, Scope scope) {
    return {.name = dependency["groupId"].text + ":" + dependency["artifactId"].text,
            .line = line,
            .scope = scope,
            .range = dependency["version"].text};
}

void read_project(File& file, const Value& project, const std::string& condition) {
    for (const auto& [name, line, value] : project["properties"].entries)
        if (condition.empty() && !name.starts_with('@')) file.properties[name] = value.text;
    for (const auto& [kind, line, dependency] : project["dependencyManagement"]["dependencies"].entries) {
        if (kind != "dependency") continue;
        auto offer = request_of(dependency, line, scope_of_maven(dependency));
        // A bill of materials: what it manages is not in the tree.
        if (dependency["scope"].text == "import") continue;
        offer.condition = dependency["scope"].text.empty() ? "" : "scope";
        file.offers.push_back(std::move(offer));
    }
    for (const auto& [kind, line, dependency] : project["dependencies"].entries) {
        if (kind != "dependency") continue;
        auto request = request_of(dependency, line, scope_of_maven(dependency));
        request.condition = condition;
        request.is_inherited = request.range.empty();
        file.requests.push_back(std::move(request));
    }
}

void read_plugins(File& file, const Value& plugins, bool are_managed, const std::string& condition) {
    for (const auto& [kind, line, plugin] : plugins.entries) {
        if (kind != "plugin") continue;
        auto request = request_of(plugin, line, Scope::build);
        if (request.name.starts_with(':')) request.name = "org.apache.maven.plugins" + request.name;
        request.run_by = "plugin of Maven";
        request.condition = condition;
        request.is_inherited = request.range.empty();
        (are_managed ? file.offers : file.requests).push_back(request);
        for (const auto& [inner, at, dependency] : plugin["dependencies"].entries) {
            auto needed = request_of(dependency, at, Scope::build);
            needed.run_by = request.run_by, needed.condition = condition;
            if (!are_managed) file.requests.push_back(std::move(needed));
        }
        const auto& configuration = plugin["configuration"];
        for (const auto& [inner, at, path] : configuration["annotationProcessorPaths"].entries) {
            auto processor = request_of(path, at, Scope::build);
            processor.run_by = "annotation processor", processor.condition = condition;
            processor.is_inherited = processor.range.empty();
            if (!are_managed && path["artifactId"]) file.requests.push_back(std::move(processor));
        }
    }
}

}  // namespace

void read_pom(File& file, std::string_view text) {
    const auto root = take(file, read_xml(text));
    const auto& project = root["project"];
    if (root && !project) return add_problem(file, 1, "the root is no project");
    const auto& parent = project["parent"];
    const auto& own_group = project["groupId"].text;
    const auto& group = own_group.empty() ? parent["groupId"].text : own_group;
    file.version = project["version"].text.empty() ? parent["version"].text : project["version"].text;
    file.name = group + ":" + project["artifactId"].text;
    for (const auto& [kind, line, licence] : project["licenses"].entries)
        file.licence += (file.licence.empty() ? "" : " OR ") + licence["name"].text;
    file.properties = {{"project.groupId", group},
                       {"project.version", file.version},
                       {"project.artifactId", project["artifactId"].text}};
    if (parent) {
        const auto relative = parent["relativePath"] ? parent["relativePath"].text : std::string("../pom.xml");
        auto path = join_path(folder_of(file.path), relative);
        if (path && !path->ends_with(".xml")) *path += path->empty() ? "pom.xml" : "/pom.xml";
        file.parent = path.value_or("");
        file.properties["project.parent.version"] = parent["version"].text;
        file.properties["project.parent.groupId"] = parent["groupId"].text;
    }
    read_project(file, project, {});
    read_plugins(file, project["build"]["plugins"], false, {});
    read_plugins(file, project["build"]["pluginManagement"]["plugins"], true, {});
    for (const auto& [kind, line, profile] : project["profiles"].entries) {
        const auto condition = "profile " + profile["id"].text;
        read_project(file, profile, condition);
        read_plugins(file, profile["build"]["plugins"], false, condition);
    }
}

// --- Gradle ---

namespace {

std::optional<Scope> scope_of_configuration(std::string_view name) {
    struct Configuration {
        std::string_view name;
        Scope scope;
    };
    static constexpr std::array configurations{Configuration{"implementation", Scope::runtime},
                                               Configuration{"api", Scope::runtime},
                                               Configuration{"compile", Scope::runtime},
                                               Configuration{"runtimeOnly", Scope::runtime},
                                               Configuration{"runtime", Scope::runtime},
                                               Configuration{"compileOnly", Scope::peer},
                                               Configuration{"compileOnlyApi", Scope::peer},
                                               Configuration{"provided", Scope::peer},
                                               Configuration{"annotationProcessor", Scope::build},
                                               Configuration{"kapt", Scope::build},
                                               Configuration{"ksp", Scope::build},
                                               Configuration{"classpath", Scope::build},
                                               Configuration{"developmentOnly", Scope::development}};
    for (const auto& one : configurations)
        if (one.name == name) return one.scope;
    const auto has_end = [&](std::string_view end) { return name.ends_with(end); };
    const bool is_kind = has_end("Implementation") || has_end("Api") || has_end("CompileOnly") ||
                         has_end("RuntimeOnly") || has_end("Compile") || has_end("AnnotationProcessor");
    if (!is_kind) return std::nullopt;
    return lower_case(name).find("test") != std::string::npos ? Scope::test
           : name.starts_with("debug")                        ? Scope::development
                                                              : Scope::runtime;
}

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The text between the first quotes, and what comes after them.
std::optional<std::pair<std::string_view, std::string_view>> quoted(std::string_view text) {
    const auto open = text.find_first_of("'\"");
    if (open == std::string_view::npos) return std::nullopt;
    const auto close = text.find(text[open], open + 1);
    if (close == std::string_view::npos) return std::nullopt;
    return std::pair(text.substr(open + 1, close - open - 1), text.substr(close + 1));
}

/// `group: 'g', name: 'a', version: 'v'`, also with `=`.
std::string named(std::string_view text, std::string_view key) {
    for (auto at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
        if (at > 0 && is_word(text[at - 1])) continue;
        const auto rest = trimmed(text.substr(at + key.size()));
        if (!rest.starts_with(':') && !rest.starts_with('=')) continue;
        const auto value = quoted(rest);
        return value ? std::string(value->first) : "";
    }
    return {};
}

/// Reads literal declarations, line by line: what a build script computes is not known.
class GradleReader {
  public:
    explicit GradleReader(File& file) : file_(file) {}

    void read(std::string_view text) {
        bool in_comment = false;
        for (const auto line : lines_of(text)) {
            ++number_;
            auto content = trimmed(line);
            if (in_comment) {
                const auto end = content.find("*/");
                if (end == std::string_view::npos) continue;
                content = trimmed(content.substr(end + 2)), in_comment = false;
            }
            if (content.starts_with("/*") && content.find("*/") == std::string_view::npos) in_comment = true;
            if (content.starts_with("/*") || content.starts_with("//") || content.starts_with('*')) continue;
            read_line(content);
        }
    }

  private:
    void read_line(std::string_view line) {
        read_variable(line);
        const auto end = static_cast<std::size_t>(std::ranges::find_if_not(line, is_word) - line.begin());
        const auto word = line.substr(0, end);
        const auto rest = line.substr(end);
        if (word == "dependencies" || word == "plugins") {  // perhaps all in one line
            if (const auto brace = rest.find('{'); brace != std::string_view::npos)
                read_line(trimmed(rest.substr(brace + 1)));
            return;
        }
        if (word == "id" || word == "kotlin" || word == "alias") return read_plugin(word, rest);
        const auto scope = scope_of_configuration(word);
        if (scope && !rest.empty() && (rest.front() == ' ' || rest.front() == '(' || rest.front() == '\t'))
            read_dependency(word, *scope, trimmed(rest));
    }

    /// `def junitVersion = '4.13'`, `val ktor = "2.0"`, `ext.name = '1'`, `set("name", "1")`.
    void read_variable(std::string_view line) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || equals + 1 >= line.size() || line[equals + 1] == '=') return;
        const auto words = words_of(line.substr(0, equals));
        const auto value = trimmed(line.substr(equals + 1));
        if (words.empty() || value.empty() || (value[0] != '"' && value[0] != '\'')) return;
        auto name = words.back();
        name = name.substr(name.rfind('.') + 1);
        if (const auto text = quoted(value); text && !name.empty() && std::ranges::all_of(name, is_word))
            file_.properties[std::string(name)] = text->first;
    }

    void add(Request request) {
        request.line = number_;
        file_.requests.push_back(std::move(request));
    }

    void read_plugin(std::string_view word, std::string_view rest) {
        if (word == "alias") {
            const auto at = rest.find("libs.plugins.");
            if (at != std::string_view::npos) add_alias(rest.substr(at + 5), Scope::build, "plugin of Gradle");
            return;
        }
        const auto id = quoted(rest);
        if (!id) return;
        const auto at = id->second.find("version");
        if (at == std::string_view::npos) return;  // part of Gradle, or its version stands elsewhere
        const auto version = quoted(id->second.substr(at));
        const auto name = (word == "kotlin" ? "org.jetbrains.kotlin." : "") + std::string(id->first);
        add({.name = fmt::format("{0}:{0}.gradle.plugin", name),
             .scope = Scope::build,
             .range = version ? std::string(version->first) : "",
             .run_by = "plugin of Gradle"});
    }

    /// `libs.a.b` stands for `a-b`, `a_b` or `a.b` of the catalogue.
    void add_alias(std::string_view path, Scope scope, std::string_view run_by) {
        auto end = static_cast<std::size_t>(std::ranges::find_if(path, [](char c) { return !is_word(c) && c != '.'; }) -
                                            path.begin());
        path = path.substr(0, end);
        if (path.ends_with(".get")) path.remove_suffix(4);
        Request request{.name = std::string(path), .scope = scope, .run_by = std::string(run_by), .is_inherited = true};
        add(std::move(request));
    }

    void read_dependency(std::string_view configuration, Scope scope, std::string_view rest) {
        const std::string run_by =
            scope == Scope::build ? (configuration == "classpath" ? "plugin of Gradle" : "annotation processor") : "";
        if (const auto libs = rest.find("libs."); libs != std::string_view::npos && libs < rest.find_first_of("'\""))
            return add_alias(rest.substr(libs + 5), scope, run_by);
        if (rest.find("project(") != std::string_view::npos || rest.find("files(") != std::string_view::npos) return;
        const bool is_platform = rest.find("latform(") < rest.find_first_of("'\"");
        Request request{.scope = scope, .run_by = is_platform ? "versions of others" : run_by};
        if (const auto group = named(rest, "group"); !group.empty()) {
            request.name = group + ":" + named(rest, "name");
            request.range = named(rest, "version");
        } else {
            const auto text = quoted(rest);
            if (!text) return;
            const auto coordinates = text->first.substr(0, text->first.find('@'));
            const auto first = coordinates.find(':');
            if (first == std::string_view::npos) return;
            const auto second = coordinates.find(':', first + 1);
            request.name = coordinates.substr(0, second);
            if (second != std::string_view::npos) {
                const auto version = coordinates.substr(second + 1);
                request.range = version.substr(0, version.find(':'));
            }
        }
        if (request.name.find('$') == std::string::npos) add(std::move(request));
    }

    File& file_;
    std::uint32_t number_ = 0;
};

}  // namespace

void read_gradle(File& file, std::string_view text) {
    GradleReader(file).read(text);
}

/// `group:artifact:version=configurations`
void read_gradle_lock(File& file, std::string_view text) {
    file.governs = {"build.gradle", "build.gradle.kts"};
    std::uint32_t number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto content = trimmed(line);
        if (content.empty() || content.starts_with('#') || content.starts_with("empty=")) continue;
        const auto equals = content.find('=');
        const auto version = content.substr(0, equals).rfind(':');
        if (equals == std::string_view::npos || version == std::string_view::npos) {
            add_problem(file, number, "not group:artifact:version=configurations");
            continue;
        }
        const auto configurations = content.substr(equals + 1);
        const bool is_for_tests = configurations.find("test") != std::string_view::npos;
        const bool is_for_running = configurations.find("compileClasspath") != std::string_view::npos ||
                                    configurations.find("runtimeClasspath") != std::string_view::npos;
        file.locks.push_back({.name = std::string(content.substr(0, version)),
                              .version = std::string(content.substr(version + 1, equals - version - 1)),
                              .scope = is_for_tests && !is_for_running ? Scope::test : Scope::runtime});
    }
}

/// What build scripts mean by `libs.name`: offered under that name, with the package as its import_name.
void read_version_catalogue(File& file, std::string_view text) {
    const auto root = take(file, read_toml(text));
    const auto range_of = [&](const Value& entry) {
        const auto& version = entry["version"];
        if (version.is_scalar()) return version.text;
        if (version["ref"]) {
            const auto& named = root["versions"][version["ref"].text];
            return named.is_scalar() ? named.text : named["strictly"].text + named["require"].text;
        }
        return version["strictly"].text + version["require"].text;
    };
    const auto offer = [&](std::string name, const Entry& entry, std::string package, std::string range) {
        std::ranges::replace_if(name, [](char c) { return c == '-' || c == '_'; }, '.');
        file.offers.push_back({.name = std::move(name),
                               .line = entry.line,
                               .range = std::move(range),
                               .import_name = std::move(package)});
    };
    for (const auto& entry : root["libraries"].entries) {
        const auto& library = entry.value;
        const auto parts = library.is_scalar() ? library.text : library["module"].text;
        const auto second = parts.find(':', parts.find(':') + 1);
        auto package = parts.substr(0, second);
        if (package.empty()) package = library["group"].text + ":" + library["name"].text;
        offer(entry.key, entry, package,
              library.is_scalar() && second != std::string::npos ? parts.substr(second + 1) : range_of(library));
    }
    for (const auto& entry : root["plugins"].entries) {
        const auto& plugin = entry.value;
        const auto parts = plugin.is_scalar() ? plugin.text : plugin["id"].text;
        const auto id = parts.substr(0, parts.find(':'));
        offer("plugins." + entry.key, entry, fmt::format("{0}:{0}.gradle.plugin", id),
              plugin.is_scalar() && parts.find(':') != std::string::npos ? parts.substr(parts.find(':') + 1)
                                                                         : range_of(plugin));
    }
    for (const auto& entry : root["bundles"].entries) {
        for (const auto& member : entry.value.entries) {
            auto name = member.value.text;
            std::ranges::replace_if(name, [](char c) { return c == '-' || c == '_'; }, '.');
            const auto found = std::ranges::find(file.offers, name, &Request::name);
            if (found != file.offers.end()) offer("bundles." + entry.key, entry, found->import_name, found->range);
        }
    }
}

}  // namespace gsdb::codebase::packages
