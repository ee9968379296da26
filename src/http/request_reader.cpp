#include "http/request_reader.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "http/head_parser.hpp"

namespace gsdb::http {

using beast::http::field;

// Collects what Beast finds; views point into the bytes given to put().
class RequestReader::Parser final : public HeadParser<true> {
  public:
    explicit Parser(std::vector<Header>& headers) : headers_(headers) {}

    std::string_view method, target;
    int version = 11;  // as Beast has it: 10 or 11
    bool has_unknown_coding = false;
    bool has_transfer_encoding = false;
    int hosts = 0;
    int content_lengths = 0;
    std::string_view host, expect;
    Refused problem = nullptr;

  private:
    static std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

    void on_request_impl(beast::http::verb, beast::string_view method_name, beast::string_view request_target,
                         int request_version, beast::error_code&) override {
        method = view(method_name);
        target = view(request_target);
        version = request_version;
    }
    void on_field_impl(field name, beast::string_view name_text, beast::string_view value,
                       beast::error_code& error) override {
        headers_.push_back({view(name_text), view(value)});
        switch (name) {
            case field::host:
                ++hosts;
                host = view(value);
                break;
            case field::content_length:
                ++content_lengths;
                if (value.empty() || value.find_first_not_of("0123456789") != value.npos || content_lengths > 1)
                    refuse(problem::bad_content_length, error);
                break;
            case field::transfer_encoding:
                if (has_transfer_encoding || !equal_ignoring_case(view(value), "chunked"))
                    refuse(problem::transfer_coding_unknown, error);
                has_transfer_encoding = true;
                break;
            case field::expect:
                expect = view(value);
                break;
            default:
                break;
        }
        if (has_transfer_encoding && content_lengths > 0) refuse(problem::ambiguous_length, error);
    }
    void refuse(const Problem& why, beast::error_code& error) {
        if (!problem) problem = &why;
        error = beast::http::error::bad_value;
    }

    std::vector<Header>& headers_;
};

namespace {

const Problem& problem_of(beast::error_code error) {
    using beast::http::error;
    if (error == error::bad_version) return problem::version_not_supported;
    if (error == error::bad_target) return problem::bad_target;
    if (error == error::bad_content_length || error == error::multiple_content_length)
        return problem::bad_content_length;
    if (error == error::bad_transfer_encoding) return problem::ambiguous_length;
    return problem::malformed_request;
}

bool is_token_char(char c) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.contains(c);
}

// What may stand in a target. Lenient with the marks that people type into curl.
bool is_target_char(char c) {
    return c > ' ' && c < 0x7f && c != '#';
}

bool is_host_char(char c) {
    return is_token_char(c) || std::string_view(":[],;=()").contains(c);
}

// A path must mean the same to every program that reads it, also after it has been decoded once more.
bool is_traversal(std::string_view segment) {
    if (segment.find('\0') != segment.npos || segment.find('\\') != segment.npos) return true;
    while (true) {
        auto slash = segment.find('/');
        auto part = segment.substr(0, slash);
        if (part == "." || part == "..") return true;
        if (slash == segment.npos) return false;
        segment.remove_prefix(slash + 1);
    }
}

}  // namespace

RequestReader::RequestReader(HeadLimits limits) : limits_(limits) {
    start();
}
RequestReader::~RequestReader() = default;

void RequestReader::start() {
    request_ = {};
    headers_.clear();
    segments_.clear();
    query_parameters_.clear();
    body_.clear();
    // One large upload must not hold its memory for the life of an idle connection.
    constexpr std::size_t kept_bytes = 64 * 1024;
    if (body_.capacity() > kept_bytes) body_.shrink_to_fit();
    scanned_ = 0;
    length_left_ = 0;
    chunked_.reset();
    expects_continue_ = false;
    parser_.reset();
}

bool RequestReader::keeps_alive() const {
    return parser_->keep_alive();
}

std::expected<std::size_t, Refused> RequestReader::read_head(std::string_view input) {
    const std::size_t leading = input.starts_with("\r\n") ? 2 : 0;  // RFC 9112 2.2: an empty line before is ignored
    if (input.size() > leading && !is_token_char(input[leading]) && input.substr(leading) != "\r")
        return std::unexpected(&problem::malformed_request);

    // Faults that would otherwise have the client wait for the end of a head that it believes to have sent.
    std::size_t head_end = 0;
    while (true) {
        auto* found = static_cast<const char*>(std::memchr(input.data() + scanned_, '\n', input.size() - scanned_));
        if (!found) {
            scanned_ = input.size();
            break;
        }
        auto at = static_cast<std::size_t>(found - input.data());
        if (at == 0 || input[at - 1] != '\r') return std::unexpected(&problem::bare_line_feed);
        if (at >= leading + 3 && input.substr(at - 3, 4) == "\r\n\r\n") {
            head_end = at + 1;
            break;
        }
        if (at + 1 == input.size()) {  // the next byte decides about folding
            scanned_ = at;
            break;
        }
        if (at > leading && (input[at + 1] == ' ' || input[at + 1] == '\t'))
            return std::unexpected(&problem::obsolete_folding);
        scanned_ = at + 1;
    }
    if (head_end > limits_.head_bytes_max || (!head_end && input.size() > limits_.head_bytes_max)) {
        bool in_first_line = input.substr(leading, limits_.target_bytes_max).find("\r\n") == input.npos;
        return std::unexpected(in_first_line ? &problem::target_too_long : &problem::headers_too_large);
    }
    if (!head_end) return 0;

    head_.assign(input.substr(leading, head_end - leading));
    parser_ = std::make_unique<Parser>(headers_);
    beast::error_code error;
    parser_->put(asio::buffer(head_), error);
    if (parser_->problem) return std::unexpected(parser_->problem);
    if (error == beast::http::error::bad_content_length && parser_->has_transfer_encoding)
        return std::unexpected(&problem::ambiguous_length);
    if (error && error != beast::http::error::need_more) return std::unexpected(&problem_of(error));
    if (!parser_->is_header_done()) return std::unexpected(&problem::malformed_request);
    if (auto why = check_head()) return std::unexpected(why);
    request_.headers = headers_;
    if (parser_->has_transfer_encoding) chunked_.emplace(SIZE_MAX);
    length_left_ = parser_->content_length().value_or(0);
    // A client may promise what it never sends, so memory follows what arrives.
    constexpr std::size_t trusted_bytes = 64 * 1024;
    body_.reserve(std::min(length_left_, trusted_bytes));
    return head_end;
}

Refused RequestReader::check_head() {
    if (headers_.size() > limits_.headers_max) return &problem::too_many_headers;
    if (parser_->target.size() > limits_.target_bytes_max) return &problem::target_too_long;
    if (is_http_1_0() && parser_->has_transfer_encoding) return &problem::ambiguous_length;
    if (!parser_->expect.empty()) {
        if (!equal_ignoring_case(parser_->expect, "100-continue")) return &problem::expectation_unknown;
        expects_continue_ = !is_http_1_0();
    }
    request_.method = parse_method(parser_->method);
    if (request_.method == Method::other) return &problem::method_unknown;
    if (auto why = check_host()) return why;
    return parse_target();
}

bool RequestReader::is_http_1_0() const {
    return parser_->version == 10;
}

Refused RequestReader::check_host() {
    bool is_missing = parser_->hosts == 0 && !is_http_1_0();
    if (is_missing || parser_->hosts > 1 || !std::ranges::all_of(parser_->host, is_host_char))
        return &problem::bad_host;
    return nullptr;
}

Refused RequestReader::parse_target() {
    auto target = parser_->target;
    if (!std::ranges::all_of(target, is_target_char)) return &problem::bad_target;
    if (target == "*" && request_.method == Method::options) {
        request_.target = request_.path = target;
        segments_.push_back(target);
        request_.segments = segments_;
        return nullptr;
    }
    for (std::string_view scheme : {"http://", "https://"}) {
        if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
        auto authority_end = std::min(target.find_first_of("/?", scheme.size()), target.size());
        if (authority_end == scheme.size()) return &problem::bad_target;
        target.remove_prefix(authority_end);
        if (!target.starts_with('/')) target = rootless_ = "/" + std::string(target);
        break;
    }
    if (!target.starts_with('/')) return &problem::bad_target;
    request_.target = target;
    decoded_.clear();
    decoded_.reserve(target.size());
    auto question = target.find('?');
    request_.path = target.substr(0, question);
    if (auto why = split_path(request_.path.substr(1))) return why;
    return question == target.npos ? nullptr : split_query(target.substr(question + 1));
}

Refused RequestReader::split_path(std::string_view path) {
    bool valid = true;
    while (!path.empty()) {
        auto slash = path.find('/');
        auto segment = decode(path.substr(0, slash), false, valid);
        if (!valid) return &problem::bad_target;
        if (is_traversal(segment)) return &problem::path_traversal;
        segments_.push_back(segment);
        if (slash == path.npos) break;
        path.remove_prefix(slash + 1);
        if (path.empty()) segments_.push_back({});  // a trailing slash is another path
    }
    request_.segments = segments_;
    return nullptr;
}

Refused RequestReader::split_query(std::string_view query) {
    bool valid = true;
    while (!query.empty()) {
        auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        auto equals = pair.find('=');
        auto name = decode(pair.substr(0, equals), true, valid);
        auto value = equals == pair.npos ? std::string_view{} : decode(pair.substr(equals + 1), true, valid);
        if (!valid) return &problem::bad_target;
        query_parameters_.push_back({name, value});
    }
    request_.query_parameters = query_parameters_;
    return nullptr;
}

std::string_view RequestReader::decode(std::string_view text, bool plus_is_space, bool& valid) {
    if (text.find('%') == text.npos && (!plus_is_space || text.find('+') == text.npos)) return text;
    auto decoded = percent_decode(text, plus_is_space);
    if (!decoded) {
        valid = false;
        return {};
    }
    auto start = decoded_.size();
    decoded_ += *decoded;
    return std::string_view(decoded_).substr(start);
}

Refused RequestReader::limit_body(std::size_t body_bytes_max) {
    if (chunked_) chunked_.emplace(body_bytes_max);
    return length_left_ > body_bytes_max ? &problem::body_too_large : nullptr;
}

std::expected<std::size_t, Refused> RequestReader::read_body(std::string_view input) {
    std::size_t taken = 0;
    if (chunked_) {
        auto read = chunked_->read(input, body_);
        if (!read)
            return std::unexpected(read.error() == ChunkedReader::Fault::too_large ? &problem::body_too_large
                                                                                   : &problem::malformed_body);
        taken = *read;
    } else {
        auto piece = input.substr(0, length_left_);
        body_ += piece;
        taken = piece.size();
        length_left_ -= taken;
    }
    if (is_complete()) request_.body = body_;
    return taken;
}

}  // namespace gsdb::http
