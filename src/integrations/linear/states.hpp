#pragma once
// The states of Linear's issues, and what they mean to us. Each team has its own states under its own names; only their
// types are the same everywhere.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gsdb::linear {

enum class StateType : std::uint8_t {
    triage,
    backlog,
    unstarted,
    started,
    completed,
    canceled,
    duplicate,
    unknown,  ///< one that Linear has come to use since
};

struct WorkflowState {
    std::string id;
    std::string name;  ///< as the team calls it: "In Review"
    StateType type = StateType::unknown;
    double position = 0;  ///< the team's order, within a type
};

/// How far the work on an issue is, in our words.
enum class Progress : std::uint8_t { todo, in_progress, in_review, done, cancelled };

/// As Linear writes it; "unknown" is never sent.
std::string_view name_of(StateType type);
StateType state_type_of(std::string_view name);

std::string_view name_of(Progress progress);

/// Nothing for a state of unknown type.
std::optional<Progress> progress_of(const WorkflowState& state);

/// The first state of that type in the team's order; nothing when the team has none.
std::optional<WorkflowState> choose_state(const std::vector<WorkflowState>& states, StateType type);

/// The team's first state that means it. Where the team makes no such difference, the nearest one: a team without a
/// state for reviews keeps what is reviewed in progress, one without unstarted states has its work in the backlog, or
/// else in triage. Nothing when the team has none of these.
std::optional<WorkflowState> choose_state(const std::vector<WorkflowState>& states, Progress progress);

}  // namespace gsdb::linear
