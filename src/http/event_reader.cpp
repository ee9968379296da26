#include "http/event_reader.hpp"

namespace gsdb::http {

bool EventReader::read(std::string_view piece, const std::function<void(const Event&)>& on_event) {
    while (!piece.empty()) {
        // CRLF is one end of a line; its halves may come in two pieces.
        if (is_after_cr_ && piece.front() == '\n') piece.remove_prefix(1);
        is_after_cr_ = false;
        const auto end = piece.find_first_of("\r\n");
        const auto part = piece.substr(0, end);
        if (line_.size() + part.size() + event_.data.size() > event_bytes_max_) return false;
        line_ += part;
        if (end == piece.npos) break;
        is_after_cr_ = piece[end] == '\r';
        piece.remove_prefix(end + 1);
        end_line(on_event);
    }
    return true;
}

void EventReader::end_line(const std::function<void(const Event&)>& on_event) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    std::string_view line = line_;
    if (is_first_line_ && line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    is_first_line_ = false;
    if (line.empty()) {
        if (has_data_) on_event(event_);
        event_.name.clear();
        event_.data.clear();
        has_data_ = has_fields_ = false;
    } else if (const auto colon = line.find(':'); colon != 0) {
        auto value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
        if (value.starts_with(' ')) value.remove_prefix(1);
        take_field(line.substr(0, colon), value);
    }
    line_.clear();
}

// Other fields than these are ignored; "retry" too, since nobody here connects again by itself.
void EventReader::take_field(std::string_view name, std::string_view value) {
    has_fields_ = true;
    if (name == "event") {
        event_.name = value;
    } else if (name == "id") {
        if (value.find('\0') == value.npos) event_.id = value;
    } else if (name == "data") {
        if (has_data_) event_.data += '\n';
        event_.data += value;
        has_data_ = true;
    }
}

}  // namespace gsdb::http
