#include "modules/codebase/source/tree.hpp"

#include <utility>

#include "modules/codebase/source/history.hpp"

namespace gsdb::codebase::source {

std::unique_ptr<History> SourceTree::history(const State&) const {
    return nullptr;
}

std::string_view to_label(TreeKind kind) {
    switch (kind) {
        case TreeKind::work_tree:
            return "work_tree";
        case TreeKind::bare:
            return "bare";
        case TreeKind::folder:
            return "folder";
    }
    std::unreachable();
}

std::string_view to_label(EntryKind kind) {
    switch (kind) {
        case EntryKind::regular:
            return "regular";
        case EntryKind::executable:
            return "executable";
        case EntryKind::symlink:
            return "symlink";
        case EntryKind::submodule:
            return "submodule";
    }
    std::unreachable();
}

std::string_view to_label(ProblemKind kind) {
    switch (kind) {
        case ProblemKind::unreadable:
            return "unreadable";
        case ProblemKind::vanished:
            return "vanished";
        case ProblemKind::changing:
            return "changing";
        case ProblemKind::too_large:
            return "too_large";
        case ProblemKind::missing_object:
            return "missing_object";
        case ProblemKind::special_file:
            return "special_file";
        case ProblemKind::nested_repository:
            return "nested_repository";
        case ProblemKind::unreadable_folder:
            return "unreadable_folder";
    }
    std::unreachable();
}

}  // namespace gsdb::codebase::source
