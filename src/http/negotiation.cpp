#include "http/negotiation.hpp"

#include <zlib.h>

#include <charconv>
#include <stdexcept>

namespace gsdb::http {

namespace {

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string_view take_until(std::string_view& text, char separator) {
    auto part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return trim(part);
}

// The q parameter of "gzip;q=0.5"; 1 when there is none, 0 when it is not a number.
double quality(std::string_view parameters) {
    while (!parameters.empty()) {
        auto parameter = take_until(parameters, ';');
        if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
        double value = 0;
        auto number = parameter.substr(2);
        std::from_chars(number.data(), number.data() + number.size(), value);
        return value;
    }
    return 1;
}

bool is_compressible(std::string_view content_type) {
    return content_type.starts_with("text/") || content_type.starts_with("application/json") ||
           content_type.starts_with("application/javascript") || content_type.starts_with("application/yaml") ||
           content_type.starts_with("image/svg");
}

bool has_header(const Response& response, std::string_view name) {
    for (const auto& header : response.headers)
        if (equal_ignoring_case(header.first, name)) return true;
    return false;
}

void compress(const Request& request, Response& response) {
    if (!is_compressible(response.content_type) || response.bytes().size() < gzip_bytes_min) return;
    if (has_header(response, "Content-Encoding")) return;
    response.with("Vary", "Accept-Encoding");
    auto accepted = request.header("accept-encoding");
    if (!accepted || !accepts_gzip(*accepted)) return;
    response.body = gzip(response.bytes());
    response.with("Content-Encoding", "gzip");
    // The bytes differ from those without gzip, so a strong tag may not name both.
    if (!response.etag.empty() && !response.etag.starts_with("W/")) response.etag.insert(0, "W/");
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    double gzip_quality = -1, any_quality = 0;
    while (!accept_encoding.empty()) {
        auto coding = take_until(accept_encoding, ',');
        auto name = take_until(coding, ';');
        if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) gzip_quality = quality(coding);
        if (name == "*") any_quality = quality(coding);
    }
    return gzip_quality >= 0 ? gzip_quality > 0 : any_quality > 0;
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
    auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
    if (trim(if_none_match) == "*") return true;
    while (!if_none_match.empty())
        if (opaque(take_until(if_none_match, ',')) == opaque(etag)) return true;
    return false;
}

void negotiate(const Request& request, Response& response) {
    if (response.is_stream()) return;
    bool is_read = request.method == Method::get || request.method == Method::head;
    if (is_read && response.status == Status::ok && !response.etag.empty()) {
        auto known = request.header("if-none-match");
        if (known && matches_etag(*known, response.etag)) {
            response.status = Status::not_modified;
            response.content_type = {};
            response.body = std::string();
            return;
        }
    }
    compress(request, response);
}

Response asset_response(const Request& request, const Asset& asset) {
    auto accepted = request.header("accept-encoding");
    const bool is_gzip = !asset.gzip_bytes.empty() && accepted && accepts_gzip(*accepted);
    Response response{.content_type = asset.content_type,
                      .body = SharedBody{nullptr, is_gzip ? asset.gzip_bytes : asset.bytes},
                      .etag = std::string(asset.etag)};
    response.with("Cache-Control", asset.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (asset.gzip_bytes.empty()) return response;
    if (is_gzip) response.with("Content-Encoding", "gzip");
    if (is_gzip && !response.etag.empty()) response.etag.insert(0, "W/");
    return std::move(response).with("Vary", "Accept-Encoding");
}

std::string gzip(std::string_view bytes, int level) {
    z_stream stream{};
    constexpr int gzip_window_bits = 15 + 16;
    if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::bad_alloc();
    std::string compressed(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
    stream.avail_out = static_cast<uInt>(compressed.size());
    int result = deflate(&stream, Z_FINISH);
    compressed.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END) throw std::runtime_error("gzip did not reach the end of its input");
    return compressed;
}

}  // namespace gsdb::http
