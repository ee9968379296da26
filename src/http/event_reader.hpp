#pragma once
// Reads server-sent events (WHATWG HTML 9.2.6) from bytes in pieces of any size.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "http/event_stream.hpp"

namespace gsdb::http {

class EventReader {
  public:
    explicit EventReader(std::size_t event_bytes_max = 1 << 20) : event_bytes_max_(event_bytes_max) {}

    /// Gives on each event that the piece completes, in order. False when one is larger than allowed: then the rest of
    /// the stream cannot be read. What `on_event` throws passes through; the reader is of no use afterwards.
    bool read(std::string_view piece, const std::function<void(const Event&)>& on_event);

    /// At the end of the stream: whether an event was begun and not ended. It is lost, as the format wants it.
    bool is_within_event() const { return !line_.empty() || has_fields_; }

  private:
    void end_line(const std::function<void(const Event&)>& on_event);
    void take_field(std::string_view name, std::string_view value);

    std::size_t event_bytes_max_;
    std::string line_;  // as far as it has come
    Event event_;       // as far as it has come; its id stays for the next ones
    bool has_data_ = false, has_fields_ = false;
    bool is_after_cr_ = false;
    bool is_first_line_ = true;
};

}  // namespace gsdb::http
