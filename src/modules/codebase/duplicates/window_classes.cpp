#include "modules/codebase/duplicates/window_classes.hpp"

#include <algorithm>
#include <tuple>

#include "modules/codebase/duplicates/windows.hpp"

namespace gsdb::codebase::duplicates {

namespace {

struct HashedWindow {
    std::uint64_t hash;
    std::uint32_t file, start;
};

using Distances = std::span<const std::vector<std::uint32_t>>;

/// Goes over the starts of the stretches of a file that hold so many shared fingerprints as one alike elsewhere must.
template <class See>
void for_each_start(const SourceFile& file, std::uint32_t tokens, const See& see) {
    const auto& at = file.shared;
    const auto size = static_cast<std::uint32_t>(file.tokens->codes.size());
    const auto last_gram = tokens - gram_tokens;  // where the last fingerprint of a stretch may begin
    const std::size_t least = (last_gram + 1) / winnowing_window;
    std::uint32_t next = 0;
    for (std::size_t i = 0; i + least <= at.size() && size >= tokens; ++i) {
        const auto back = at[i + least - 1];
        const auto first = std::max(next, back > last_gram ? back - last_gram : 0);
        const auto last = std::min(at[i], size - tokens);
        for (auto start = first; start <= last; ++start) see(start);
        next = std::max(next, last + 1);
    }
}

bool are_alike(std::span<const SourceFile> files, Distances distances, const HashedWindow& a, const HashedWindow& b,
               std::uint32_t tokens) {
    const auto &in_a = *files[a.file].tokens, &in_b = *files[b.file].tokens;
    if (in_a.family != in_b.family) return false;
    for (std::uint32_t i = 0; i < tokens; ++i)
        if (symbol_in(in_a, distances[a.file], a.start + i, a.start) !=
            symbol_in(in_b, distances[b.file], b.start + i, b.start))
            return false;
    return true;
}

/// Gives classes to windows of one hash: tokens decide. Those that are alone are left out.
class Classifier {
  public:
    Classifier(std::span<const SourceFile> files, Distances distances, std::uint32_t tokens)
        : files_(files), distances_(distances), tokens_(tokens) {}

    void add(std::span<HashedWindow> group) {
        while (group.size() > 1) {
            const auto others = std::ranges::partition(group.subspan(1), [&](const auto& window) {
                return are_alike(files_, distances_, group[0], window, tokens_);
            });
            const auto alike = group.size() - others.size();
            if (alike > 1) {
                for (const auto& w : group.first(alike)) out_.windows.push_back({w.file, w.start, out_.count});
                ++out_.count;
            }
            group = group.subspan(alike);
        }
    }
    WindowClasses take() { return std::move(out_); }

  private:
    std::span<const SourceFile> files_;
    Distances distances_;
    std::uint32_t tokens_;
    WindowClasses out_;
};

/// What stands in itself again, moved by half its length or less, is a table.
void leave_out_tables(WindowClasses& classes, std::uint32_t tokens) {
    struct Seen {
        std::uint32_t file = 0xFFFFFFFFU, start = 0;
        bool is_table = false;
    };
    std::vector<Seen> seen(classes.count);
    for (const auto& w : classes.windows) {
        auto& last = seen[w.number];
        if (last.file == w.file && w.start - last.start <= tokens / 2) last.is_table = true;
        last.file = w.file, last.start = w.start;
    }
    std::erase_if(classes.windows, [&](const auto& w) { return seen[w.number].is_table; });
}

}  // namespace

WindowClasses find_window_classes(std::span<const SourceFile> files, Distances distances, std::uint32_t tokens) {
    std::vector<HashedWindow> all;
    for (std::uint32_t file = 0; file < files.size(); ++file) {
        if (files[file].shared.empty()) continue;
        WindowHasher hashes(*files[file].tokens, distances[file], tokens);
        for_each_start(files[file], tokens,
                       [&](std::uint32_t start) { all.push_back({hashes.at(start), file, start}); });
    }
    std::ranges::sort(all, [](const auto& a, const auto& b) {
        return std::tie(a.hash, a.file, a.start) < std::tie(b.hash, b.file, b.start);
    });
    Classifier classifier(files, distances, tokens);
    for (std::size_t begin = 0; begin < all.size();) {
        auto end = begin + 1;
        while (end < all.size() && all[end].hash == all[begin].hash) ++end;
        classifier.add(std::span(all).subspan(begin, end - begin));
        begin = end;
    }
    auto classes = classifier.take();
    std::ranges::sort(classes.windows, [](const auto& a, const auto& b) {
        return std::tie(a.file, a.start) < std::tie(b.file, b.start);
    });
    leave_out_tables(classes, tokens);
    return classes;
}

}  // namespace gsdb::codebase::duplicates
