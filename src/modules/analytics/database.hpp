#pragma once

namespace gsdb::analytics {

/// Names the module's database where types must not be mixed up: pg::Database<analytics::Database>.
struct Database;

}  // namespace gsdb::analytics
