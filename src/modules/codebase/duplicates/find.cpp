#include "modules/codebase/duplicates/find.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "modules/codebase/duplicates/maximal_repeats.hpp"
#include "modules/codebase/duplicates/window_classes.hpp"
#include "modules/codebase/duplicates/windows.hpp"

namespace gsdb::codebase::duplicates {

namespace {

using Distances = std::vector<std::vector<std::uint32_t>>;

constexpr std::uint32_t none = 0xFFFFFFFFU;

/// Windows that always follow each other, as one: few are left of a long copy.
struct Unit {
    std::uint32_t file, start;
    std::uint32_t windows;
};

struct Units {
    std::vector<Unit> units;
    Sequences sequences;  ///< parallel to the units
};

/// Names are compared within the stretches that were compared.
std::vector<std::uint32_t> symbols_of(const FileTokens& file, const std::vector<std::uint32_t>& distances,
                                      std::uint32_t first, std::uint32_t count, std::uint32_t tokens_min) {
    std::vector<std::uint32_t> symbols{file.family};
    for (auto i = first; i < first + count; ++i)
        symbols.push_back(distances[i] >= tokens_min ? symbol_of(file.codes[i], 0)
                                                     : symbol_in(file, distances, i, first));
    return symbols;
}

bool is_next(const Window& a, const Window& b) {
    return a.file == b.file && a.start + 1 == b.start;
}

/// Of each class the one that follows it wherever it stands, and that nothing else precedes; none without.
std::vector<std::uint32_t> sure_successors(const WindowClasses& classes) {
    const auto& windows = classes.windows;
    std::vector<std::uint32_t> counts(classes.count, 0), successors(classes.count, none);
    for (const auto& w : windows) ++counts[w.number];
    std::vector<bool> is_seen(classes.count, false);
    for (std::size_t i = 0; i < windows.size(); ++i) {
        const auto number = windows[i].number;
        const auto next = i + 1 < windows.size() && is_next(windows[i], windows[i + 1]) ? windows[i + 1].number : none;
        if (!is_seen[number])
            successors[number] = next;
        else if (successors[number] != next)
            successors[number] = none;
        is_seen[number] = true;
    }
    // Each place of a class leads to another place of its successor: where these are as many, nothing else does.
    for (std::uint32_t number = 0; number < classes.count; ++number)
        if (successors[number] != none && counts[successors[number]] != counts[number]) successors[number] = none;
    return successors;
}

Units join_windows(const WindowClasses& classes) {
    const auto& windows = classes.windows;
    const auto successors = sure_successors(classes);
    Units out;
    for (std::size_t i = 0; i < windows.size(); ++i) {
        const bool is_first = i == 0 || !is_next(windows[i - 1], windows[i]);
        if (!is_first && successors[windows[i - 1].number] == windows[i].number) {
            ++out.units.back().windows;
            continue;
        }
        out.units.push_back({windows[i].file, windows[i].start, 1});
        out.sequences.symbols.push_back(windows[i].number);
        out.sequences.is_first.push_back(is_first);
    }
    auto& sequences = out.sequences;
    sequences.ends.resize(out.units.size());
    auto end = static_cast<std::uint32_t>(out.units.size());
    for (auto i = end; i-- > 0;) {
        sequences.ends[i] = end;
        if (sequences.is_first[i]) end = i;
    }
    return out;
}

struct Start {
    std::uint32_t file, token;
    auto operator<=>(const Start&) const = default;
};

/// What may become a block.
struct Candidate {
    std::uint32_t tokens = 0;
    std::vector<Start> starts;
};

/// Takes care that no place overlaps another: the stretch is cut to the least distance of its places where that is
/// enough, else places give way. False when fewer than two are left.
bool separate(Candidate& candidate, std::uint32_t tokens_min) {
    auto& starts = candidate.starts;
    auto distance = candidate.tokens;
    for (std::size_t i = 1; i < starts.size(); ++i)
        if (starts[i].file == starts[i - 1].file) distance = std::min(distance, starts[i].token - starts[i - 1].token);
    if (distance >= tokens_min) {
        candidate.tokens = distance;
        return true;
    }
    std::vector<Start> kept;
    for (const auto& start : starts)
        if (kept.empty() || kept.back().file != start.file || kept.back().token + candidate.tokens <= start.token)
            kept.push_back(start);
    starts = std::move(kept);
    return starts.size() > 1;
}

/// Stretches of tokens of files, to be asked whether one lies within another.
class Cover {
  public:
    explicit Cover(std::size_t files) : ends_(files) {}

    bool has(const Start& start, std::uint32_t tokens) const {
        const auto& ends = ends_[start.file];
        const auto after = ends.upper_bound(start.token);
        return after != ends.begin() && std::prev(after)->second >= start.token + tokens;
    }
    /// Longer ones come before shorter ones.
    void add(const Start& start, std::uint32_t tokens) {
        if (!has(start, tokens)) ends_[start.file][start.token] = start.token + tokens;
    }

  private:
    /// By file: begins to ends. As none lies within another, both grow.
    std::vector<std::map<std::uint32_t, std::uint32_t>> ends_;
};

class Finder {
  public:
    Finder(std::span<const SourceFile> files, const Options& options) : files_(files), options_(options) {
        for (const auto& file : files)
            distances_.push_back(file.shared.empty() ? std::vector<std::uint32_t>() : name_distances(*file.tokens));
    }

    std::vector<Block> find() {
        auto candidates = find_candidates();
        std::ranges::sort(candidates, [](const auto& a, const auto& b) {
            return std::tuple(b.tokens, b.starts.size(), a.starts) < std::tuple(a.tokens, a.starts.size(), b.starts);
        });
        Cover cover(files_.size());
        std::vector<Block> blocks;
        for (const auto& candidate : candidates) {
            if (std::ranges::all_of(candidate.starts,
                                    [&](const auto& start) { return cover.has(start, candidate.tokens); }))
                continue;
            auto block = block_of(candidate);
            if (!block) continue;
            for (const auto& start : candidate.starts) cover.add(start, candidate.tokens);
            blocks.push_back(*std::move(block));
        }
        return blocks;
    }

  private:
    std::vector<Candidate> find_candidates() {
        const auto [units, sequences] = join_windows(find_window_classes(files_, distances_, options_.tokens_min));
        std::vector<Candidate> candidates;
        std::map<std::pair<std::uint32_t, std::uint64_t>, std::size_t> cut;  // by length and hash
        find_maximal_repeats(sequences, [&](std::uint32_t length, std::span<const std::uint32_t> places) {
            const auto& last = units[places[0] + length - 1];
            const auto tokens = last.start + last.windows - units[places[0]].start + options_.tokens_min - 1;
            Candidate candidate{.tokens = tokens};
            for (const auto place : places) candidate.starts.push_back({units[place].file, units[place].start});
            std::ranges::sort(candidate.starts);
            if (!separate(candidate, options_.tokens_min)) return;
            // Cut from stretches of several lengths, it may have been found already.
            if (candidate.tokens < tokens) {
                const auto [found, is_new] = cut.try_emplace({candidate.tokens, hash_of(candidate)}, candidates.size());
                if (!is_new) return unite(candidates[found->second], candidate);
            }
            candidates.push_back(std::move(candidate));
        });
        return candidates;
    }

    std::uint64_t hash_of(const Candidate& candidate) const {
        const auto& [file, token] = candidate.starts[0];
        std::uint64_t hash = 0;
        for (const auto symbol :
             symbols_of(*files_[file].tokens, distances_[file], token, candidate.tokens, options_.tokens_min))
            hash = mixed(hash + symbol);
        return hash;
    }

    static void unite(Candidate& candidate, const Candidate& other) {
        std::vector<Start> starts;
        std::ranges::set_union(candidate.starts, other.starts, std::back_inserter(starts));
        candidate.starts = std::move(starts);
        separate(candidate, candidate.tokens);
    }

    /// Nothing where it is a table, or too few of its places have enough lines.
    std::optional<Block> block_of(const Candidate& candidate) const {
        if (is_repetition(candidate)) return std::nullopt;
        Block block{.tokens = candidate.tokens};
        for (const auto& start : candidate.starts) {
            const auto& tokens = *files_[start.file].tokens;
            const Place place{.file = start.file,
                              .first_token = start.token,
                              .start_line = tokens.lines[start.token],
                              .end_line = end_line(tokens, start.token + candidate.tokens - 1)};
            if (place.end_line - place.start_line + 1 >= options_.lines_min) block.places.push_back(place);
        }
        if (block.places.size() < 2) return std::nullopt;
        const auto& first = block.places[0];
        block.clone_type =
            std::ranges::all_of(block.places,
                                [&](const auto& place) { return have_same_texts(first, place, block.tokens); })
                ? 1
                : 2;
        return block;
    }

    bool have_same_texts(const Place& a, const Place& b, std::uint32_t count) const {
        const auto text = [&](const Place& place, std::uint32_t i) {
            const auto& tokens = *files_[place.file].tokens;
            const auto code = tokens.codes[place.first_token + i];
            return code.token_class() == TokenClass::sign ? code.number() : tokens.texts[code.number()];
        };
        for (std::uint32_t i = 0; i < count; ++i)
            if (text(a, i) != text(b, i)) return false;
        return true;
    }

    /// Whether more than half of it repeats what is right before it, names and values aside.
    bool is_repetition(const Candidate& candidate) const {
        const auto& tokens = *files_[candidate.starts[0].file].tokens;
        const auto first = candidate.starts[0].token;
        const auto kind = [&](std::uint32_t i) { return symbol_of(tokens.codes[first + i], 0); };
        std::vector<bool> is_repeated(candidate.tokens, false);
        for (std::uint32_t period = 1; period <= options_.tokens_min / 2; ++period) {
            std::uint32_t run = 0;
            for (auto i = period; i < candidate.tokens; ++i) {
                run = kind(i) == kind(i - period) ? run + 1 : 0;
                if (run == period)
                    for (auto back = i + 1 - period; back <= i; ++back) is_repeated[back] = true;
                else if (run > period)
                    is_repeated[i] = true;
            }
        }
        return std::ranges::count(is_repeated, true) * 2 > static_cast<std::ptrdiff_t>(candidate.tokens);
    }

    std::span<const SourceFile> files_;
    const Options& options_;
    Distances distances_;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> shared_positions(std::span<const std::vector<Fingerprint>> files) {
    std::vector<std::uint64_t> hashes;
    for (const auto& file : files)
        for (const auto& f : file) hashes.push_back(f.hash);
    std::ranges::sort(hashes);
    std::vector<std::uint64_t> several;
    for (std::size_t i = 1; i < hashes.size(); ++i)
        if (hashes[i] == hashes[i - 1] && (several.empty() || several.back() != hashes[i]))
            several.push_back(hashes[i]);
    std::vector<std::vector<std::uint32_t>> positions(files.size());
    for (std::size_t file = 0; file < files.size(); ++file)
        for (const auto& f : files[file])
            if (std::ranges::binary_search(several, f.hash)) positions[file].push_back(f.position);
    return positions;
}

std::vector<Block> find_duplicates(std::span<const SourceFile> files, const Options& options) {
    return Finder(files, options).find();
}

std::vector<std::uint32_t> symbols_of(const SourceFile& file, std::uint32_t first_token, std::uint32_t tokens,
                                      const Options& options) {
    return symbols_of(*file.tokens, name_distances(*file.tokens), first_token, tokens, options.tokens_min);
}

}  // namespace gsdb::codebase::duplicates
