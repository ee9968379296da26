// Requests: read in one piece and in pieces as the input says, with the same outcome.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/request_reader.hpp"

namespace {

using gsdb::http::RequestReader;

/// What a server learns of a connection's first request.
struct Outcome {
    bool is_refused = false, is_complete = false;
    std::string target, body;
    std::size_t headers = 0;

    bool operator==(const Outcome&) const = default;
};

/// Feeds the text with so many more bytes at a time; the reader wants to see all that it has not taken.
Outcome read(std::string_view text, std::size_t step) {
    RequestReader reader({.head_bytes_max = 2048, .target_bytes_max = 512, .headers_max = 20});
    reader.start();
    Outcome outcome;
    std::size_t begin = 0, end = 0;
    bool has_head = false;
    while (end < text.size() && !outcome.is_refused && !outcome.is_complete) {
        end = std::min(text.size(), end + step);
        for (bool goes_on = true; goes_on && !outcome.is_complete;) {
            const auto input = text.substr(begin, end - begin);
            const auto taken = has_head ? reader.read_body(input) : reader.read_head(input);
            if (!taken) {
                outcome.is_refused = true;
                break;
            }
            if (*taken > input.size()) std::abort();
            begin += *taken;
            goes_on = *taken > 0;
            if (!has_head && *taken > 0) {
                has_head = true;
                if (reader.limit_body(4096) != nullptr) {
                    outcome.is_refused = true;
                    break;
                }
            }
            outcome.is_complete = has_head && reader.is_complete();
        }
    }
    if (outcome.is_refused || !has_head) return {.is_refused = outcome.is_refused};
    outcome.target = reader.request().target;
    outcome.headers = reader.request().headers.size();
    if (outcome.is_complete) outcome.body = reader.request().body;
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto whole = read(text, text.size());
    const auto pieces = read(text, 1U + data[0] % 16U);
    if (whole != pieces) std::abort();
    if (whole.body.size() > 4096 || whole.target.size() > 512 || whole.headers > 20) std::abort();
    return 0;
}
