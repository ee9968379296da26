#include "modules/codebase/source/history.hpp"

#include <utility>

namespace gsdb::codebase::source {

std::string_view to_label(RefKind kind) {
    return kind == RefKind::branch ? "branch" : "tag";
}

std::string_view to_label(ChangeKind kind) {
    switch (kind) {
        case ChangeKind::added:
            return "added";
        case ChangeKind::modified:
            return "modified";
        case ChangeKind::deleted:
            return "deleted";
        case ChangeKind::renamed:
            return "renamed";
        case ChangeKind::copied:
            return "copied";
        case ChangeKind::mode_changed:
            return "mode_changed";
    }
    std::unreachable();
}

}  // namespace gsdb::codebase::source
