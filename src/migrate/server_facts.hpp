#pragma once
// What a PostgreSQL server is, as far as installing asks, and whether it will do.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "migrate/layout.hpp"
#include "pg/connection.hpp"

namespace gsdb::migrate {

inline constexpr int server_major_min = 14;
inline constexpr int server_major_max = 18;

struct ServerFacts {
    int version_num = 0;  ///< 150020
    std::string version;  ///< "15.20 (Debian 15.20-0+deb12u1)"
    std::string where;    ///< for messages: "postgres at /run/x:5432 as admin"
    std::string user;
    bool in_recovery = false;
    bool read_only = false;
    bool is_superuser = false;
    bool can_create_databases = false;
    bool can_create_roles = false;
    std::string locale;  ///< for new databases: C.UTF-8 in the spelling of this server, otherwise C

    struct Database {
        std::string encoding;
        std::string owner;
        bool is_administered = false;  ///< the user has the rights of its owner
        bool is_broken = false;        ///< an interrupted DROP DATABASE left it
    };
    std::map<std::string, Database> databases;

    struct Role {
        bool is_superuser = false;
        bool bypasses_row_security = false;
        bool can_create_roles = false;
        bool can_create_databases = false;
        bool can_log_in = false;
        bool lacks_password = false;  ///< made by the files for psql, which do not keep secrets
    };
    std::map<std::string, Role> roles;

    std::set<std::string> available_extensions;
    std::set<std::string> preloaded_libraries;

    int major() const { return version_num / 10000; }
};

/// Works on servers older than those supported, so that they can be refused with words.
Task<ServerFacts> read_server_facts(pg::Connection* connection);

/// Every reason why the layout cannot be installed there, each with its remedy; empty when it can.
std::vector<Error> find_install_problems(const ServerFacts& facts, const Layout& layout,
                                         const std::set<std::string>& needed_extensions);

/// All roles of the product: owners, login roles, analytics_readonly, graph_sitter_admin.
std::vector<std::string_view> product_roles();
/// Those among them that log in with a password of their own.
std::vector<std::string_view> login_roles();

}  // namespace gsdb::migrate
