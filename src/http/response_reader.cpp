#include "http/response_reader.hpp"

#include "http/head_parser.hpp"

namespace gsdb::http {

class ResponseReader::Parser final : public HeadParser<false> {
  public:
    explicit Parser(IncomingResponse& response) : response_(response) {}
    bool has_unknown_coding = false;

  private:
    void on_response_impl(int status, beast::string_view, int, beast::error_code&) override {
        response_.status = status;
    }
    void on_field_impl(beast::http::field name, beast::string_view name_text, beast::string_view value,
                       beast::error_code&) override {
        response_.headers.emplace_back(std::string(name_text), std::string(value));
        if (name == beast::http::field::transfer_encoding)
            has_unknown_coding |= !equal_ignoring_case({value.data(), value.size()}, "chunked");
    }

    IncomingResponse& response_;
};

std::expected<std::size_t, ResponseReader::Fault> ResponseReader::read(std::string_view input) {
    std::size_t taken = 0;
    // Interim answers (100, 103) come before the one that counts.
    while (!has_head_) {
        auto head = read_head(input.substr(taken));
        if (!head || *head == 0) return head ? std::expected<std::size_t, Fault>(taken) : head;
        taken += *head;
    }
    if (is_complete_) return taken;
    auto body = read_body(input.substr(taken));
    if (!body) return body;
    return taken + *body;
}

std::expected<std::size_t, ResponseReader::Fault> ResponseReader::read_head(std::string_view input) {
    auto end = input.find("\r\n\r\n");
    if (std::min(end, input.size()) > options_.head_bytes_max) return std::unexpected(Fault::too_large);
    constexpr std::string_view version = "HTTP/1.";
    if (input.substr(0, version.size()) != version.substr(0, input.size())) return std::unexpected(Fault::malformed);
    if (end == input.npos) return 0;

    response_ = {};
    Parser parser(response_);
    beast::error_code error;
    parser.put(asio::buffer(input.data(), end + 4), error);
    if ((error && error != beast::http::error::need_more) || !parser.is_header_done() || parser.has_unknown_coding)
        return std::unexpected(Fault::malformed);
    keeps_connection_ = parser.keep_alive();
    const int status = response_.status;
    has_head_ = status / 100 != 1;
    if (parser.content_length()) length_left_ = *parser.content_length();
    if (parser.chunked()) chunked_.emplace(options_.body_bytes_max);
    if (length_left_ > options_.body_bytes_max && !options_.is_to_head) return std::unexpected(Fault::too_large);
    is_complete_ = has_head_ && (options_.is_to_head || status == 204 || status == 304 || length_left_ == 0);
    return end + 4;
}

std::expected<std::size_t, ResponseReader::Fault> ResponseReader::read_body(std::string_view input) {
    if (chunked_) {
        auto taken = chunked_->read(input, response_.body);
        is_complete_ = chunked_->is_complete();
        return taken;
    }
    auto piece = input.substr(0, length_left_.value_or(input.size()));
    body_bytes_ += piece.size();
    if (body_bytes_ > options_.body_bytes_max) return std::unexpected(Fault::too_large);
    response_.body += piece;
    if (length_left_) *length_left_ -= piece.size();
    is_complete_ = length_left_ == 0;
    return piece.size();
}

bool ResponseReader::end() {
    const bool ends_with_connection = has_head_ && !chunked_ && !length_left_;
    is_complete_ |= ends_with_connection;
    keeps_connection_ = false;
    return is_complete_;
}

}  // namespace gsdb::http
