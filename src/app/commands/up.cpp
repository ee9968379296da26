// gsdb up, serve, down, status: the program as a service.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <thread>

#include "app/archive_keeper.hpp"
#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/encryption.hpp"
#include "app/health_metrics.hpp"
#include "app/http_service.hpp"
#include "app/index_report.hpp"
#include "app/installation.hpp"
#include "app/module_list.hpp"
#include "app/outside_services.hpp"
#include "app/repository_indexer.hpp"
#include "app/requested_indexing.hpp"
#include "app/running.hpp"
#include "app/sample_queries.hpp"
#include "app/task_service.hpp"
#include "app/version.hpp"
#include "app/workflow_runner.hpp"
#include "base/run_task.hpp"
#include "cluster/lock_file.hpp"
#include "migrate/maintenance.hpp"
#include "modules/analytics/api.hpp"
#include "modules/events/api.hpp"
#include "modules/identity/api.hpp"
#include "observe/log.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

struct UpArguments {
    std::vector<std::string> repositories;
    bool detach = false;
};

ReadinessCheck embedded_check(cluster::EmbeddedCluster* cluster) {
    return {"postgresql", [cluster]() -> Task<std::string> {
                auto status = cluster->status();
                if (status.state == cluster::ServerState::ready) co_return "";
                co_return fmt::format("the embedded server is {}{}{}", to_string(status.state),
                                      status.reason.empty() ? "" : ": ", status.reason);
            }};
}

std::shared_ptr<events::DeliverySpool> spool_of(const Program& program, const DatabaseServer& server) {
    const auto bytes_max = program.settings.get(settings::events_spool_bytes_max);
    if (bytes_max == 0) return nullptr;
    return std::make_shared<events::DeliverySpool>(server.home().root() / "spool", bytes_max);
}

HttpService make_service(const Program& program, const DatabaseServer& server) {
    auto connections =
        static_cast<std::size_t>(program.settings.get(settings::database_connections) * server_threads(program));
    const auto identity = server.pool("identity", connections);
    HttpService service{
        .identity = identity,
        .codebase = server.pool("codebase", connections),
        .events = server.pool("events", connections),
        .workflows = server.pool("workflows", connections),
        .tasks = server.pool("tasks", connections),
        .projects = server.pool("projects", connections),
        .deliveries = pg::Pool(
            {.connect = server.login("events"), .size_max = connections, .acquire_deadline = std::chrono::seconds(1)}),
        .credentials = credentials(program, identity),
        .event_stored = {},
        .sources = std::make_shared<events::SourceMemory>(),
        .spool = spool_of(program, server),
        .checks = {},
        .metrics = observe::Metrics{}};
    observe::add_sink(service.metrics.sink());
    if (server.cluster()) service.checks.push_back(embedded_check(server.cluster()));
    service.checks.push_back(database_check("projects_db", service.identity));
    service.checks.push_back(database_check("codebase_db", service.codebase));
    service.checks.push_back(database_check("events_db", service.events));
    service.checks.push_back(database_check("task_db", server.pool("tasks", 1)));
    return service;
}

/// Events to their subscribers.
Background::Work deliver_events(const Program& program, const DatabaseServer& server, const HttpService& service) {
    static const SystemClock clock;
    constexpr std::size_t connections = 4;
    auto deliverer = std::make_shared<events::Deliverer>(
        pg::Database<events::Database>(server.pool("events", connections)),
        credentials(program, server.pool("identity", 1)), clock,
        events::DelivererOptions{.guard = guard_of(program.settings.get(settings::events_subscriber_networks)),
                                 .slack_url = program.settings.get(settings::events_slack_url)},
        service.event_stored);
    return [deliverer](Stop stop) { return deliverer->run(std::move(stop)); };
}

/// Deliveries that did not arrive, from their providers.
Background::Work reconcile_events(const Program& program, const DatabaseServer& server) {
    auto reconciler = std::make_shared<events::Reconciler>(
        pg::Database<events::Database>(server.pool("events", 1)), credentials(program, server.pool("identity", 1)),
        events::ReconcilerOptions{.guard = guard_of(program.settings.get(settings::events_subscriber_networks))});
    return [reconciler](Stop stop) { return reconciler->run(std::move(stop)); };
}

/// What Notion's events are about.
Background::Work refetch_events(const Program& program, const DatabaseServer& server) {
    auto refetcher = std::make_shared<events::NotionRefetcher>(pg::Database<events::Database>(server.pool("events", 1)),
                                                               credentials(program, server.pool("identity", 1)),
                                                               events::NotionRefetcherOptions{});
    return [refetcher](Stop stop) { return refetcher->run(std::move(stop)); };
}

/// Files of events that are past their time.
std::vector<Background::Work> archive_work(const Program& program, const DatabaseServer& server) {
    const auto folder = program.settings.get(settings::events_archive_folder);
    if (folder.empty()) return {};
    auto archiver = std::make_shared<events::Archiver>(pg::Database<events::Database>(server.pool("events", 1)),
                                                       events::ArchiverOptions{.folder = folder});
    return {[archiver](Stop stop) { return archiver->run(std::move(stop)); }};
}

/// What the server does beside answering: maintenance of every module, the health and the statements it reports.
std::vector<Background::Work> background_work(const Program& program, const DatabaseServer& server,
                                              const HttpService& service) {
    std::vector<Background::Work> works;
    if (program.settings.get(settings::maintenance_enabled))
        for (const auto& spec : migrate::database_specs())
            works.emplace_back([login = server.login(spec.schemas.front())](Stop stop) {
                return migrate::maintain(login, std::move(stop));
            });
    works.emplace_back([database = pg::Database<events::Database>(server.pool("events", 1))](Stop stop) {
        return events::keep_processing(database, std::move(stop));
    });
    works.push_back(deliver_events(program, server, service));
    works.push_back(reconcile_events(program, server));
    works.push_back(refetch_events(program, server));
    if (service.spool)
        works.emplace_back([spool = service.spool, database = pg::Database<events::Database>(server.pool("events", 1))](
                               Stop stop) { return events::keep_emptying(spool, database, std::move(stop)); });
    if (const std::chrono::seconds every(program.settings.get(settings::metrics_health_seconds)); every.count() > 0) {
        auto health = std::make_shared<HealthMetrics>();
        service.metrics.add_gauges([health] { return health->gauges(); });
        for (const auto& target : server.layout().targets())
            works.emplace_back([=, login = server.login(target.specs.front()->schemas.front())](Stop stop) {
                return watch_health(health, login, every, std::move(stop));
            });
    }
    if (const std::chrono::seconds every(program.settings.get(settings::metrics_statements_seconds));
        every.count() > 0) {
        const analytics::StatementLog log;
        observe::add_sink(log.sink());
        works.emplace_back([=, database = pg::Database<analytics::Database>(server.pool("analytics", 1))](Stop stop) {
            return log.keep(database, every, std::move(stop));
        });
    }
    return works;
}

http::ServerOptions server_options(const Program& program) {
    http::ServerOptions options{.address = program.settings.get(settings::http_address),
                                .port = static_cast<std::uint16_t>(program.settings.get(settings::http_port)),
                                .threads = server_threads(program)};
    auto certificate = program.settings.get(settings::http_tls_certificate);
    auto key = program.settings.get(settings::http_tls_key);
    if (certificate.empty() != key.empty())
        throw Failure({.code = "settings.invalid",
                       .message = "http.tls_certificate and http.tls_key must both be given, or neither",
                       .hint = "set the other one as well",
                       .exit_code = ExitCode::usage});
    if (!certificate.empty()) options.tls = http::TlsFiles{.certificate = certificate, .private_key = key};
    return options;
}

void start_logging(const Program& program) {
    constexpr std::array levels{observe::Level::trace, observe::Level::debug, observe::Level::info,
                                observe::Level::warn,  observe::Level::error, observe::Level::off};
    auto wanted = program.settings.get(settings::log_level);
    auto level = *std::ranges::find_if(levels, [&](auto l) { return to_string(l) == wanted; });
    auto format =
        program.settings.get(settings::log_format) == "json" ? observe::LogFormat::json : observe::LogFormat::logfmt;
    // Observations go to a file: the terminal is for the person who ran the command.
    auto home = home_of(program);
    observe::add_sink(
        observe::Log({.format = format, .level = level, .path = (home.log() / "gsdb.log").string()}).sink());
}

/// Everything that can be refused without doing anything.
void check_arguments(const UpArguments& arguments) {
    for (const auto& repository : arguments.repositories) {
        if (repository.find("://") != std::string::npos || repository.find('@') != std::string::npos) continue;
        std::error_code problem;
        if (std::filesystem::exists(repository, problem)) continue;
        if (problem)
            throw Failure({.code = "source.not_readable",
                           .message = fmt::format("{} cannot be read", repository),
                           .detail = problem.message(),
                           .hint = "give the user that runs gsdb the right to enter every folder above it",
                           .exit_code = ExitCode::unavailable});
        throw Failure({.code = "source.not_found",
                       .message = fmt::format("{} does not exist", repository),
                       .detail = "",
                       .hint = "name a Git repository, a folder, or a URL",
                       .exit_code = ExitCode::not_found});
    }
}

std::string where_to_look(const DatabaseServer& server, const std::string& url, const std::filesystem::path& key) {
    auto database = server.layout().target_of_schema("codebase")->database;
    return fmt::format(
        "\nserving    {}   (try: curl -H \"Authorization: Bearer $(cat {})\" '{}/api/v1/symbols?limit=3')\n"
        "health     {}/ready   metrics {}/metrics   API {}/api/openapi.yaml\n"
        "databases  {}\n",
        url, key.string(), url, url, url, url, server.psql_command(database));
}

/// The figures of a start, printed once everything is ready.
struct Started {
    std::string url;
    std::filesystem::path key_file;
    std::vector<codebase::IndexSummary> summaries;
};

void print_started(const Program& program, const DatabaseServer& server, const Started& started) {
    json::array codebases;
    std::string text;
    for (const auto& summary : started.summaries) {
        codebases.push_back(summary_json(summary));
        text += summary_text(summary);
    }
    text += where_to_look(server, started.url, started.key_file);
    if (!started.summaries.empty() && !program.json) text += sample_queries_text(server, program.invoked_as);
    program.answer({{"url", started.url},
                    {"pid", getpid()},
                    {"home", server.home().root().string()},
                    {"api_key_file", started.key_file.string()},
                    {"codebases", std::move(codebases)}},
                   text);
}

ExitCode serve(const Program& program, const UpArguments& arguments, const std::function<void()>& ready) {
    Interruption interruption;
    auto home = home_of(program);
    auto lock =
        value_or_throw(cluster::LockFile::take(home.pid_file(), "program.in_use", "home " + home.root().string()));
    start_logging(program);
    auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    install(program, *server);
    const ArchiveKeeper archive_keeper(program, *server);
    auto service = make_service(program, *server);
    auto works = background_work(program, *server, service);
    Started started{.url = "", .key_file = home.secrets() / "api-key", .summaries = {}};
    value_or_throw(
        run_task(identity::ensure_owner_key(pg::Database<identity::Database>(service.identity), started.key_file)));
    http::Server http(server_options(program), [&](asio::io_context& io) { return make_router(service, io); });
    started.url = http.url();
    Background background(std::move(works));
    // On a thread of its own, where nothing waits while a file is written.
    const Background archiving(archive_work(program, *server));
    write_running(home, {.pid = getpid(),
                         .url = started.url,
                         .started_at = to_rfc3339(SystemClock().now()),
                         .version = std::string(program_version)});
    auto outcome = ExitCode::ok;
    try {
        const TaskService task_service(program, *server, guard_of(program.settings.get(settings::tasks_http_networks)));
        for (const auto& repository : arguments.repositories)
            started.summaries.push_back(
                RepositoryIndexer(program, *server, {.location = repository}, interruption).run());
        print_started(program, *server, started);
        if (ready)
            ready();
        else
            program.note("press Ctrl-C to stop");
        const RequestedIndexing requested(program, *server, interruption);
        const WorkflowService workflow_service(program, *server, interruption);
        interruption.wait();
    } catch (...) {
        remove_running(home);
        throw;
    }
    program.note("stopping");
    remove_running(home);
    http.stop(std::chrono::seconds(5));
    background.stop();
    server->stop();
    return outcome;
}

ExitCode up(const Program& program, const UpArguments& arguments) {
    check_arguments(arguments);
    auto home = home_of(program);
    value_or_throw(home.create(cluster::ServerUser::choose(home.root())));
    if (auto running = find_running(home))
        throw Failure(
            {.code = "program.in_use",
             .message = fmt::format("home {} is in use by process {}", home.root().string(), running->pid),
             .detail = fmt::format("it serves {} since {}", running->url, running->started_at),
             .hint = "gsdb index REPOSITORY adds a repository to it; gsdb down stops it; --home names another home",
             .exit_code = ExitCode::conflict});
    return serve(program, arguments, arguments.detach ? detach(home) : std::function<void()>{});
}

ExitCode down(const Program& program) {
    auto running = find_running(home_of(program));
    if (!running) {
        program.answer({{"stopped", false}}, "nothing was running\n");
        return ExitCode::ok;
    }
    kill(running->pid, SIGTERM);
    constexpr auto patience = std::chrono::seconds(150);
    auto deadline = std::chrono::steady_clock::now() + patience;
    while (kill(running->pid, 0) == 0) {
        if (std::chrono::steady_clock::now() > deadline)
            throw Failure(
                {.code = "program.does_not_stop",
                 .message = fmt::format("process {} did not stop within {} s", running->pid, patience.count()),
                 .detail = "",
                 .hint =
                     fmt::format("look at log/gsdb.log in the home folder; kill -9 {} is safe: the next start recovers",
                                 running->pid)});
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    program.answer({{"stopped", true}, {"pid", running->pid}}, fmt::format("stopped process {}\n", running->pid));
    return ExitCode::ok;
}

ExitCode status(const Program& program) {
    auto home = home_of(program);
    auto running = find_running(home);
    if (!running) {
        program.answer({{"running", false}, {"home", home.root().string()}},
                       fmt::format("not running (home {})\n", home.root().string()));
        return ExitCode::unavailable;
    }
    program.answer({{"running", true},
                    {"pid", running->pid},
                    {"url", running->url},
                    {"started_at", running->started_at},
                    {"version", running->version},
                    {"home", home.root().string()}},
                   fmt::format("running as process {} since {}\nserving {}\nhome    {}\n", running->pid,
                               running->started_at, running->url, home.root().string()));
    return ExitCode::ok;
}

void add_serving_options(CLI::App& command, Program& program, UpArguments& arguments) {
    command.add_flag("-d,--detach", arguments.detach, "Return when ready and go on in the background");
    add_setting_option(command, program, settings::http_address, "--address");
    add_setting_option(command, program, settings::http_port, "--port");
    add_setting_option(command, program, settings::http_threads, "--http-threads");
    add_setting_option(command, program, settings::database_layout, "--layout");
    add_setting_option(command, program, settings::log_level, "--log-level");
}

}  // namespace

void add_up_commands(CLI::App& app, Program& program) {
    auto arguments = std::make_shared<UpArguments>();
    auto* up_command = app.add_subcommand("up", "Bring up PostgreSQL and the databases, index the repositories, serve");
    up_command->add_option("repository", arguments->repositories,
                           "Git work trees, bare repositories, folders or URLs to index");
    add_serving_options(*up_command, program, *arguments);
    up_command->callback([&program, arguments] { program.action = [=, &program] { return up(program, *arguments); }; });

    auto* serve_command = app.add_subcommand("serve", "The same without indexing");
    add_serving_options(*serve_command, program, *arguments);
    serve_command->callback(
        [&program, arguments] { program.action = [=, &program] { return up(program, *arguments); }; });

    app.add_subcommand("down", "Stop what gsdb up started in this home")->callback([&program] {
        program.action = [&program] { return down(program); };
    });
    app.add_subcommand("status", "Show whether gsdb runs in this home, and where it serves")->callback([&program] {
        program.action = [&program] { return status(program); };
    });
}

}  // namespace gsdb::app
