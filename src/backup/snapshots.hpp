#pragma once
// One instant of several databases of a server.
//
// A snapshot of PostgreSQL belongs to one database, but the transaction ids in it count for the whole server: two
// databases whose snapshots are equal are seen at the same instant. So the snapshots are taken side by side, compared,
// and taken again when something was committed in between. Nobody is locked out.

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "backup/contents.hpp"
#include "base/task.hpp"
#include "migrate/connector.hpp"
#include "pg/connection.hpp"

namespace gsdb::backup {

/// A transaction that keeps a snapshot of its database for as long as it lives.
struct HeldSnapshot {
    std::string database;
    migrate::ConnectionPtr connection;
    Survey survey;
    std::string name;     ///< of pg_export_snapshot(), for pg_dump
    std::string visible;  ///< pg_current_snapshot()
    Timestamp taken_at{};
};

struct HeldSnapshots {
    std::vector<HeldSnapshot> databases;
    bool one_instant = false;  ///< all are the same snapshot of the server
    std::chrono::microseconds spread{0};
    int attempts = 0;
};

/// Tries for at most `patience`; then the snapshots are those of the last attempt. Tables keep their
/// structure for as long as the snapshots are held; migrations are locked out only until they are.
Task<HeldSnapshots> hold_snapshots(migrate::Connector connect, std::vector<std::string> databases,
                                   std::chrono::milliseconds patience);

}  // namespace gsdb::backup
