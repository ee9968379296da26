#include "integrations/linear/states.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gsdb::linear {

namespace {

constexpr std::array<std::string_view, 8> type_names{"triage",    "backlog",  "unstarted", "started",
                                                     "completed", "canceled", "duplicate", "unknown"};

bool is_review(const WorkflowState& state) {
    constexpr std::string_view word = "review";
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
    return state.type == StateType::started && !std::ranges::search(state.name, word, same).empty();
}

template <class Wanted>
std::optional<WorkflowState> first_of(const std::vector<WorkflowState>& states, Wanted wanted) {
    std::optional<WorkflowState> first;
    for (const auto& state : states)
        if (wanted(state) && (!first || state.position < first->position)) first = state;
    return first;
}

std::optional<WorkflowState> first_of_types(const std::vector<WorkflowState>& states,
                                            std::initializer_list<StateType> types) {
    for (const auto type : types)
        if (auto state = choose_state(states, type)) return state;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(StateType type) {
    return type_names.at(static_cast<std::size_t>(std::to_underlying(type)));
}

StateType state_type_of(std::string_view name) {
    const auto* const found = std::ranges::find(type_names, name);
    return found == type_names.end() ? StateType::unknown : static_cast<StateType>(found - type_names.begin());
}

std::string_view name_of(Progress progress) {
    static constexpr std::array<std::string_view, 5> names{"todo", "in_progress", "in_review", "done", "cancelled"};
    return names.at(static_cast<std::size_t>(std::to_underlying(progress)));
}

std::optional<Progress> progress_of(const WorkflowState& state) {
    switch (state.type) {
        case StateType::triage:
        case StateType::backlog:
        case StateType::unstarted:
            return Progress::todo;
        case StateType::started:
            return is_review(state) ? Progress::in_review : Progress::in_progress;
        case StateType::completed:
            return Progress::done;
        case StateType::canceled:
        case StateType::duplicate:
            return Progress::cancelled;
        case StateType::unknown:
            return std::nullopt;
    }
    return std::nullopt;
}

std::optional<WorkflowState> choose_state(const std::vector<WorkflowState>& states, StateType type) {
    return first_of(states, [&](const WorkflowState& state) { return state.type == type; });
}

std::optional<WorkflowState> choose_state(const std::vector<WorkflowState>& states, Progress progress) {
    switch (progress) {
        case Progress::todo:
            return first_of_types(states, {StateType::unstarted, StateType::backlog, StateType::triage});
        case Progress::in_progress:
        case Progress::in_review: {
            auto exact = first_of(states, [&](const WorkflowState& state) { return progress_of(state) == progress; });
            return exact ? exact : choose_state(states, StateType::started);
        }
        case Progress::done:
            return choose_state(states, StateType::completed);
        case Progress::cancelled:
            return choose_state(states, StateType::canceled);
    }
    return std::nullopt;
}

}  // namespace gsdb::linear
