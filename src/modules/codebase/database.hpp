#pragma once

namespace gsdb::codebase {

/// Names the module's database where types must not be mixed up: pg::Database<codebase::Database>.
struct Database;

}  // namespace gsdb::codebase
