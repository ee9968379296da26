// Whether the definitions we extract are those that universal-ctags finds in the same files.
//
//     bench_definitions [--misses N] [FOLDER...]
//
// A tag and an element are the same when name and line agree. Recall: tags that we have, too. Precision: elements, of
// the kinds that ctags knows, that it has, too. Neither is truth: README.md lists where ctags and we differ on purpose.
// --misses prints up to N of each kind that differ.

#include <fmt/format.h>
#include <simdjson.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "modules/codebase/extract/extractor.hpp"

using namespace gsdb::codebase::extract;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t file_bytes_max = 2U << 20U;

struct Definition {
    std::string name;
    std::uint32_t line = 0;
    std::string kind;
};

struct Options {
    std::size_t misses = 0;
    std::vector<fs::path> folders;
};

/// Of one kind in one language: how many there are, and how many the other side has as well.
struct Tally {
    std::size_t total = 0;
    std::size_t shared = 0;
    std::vector<std::string> misses;
};

using Files = std::map<std::string, Language>;
using ByFile = std::unordered_map<std::string, std::vector<Definition>>;

std::string read(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// `operator ==` and `operator==` are one name to us, and the path of a namespace has dots in every language.
std::string without_spaces(std::string_view name) {
    std::string result(name);
    std::erase(result, ' ');
    std::ranges::replace(result, '\\', '.');
    return result;
}

Files find_files(const std::vector<fs::path>& folders) {
    Files files;
    std::error_code ignored;
    for (const auto& folder : folders)
        for (auto entry =
                 fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, ignored);
             entry != fs::recursive_directory_iterator(); entry.increment(ignored)) {
            if (!entry->is_regular_file(ignored) || entry->file_size(ignored) > file_bytes_max) continue;
            const auto path = entry->path().string();
            if (path.find('\n') != std::string::npos || !is_parsed(detect_language(path, {}))) continue;
            if (const auto language = detect_language(path, read(path)); is_parsed(language))
                files.emplace(path, language);
        }
    return files;
}

std::string_view ctags_language(Language language) {
    switch (language) {
        case Language::c:
            return "C";
        case Language::cpp:
            return "C++";
        case Language::python:
            return "Python";
        case Language::javascript:
            return "JavaScript";
        case Language::typescript:
        case Language::tsx:
            return "TypeScript";
        case Language::go:
            return "Go";
        case Language::rust:
            return "Rust";
        case Language::csharp:
            return "C#";
        case Language::kotlin:
            return "Kotlin";
        case Language::php:
            return "PHP";
        case Language::ruby:
            return "Ruby";
        case Language::shell:
            return "Sh";
        case Language::swift:
            return "";  // ctags does not know it
        default:
            return "Java";
    }
}

/// Runs ctags over all files of one of its languages.
void run_ctags(std::string_view language, const std::vector<std::string>& paths, ByFile& tags) {
    std::string list = (fs::temp_directory_path() / "definitions.XXXXXX").string();
    const int file = mkstemp(list.data());
    if (file < 0) throw std::runtime_error("cannot make " + list);
    close(file);
    {
        std::ofstream out(list);
        for (const auto& path : paths) out << path << '\n';
    }
    const auto command = fmt::format(
        "ctags --quiet --output-format=json --fields=+nK-P --sort=no --kinds-C=+px --kinds-C++=+px --kinds-Python=cfmv "
        "--language-force={} -f - -L {} 2>/dev/null",
        language, list);
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run ctags (Debian package universal-ctags)");
    simdjson::dom::parser parser;
    char* line = nullptr;
    std::size_t capacity = 0;
    for (ssize_t length; (length = getline(&line, &capacity, pipe)) > 0;) {
        simdjson::dom::object tag;
        if (parser.parse(line, static_cast<std::size_t>(length)).get(tag) != simdjson::SUCCESS) continue;
        std::string_view name, path, kind;
        std::uint64_t number = 0;
        if (tag["name"].get(name) || tag["path"].get(path) || tag["kind"].get(kind) || tag["line"].get(number))
            continue;
        tags[std::string(path)].push_back(
            {without_spaces(name), static_cast<std::uint32_t>(number), std::string(kind)});
    }
    free(line);
    pclose(pipe);
    fs::remove(list);
}

std::vector<Definition> definitions_of(Extractor& extractor, const std::string& path, Language language) {
    const auto source = read(path);
    const auto facts = extractor.extract(source, language);
    std::vector<Definition> found;
    for (const auto& element : facts.elements)
        found.push_back(
            {without_spaces(element.name), element.name_span.start.line, std::string(to_label(element.kind))});
    return found;
}

using Key = std::pair<std::string, std::uint32_t>;

std::set<Key> keys(const std::vector<Definition>& definitions) {
    std::set<Key> result;
    for (const auto& definition : definitions) result.emplace(definition.name, definition.line);
    return result;
}

/// ctags takes the line where it understood the name, which may be a line off in a header of several lines.
bool contains(const std::set<Key>& others, const Definition& definition) {
    const auto line = definition.line;
    return others.contains({definition.name, line}) || others.contains({definition.name, line + 1}) ||
           others.contains({definition.name, line - 1});
}

void compare(const std::string& path, const std::vector<Definition>& definitions, const std::set<Key>& others,
             std::size_t misses_max, std::map<std::string, Tally>& tallies) {
    for (const auto& definition : definitions) {
        auto& tally = tallies[definition.kind];
        ++tally.total;
        if (contains(others, definition))
            ++tally.shared;
        else if (tally.misses.size() < misses_max)
            tally.misses.push_back(fmt::format("{}:{}: {}", path, definition.line, definition.name));
    }
}

void print(std::string_view what, std::string_view language, const std::map<std::string, Tally>& tallies, Tally& sum) {
    for (const auto& [kind, tally] : tallies) {
        fmt::print("{:<9} {:<11} {:<16} {:>7} {:>7} {:>6.3f}\n", what, language, kind, tally.total, tally.shared,
                   static_cast<double>(tally.shared) / static_cast<double>(tally.total));
        for (const auto& miss : tally.misses) fmt::print("    {}\n", miss);
        sum.total += tally.total;
        sum.shared += tally.shared;
    }
}

std::size_t number(std::string_view digits) {
    std::size_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Options read_options(int count, char** values) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string_view value = values[i];
        if (value == "--misses" && i + 1 < count)
            options.misses = number(values[++i]);
        else
            options.folders.emplace_back(value);
    }
    if (options.folders.empty()) options.folders = {"/usr/lib/python3.11", "/usr/include/boost/asio", "node_modules"};
    return options;
}

/// Kinds that one side has and the other has not, on purpose.
struct Difference {
    std::string_view language;
    std::string_view kind;
    std::string_view reason;
};
constexpr Difference not_ours[] = {
    {"JavaScript", "property", "ctags lists every key of an object literal; ours are those that hold functions"},
    {"JavaScript", "class", "ctags guesses classes from `new` and from objects with members"},
    {"JavaScript", "field", "ctags lists assignments to `this.x`; ours are references"},
    {"JavaScript", "variable", "ctags lists `require`d modules, ours are imports"},
    {"JavaScript", "constant", "ctags lists `require`d modules, ours are imports"},
    {"TypeScript", "variable", "ctags lists local variables"},
    {"TypeScript", "constant", "ctags lists local constants"},
    {"TypeScript", "alias", "ctags lists imported types"},
    {"Go", "packageName", "ctags lists names of imports"},
    {"C++", "signal", "Qt's `signals:` is a macro"},
    {"C++", "slot", "Qt's `slots` is a macro"},
    {"C#", "typedef", "ctags lists the names of using aliases; ours are imports"},
    {"Kotlin", "constant", "ctags lists local values"},
    {"Kotlin", "variable", "ctags lists local variables"},
    {"PHP", "alias", "ctags lists names of imports"},
    {"PHP", "variable", "ctags lists variables of closures"},
    {"Ruby", "accessor", "ctags lists only the writer of an attr_accessor, with `=`"},
    {"Ruby", "context", "ctags lists the calls of a test library"},
    {"Sh", "heredoc", "a label is not a definition"},
};
constexpr Difference not_theirs[] = {
    {"Rust", "constant", "ctags 5.9 has no kind for `const`"},
    {"Rust", "union", "ctags 5.9 has no kind for `union`"},
    {"C++", "type_alias", "ctags lists `using A =` only when asked"},
    {"C++", "concept", "ctags 5.9 has no kind for concepts"},
    {"Java", "record", "ctags 5.9 has no kind for records"},
    {"C#", "function", "ctags has no kind for local functions"},
    {"C#", "destructor", "ctags writes `~` before its name"},
    {"Kotlin", "constructor", "ctags has no kind for constructors"},
    {"Kotlin", "enum_member", "ctags has no kind for entries"},
    {"Ruby", "property", "ctags lists only the writer of an attr_accessor, with `=`"},
    {"Sh", "variable", "ctags has no kind for variables"},
};

bool differs(std::span<const Difference> differences, std::string_view language, std::string_view kind) {
    return std::ranges::any_of(differences, [&](const auto& difference) {
        return difference.language == language && difference.kind == kind;
    });
}

/// Anonymous things have names of ctags' own making; ours are marked as well.
bool is_comparable(const Definition& tag) {
    return !tag.name.starts_with("__anon") && !tag.name.starts_with("anonymous") &&
           !tag.name.starts_with("AnonymousFunction") && !tag.name.starts_with('<') && tag.kind != "unknown";
}

}  // namespace

int main(int count, char** values) {
    const auto options = read_options(count, values);
    const auto files = find_files(options.folders);
    std::map<std::string_view, std::vector<std::string>> by_ctags_language;
    for (const auto& [path, language] : files) by_ctags_language[ctags_language(language)].push_back(path);

    Extractor extractor;
    Tally found, confirmed;
    fmt::print("{:<9} {:<11} {:<16} {:>7} {:>7} {:>6}\n", "", "language", "kind", "total", "shared", "");
    for (const auto& [language, paths] : by_ctags_language) {
        if (language.empty()) continue;
        ByFile tags;
        run_ctags(language, paths, tags);
        std::map<std::string, Tally> recall, precision;
        for (const auto& path : paths) {
            auto& theirs = tags[path];
            std::erase_if(theirs, [&](const auto& tag) { return !is_comparable(tag); });
            auto ours = definitions_of(extractor, path, files.at(path));
            std::erase_if(ours, [&](const auto& element) { return !is_comparable(element); });
            const auto [our_keys, their_keys] = std::pair(keys(ours), keys(theirs));
            std::erase_if(theirs, [&](const auto& tag) { return differs(not_ours, language, tag.kind); });
            std::erase_if(ours, [&](const auto& element) { return differs(not_theirs, language, element.kind); });
            compare(path, theirs, our_keys, options.misses, recall);
            compare(path, ours, their_keys, options.misses, precision);
        }
        print("recall", language, recall, found);
        print("precision", language, precision, confirmed);
    }
    const auto ratio = [](const Tally& tally) {
        return tally.total == 0 ? 0.0 : static_cast<double>(tally.shared) / static_cast<double>(tally.total);
    };
    fmt::print("RATIO definitions_recall_vs_ctags {0:.3f} {0:.3f} {0:.3f} goal>=0.97\n", ratio(found));
    fmt::print("RATIO definitions_precision_vs_ctags {0:.3f} {0:.3f} {0:.3f} goal>=0.90\n", ratio(confirmed));
    return 0;
}
