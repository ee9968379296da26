// gsdb key create, list, revoke: the API keys of the default organization.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/terminal.hpp"
#include "base/run_task.hpp"
#include "modules/identity/api.hpp"

namespace gsdb::app {

namespace {

identity::ApiKeys api_keys(const DatabaseServer& server) {
    return identity::ApiKeys(pg::Database<identity::Database>(server.pool("identity", 2)));
}

identity::Actor person_at_the_command_line() {
    return identity::Actor::system(default_organization());
}

struct CreateArguments {
    std::string name, role = "member";
    std::vector<std::string> scopes{"*"};
    int expires_days = 0;
};

ExitCode create(const Program& program, const CreateArguments& arguments) {
    auto server = DatabaseServer::open(program);
    identity::NewApiKey wanted{
        .name = arguments.name, .role = *identity::parse_role(arguments.role), .scopes = arguments.scopes};
    if (arguments.expires_days > 0) wanted.expires_at = SystemClock().now() + std::chrono::days(arguments.expires_days);
    auto issued = value_or_throw(run_task(api_keys(*server).create(person_at_the_command_line(), std::move(wanted))));
    std::string text(issued.text.reveal());
    program.answer({{"id", to_string(issued.id)}, {"prefix", issued.prefix}, {"key", text}}, text + "\n");
    program.note("this is the only time the key is shown");
    return ExitCode::ok;
}

std::string state_of(const identity::ApiKeyEntry& key) {
    if (key.revoked_at) return "revoked";
    if (key.expires_at && *key.expires_at <= SystemClock().now()) return "expired";
    return "valid";
}

Task<std::vector<identity::ApiKeyEntry>> all_keys(identity::ApiKeys keys) {
    constexpr std::int64_t page_size = 500;
    std::vector<identity::ApiKeyEntry> all;
    std::optional<ApiKeyId> after;
    while (true) {
        auto page = value_or_throw(co_await keys.list(person_at_the_command_line(), after, page_size));
        std::ranges::copy(page, std::back_inserter(all));
        if (static_cast<std::int64_t>(page.size()) < page_size) co_return all;
        after = page.back().id;
    }
}

ExitCode list(const Program& program) {
    auto server = DatabaseServer::open(program);
    Table table({"id", "key", "name", "role", "scopes", "state", "last used"});
    json::array items;
    for (const auto& key : run_task(all_keys(api_keys(*server)))) {
        auto used = key.last_used_at ? to_rfc3339(*key.last_used_at) : "";
        table.add({to_string(key.id), key.prefix, key.name, std::string(to_string(key.role)),
                   fmt::format("{}", fmt::join(key.scopes, " ")), state_of(key), used});
        items.push_back({{"id", to_string(key.id)},
                         {"prefix", key.prefix},
                         {"name", key.name},
                         {"role", to_string(key.role)},
                         {"scopes", json::value_from(key.scopes)},
                         {"state", state_of(key)},
                         {"last_used_at", used}});
    }
    program.answer({{"keys", std::move(items)}}, table.text());
    return ExitCode::ok;
}

ExitCode revoke(const Program& program, const std::string& text) {
    auto id = ApiKeyId::parse(text);
    if (!id)
        throw Failure({.code = "usage",
                       .message = fmt::format("'{}' is not the id of a key", text),
                       .detail = "",
                       .hint = "gsdb key list shows the ids",
                       .exit_code = ExitCode::usage});
    auto server = DatabaseServer::open(program);
    value_or_throw(run_task(api_keys(*server).revoke(person_at_the_command_line(), *id)));
    program.answer({{"revoked", text}}, fmt::format("revoked {}; a running gsdb forgets it within 30 s\n", text));
    return ExitCode::ok;
}

}  // namespace

void add_key_commands(CLI::App& app, Program& program) {
    auto* key = app.add_subcommand("key", "Make, list and revoke API keys");
    key->require_subcommand(1);
    auto arguments = std::make_shared<CreateArguments>();
    auto* create_command = key->add_subcommand("create", "Make a key and show it once");
    create_command->add_option("name", arguments->name, "What it is for")->required();
    create_command->add_option("--role", arguments->role, "viewer, member, admin or owner")
        ->check(CLI::IsMember({"viewer", "member", "admin", "owner"}))
        ->capture_default_str();
    create_command->add_option("--scope", arguments->scopes, "AREA:read, AREA:write, AREA:admin or *; repeatable")
        ->capture_default_str();
    create_command->add_option("--expires-days", arguments->expires_days, "Days until it expires; 0: never")
        ->check(CLI::NonNegativeNumber);
    create_command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return create(program, *arguments); }; });
    key->add_subcommand("list", "List the keys, without their secrets")->callback([&program] {
        program.action = [&program] { return list(program); };
    });
    auto id = std::make_shared<std::string>();
    auto* revoke_command = key->add_subcommand("revoke", "Make a key worthless");
    revoke_command->add_option("id", *id, "Its id, from gsdb key list")->required();
    revoke_command->callback([&program, id] { program.action = [&program, id] { return revoke(program, *id); }; });
}

}  // namespace gsdb::app
