#include "app/database_server.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "app/archive_keeper.hpp"
#include "app/role_login.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

/// What the founding documents call the administrator's connection, for those whose scripts set it.
std::string url_from_postgres_variables() {
    const char* host = std::getenv("POSTGRES_HOST");
    if (!host || !*host) return "";
    auto variable = [](const char* name, const char* otherwise) {
        const char* value = std::getenv(name);
        return std::string(value && *value ? value : otherwise);
    };
    auto quoted = [](std::string text) {
        std::string out = "'";
        for (char c : text) {
            if (c == '\'' || c == '\\') out += '\\';
            out += c;
        }
        return out + "'";
    };
    auto url =
        fmt::format("host={} port={} user={} dbname=postgres", quoted(host), quoted(variable("POSTGRES_PORT", "5432")),
                    quoted(variable("POSTGRES_ADMIN_USER", "postgres")));
    if (auto password = variable("POSTGRES_ADMIN_PASSWORD", ""); !password.empty())
        url += " password=" + quoted(password);
    return url;
}

migrate::Layout layout_of(const Program& program) {
    auto kind = value_or_throw(migrate::parse_layout_kind(program.settings.get(settings::database_layout)));
    return kind == migrate::LayoutKind::split ? migrate::Layout::split()
                                              : migrate::Layout::unified(program.settings.get(settings::database_name));
}

std::string external_url(const Program& program) {
    auto url = program.settings.get(settings::database_url);
    return url.empty() ? url_from_postgres_variables() : url;
}

}  // namespace

bool uses_embedded_server(const Program& program) {
    return external_url(program).empty();
}

cluster::Home home_of(const Program& program) {
    return value_or_throw(cluster::Home::locate(program.settings.get(settings::home), std::getenv));
}

DatabaseServer::DatabaseServer(const Program& program, cluster::Home home)
    : home_(std::move(home)),
      layout_(layout_of(program)),
      prepared_(program.settings.get(settings::database_prepared)) {}

DatabaseServer::~DatabaseServer() {
    stop();
}

std::unique_ptr<DatabaseServer> DatabaseServer::open(const Program& program, Options options) {
    std::unique_ptr<DatabaseServer> server(new DatabaseServer(program, home_of(program)));
    auto url = external_url(program);
    if (url.empty())
        server->use_embedded(program, std::move(options));
    else
        server->use_external(std::move(url));
    server->administrator_.application_name = "gsdb";
    server->administrator_.silence_max = std::chrono::seconds(program.settings.get(settings::database_silence_seconds));
    return server;
}

void DatabaseServer::use_external(std::string url) {
    is_embedded_ = false;
    administrator_ = pg::ConnectOptions::parse(url);
    if (administrator_.database.empty()) administrator_.database = "postgres";
    value_or_throw(home_.create(cluster::ServerUser{.uid = geteuid(), .gid = getegid(), .drops = false}));
}

void DatabaseServer::use_embedded(const Program& program, Options options) {
    auto running = cluster::find_running_server(home_, std::getenv);
    if (running && running->ready) {
        administrator_ = pg::ConnectOptions::parse(running->conninfo("postgres"));
        return;
    }
    cluster_ =
        value_or_throw(cluster::EmbeddedCluster::start({.home = home_,
                                                        .bindir = program.settings.get(settings::postgres_bindir),
                                                        .settings = archive_settings_of(program),
                                                        .cancel = options.cancel,
                                                        .on_change = std::move(options.on_change)}));
    administrator_ = pg::ConnectOptions::parse(cluster_->conninfo("postgres"));
}

pg::ConnectOptions DatabaseServer::administrator(std::string database) const {
    auto options = administrator_;
    options.database = std::move(database);
    return options;
}

pg::ConnectOptions DatabaseServer::login(std::string_view schema) const {
    auto options = as_role(administrator(layout_.target_of_schema(schema)->database),
                           migrate::spec_of_schema(schema)->login_role, is_embedded_ ? nullptr : &home_);
    options.prepared = prepared_ ? pg::Prepared::on : pg::Prepared::off;
    return options;
}

pg::Pool DatabaseServer::pool(std::string_view schema, std::size_t size_max) const {
    return pg::Pool({.connect = login(schema), .size_max = size_max});
}

std::string DatabaseServer::psql_command(const std::string& database) const {
    return fmt::format("psql \"host={} port={} dbname={} user={}\"", administrator_.host, administrator_.port, database,
                       administrator_.user);
}

void DatabaseServer::stop() {
    if (cluster_) cluster_->stop(cluster::StopMode::fast);
    cluster_.reset();
}

}  // namespace gsdb::app
