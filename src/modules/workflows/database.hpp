#pragma once

namespace gsdb::workflows {

/// Names the module's database where types must not be mixed up: pg::Database<workflows::Database>.
struct Database;

}  // namespace gsdb::workflows
