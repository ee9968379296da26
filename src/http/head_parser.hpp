#pragma once
// What both readers ask of Beast's parser: it gets heads only, and what it finds is theirs to judge.

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>

namespace gsdb::http {

namespace beast = boost::beast;

template <bool is_request>
class HeadParser : public beast::http::basic_parser<is_request> {
  protected:
    HeadParser() {
        this->body_limit(boost::none);  // the body is the reader's to read and to limit
        this->header_limit(UINT32_MAX);
        this->eager(true);  // takes first line and headers in one call
    }

  private:
    void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int, beast::error_code&) override {}
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code&) override {}
    std::size_t on_body_impl(beast::string_view, beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view, beast::error_code&) override { return 0; }
    void on_finish_impl(beast::error_code&) override {}
};

}  // namespace gsdb::http
