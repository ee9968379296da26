#pragma once

namespace gsdb::events {

/// Names the module's database where types must not be mixed up: pg::Database<events::Database>.
struct Database;

}  // namespace gsdb::events
