#include "modules/codebase/extract/languages.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <unordered_map>

namespace gsdb::codebase::extract {
namespace {

using Lookup = std::unordered_map<std::string_view, Language>;

template <class Visit>
void for_each_word(std::string_view words, Visit visit) {
    while (!words.empty()) {
        const auto end = std::min(words.find(' '), words.size());
        if (end > 0) visit(words.substr(0, end));
        words.remove_prefix(std::min(end + 1, words.size()));
    }
}

/// The first row of the table wins a word that stands in several.
Lookup index_words(std::string_view LanguageInfo::* words) {
    Lookup lookup;
    for (const auto& row : all_languages())
        for_each_word(row.*words, [&](std::string_view word) { lookup.try_emplace(word, row.language); });
    return lookup;
}

Language find(const Lookup& lookup, std::string_view word) {
    const auto found = lookup.find(word);
    return found == lookup.end() ? Language::unknown : found->second;
}

std::string_view base_name(std::string_view path) {
    const auto slash = path.find_last_of('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

std::string_view next_line(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

std::string_view trim_left(std::string_view text) {
    const auto start = text.find_first_not_of(" \t\r\f\v");
    return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

std::string_view skip_byte_order_mark(std::string_view content) {
    if (content.starts_with("\xEF\xBB\xBF")) content.remove_prefix(3);
    return content;
}

/// `#!/usr/bin/env -S python3 -u` names python.
Language language_of_shebang(std::string_view content) {
    static const Lookup interpreters = index_words(&LanguageInfo::interpreters);
    content = skip_byte_order_mark(content);
    if (!content.starts_with("#!")) return Language::unknown;
    auto line = next_line(content).substr(2);
    if (line.ends_with('\r')) line.remove_suffix(1);
    bool after_env = false;
    auto result = Language::unknown;
    for_each_word(line.substr(0, 512), [&](std::string_view word) {
        if (result != Language::unknown || word.starts_with('-') || word.find('=') != std::string_view::npos) return;
        const auto program = base_name(word);
        if (program == "env" && !after_env) {
            after_env = true;
            return;
        }
        const auto end = program.find_last_not_of("0123456789.-");
        result = find(interpreters, end == std::string_view::npos ? program : program.substr(0, end + 1));
    });
    return result;
}

// How much of a file is looked at: a license header and the first declarations fit.
constexpr std::size_t sniff_bytes_max = 64 * 1024;

bool starts_with_word(std::string_view line, std::string_view word) {
    if (!line.starts_with(word)) return false;
    return line.size() == word.size() ||
           (std::isalnum(static_cast<unsigned char>(line[word.size()])) == 0 && line[word.size()] != '_');
}

/// `#include <vector>`: a header of the C++ library has no extension.
bool includes_cpp_header(std::string_view line) {
    if (!line.starts_with('#')) return false;
    line = trim_left(line.substr(1));
    if (!starts_with_word(line, "include")) return false;
    line = trim_left(line.substr(7));
    const auto close = line.find_first_of(">\"", 1);
    if (close == std::string_view::npos || line.empty()) return false;
    const auto header = line.substr(1, close - 1);
    const auto dot = header.find_last_of('.');
    if (dot == std::string_view::npos) return line[0] == '<' && header.find('/') == std::string_view::npos;
    const auto extension = header.substr(dot + 1);
    return extension == "hpp" || extension == "hxx" || extension == "hh" || extension == "ipp";
}

bool is_cpp_line(std::string_view line) {
    if (includes_cpp_header(line)) return true;
    for (std::string_view word : {"namespace", "template", "using", "class", "friend", "explicit", "constexpr"}) {
        if (!starts_with_word(line, word)) continue;
        const auto rest = trim_left(line.substr(word.size()));
        if (word == "template") return rest.starts_with('<');
        // In C these are plain identifiers: `class = 3;`, `using(x)`.
        if (!rest.empty() && (std::isalpha(static_cast<unsigned char>(rest[0])) != 0 || rest[0] == '_' ||
                              rest[0] == '{' || rest[0] == ':'))
            return true;
    }
    if (starts_with_word(line, "virtual") && line.size() > 7 && line[7] == ' ') return true;
    for (std::string_view word : {"public", "private", "protected"})
        if (starts_with_word(line, word) && trim_left(line.substr(word.size())).starts_with(':')) return true;
    return line.find("std::") != std::string_view::npos || line.find(" operator=") != std::string_view::npos;
}

/// A `.h` is C++ when it says so outside comments and outside `#ifdef __cplusplus`, where C headers keep their C++.
Language language_of_header(std::string_view content) {
    auto rest = content.substr(0, sniff_bytes_max);
    bool in_comment = false;
    int conditional_depth = 0;
    int cplusplus_depth = 0;
    while (!rest.empty()) {
        auto line = trim_left(next_line(rest));
        if (in_comment) {
            const auto close = line.find("*/");
            if (close == std::string_view::npos) continue;
            in_comment = false;
            line = trim_left(line.substr(close + 2));
        }
        if (line.starts_with("/*") && line.find("*/", 2) == std::string_view::npos) in_comment = true;
        if (line.starts_with("//") || line.starts_with("/*")) {
            if (line.find("-*- C++ -*-") != std::string_view::npos ||
                line.find("-*- c++ -*-") != std::string_view::npos)
                return Language::cpp;
            continue;
        }
        if (line.starts_with('#')) {
            const auto directive = trim_left(line.substr(1));
            if (directive.starts_with("if")) {
                ++conditional_depth;
                if (cplusplus_depth == 0 && directive.find("__cplusplus") != std::string_view::npos &&
                    !directive.starts_with("ifndef") && directive.find("!defined") == std::string_view::npos)
                    cplusplus_depth = conditional_depth;
            } else if (directive.starts_with("el")) {
                if (conditional_depth == cplusplus_depth) cplusplus_depth = 0;
            } else if (directive.starts_with("endif")) {
                if (conditional_depth == cplusplus_depth) cplusplus_depth = 0;
                --conditional_depth;
            }
        }
        if (cplusplus_depth == 0 && is_cpp_line(line)) return Language::cpp;
    }
    return Language::c;
}

bool has_line_starting_with(std::string_view content, std::initializer_list<std::string_view> starts) {
    auto rest = content.substr(0, sniff_bytes_max);
    while (!rest.empty()) {
        const auto line = trim_left(next_line(rest));
        if (std::ranges::any_of(starts, [&](std::string_view start) { return line.starts_with(start); })) return true;
    }
    return false;
}

/// `.ts` is also Qt's translation format and MPEG transport streams.
Language language_of_ts(std::string_view content) {
    const auto start = trim_left(skip_byte_order_mark(content));
    if (start.starts_with("<?xml") || start.starts_with("<!DOCTYPE TS") || start.starts_with("<TS"))
        return Language::qt_translation;
    const bool is_transport_stream = content.size() > 188 && content[0] == 0x47 && content[188] == 0x47;
    return is_transport_stream ? Language::unknown : Language::typescript;
}

/// Extensions that several languages share are settled by content.
Language settle_shared_extension(std::string_view extension, Language language, std::string_view content) {
    if (extension == "h") {
        if (has_line_starting_with(content, {"@interface", "@protocol", "@class ", "#import"}))
            return Language::objective_c;
        return language_of_header(content);
    }
    if (extension == "ts") return language_of_ts(content);
    if (extension == "m" && has_line_starting_with(content, {"@interface", "@implementation", "@protocol", "#import",
                                                             "#include", "/*", "//"}))
        return Language::objective_c;
    if (extension == "pl" && has_line_starting_with(content, {":- "})) return Language::prolog;
    if (extension == "fs" && has_line_starting_with(content, {"#version", "precision ", "uniform ", "varying "}))
        return Language::glsl;
    if (extension == "cls" && has_line_starting_with(content, {"public class", "global class"}))
        return Language::unknown;  // Apex
    if (extension == "pod" || extension != "t") return language;
    return has_line_starting_with(content, {"use ", "#!", "package "}) ? Language::perl : Language::unknown;
}

Language language_of_extension(std::string_view name, std::string_view content) {
    static const Lookup extensions = index_words(&LanguageInfo::extensions);
    const auto dot = name.find_last_of('.');
    if (dot == std::string_view::npos || dot + 1 == name.size()) return Language::unknown;
    const auto written = name.substr(dot + 1);
    if (written == "C" || written == "H") return Language::cpp;
    const auto extension = lower(written);
    if (extension == "in") return language_of_extension(name.substr(0, dot), content);  // config.h.in, x.sh.in
    return settle_shared_extension(extension, find(extensions, extension), content);
}

}  // namespace

Language detect_language(std::string_view path, std::string_view content) {
    static const Lookup file_names = index_words(&LanguageInfo::file_names);
    const auto name = base_name(path);
    if (const auto language = find(file_names, name); language != Language::unknown) return language;
    if (const auto language = language_of_extension(name, content); language != Language::unknown) return language;
    if (name.starts_with("Dockerfile.") || name.starts_with("Containerfile.")) return Language::dockerfile;
    if (name.starts_with("Makefile.")) return Language::makefile;
    return language_of_shebang(content);
}

}  // namespace gsdb::codebase::extract
