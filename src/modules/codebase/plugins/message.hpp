#pragma once
// Bytes between the program and the processes in which plug-ins run. Both ends are one program on one machine.

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace gsdb::codebase::plugins {

class MessageWriter {
  public:
    template <class T>
        requires std::integral<T> || std::is_enum_v<T>
    void add(T value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void add_text(std::string_view text) {
        add(static_cast<std::uint32_t>(text.size()));
        bytes_ += text;
    }
    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

/// Reads what somebody else wrote, who may be mad: what is not there reads as nothing, and is_sound() is false then.
class MessageReader {
  public:
    explicit MessageReader(std::string_view bytes) : bytes_(bytes) {}

    template <class T>
        requires std::integral<T> || std::is_enum_v<T>
    T get() {
        T value{};
        if (bytes_.size() < sizeof value) {
            fail();
            return value;
        }
        std::memcpy(&value, bytes_.data(), sizeof value);
        bytes_.remove_prefix(sizeof value);
        return value;
    }
    /// Points into the message.
    std::string_view text() {
        const auto size = get<std::uint32_t>();
        if (size > bytes_.size()) {
            fail();
            return {};
        }
        const auto found = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return found;
    }
    /// How many follow, of at least so many bytes each.
    std::uint32_t count(std::size_t bytes_each) {
        const auto number = get<std::uint32_t>();
        if (number <= bytes_.size() / bytes_each) return number;
        fail();
        return 0;
    }

    void fail() {
        is_sound_ = false;
        bytes_ = {};
    }
    bool is_sound() const { return is_sound_; }
    bool is_at_end() const { return bytes_.empty(); }

  private:
    std::string_view bytes_;
    bool is_sound_ = true;
};

}  // namespace gsdb::codebase::plugins
