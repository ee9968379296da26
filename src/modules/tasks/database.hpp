#pragma once

namespace gsdb::tasks {

/// Names the module's database where types must not be mixed up: pg::Database<tasks::Database>.
struct Database;

}  // namespace gsdb::tasks
