#include "integrations/git/commit_text.hpp"

#include <algorithm>
#include <charconv>

#include "base/utf8.hpp"
#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/text.hpp"

namespace gsdb::git {

using codebase::source::display_path;
using codebase::source::Text;

namespace {

constexpr std::size_t subject_bytes_max = 512;

std::string readable(std::string_view bytes) {
    std::string text(bytes);
    std::erase(text, '\0');
    if (is_valid_utf8(text)) return text;
    const auto decoded = Text::decode(as_bytes(text));
    auto result = decoded ? std::string(decoded->view()) : display_path(text);
    std::erase(result, '\0');
    return is_valid_utf8(result) ? result : display_path(text);
}

struct Identity {
    std::string_view name, email;
    std::int64_t at = 0;
};

/// `Name <email> 1700000000 +0100`; what is missing stays empty.
Identity parse_identity(std::string_view line) {
    Identity identity;
    const auto close = line.rfind('>');
    const auto open = line.substr(0, close).find('<');
    if (close == std::string_view::npos || open == std::string_view::npos) {
        identity.name = trimmed(line);
        return identity;
    }
    identity.name = trimmed(line.substr(0, open));
    identity.email = trimmed(line.substr(open + 1, close - open - 1));
    const auto date = trimmed(line.substr(close + 1));
    std::from_chars(date.data(), date.data() + date.size(), identity.at);
    return identity;
}

std::string_view take_line(std::string_view& text) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

/// The value of the header when `line` is one of that name.
std::optional<std::string_view> value_of(std::string_view line, std::string_view header) {
    if (!line.starts_with(header)) return std::nullopt;
    return line.substr(header.size());
}

/// Takes the tree and the parents off `text`.
std::optional<CommitText> take_graph(std::string_view& text) {
    const auto tree = value_of(take_line(text), "tree ");
    const auto tree_id = tree ? ObjectId::parse(*tree) : std::nullopt;
    if (!tree_id) return std::nullopt;
    CommitText commit{.tree = *tree_id};
    while (text.starts_with("parent ")) {
        const auto parent = ObjectId::parse(take_line(text).substr(7));
        if (!parent) return std::nullopt;
        commit.parents.push_back(*parent);
    }
    return commit;
}

}  // namespace

std::optional<CommitText> parse_commit_graph(std::string_view text) {
    auto commit = take_graph(text);
    if (!commit) return std::nullopt;
    take_line(text);
    if (const auto committer = value_of(take_line(text), "committer "))
        commit->committed_at = parse_identity(*committer).at;
    return commit;
}

std::optional<CommitText> parse_commit(std::string_view text) {
    auto commit = take_graph(text);
    if (!commit) return std::nullopt;
    while (!text.empty()) {
        const auto line = take_line(text);
        if (line.empty()) break;
        if (const auto author = value_of(line, "author ")) {
            const auto identity = parse_identity(*author);
            commit->author = {readable(identity.name), readable(identity.email)};
            commit->authored_at = identity.at;
        } else if (const auto committer = value_of(line, "committer ")) {
            commit->committed_at = parse_identity(*committer).at;
        }
    }
    while (!text.empty() && commit->subject.empty()) commit->subject = trimmed(take_line(text));
    commit->subject = utf8_beginning(readable(commit->subject), subject_bytes_max);
    return commit;
}

}  // namespace gsdb::git
