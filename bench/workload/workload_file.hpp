#pragma once
// A module's sql/workload.sql: its queries, and calls of them with values of the data.

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "client.hpp"

namespace gsdb::bench {

/// `prepare list_tasks (uuid, uuid) as ...` with the comments before it.
struct Query {
    std::string module, name;
    std::string prepare;       ///< the statement
    std::string values;        ///< the query of `-- values:` that gives its parameters; the first is the organization
    double goal_milliseconds;  ///< of `-- goal: 200 ms`; 20 without one

    /// "execute list_tasks ('...', '...')"
    struct Call {
        std::string organization, sql;
    };
    std::vector<Call> calls{};

    /// Fetching as many rows of the same table by their primary key.
    std::string key_prepare{};
    std::vector<Call> key_calls{};
};

/// Throws when a query has no `-- values:`.
std::vector<Query> read_workload(const std::filesystem::path& file, const std::string& module);

/// Draws the values of `count` calls, organizations as often as they have rows: `organizations` holds each as often.
void draw_calls(Query& query, Client& administrator, const std::vector<std::string>& organizations, std::size_t count,
                std::mt19937_64& random);

/// Makes the calls that fetch `rows` rows by primary key from the table that the query's values come from.
void draw_key_calls(Query& query, Client& administrator, std::size_t rows);

}  // namespace gsdb::bench
