#pragma once
// What of a response depends on the request's headers: 304 when the client has it already, gzip when it takes that.

#include "http/message.hpp"

namespace gsdb::http {

/// Bodies shorter than this are sent as they are: gzip would cost more than it saves.
inline constexpr std::size_t gzip_bytes_min = 1024;

/// Turns a GET's or HEAD's response with an ETag that the client names in If-None-Match into 304; compresses a
/// textual body of at least gzip_bytes_min when the client accepts gzip.
void negotiate(const Request& request, Response& response);

/// A file that is part of the program, for instance of the dashboard.
struct Asset {
    std::string_view content_type;
    std::string_view bytes;
    std::string_view gzip_bytes{};  ///< the same compressed ahead; may be empty
    std::string_view etag{};        ///< with its quotes
    bool is_immutable = false;      ///< its name changes with its bytes, so clients may keep it for ever
};

/// The asset as the client takes it. Nothing is copied: `asset`'s bytes are static.
Response asset_response(const Request& request, const Asset& asset);

/// RFC 9110 12.5.3: whether an Accept-Encoding value takes gzip with a quality above 0.
bool accepts_gzip(std::string_view accept_encoding);

/// RFC 9110 13.1.2: weak comparison with a list of entity tags, or `*`.
bool matches_etag(std::string_view if_none_match, std::string_view etag);

std::string gzip(std::string_view bytes, int level = 4);

}  // namespace gsdb::http
