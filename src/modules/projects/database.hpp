#pragma once

namespace gsdb::projects {

/// Names the module's database where types must not be mixed up: pg::Database<projects::Database>.
struct Database;

}  // namespace gsdb::projects
