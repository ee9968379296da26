#pragma once
// What is in a database, as a backup records it and a restored one must show it again.

#include <string>
#include <vector>

#include "backup/manifest.hpp"
#include "base/task.hpp"
#include "migrate/layout.hpp"
#include "pg/connection.hpp"

namespace gsdb::backup {

/// What of a database goes into a backup.
struct Survey {
    std::vector<std::string> schemas;  ///< the product's and what others made, without extensions' and mirrors
    std::vector<std::string> tables;   ///< in them: "tasks.tasks"; partitions are part of their table
    std::vector<std::string> extensions;
    std::vector<std::string> connect;      ///< roles of others that may connect
    std::vector<std::string> other_roles;  ///< roles of others that own something in the schemas or may use it
    std::vector<std::string> left_out;     ///< relations outside the schemas: what somebody put into public
    std::int64_t bytes = 0;                ///< of tables, without indexes
};

Task<Survey> survey_database(pg::Connection* connection);

/// Begins a read-only transaction in which values print the same whatever the server's defaults are. Its snapshot is
/// taken by the first query, not by this.
Task<> begin_reading(pg::Connection* connection);

/// Rows and hash of every table, in a transaction that begin_reading() began.
Task<std::vector<TableContent>> count_tables(pg::Connection* connection, std::vector<std::string> tables);

/// What of `found` is not as recorded, a sentence each.
std::vector<std::string> compare_tables(const DatabaseBackup& recorded, const std::vector<TableContent>& found);

}  // namespace gsdb::backup
