#include "crypto/secret.hpp"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "crypto/digest.hpp"

namespace gsdb::crypto {

Secret::Secret(std::string_view text) : data_(std::make_unique<char[]>(text.size())), size_(text.size()) {
    std::ranges::copy(text, data_.get());
}

Secret::Secret(Secret&& other) noexcept : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

bool Secret::operator==(const Secret& other) const {
    return equal_in_constant_time(reveal_bytes(), other.reveal_bytes());
}

void Secret::wipe() {
    if (data_) sodium_memzero(data_.get(), size_);
}

}  // namespace gsdb::crypto
