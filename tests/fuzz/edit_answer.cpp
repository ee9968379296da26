// Answers of models: the edits in them, carried out on one text; and the events in which they come, cut anywhere.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/event_reader.hpp"
#include "integrations/llm/edit_protocol.hpp"
#include "integrations/llm/line_match.hpp"

namespace {

using namespace gsdb;
using namespace gsdb::llm;

void require(bool holds) {
    if (!holds) std::abort();
}

bool is_whole_lines(std::string_view text) {
    return text.empty() || text.ends_with('\n');
}

void check_edit(const Edit& edit, std::string_view text) {
    require(path_problem(edit.path).empty());
    require(edit.kind != Edit::Kind::rename || path_problem(edit.new_path).empty());
    require(is_whole_lines(edit.search) && is_whole_lines(edit.text));
    require((edit.kind == Edit::Kind::replace) == !edit.search.empty());
    if (edit.kind != Edit::Kind::replace) return;
    const auto replaced = replace_lines(text, edit.search, edit.text, "f");
    require(replaced.text.has_value() == replaced.problem.empty());
    // Where it is the whole text, it is in one place.
    const auto alone = replace_lines(edit.search, edit.search, edit.text, "f");
    require(alone.text && lines_of(*alone.text).size() == lines_of(edit.text).size());
}

void check_answer(std::string_view text) {
    const EditLimits limits{.edits_max = 20};
    const auto answer = parse_edit_answer(text, limits);
    if (!answer) {
        require(!answer.error().empty() && answer.error().size() <= limits.problems_max);
        require(!repair_prompt(answer.error()).empty());
        return;
    }
    require(answer->edits.size() <= limits.edits_max);
    require(answer->report.status != Report::Status::done || !answer->edits.empty());
    for (const auto& edit : answer->edits) check_edit(edit, text);
    require(parse_edit_answer(text, limits) == answer);
}

std::string events_of(std::string_view text, std::size_t step) {
    http::EventReader reader(512);
    std::string events;
    const auto take = [&](const http::Event& event) {
        events.append(event.id).append("\n").append(event.name).append("\n").append(event.data).append("\n\n");
    };
    for (; !text.empty(); text.remove_prefix(std::min(step, text.size())))
        if (!reader.read(text.substr(0, step), take)) return "too large";
    return events + (reader.is_within_event() ? "cut off" : "");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_answer(text);
    const auto whole = events_of(text, std::max<std::size_t>(size, 1));
    for (const std::size_t step : {1, 2, 7}) require(events_of(text, step) == whole);
    return 0;
}
