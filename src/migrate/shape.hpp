#pragma once
// The shape of a module's schemas as the catalog tells it: every table, column, constraint, index, function and so on
// with its definition. Recorded after migrating; compared by `verify`, which names each object that has drifted.

#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "migrate/finding.hpp"
#include "migrate/migration.hpp"
#include "migrate/records.hpp"
#include "pg/connection.hpp"

namespace gsdb::migrate {

/// An object that is not as it was recorded.
struct Drift {
    std::string object;    ///< "column projects.projects.name"
    std::string recorded;  ///< its definition then; empty when it was not there
    std::string actual;    ///< its definition now; empty when it is gone
};

/// A query for the shape of the schemas that an expression of type text[] names, as one jsonb: object to definition.
/// The search path must be empty.
std::string shape_as_json(std::string_view schemas);

/// Records the present shape of the module as the right one. `basis` is shape_basis() of the records in force.
/// Does nothing before the table base.schema_shapes exists.
Task<> record_shape(pg::Connection* connection, const ModuleFiles* module, std::string basis);

/// What differs from the recorded shape, by object. Under another major version of the server than the recorded one,
/// only objects that appeared or disappeared: versions print definitions differently.
Task<std::vector<Drift>> find_drift(pg::Connection* connection, const ModuleFiles* module);

/// Records how these objects are printed now. For a database that was restored from a dump: what PostgreSQL reads back
/// it prints with other parentheses. What is gone or was added stays a difference.
Task<> accept_definitions(pg::Connection* connection, std::string module, std::vector<Drift> drifts);

}  // namespace gsdb::migrate
