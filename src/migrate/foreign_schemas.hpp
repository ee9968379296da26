#pragma once
// One place from which analytics_readonly can read every module.
//
// In the split layout no connection reaches more than one database. So analytics_db sees the other seven through
// postgres_fdw: each of their schemas stands there again, as foreign tables that only analytics_readonly and the
// administrator may read. The unified layout needs none of it.
//
//     auto report = co_await refresh_foreign_schemas(connector, layout, &secrets);

#include "migrate/connector.hpp"
#include "migrate/finding.hpp"
#include "migrate/installer.hpp"
#include "migrate/layout.hpp"
#include "migrate/secret_store.hpp"

namespace gsdb::migrate {

/// The schemas that refresh_foreign_schemas() would make anew; nothing where it could not. Changes nothing.
Task<Findings> check_foreign_schemas(Connector connect, Layout layout, const SecretStore* secrets);

/// Brings the foreign schemas of analytics_db up to the schemas of the other databases, which are migrated. What is as
/// it should be is left alone. What cannot be had (no postgres_fdw, no right to create it, a server that does not let
/// itself be reached) is a note with its remedy, not a failure: everything else works without.
Task<InstallReport> refresh_foreign_schemas(Connector connect, Layout layout, const SecretStore* secrets);

}  // namespace gsdb::migrate
