#pragma once
// From the tokens of many files to the stretches that stand in several places.
//
// A clone is of type 1 where only layout and comments differ, of type 2 where also names, types and values do: Roy and
// Cordy, "A Survey on Software Clone Detection Research", 2007, after Bellon and others, "Comparison and Evaluation of
// Clone Detection Tools", 2007. Names must be renamed one to one within each stretch of `tokens_min` tokens (Baker
// 1995, see windows.hpp).

#include <cstdint>
#include <span>
#include <vector>

#include "modules/codebase/duplicates/fingerprints.hpp"
#include "modules/codebase/duplicates/tokens.hpp"

namespace gsdb::codebase::duplicates {

/// Of the fingerprints of each file the positions of those that are there more than once in all.
std::vector<std::vector<std::uint32_t>> shared_positions(std::span<const std::vector<Fingerprint>> files);

struct SourceFile {
    const FileTokens* tokens = nullptr;  ///< needed where it has shared positions
    std::vector<std::uint32_t> shared;
};

struct Options {
    std::uint32_t tokens_min = 100;  ///< no less than guaranteed_tokens
    std::uint32_t lines_min = 5;     ///< of a place
};

struct Place {
    std::uint32_t file = 0;  ///< in the order they were given
    std::uint32_t first_token = 0;
    std::uint32_t start_line = 0, end_line = 0;

    bool operator==(const Place&) const = default;
};

/// A stretch of tokens in all its places.
struct Block {
    std::uint32_t tokens = 0;
    int clone_type = 2;
    std::vector<Place> places;  ///< two at least, in the order of the files; none overlaps another

    bool operator==(const Block&) const = default;
};

/// All blocks that cannot be longer without standing in fewer places, without those of which every place lies within a
/// longer one (near-supermaximal repeats: Gusfield, "Algorithms on Strings, Trees, and Sequences", 1997), longest
/// first. What is compared are tokens, not hashes. Left out is what repeats within itself: stretches that stand in
/// themselves again, moved by half of `tokens_min` or less, and blocks of which more than half is consecutive
/// repetition (the metric RNR of Higo, Kamiya, Kusumoto and Inoue, "Method and Implementation for Investigating Code
/// Clones in a Software System", 2007, below 0.5): tables, lists, cases of a switch.
std::vector<Block> find_duplicates(std::span<const SourceFile> files, const Options& options);

/// What is the same in all places of a block of these files and options: its tokens as symbols.
std::vector<std::uint32_t> symbols_of(const SourceFile& file, std::uint32_t first_token, std::uint32_t tokens,
                                      const Options& options);

}  // namespace gsdb::codebase::duplicates
