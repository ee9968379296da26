#pragma once
// Texts that are made, not found: they live as long as the facts that show them.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

namespace gsdb::codebase::extract {

/// Hands out memory for short texts and frees it all at once. Moving it leaves the texts where they are.
class TextArena {
  public:
    /// Room for `bytes` characters. What is not used can be given back by `shrink_last`.
    char* allocate(std::size_t bytes) {
        if (bytes > capacity_ - used_ || chunks_.empty()) grow(bytes);
        char* text = chunks_.back().get() + used_;
        used_ += bytes;
        return text;
    }

    /// Gives back the last `bytes` of the latest allocation.
    void shrink_last(std::size_t bytes) { used_ -= bytes; }

    std::string_view store(std::string_view text) {
        if (text.empty()) return {};
        char* copy = allocate(text.size());
        std::memcpy(copy, text.data(), text.size());
        return {copy, text.size()};
    }

    /// The texts one behind the other.
    std::string_view join(std::initializer_list<std::string_view> parts) {
        std::size_t bytes = 0;
        for (const auto part : parts) bytes += part.size();
        char* const joined = allocate(bytes);
        char* end = joined;
        for (const auto part : parts) end = std::copy(part.begin(), part.end(), end);
        return {joined, bytes};
    }

    /// Bytes held, used or not.
    std::size_t reserved_bytes() const { return reserved_; }

  private:
    void grow(std::size_t bytes) {
        capacity_ = bytes > chunk_bytes ? bytes : chunk_bytes;
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(capacity_));
        reserved_ += capacity_;
        used_ = 0;
    }

    static constexpr std::size_t chunk_bytes = 32 * 1024;
    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
    std::size_t reserved_ = 0;
};

}  // namespace gsdb::codebase::extract
