#pragma once
// Which deleted files of a commit are added ones under another name: as `git diff -M` finds them.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "integrations/git/repository.hpp"

namespace gsdb::git {

/// How often each piece of a content occurs in it; a piece is a line or 64 bytes of one.
class Fingerprint {
  public:
    explicit Fingerprint(std::string_view content);

    /// How much of the larger of two contents is in the other, too: 0 to 1.
    static double similarity(const Fingerprint& one, const Fingerprint& other);

    std::uint64_t size_bytes() const { return size_bytes_; }

  private:
    struct Piece {
        std::uint64_t hash = 0;
        std::uint64_t bytes = 0;  ///< of all occurrences
    };
    std::vector<Piece> pieces_;  ///< ordered by hash
    std::uint64_t size_bytes_ = 0;
};

/// A file that appears or goes away.
struct RenameSide {
    std::string_view path;
    ObjectId id;
    EntryKind kind{};
};

struct Rename {
    std::size_t deleted, added;  ///< numbers in the two lists
};

/// Pairs each deleted file with at most one added one: equal contents first, then files of the same base name that is
/// there once on either side, similar to at least three quarters, then the most similar ones down to one half. When
/// there are more than 40,000 pairs to compare the last step is left out. `fingerprint_of` is asked once at most for
/// each file; nothing means that only equal contents count.
std::vector<Rename> find_renames(const std::vector<RenameSide>& deleted, const std::vector<RenameSide>& added,
                                 const std::function<std::optional<Fingerprint>(const RenameSide&)>& fingerprint_of);

}  // namespace gsdb::git
