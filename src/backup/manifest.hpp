#pragma once
// What a backup says of itself: where it comes from, its files, and what was in every table.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/archive_file.hpp"
#include "base/error.hpp"
#include "migrate/finding.hpp"
#include "migrate/layout.hpp"

namespace gsdb::backup {

/// A table's rows, independent of their order and place.
struct TableContent {
    std::string table;  ///< "tasks.tasks", quoted where SQL needs it
    std::int64_t rows = 0;
    std::string hash;  ///< sum of a 64-bit hash of every row, decimal

    bool operator==(const TableContent&) const = default;
};

struct DatabaseBackup {
    std::string database;  ///< as it was called
    std::string file;      ///< name within the folder
    FileFacts file_facts{};
    std::int64_t dump_bytes = 0;  ///< before compression
    std::string snapshot;         ///< what was visible: pg_current_snapshot()
    std::vector<std::string> schemas{};
    std::vector<std::string> extensions{};
    std::vector<std::string> connect{};  ///< other roles than the product's that may connect
    std::vector<TableContent> tables{};

    std::int64_t rows() const;
};

struct Manifest {
    std::string id;          ///< uuid v7
    std::string created_at;  ///< RFC 3339
    std::string program_version;
    migrate::LayoutKind layout = migrate::LayoutKind::split;
    std::string server_version;
    int dump_major = 0;                      ///< of the pg_dump that wrote it: pg_restore must not be older
    bool one_instant = false;                ///< all databases were seen by the same snapshot of the server
    std::chrono::microseconds spread{0};     ///< between the first and the last snapshot
    std::string key_id;                      ///< empty when it is not encrypted
    std::vector<std::string> other_roles{};  ///< that own something or have a privilege in it
    migrate::Findings findings{};            ///< of `gsdb db verify` at that time
    std::vector<DatabaseBackup> databases{};

    std::int64_t rows() const;
    std::int64_t stored_bytes() const;
};

std::string to_json(const Manifest& manifest);
/// Nothing of a text that is no manifest of this format.
std::optional<Manifest> parse_manifest(std::string_view text);

}  // namespace gsdb::backup
