// Cargo.toml, Cargo.lock, go.mod, go.sum.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "modules/codebase/packages/formats.hpp"
#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

// --- Cargo ---

namespace {

struct Section {
    std::string_view name;
    Scope scope;
};
constexpr std::array sections{Section{"dependencies", Scope::runtime}, Section{"dev-dependencies", Scope::development},
                              Section{"dev_dependencies", Scope::development},
                              Section{"build-dependencies", Scope::build}, Section{"build_dependencies", Scope::build}};

/// `name = "1"`, `name = { version = "1", package = "other", git = "..." }`, `name.workspace = true`.
Request request_of(const Entry& entry, Scope scope, std::string_view condition) {
    const auto& value = entry.value;
    Request request{.name = entry.key, .line = entry.line, .scope = scope, .condition = std::string(condition)};
    if (value.is_scalar()) {
        request.range = value.text;
        return request;
    }
    request.range = value["version"].text;
    if (value["git"]) request.source_url = without_credentials(value["git"].text);
    if (value["package"].is_scalar()) request.name = value["package"].text, request.import_name = entry.key;
    request.is_local = static_cast<bool>(value["path"]) && !value["git"];
    request.is_inherited = value["workspace"].is_true();
    if (value["optional"].is_true() && scope == Scope::runtime) request.scope = Scope::optional;
    return request;
}

void add_sections(const Value& table, std::string_view condition, std::vector<Request>& out) {
    for (const auto& section : sections)
        for (const auto& entry : table[section.name].entries)
            out.push_back(request_of(entry, section.scope, condition));
}

}  // namespace

void read_cargo_toml(File& file, std::string_view text) {
    const auto root = take(file, read_toml(text));
    const auto& package = root["package"];
    file.name = package["name"].text;
    file.version = package["version"].text;
    file.licence = package["license"].text;
    add_sections(root, {}, file.requests);
    for (const auto& [target, line, table] : root["target"].entries) add_sections(table, target, file.requests);
    const auto& workspace = root["workspace"];
    for (const auto& entry : workspace["dependencies"].entries)
        file.offers.push_back(request_of(entry, Scope::runtime, {}));
}

void read_cargo_lock(File& file, std::string_view text) {
    const auto root = take(file, read_toml(text));
    file.governs = {"Cargo.toml"};
    file.members = {"**"};
    file.locks_by = Locks::by_owner;
    constexpr std::string_view registry = "registry+https://github.com/rust-lang/crates.io-index";
    constexpr std::string_view sparse = "sparse+https://index.crates.io/";
    for (const auto& entry : root["package"].entries) {
        const auto& package = entry.value;
        const auto& source = package["source"].text;
        Lock lock{.name = package["name"].text, .version = package["version"].text};
        if (source.empty()) {  // of the workspace: which versions its own dependencies are
            for (const auto& dependency : package["dependencies"].entries) {
                const auto words = words_of(dependency.value.text);
                if (words.size() < 2) continue;
                file.owned.push_back(
                    {.owner = lock.name, .name = std::string(words[0]), .version = std::string(words[1])});
            }
            continue;
        }
        if (source != registry && source != sparse) {
            const auto plus = source.find('+');
            lock.source_url =
                without_credentials(std::string_view(source).substr(plus == std::string::npos ? 0 : plus + 1));
        }
        file.locks.push_back(std::move(lock));
    }
}

// --- Go ---

namespace {

/// The words of a line without its comment, and whether that says `indirect`.
struct GoLine {
    std::vector<std::string_view> words;
    bool is_indirect;
    std::uint32_t number;
};

std::vector<GoLine> go_lines(std::string_view text) {
    std::vector<GoLine> lines;
    std::uint32_t number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto comment = line.find("//");
        GoLine found{.words = words_of(line.substr(0, comment)),
                     .is_indirect =
                         comment != std::string_view::npos && trimmed(line.substr(comment + 2)).starts_with("indirect"),
                     .number = number};
        for (auto& word : found.words)
            if (word.size() > 1 && (word[0] == '"' || word[0] == '`')) word = word.substr(1, word.size() - 2);
        if (!found.words.empty()) lines.push_back(std::move(found));
    }
    return lines;
}

class GoModReader {
  public:
    explicit GoModReader(File& file) : file_(file) {}

    void read(std::string_view text) {
        std::string_view block;
        for (auto& line : go_lines(text)) {
            if (line.words.front() == ")") {
                block = {};
                continue;
            }
            if (block.empty()) {
                const auto verb = line.words.front();
                line.words.erase(line.words.begin());
                if (!line.words.empty() && line.words.front() == "(")
                    block = verb;
                else
                    add(verb, line);
            } else {
                add(block, line);
            }
        }
        apply();
    }

  private:
    struct Replacement {
        std::string name, version, by, by_version;
    };

    void add(std::string_view verb, const GoLine& line) {
        const auto& words = line.words;
        if (verb == "module" && !words.empty()) file_.name = words[0];
        if (verb == "tool" && !words.empty()) tools_.emplace_back(words[0]);
        if (verb == "require") {
            if (words.size() < 2) return add_problem(file_, line.number, "a requirement without a version");
            file_.requests.push_back({.name = std::string(words[0]),
                                      .line = line.number,
                                      .range = std::string(words[1]),
                                      .is_direct = !line.is_indirect});
        }
        if (verb != "replace") return;
        const auto arrow = std::ranges::find(words, "=>");
        if (arrow == words.begin() || words.end() - arrow < 2)
            return add_problem(file_, line.number, "a replacement without what it is replaced by");
        replacements_.push_back({.name = std::string(words[0]),
                                 .version = arrow - words.begin() > 1 ? std::string(words[1]) : "",
                                 .by = std::string(arrow[1]),
                                 .by_version = words.end() - arrow > 2 ? std::string(arrow[2]) : ""});
    }

    void apply() {
        for (auto& request : file_.requests) {
            for (const auto& tool : tools_)
                if (tool == request.name || tool.starts_with(request.name + "/")) request.run_by = "tool";
            auto version = request.range;
            for (const auto& replacement : replacements_) {
                if (replacement.name != request.name) continue;
                if (!replacement.version.empty() && replacement.version != request.range) continue;
                request.is_local = replacement.by.starts_with('.') || replacement.by.starts_with('/');
                if (!request.is_local && replacement.by != request.name)
                    request.source_url = "https://" + replacement.by;
                if (!replacement.by_version.empty()) version = replacement.by_version;
            }
            // go.mod has the version that is built with: of all that are asked for, the least that is enough for all.
            if (!request.is_local) file_.locks.push_back({.name = request.name, .version = std::move(version)});
        }
    }

    File& file_;
    std::vector<std::string> tools_;
    std::vector<Replacement> replacements_;
};

}  // namespace

void read_go_mod(File& file, std::string_view text) {
    file.governs = {"go.mod"};
    GoModReader(file).read(text);
}

/// go.sum has hashes of more versions than are used, so it only says which of those in go.mod were downloaded.
void read_go_sum(File& file, std::string_view text) {
    std::uint32_t number = 0;
    for (const auto line : lines_of(text)) {
        ++number;
        const auto words = words_of(line);
        if (words.empty()) continue;
        if (words.size() != 3) {
            add_problem(file, number, "not a module, a version and a hash");
            continue;
        }
        if (!words[1].ends_with("/go.mod"))
            file.locks.push_back({.name = std::string(words[0]), .version = std::string(words[1])});
    }
}

}  // namespace gsdb::codebase::packages
