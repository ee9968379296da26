#pragma once
// The PostgreSQL that an invocation works with: the embedded one, started here or by a running `gsdb up`, or the one
// that the settings name.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "app/program.hpp"
#include "cluster/cluster.hpp"
#include "migrate/layout.hpp"
#include "pg/connect_options.hpp"
#include "pg/pool.hpp"

namespace gsdb::app {

class DatabaseServer {
  public:
    struct Options {
        std::stop_token cancel{};
        /// Called by the supervisor of an embedded server started here, from its thread.
        std::function<void(const cluster::ServerStatus&)> on_change{};
    };

    /// Starts the embedded server when it is the one meant and nobody runs it; it stops with this object. Throws a
    /// Failure when it cannot be had.
    static std::unique_ptr<DatabaseServer> open(const Program& program, Options options);
    static std::unique_ptr<DatabaseServer> open(const Program& program) { return open(program, {}); }
    ~DatabaseServer();

    /// How an administrator connects to a database.
    pg::ConnectOptions administrator(std::string database) const;

    /// How the program connects to use a module, by the name of its schema: as its login role, with least privileges.
    pg::ConnectOptions login(std::string_view schema) const;

    /// Connections with which the program uses a module, by the name of its schema.
    pg::Pool pool(std::string_view schema, std::size_t size_max) const;

    /// The database that administrators connect to before ours exist.
    const std::string& maintenance_database() const { return administrator_.database; }
    const migrate::Layout& layout() const { return layout_; }
    const cluster::Home& home() const { return home_; }
    bool is_embedded() const { return is_embedded_; }
    /// Null unless the embedded server was started by this object.
    cluster::EmbeddedCluster* cluster() const { return cluster_.get(); }

    /// A command line for people: psql "host=... dbname=codebase_db user=postgres". Without a password.
    std::string psql_command(const std::string& database) const;

    void stop();

  private:
    DatabaseServer(const Program& program, cluster::Home home);
    void use_external(std::string url);
    void use_embedded(const Program& program, Options options);

    cluster::Home home_;
    migrate::Layout layout_;
    pg::ConnectOptions administrator_;
    bool is_embedded_ = true;
    bool prepared_ = true;
    std::unique_ptr<cluster::EmbeddedCluster> cluster_;
};

/// Whether no server of the administrator's own is named.
bool uses_embedded_server(const Program& program);

/// The home folder that the settings name.
cluster::Home home_of(const Program& program);

}  // namespace gsdb::app
