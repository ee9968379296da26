#include "modules/codebase/checks/finding_text.hpp"

namespace gsdb::codebase::checks {

namespace {

constexpr std::size_t text_bytes_max = 200;

}  // namespace

std::string normalised(std::string_view text) {
    std::string kept;
    for (const char c : text) {
        const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
        if (is_space && (kept.empty() || kept.back() == ' ')) continue;
        kept += is_space ? ' ' : c;
        if (kept.size() > text_bytes_max) break;
    }
    while (kept.size() > text_bytes_max || (!kept.empty() && kept.back() == ' ')) kept.pop_back();
    while (!kept.empty() && (static_cast<unsigned char>(kept.back()) & 0xC0U) == 0x80U) kept.pop_back();
    if (!kept.empty() && static_cast<unsigned char>(kept.back()) >= 0xC0U) kept.pop_back();
    return kept;
}

}  // namespace gsdb::codebase::checks
