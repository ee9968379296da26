#include "modules/codebase/source/contents.hpp"

#include "modules/codebase/source/path.hpp"
#include "modules/codebase/source/text.hpp"

namespace gsdb::codebase::source {

std::expected<std::string, Problem> read_text(const Contents& contents, std::string_view path,
                                              std::string_view git_id) {
    constexpr std::uint64_t file_bytes_max = 16U << 20U;
    const auto bytes_of_path = path_of_display(path);
    const auto id = ObjectId::parse(git_id);
    if (!bytes_of_path || !id)
        return std::unexpected(Problem{std::string(path), ProblemKind::unreadable, "it was never read"});
    const auto bytes = contents.read(*bytes_of_path, *id, file_bytes_max);
    if (!bytes) return std::unexpected(bytes.error());
    const auto text = Text::decode(*bytes);
    if (!text) return std::unexpected(Problem{*bytes_of_path, ProblemKind::unreadable, "it is no text"});
    return std::string(text->view());
}

}  // namespace gsdb::codebase::source
