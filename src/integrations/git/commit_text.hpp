#pragma once
// What the bytes of a commit say.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "integrations/git/mailmap.hpp"
#include "integrations/git/repository.hpp"

namespace gsdb::git {

struct CommitText {
    ObjectId tree;
    std::vector<ObjectId> parents;
    Author author;                                   ///< valid UTF-8 without NUL, not yet looked up in a mailmap
    std::int64_t authored_at = 0, committed_at = 0;  ///< seconds since 1970; 0 where the line has none
    std::string subject;  ///< first line of the message, at most 512 bytes of valid UTF-8 without NUL
};

/// Nothing when it does not begin as a commit does. Authors and messages may be damaged: then they are what is left of
/// them. What is no UTF-8 is taken for Windows-1252, and where it is none either, shown as display_path() does.
std::optional<CommitText> parse_commit(std::string_view text);

/// The part that the graph is made of; faster.
std::optional<CommitText> parse_commit_graph(std::string_view text);

}  // namespace gsdb::git
