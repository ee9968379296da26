#include "engine/stages.hpp"

#include <array>
#include <utility>

namespace gsdb::engine {

StageWork stage_work(std::string_view key) {
    static constexpr std::array<std::pair<std::string_view, StageWork>, 8> known{{
        {"project_selection", select_project},
        {"requirements_input", save_requirements},
        {"requirements_decomposition", decompose},
        {"issue_creation", make_issues},
        {"task_execution", execute_steps},
        {"pull_request_validation", validate_changes},
        {"dev_branch_management", merge_changes},
        {"completion", complete_run},
    }};
    for (const auto& [name, work] : known)
        if (name == key) return work;
    return nullptr;
}

}  // namespace gsdb::engine
