#pragma once

namespace gsdb::identity {

/// Names the module's database where types must not be mixed up: pg::Database<identity::Database>.
struct Database;

}  // namespace gsdb::identity
