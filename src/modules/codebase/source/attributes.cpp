#include "modules/codebase/source/attributes.hpp"

#include <algorithm>
#include <utility>

namespace gsdb::codebase::source {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view take_word(std::string_view& line) {
    const auto start = std::min(line.find_first_not_of(blanks), line.size());
    const auto end = std::min(line.find_first_of(blanks, start), line.size());
    const auto word = line.substr(start, end - start);
    line.remove_prefix(end);
    return word;
}

// A pattern in double quotes may contain spaces; a backslash quotes the next character.
std::optional<std::string> take_pattern(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (!line.starts_with('"')) return std::string(take_word(line));
    std::string pattern;
    for (std::size_t i = 1; i < line.size(); ++i) {
        if (line[i] == '"') {
            line.remove_prefix(i + 1);
            return pattern;
        }
        if (line[i] == '\\') ++i;
        if (i == line.size()) break;
        pattern += line[i];
    }
    return std::nullopt;
}

enum class Said { nothing, yes, no, unset };

// `name`, `-name`, `!name` or `name=value`.
Said said_about(std::string_view word, std::string_view name) {
    if (word == name) return Said::yes;
    if (word.size() == name.size() + 1 && word.substr(1) == name) {
        return word[0] == '-' ? Said::no : word[0] == '!' ? Said::unset : Said::nothing;
    }
    if (!word.starts_with(name) || word.substr(name.size()).substr(0, 1) != "=") return Said::nothing;
    const auto value = word.substr(name.size() + 1);
    return value == "false" || value == "0" ? Said::no : Said::yes;
}

void apply(Said said, std::optional<bool>& value, bool& unset) {
    if (said == Said::nothing) return;
    unset = said == Said::unset;
    value = said == Said::unset ? std::nullopt : std::optional(said == Said::yes);
}

}  // namespace

Attributes Attributes::of_tree(const SourceTree& tree, const Listing& listing) {
    constexpr std::string_view name = ".gitattributes";
    constexpr std::uint64_t bytes_max = 1 << 20;
    std::vector<const Entry*> files;
    for (const auto& entry : listing.entries) {
        const bool is_one = entry.path == name || entry.path.ends_with("/.gitattributes");
        if (is_one && (entry.kind == EntryKind::regular || entry.kind == EntryKind::executable))
            files.push_back(&entry);
    }
    // Those further down have the last word. The listing is ordered, so equally deep ones stay apart.
    std::ranges::sort(files, {}, [](const Entry* entry) {
        return std::pair(std::ranges::count(entry->path, '/'), std::string_view(entry->path));
    });
    Attributes attributes;
    for (const auto* entry : files) {
        const auto content = tree.read(*entry, bytes_max);
        if (content) attributes.add(as_text(content->bytes), entry->path.substr(0, entry->path.size() - name.size()));
    }
    return attributes;
}

void Attributes::add(std::string_view text, const std::string& base) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const auto pattern_text = take_pattern(line);
        if (!pattern_text || pattern_text->starts_with('#') || pattern_text->starts_with('!')) continue;
        auto pattern = PathPattern::parse(*pattern_text);
        if (!pattern) continue;
        Rule rule{.base = base, .pattern = std::move(*pattern)};
        for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
            apply(said_about(word, "linguist-generated"), rule.nature.generated, rule.unsets_generated);
            apply(said_about(word, "linguist-vendored"), rule.nature.vendored, rule.unsets_vendored);
        }
        const bool says_something =
            rule.nature.generated || rule.nature.vendored || rule.unsets_generated || rule.unsets_vendored;
        if (says_something) rules_.push_back(std::move(rule));
    }
}

StatedNature Attributes::of(std::string_view path) const {
    StatedNature nature;
    for (const auto& rule : rules_) {
        if (!path.starts_with(rule.base) || !rule.pattern.matches(path.substr(rule.base.size()), false)) continue;
        if (rule.nature.generated || rule.unsets_generated) nature.generated = rule.nature.generated;
        if (rule.nature.vendored || rule.unsets_vendored) nature.vendored = rule.nature.vendored;
    }
    return nature;
}

}  // namespace gsdb::codebase::source
