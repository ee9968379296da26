#include "integrations/git/mailmap.hpp"

#include <algorithm>
#include <optional>

namespace gsdb::git {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (auto& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n\v\f";
    const auto first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

namespace {

struct Named {
    std::string_view name, email;
};

/// Takes `Name <email>` off the line.
std::optional<Named> take_named(std::string_view& line) {
    const auto open = line.find('<');
    if (open == std::string_view::npos) return std::nullopt;
    const auto close = line.find('>', open);
    if (close == std::string_view::npos) return std::nullopt;
    const Named named{trimmed(line.substr(0, open)), trimmed(line.substr(open + 1, close - open - 1))};
    line.remove_prefix(close + 1);
    return named;
}

void replace(std::string& text, std::string_view by) {
    if (!by.empty()) text = by;
}

}  // namespace

Mailmap::Mailmap(std::string_view text) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        add_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void Mailmap::add_line(std::string_view line) {
    if (line.starts_with('#')) return;
    const auto first = take_named(line);
    if (!first) return;
    const auto second = take_named(line);
    const auto& commit = second ? *second : *first;
    const auto proper_email = second ? first->email : std::string_view();
    auto& proper = by_email_[lower_case(commit.email)];
    const bool is_for_all = !second || second->name.empty();
    if (is_for_all) {
        replace(proper.name, first->name);
        replace(proper.email, proper_email);
    } else {
        auto& named = proper.by_name[lower_case(second->name)];
        replace(named.name, first->name);
        replace(named.email, proper_email);
    }
}

Author Mailmap::resolve(Author author) const {
    const auto found = by_email_.find(lower_case(author.email));
    if (found == by_email_.end()) return author;
    const auto named = found->second.by_name.find(lower_case(author.name));
    const bool is_named = named != found->second.by_name.end();
    replace(author.name, is_named ? named->second.name : found->second.name);
    replace(author.email, is_named ? named->second.email : found->second.email);
    return author;
}

}  // namespace gsdb::git
