#pragma once
// Where a database is and how to talk to it.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace gsdb::pg {

/// Whether statements are prepared under their names once per connection. `off` sends each as an unnamed statement and
/// keeps no session state: for PgBouncer in transaction mode, which has no prepared statements before 1.21.
enum class Prepared : std::uint8_t { on, off };

struct ConnectOptions {
    std::string host;  ///< a name, an address, or the folder of a unix socket; empty is libpq's default
    int port = 5432;
    std::string database;
    std::string user;
    std::string password{};  ///< never shown in a message
    std::string application_name = "gsdb";
    /// Further libpq keywords: sslmode, sslrootcert, target_session_attrs, options (not through PgBouncer).
    std::map<std::string, std::string> extra{};
    Prepared prepared = Prepared::on;
    std::chrono::milliseconds connect_deadline{10'000};
    /// The time each statement gets unless it says otherwise; 0 is no limit.
    std::chrono::milliseconds statement_deadline{0};
    /// How long a statement without a deadline waits for its answer before the server is asked, on a connection of its
    /// own, whether it is still there. One that is not ends the statement; one that is gets as long again. 0 is never.
    std::chrono::milliseconds silence_max{30'000};

    /// Reads postgresql://user:password@host:port/database?sslmode=... or "host=... dbname=...".
    /// Throws the Failure "pg.bad_url", which does not repeat the text: it may hold a password.
    static ConnectOptions parse(std::string_view url);

    /// "codebase_db at /run/x:5432 as codebase_user", for messages.
    std::string describe() const;
};

}  // namespace gsdb::pg
