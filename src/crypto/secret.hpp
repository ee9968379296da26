#pragma once
// A text that must not be seen.

#include <fmt/format.h>

#include <cstddef>
#include <memory>
#include <ostream>
#include <string_view>

#include "base/bytes.hpp"

namespace gsdb::crypto {

/// Bytes or text that are wiped from memory with the object. Moves, does not copy by accident, prints as "***".
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view text);
    explicit Secret(ByteView bytes) : Secret(as_text(bytes)) {}
    ~Secret() { wipe(); }
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;

    Secret copy() const { return Secret(reveal()); }

    /// The text itself; valid as long as the object. Whoever calls this answers for where it goes.
    std::string_view reveal() const { return {data_.get(), size_}; }
    ByteView reveal_bytes() const { return as_bytes(reveal()); }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    /// In constant time for texts of equal size.
    bool operator==(const Secret& other) const;

    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

  private:
    void wipe();

    // On the heap whatever its size: a short std::string would leave a copy behind at every move.
    std::unique_ptr<char[]> data_;
    std::size_t size_ = 0;
};

}  // namespace gsdb::crypto

template <>
struct fmt::formatter<gsdb::crypto::Secret> : fmt::formatter<std::string_view> {
    template <class Context>
    auto format(const gsdb::crypto::Secret&, Context& context) const {
        return fmt::formatter<std::string_view>::format("***", context);
    }
};
