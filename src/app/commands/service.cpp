// gsdb service connect, list, disconnect: credentials of the services of others that workflows use.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "app/commands/commands.hpp"
#include "app/commands/event_commands.hpp"
#include "app/database_server.hpp"
#include "app/encryption.hpp"
#include "app/installation.hpp"
#include "app/outside_services.hpp"
#include "app/terminal.hpp"
#include "base/moment.hpp"
#include "base/run_task.hpp"

namespace gsdb::app {

namespace {

struct ConnectArguments {
    std::string service, token_file, app_id, key_file;
};

crypto::Secret from_standard_input() {
    std::string text;
    std::getline(std::cin, text);
    crypto::Secret secret(std::string_view(text).substr(0, text.find_last_not_of(" \t\r\n") + 1));
    std::ranges::fill(text, '\0');
    return secret;
}

crypto::Secret secret_for(const ConnectArguments& arguments) {
    if (arguments.app_id.empty()) {
        auto secret = arguments.token_file == "-" ? from_standard_input() : secret_of(arguments.token_file);
        if (!secret.empty()) return secret;
        throw Failure({.code = "services.no_credential",
                       .message = fmt::format("no credential is given for {}", arguments.service),
                       .detail = "",
                       .hint = "pass it on standard input, --token-file -, or in a file that only you may read",
                       .exit_code = ExitCode::usage});
    }
    const auto key = secret_of(arguments.key_file);
    if (arguments.service != "github" || key.empty())
        throw Failure({.code = "services.no_credential",
                       .message = "an App has a number and a private key, and is GitHub's",
                       .detail = "",
                       .hint = "gsdb service connect github --app-id 123 --key-file app.pem",
                       .exit_code = ExitCode::usage});
    return crypto::Secret(
        json::serialize(json::object{{"app_id", arguments.app_id}, {"private_key", std::string(key.reveal())}}));
}

class ServiceCommands {
  public:
    explicit ServiceCommands(const Program& program) : server_(DatabaseServer::open(program)) {
        install_unless_current(program, *server_, "identity");
        credentials_.emplace(app::credentials(program, server_->pool("identity", 2)));
    }
    const identity::Credentials& credentials() const { return *credentials_; }
    std::vector<identity::CredentialEntry> stored() const {
        constexpr std::int64_t most = 1'000;
        auto all = value_or_throw(run_task(credentials_->list(person_at_the_command_line(), std::nullopt, most)));
        std::erase_if(all, [](const auto& entry) {
            return entry.name != service_credential ||
                   std::ranges::find(known_services, std::string_view(entry.provider), &KnownService::name) ==
                       known_services.end();
        });
        return all;
    }

  private:
    std::unique_ptr<DatabaseServer> server_;
    std::optional<identity::Credentials> credentials_;
};

ExitCode connect(const Program& program, const ConnectArguments& arguments) {
    auto secret = secret_for(arguments);
    const ServiceCommands commands(program);
    value_or_throw(
        run_task(commands.credentials().store(person_at_the_command_line(), {.provider = arguments.service,
                                                                             .name = std::string(service_credential),
                                                                             .secret = std::move(secret),
                                                                             .expires_at = std::nullopt})));
    program.answer({{"service", arguments.service}, {"connected", true}},
                   fmt::format("the credential for {} is stored, encrypted; it takes the place of the one before\n",
                               arguments.service));
    return ExitCode::ok;
}

ExitCode list(const Program& program) {
    const ServiceCommands commands(program);
    const auto stored = commands.stored();
    Table table({"service", "for", "credential since"});
    json::array items;
    for (const auto& service : known_services) {
        const auto entry = std::ranges::find(stored, service.name, &identity::CredentialEntry::provider);
        const auto since = entry == stored.end() ? "" : to_rfc3339(entry->secret_changed_at);
        table.add({std::string(service.name), std::string(service.used_for), since.empty() ? "-" : since});
        items.push_back({{"service", service.name},
                         {"used_for", service.used_for},
                         {"connected_at", since.empty() ? json::value(nullptr) : json::value(since)}});
    }
    program.answer({{"services", std::move(items)}}, table.text());
    return ExitCode::ok;
}

ExitCode disconnect(const Program& program, const std::string& service) {
    const ServiceCommands commands(program);
    const auto stored = commands.stored();
    const auto entry = std::ranges::find(stored, service, &identity::CredentialEntry::provider);
    if (entry != stored.end())
        value_or_throw(run_task(commands.credentials().remove(person_at_the_command_line(), entry->id)));
    program.answer({{"service", service}, {"connected", false}},
                   fmt::format("there is no credential for {} any more\n", service));
    return ExitCode::ok;
}

std::vector<std::string> service_names() {
    std::vector<std::string> names;
    for (const auto& service : known_services) names.emplace_back(service.name);
    return names;
}

}  // namespace

void add_service_commands(CLI::App& app, Program& program) {
    auto* group =
        app.add_subcommand("service", "Services of others that workflows use: GitHub, Linear, Codegen, models");
    group->require_subcommand(1);

    auto* connecting = group->add_subcommand("connect", "Store the credential for a service, encrypted");
    auto arguments = std::make_shared<ConnectArguments>();
    connecting->add_option("service", arguments->service, "github, linear, codegen, anthropic, openai")
        ->required()
        ->check(CLI::IsMember(service_names()));
    connecting->add_option("--token-file", arguments->token_file,
                           "File with the token or key, which only you may read; - is standard input");
    connecting->add_option("--app-id", arguments->app_id, "Number of a GitHub App, instead of a token");
    connecting->add_option("--key-file", arguments->key_file, "File with the App's private key, PEM");
    connecting->callback(
        [&program, arguments] { program.action = [&program, arguments] { return connect(program, *arguments); }; });

    auto* listing = group->add_subcommand("list", "Which services there are, and which have a credential");
    listing->callback([&program] { program.action = [&program] { return list(program); }; });

    auto* disconnecting = group->add_subcommand("disconnect", "Remove the credential for a service");
    auto service = std::make_shared<std::string>();
    disconnecting->add_option("service", *service, "github, linear, codegen, anthropic, openai")
        ->required()
        ->check(CLI::IsMember(service_names()));
    disconnecting->callback(
        [&program, service] { program.action = [&program, service] { return disconnect(program, *service); }; });
}

}  // namespace gsdb::app
