#include "integrations/git/renames.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace gsdb::git {

namespace {

constexpr double similarity_min = 0.5;
constexpr double same_name_similarity_min = 0.75;
constexpr std::size_t pairs_max = 40'000;
constexpr std::size_t piece_bytes_max = 64;

std::uint64_t hash_of(std::string_view piece) {
    std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
    for (const char c : piece) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3U;
    return hash;
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

bool can_be_the_same(const RenameSide& one, const RenameSide& other) {
    const bool is_link = one.kind == EntryKind::symlink;
    return is_link == (other.kind == EntryKind::symlink);
}

using Reader = std::function<std::optional<Fingerprint>(const RenameSide&)>;

/// Fingerprints of files, made when they are asked for.
class Fingerprints {
  public:
    Fingerprints(std::size_t files, const Reader& reader) : reader_(reader), known_(files) {}

    const std::optional<Fingerprint>& of(std::size_t number, const RenameSide& side) {
        auto& known = known_[number];
        if (!known) known = reader_(side);
        return *known;
    }

  private:
    const Reader& reader_;
    std::vector<std::optional<std::optional<Fingerprint>>> known_;
};

/// Pairs files step by step; what is paired is out of the later steps.
class Pairing {
  public:
    Pairing(const std::vector<RenameSide>& deleted, const std::vector<RenameSide>& added, const Reader& reader)
        : deleted_(deleted),
          added_(added),
          deleted_prints_(deleted.size(), reader),
          added_prints_(added.size(), reader),
          deleted_taken_(deleted.size()),
          added_taken_(added.size()) {}

    void pair_equal() {
        std::unordered_multimap<ObjectId, std::size_t> by_id;
        for (std::size_t d = deleted_.size(); d-- > 0;) by_id.emplace(deleted_[d].id, d);
        for (std::size_t a = 0; a < added_.size(); ++a) {
            std::optional<std::size_t> best;
            const auto [first, last] = by_id.equal_range(added_[a].id);
            for (auto it = first; it != last; ++it) {
                const auto d = it->second;
                if (deleted_taken_[d] || !can_be_the_same(deleted_[d], added_[a])) continue;
                if (!best || rank(d, a) < rank(*best, a)) best = d;
            }
            if (best) take(*best, a);
        }
    }

    void pair_same_names() {
        const auto deleted = unique_names(deleted_, deleted_taken_), added = unique_names(added_, added_taken_);
        for (const auto& [name, a] : added) {
            const auto found = deleted.find(name);
            if (a == many || found == deleted.end() || found->second == many) continue;
            if (similarity(found->second, a) >= same_name_similarity_min) take(found->second, a);
        }
    }

    void pair_similar() {
        const auto left = [](const std::vector<bool>& taken) {
            return static_cast<std::size_t>(std::ranges::count(taken, false));
        };
        if (left(deleted_taken_) * left(added_taken_) > pairs_max) return;
        struct Candidate {
            double similarity;
            bool has_other_name;
            std::size_t deleted, added;
        };
        std::vector<Candidate> candidates;
        for (std::size_t a = 0; a < added_.size(); ++a)
            for (std::size_t d = 0; !added_taken_[a] && d < deleted_.size(); ++d) {
                if (deleted_taken_[d]) continue;
                const auto similar = similarity(d, a);
                if (similar >= similarity_min)
                    candidates.push_back({similar, base_name(deleted_[d].path) != base_name(added_[a].path), d, a});
            }
        std::ranges::sort(candidates, {}, [](const Candidate& c) {
            return std::tuple(-c.similarity, c.has_other_name, c.added, c.deleted);
        });
        for (const auto& c : candidates)
            if (!deleted_taken_[c.deleted] && !added_taken_[c.added]) take(c.deleted, c.added);
    }

    std::vector<Rename> renames;

  private:
    static constexpr auto many = static_cast<std::size_t>(-1);

    /// By base name; `many` where it is there several times.
    static std::map<std::string_view, std::size_t> unique_names(const std::vector<RenameSide>& sides,
                                                                const std::vector<bool>& taken) {
        std::map<std::string_view, std::size_t> names;
        for (std::size_t i = 0; i < sides.size(); ++i) {
            if (taken[i]) continue;
            const auto [found, is_new] = names.try_emplace(base_name(sides[i].path), i);
            if (!is_new) found->second = many;
        }
        return names;
    }

    /// Of several equal contents the one of the same base name, then the first.
    std::pair<bool, std::size_t> rank(std::size_t d, std::size_t a) const {
        return {base_name(deleted_[d].path) != base_name(added_[a].path), d};
    }

    double similarity(std::size_t d, std::size_t a) {
        if (!can_be_the_same(deleted_[d], added_[a])) return 0;
        const auto &one = deleted_prints_.of(d, deleted_[d]), &other = added_prints_.of(a, added_[a]);
        return one && other ? Fingerprint::similarity(*one, *other) : 0;
    }

    void take(std::size_t d, std::size_t a) {
        deleted_taken_[d] = added_taken_[a] = true;
        renames.push_back({.deleted = d, .added = a});
    }

    const std::vector<RenameSide>& deleted_;
    const std::vector<RenameSide>& added_;
    Fingerprints deleted_prints_, added_prints_;
    std::vector<bool> deleted_taken_, added_taken_;
};

}  // namespace

Fingerprint::Fingerprint(std::string_view content) : size_bytes_(content.size()) {
    while (!content.empty()) {
        const auto end = content.substr(0, piece_bytes_max).find('\n');
        const auto piece =
            content.substr(0, end == std::string_view::npos ? std::min(piece_bytes_max, content.size()) : end + 1);
        pieces_.push_back({hash_of(piece), piece.size()});
        content.remove_prefix(piece.size());
    }
    std::ranges::sort(pieces_, {}, &Piece::hash);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        if (kept > 0 && pieces_[kept - 1].hash == pieces_[i].hash)
            pieces_[kept - 1].bytes += pieces_[i].bytes;
        else
            pieces_[kept++] = pieces_[i];
    }
    pieces_.resize(kept);
}

double Fingerprint::similarity(const Fingerprint& one, const Fingerprint& other) {
    const auto larger = std::max(one.size_bytes_, other.size_bytes_);
    const auto smaller = std::min(one.size_bytes_, other.size_bytes_);
    if (larger == 0 || static_cast<double>(smaller) < similarity_min * static_cast<double>(larger)) return 0;
    std::uint64_t common = 0;
    for (auto a = one.pieces_.begin(), b = other.pieces_.begin(); a != one.pieces_.end() && b != other.pieces_.end();) {
        if (a->hash == b->hash)
            common += std::min((a++)->bytes, (b++)->bytes);
        else
            ++(a->hash < b->hash ? a : b);
    }
    return static_cast<double>(common) / static_cast<double>(larger);
}

std::vector<Rename> find_renames(const std::vector<RenameSide>& deleted, const std::vector<RenameSide>& added,
                                 const Reader& fingerprint_of) {
    Pairing pairing(deleted, added, fingerprint_of);
    pairing.pair_equal();
    pairing.pair_same_names();
    pairing.pair_similar();
    return std::move(pairing.renames);
}

}  // namespace gsdb::git
