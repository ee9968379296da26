#include "modules/codebase/duplicates/fingerprints.hpp"

#include <deque>

#include "modules/codebase/duplicates/windows.hpp"

namespace gsdb::codebase::duplicates {

std::vector<Fingerprint> fingerprints(const FileTokens& tokens) {
    std::vector<Fingerprint> chosen;
    const auto count = static_cast<std::uint32_t>(tokens.codes.size());
    if (count < guaranteed_tokens) return chosen;
    const auto distances = name_distances(tokens);
    WindowHasher hashes(tokens, distances, gram_tokens);
    std::deque<Fingerprint> least;  // of the window: what comes later is greater
    for (std::uint32_t at = 0; at + gram_tokens <= count; ++at) {
        const auto hash = hashes.at(at);
        while (!least.empty() && least.back().hash >= hash) least.pop_back();  // of equal ones the last is taken
        least.push_back({hash, at});
        if (least.front().position + winnowing_window <= at) least.pop_front();
        if (at + 1 < winnowing_window) continue;
        if (chosen.empty() || chosen.back().position != least.front().position) chosen.push_back(least.front());
    }
    return chosen;
}

}  // namespace gsdb::codebase::duplicates
