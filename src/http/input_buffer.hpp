#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstring>
#include <string>
#include <string_view>

#include "base/task.hpp"

namespace gsdb::http {

/// Received bytes that are not used yet.
class InputBuffer {
  public:
    std::string_view view() const { return {bytes_.data() + begin_, end_ - begin_}; }
    bool is_empty() const { return begin_ == end_; }
    void consume(std::size_t count) {
        begin_ += count;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    /// Room for at least a few kilobytes more.
    asio::mutable_buffer prepare() {
        constexpr std::size_t room_min = 2048, kept_size = 4096;
        if (bytes_.size() - end_ < room_min && begin_ > 0) {
            std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        if (bytes_.size() - end_ < room_min) bytes_.resize(std::max(kept_size, bytes_.size() * 2));
        return {bytes_.data() + end_, bytes_.size() - end_};
    }
    void commit(std::size_t count) { end_ += count; }
    void discard() { begin_ = end_ = 0; }

  private:
    std::string bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace gsdb::http
