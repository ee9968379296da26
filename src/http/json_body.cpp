#include "http/json_body.hpp"

#include "http/error.hpp"

namespace gsdb::http {

boost::json::object read_json_object(const Request& request) {
    if (request.body.empty()) return {};
    boost::system::error_code problem;
    auto document = boost::json::parse(request.body, problem);
    if (problem || !document.is_object())
        throw Refusal(
            Status::bad_request,
            {.code = "request.bad_body", .message = "the body is no JSON object", .hint = "see /api/openapi.yaml"});
    return std::move(document.get_object());
}

}  // namespace gsdb::http
