#include "modules/codebase/duplicates/windows.hpp"

namespace gsdb::codebase::duplicates {

namespace {

constexpr std::uint64_t base = 0x9E3779B97F4A7C15ULL;

std::uint64_t weight_of(std::uint32_t symbol) {
    return mixed(symbol + 1ULL);
}

}  // namespace

std::vector<std::uint32_t> name_distances(const FileTokens& tokens) {
    std::vector<std::uint32_t> distances(tokens.codes.size()), last(tokens.texts.size(), 0);
    for (std::uint32_t i = 0; i < tokens.codes.size(); ++i) {
        if (tokens.codes[i].token_class() != TokenClass::name) continue;
        auto& seen = last[tokens.codes[i].number()];  // counted from 1
        if (seen != 0) distances[i] = i + 1 - seen;
        seen = i + 1;
    }
    return distances;
}

WindowHasher::WindowHasher(const FileTokens& tokens, const std::vector<std::uint32_t>& distances, std::uint32_t size)
    : tokens_(tokens), distances_(distances), next_(distances.size()), size_(size), powers_(size) {
    for (std::uint32_t i = 0; i < distances.size(); ++i)
        if (distances[i] != 0) next_[i - distances[i]] = distances[i];
    powers_[0] = 1;
    for (std::uint32_t i = 1; i < size; ++i) powers_[i] = powers_[i - 1] * base;
}

std::uint64_t WindowHasher::at(std::uint32_t start) {
    if (is_begun_ && start == start_ + 1)
        slide();
    else if (!is_begun_ || start != start_)
        begin(start);
    return mixed(hash_ + tokens_.family);
}

void WindowHasher::begin(std::uint32_t start) {
    start_ = start;
    is_begun_ = true;
    hash_ = 0;
    for (std::uint32_t i = start; i < start + size_; ++i)
        hash_ = hash_ * base + weight_of(symbol_in(tokens_, distances_, i, start));
}

void WindowHasher::slide() {
    const auto gone = start_++;
    const auto come = gone + size_;
    hash_ -= weight_of(symbol_of(tokens_.codes[gone], 0)) * powers_[size_ - 1];
    hash_ = hash_ * base + weight_of(symbol_in(tokens_, distances_, come, start_));
    // What was named again in the stretch is named there for the first time now.
    const auto again = gone + next_[gone];
    if (next_[gone] == 0 || again >= come) return;
    const auto correction =
        weight_of(symbol_of(tokens_.codes[again], 0)) - weight_of(symbol_of(tokens_.codes[again], next_[gone]));
    hash_ += correction * powers_[come - again];
}

}  // namespace gsdb::codebase::duplicates
