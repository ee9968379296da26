#pragma once
// Everything behind `gsdb db init` but the migrations: roles, secrets, databases, schemas, privileges.
//
//     Installer installer(connector_to(admin), Layout::split(), schemas, &secrets, {});
//     if (auto problems = co_await installer.check(); !problems.empty()) ...   // all at once, nothing changed
//     auto report = co_await installer.install();
//
// What it brings about is a list of wishes, each with the condition that says it is fulfilled. So a second run finds
// nothing to do, and a run after a kill does what the first did not.

#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "migrate/connector.hpp"
#include "migrate/layout.hpp"
#include "migrate/migration.hpp"
#include "migrate/module_schema.hpp"
#include "migrate/progress.hpp"
#include "migrate/secret_store.hpp"
#include "migrate/server_facts.hpp"
#include "migrate/session.hpp"

namespace gsdb::migrate {

enum class Schemas : std::uint8_t {
    made,     ///< with their privileges
    left_out  ///< for a database that they are restored into
};

struct InstallOptions {
    /// A database that exists already, to create the others from.
    std::string maintenance_database = "postgres";
    /// Gives every login role a new password, and stores it.
    bool rotate_secrets = false;
    Schemas schemas = Schemas::made;
    /// Called with the first of several databases that are missing; it has schema `base`. The others become copies of
    /// what it is afterwards, unless the server refuses: they are then made from nothing, as they are without this.
    std::function<Task<>(std::string database)> fill_first{};
    ProgressCallback progress{};
};

struct InstallReport {
    std::vector<std::string> changes;  ///< "created role task_owner", in order; empty when all was there
    std::vector<std::string> notes;    ///< what an operator should know, and may do

    bool changed() const { return !changes.empty(); }
};

/// What `gsdb db init` would bring about.
struct MissingState {
    std::string database;  ///< empty when it is about the server
    std::string change;    ///< "granted CONNECT to task_user"
};

/// A state of affairs, how to see it, and how to bring it about.
struct Wish {
    std::string change;   ///< what was done when it was not so: "created schema tasks"
    std::string is_so;    ///< SQL expression of type boolean
    std::string make_so;  ///< SQL statements
};

class Installer {
  public:
    /// Throws when a file of `schemas` is invalid. `secrets` outlives the installer. A secret stored as
    /// "graph_sitter_admin" lets that role log in with it.
    Installer(Connector connect, Layout layout, std::span<const ModuleSchema> schemas, SecretStore* secrets,
              InstallOptions options);

    /// Every reason why it cannot be done, each with its remedy. Changes nothing. Throws when the server cannot be
    /// reached.
    Task<std::vector<Error>> check() const;

    /// What install() would change. Changes nothing.
    Task<std::vector<MissingState>> missing() const;

    /// Throws a Failure with all problems that check() finds before it changes anything.
    Task<InstallReport> install() const;

  private:
    Task<> create_roles(pg::Connection* connection, const ServerFacts* facts, InstallReport* report) const;
    Task<> rotate_secrets(pg::Connection* connection, InstallReport* report) const;
    Task<> create_alike(Session* session, const ServerFacts* facts, InstallReport* report) const;
    Task<> create_first(const DatabaseTarget* target, const ServerFacts* facts, InstallReport* report) const;
    Task<bool> copy_database(const DatabaseTarget* target, std::string original) const;
    Task<> create_database(const DatabaseTarget* target, const ServerFacts* facts, InstallReport* report) const;
    Task<InstallReport> install_database(const DatabaseTarget* target, const ServerFacts* facts) const;
    Task<> fulfil(pg::Connection* connection, std::vector<Wish> wishes, std::string database,
                  InstallReport* report) const;
    std::vector<Wish> role_wishes(const ServerFacts& facts, InstallReport& report) const;
    crypto::Secret secret_for(std::string_view role) const;
    std::set<std::string> needed_extensions(const DatabaseTarget* target) const;

    Connector connect_;
    Layout layout_;
    std::vector<ModuleFiles> modules_;
    SecretStore* secrets_;
    InstallOptions options_;
};

/// Which roles of the product are members of which.
std::vector<Wish> membership_wishes();

/// What a database has to have besides tables, when the connection is to that database.
std::vector<Wish> database_wishes(const DatabaseTarget& target, LayoutKind kind,
                                  const std::set<std::string>& extensions, Schemas schemas = Schemas::made);

}  // namespace gsdb::migrate
