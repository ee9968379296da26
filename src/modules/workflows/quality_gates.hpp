#pragma once
// Thresholds that changes have to keep: those of an organization, and those of a project instead of them.

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "modules/identity/api.hpp"
#include "modules/workflows/database.hpp"
#include "pg/database.hpp"

namespace gsdb::workflows {

struct QualityGate {
    std::optional<ProjectId> project;  ///< nothing: the organization's
    std::string metric;                ///< what it means is the engine's to say
    std::string comparison;            ///< at_least, at_most
    double threshold = 0;
    std::string unit;
    bool is_blocking = false;
    std::string description;
};

/// Reading needs workflows:read, changing workflows:admin. What the database refuses is "workflows.bad_value".
class QualityGates {
  public:
    explicit QualityGates(pg::Database<Database> database) : database_(std::move(database)) {}

    /// By metric: those of the organization, and behind them those of the project.
    Task<Result<std::vector<QualityGate>>> list(identity::Actor actor, std::optional<ProjectId> project) const;
    /// Puts it in the place of the one of its metric.
    Task<Result<void>> set(identity::Actor actor, QualityGate gate) const;
    /// Whether there was one.
    Task<Result<bool>> remove(identity::Actor actor, std::optional<ProjectId> project, std::string metric) const;

  private:
    pg::Database<Database> database_;
};

}  // namespace gsdb::workflows
