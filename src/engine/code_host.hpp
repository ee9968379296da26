#pragma once
// Where changes are shown, checked and merged: the local repository alone, or a service that holds a copy of it.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/step_attempt.hpp"

namespace gsdb::engine {

/// A step's change as the host is shown it.
struct ShownChange {
    const tasks::SavedStep& step;
    const StepResult& result;
};

/// A check of the host's own on a change.
struct HostCheck {
    std::string name, url, summary;
    bool is_pending = false, has_passed = false;
};

/// For the thread that goes from stage to stage. Everything can be asked for again after a crash and is done once.
/// Throws Stopped, NeedsPerson, Failures.
class CodeHost {
  public:
    virtual ~CodeHost() = default;

    /// In a word: "git", "github".
    virtual std::string_view provider() const = 0;
    /// Before anything begins: it is there, and may be written to.
    virtual void check() = 0;
    /// The dev branch is there on both sides, and ours has what the host's has.
    virtual void prepare_dev_branch() = 0;
    /// Shows a change. Again and again is as good as once.
    virtual void show(const ShownChange& change) = 0;
    /// What the host itself says of a change that it was shown; nothing where it has no checks of its own.
    virtual std::vector<HostCheck> checks(const ShownChange& change) = 0;
    /// Merges `commit`, the change on top of `onto`, which the dev branch is at. What the dev branch is at then;
    /// nothing when it has moved meanwhile.
    virtual std::optional<std::string> merge(const ShownChange& change, const std::string& onto,
                                             const std::string& commit) = 0;
    /// What the dev branch got when the change, `commit`, was merged already: by a process that is gone, or by somebody
    /// else. Nothing when it was not.
    virtual std::optional<std::string> find_merged(const ShownChange& change, const std::string& commit) = 0;
    /// Removes what the host was shown and did not merge, and the branches of the run.
    virtual void clean_up() = 0;
};

/// The one that the run was started with.
std::unique_ptr<CodeHost> make_code_host(RunContext& run);

}  // namespace gsdb::engine
