// gsdb events subscribe, subscription ...: who is told of events.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "app/commands/event_commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

struct SubscribeArguments {
    std::string to, name, source, filter, secret_file;
    std::vector<std::string> types;
    std::int32_t attempts = 8, timeout_ms = 30'000, concurrent = 4, per_minute = 0;
};

ExitCode subscribe(const Program& program, const SubscribeArguments& arguments) {
    auto target = value_or_throw(events::Target::parse(arguments.to));
    const EventCommands commands(program);
    events::NewSubscription wanted{.name = arguments.name.empty() ? arguments.to.substr(0, 100) : arguments.name,
                                   .target = std::move(target),
                                   .source = arguments.source,
                                   .filter = arguments.filter,
                                   .secret = secret_of(arguments.secret_file),
                                   .attempts_max = arguments.attempts,
                                   .timeout_ms = arguments.timeout_ms,
                                   .concurrent_max = arguments.concurrent};
    if (!arguments.types.empty()) wanted.event_types = arguments.types;
    if (arguments.per_minute > 0) wanted.deliveries_per_minute_max = arguments.per_minute;
    const auto name = wanted.name;
    const auto added = run_task(commands.subscriptions().add(person_at_the_command_line(), std::move(wanted)));
    const std::string secret(added.secret.reveal());
    auto text = fmt::format("{} is told of what happens from now on\n", arguments.to);
    if (!secret.empty()) text += fmt::format("secret  {}\n", secret);
    program.answer({{"id", to_string(added.id)},
                    {"name", name},
                    {"target", arguments.to},
                    {"secret", secret.empty() ? json::value() : json::value(secret)}},
                   text);
    if (!secret.empty())
        program.note("verify deliveries with it by any library of standardwebhooks.com; it is shown this once");
    return ExitCode::ok;
}

std::string state_of(const events::KnownSubscription& s) {
    if (s.paused_at) return fmt::format("paused ({})", s.pause_cause.value_or(""));
    return s.failing_since ? "failing" : "active";
}

json::object to_json(const events::KnownSubscription& s) {
    return {{"id", to_string(s.id)},
            {"name", s.name},
            {"target", s.target},
            {"source", or_null(s.source)},
            {"types", json::array(s.event_types.begin(), s.event_types.end())},
            {"filter", or_null(s.filter)},
            {"state", state_of(s)},
            {"attempts_max", s.attempts_max},
            {"timeout_ms", s.timeout_ms},
            {"concurrent_max", s.concurrent_max},
            {"per_minute_max", or_null(s.deliveries_per_minute_max)},
            {"pending", s.pending},
            {"delivered", s.delivered},
            {"failed", s.failed},
            {"paused_at", or_null(s.paused_at)},
            {"failing_since", or_null(s.failing_since)},
            {"created_at", to_rfc3339(s.created_at)}};
}

ExitCode list(const Program& program) {
    const EventCommands commands(program);
    Table table({"name", "target", "state", "source", "types", "filter", "pending", "delivered", "failed"});
    json::array items;
    for (const auto& s : run_task(commands.subscriptions().list(person_at_the_command_line()))) {
        table.add({s.name, s.target, state_of(s), or_empty(s.source), fmt::format("{}", fmt::join(s.event_types, " ")),
                   or_empty(s.filter), format_count(s.pending), format_count(s.delivered), format_count(s.failed)});
        items.push_back(to_json(s));
    }
    program.answer({{"subscriptions", std::move(items)}},
                   table.empty() ? "nobody is told of events; gsdb events subscribe --to URL does it\n" : table.text());
    return ExitCode::ok;
}

events::KnownSubscription find(const EventCommands& commands, const std::string& name) {
    return run_task(commands.subscriptions().find(person_at_the_command_line(), name));
}

ExitCode change(const Program& program, const std::string& name, std::string_view what) {
    const EventCommands commands(program);
    const auto known = find(commands, name);
    const auto actor = person_at_the_command_line();
    if (what == "paused") run_task(commands.subscriptions().pause(actor, known.id, SystemClock().now()));
    if (what == "resumed") run_task(commands.subscriptions().resume(actor, known.id));
    if (what == "removed") run_task(commands.subscriptions().remove(actor, known));
    program.answer({{"name", known.name}, {what, true}}, fmt::format("{} is {}\n", known.name, what));
    return ExitCode::ok;
}

struct DeliveriesArguments {
    std::string subscription, event, status;
    int limit = 50;
    bool all_failed = false;
};

ExitCode deliveries(const Program& program, const DeliveriesArguments& arguments) {
    const EventCommands commands(program);
    const auto known = find(commands, arguments.subscription);
    Table table({"event", "type", "status", "attempts", "next attempt", "answer", "ms", "detail"});
    json::array items;
    for (const auto& d : run_task(commands.subscriptions().deliveries(person_at_the_command_line(), known.id,
                                                                      arguments.status, arguments.limit))) {
        const auto answer = d.response_status ? std::to_string(*d.response_status) : or_empty(d.outcome);
        table.add({to_string(d.event), d.type, d.status, std::to_string(d.attempts), time_text(d.next_attempt_at),
                   answer, d.duration_ms ? std::to_string(*d.duration_ms) : "", or_empty(d.detail)});
        items.push_back({{"event_id", to_string(d.event)},
                         {"type", d.type},
                         {"status", d.status},
                         {"attempts", d.attempts},
                         {"next_attempt_at", or_null(d.next_attempt_at)},
                         {"finished_at", or_null(d.finished_at)},
                         {"created_at", to_rfc3339(d.created_at)},
                         {"outcome", or_null(d.outcome)},
                         {"response_status", or_null(d.response_status)},
                         {"duration_ms", or_null(d.duration_ms)},
                         {"detail", or_null(d.detail)}});
    }
    program.answer({{"deliveries", std::move(items)}}, table.empty() ? "there is no such delivery\n" : table.text());
    return ExitCode::ok;
}

ExitCode attempts(const Program& program, const DeliveriesArguments& arguments) {
    const EventCommands commands(program);
    const auto known = find(commands, arguments.subscription);
    Table table({"attempt", "started", "outcome", "answer", "ms", "detail"});
    json::array items;
    for (const auto& a : run_task(commands.subscriptions().attempts(person_at_the_command_line(), known.id,
                                                                    id_of(arguments.event, "an event")))) {
        table.add({std::to_string(a.number), to_rfc3339(a.started_at), a.outcome,
                   a.response_status ? std::to_string(*a.response_status) : "", std::to_string(a.duration_ms),
                   a.detail});
        items.push_back({{"attempt", a.number},
                         {"started_at", to_rfc3339(a.started_at)},
                         {"outcome", a.outcome},
                         {"response_status", or_null(a.response_status)},
                         {"duration_ms", a.duration_ms},
                         {"detail", a.detail}});
    }
    program.answer({{"attempts", std::move(items)}}, table.empty() ? "it was not tried yet\n" : table.text());
    return ExitCode::ok;
}

ExitCode retry(const Program& program, const DeliveriesArguments& arguments) {
    if (arguments.event.empty() != arguments.all_failed)
        throw Failure({.code = "usage",
                       .message = "either an event or --failed says what to deliver again",
                       .detail = "",
                       .hint = "gsdb events subscription deliveries NAME shows the events",
                       .exit_code = ExitCode::usage});
    const EventCommands commands(program);
    const auto known = find(commands, arguments.subscription);
    std::optional<Uuid> event;
    if (!arguments.event.empty()) event = id_of(arguments.event, "an event");
    const auto count = run_task(commands.subscriptions().deliver_again(person_at_the_command_line(), known.id, event));
    program.answer({{"name", known.name}, {"deliveries", count}},
                   fmt::format("{} are delivered again\n", format_count(count)));
    return count > 0 ? ExitCode::ok : ExitCode::not_found;
}

void add_subscribe(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<SubscribeArguments>();
    auto* command = group.add_subcommand("subscribe", "Have a URL, a Slack channel or a listener told of events");
    command->add_option("--to", arguments->to, "https://..., slack:CHANNEL_ID or notify:CHANNEL")->required();
    command->add_option("--name", arguments->name, "What people and commands call it; the target when left out");
    command->add_option("--source", arguments->source, "Name of a source; every source when left out");
    command->add_option("--type", arguments->types,
                        "Type such as push, or 'pull_request.*'; may be given several times");
    command->add_option("--filter", arguments->filter,
                        "JSON path that is true of the event: '$.repository == \"octo/hello\" && "
                        "$.payload.pull_request.draft == false'");
    command->add_option("--secret-file", arguments->secret_file,
                        "File with Slack's bot token, or with a secret of your own instead of one that is made");
    command->add_option("--attempts", arguments->attempts, "How often a delivery is tried")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    command->add_option("--timeout-ms", arguments->timeout_ms, "How long an attempt may take")
        ->check(CLI::Range(100, 300'000))
        ->capture_default_str();
    command->add_option("--concurrent", arguments->concurrent, "Attempts at once")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    command->add_option("--per-minute", arguments->per_minute, "Attempts in a minute at most; 0: no limit")
        ->check(CLI::Range(0, 1'000'000))
        ->capture_default_str();
    command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return subscribe(program, *arguments); }; });
}

void add_changes(CLI::App& group, Program& program) {
    const auto add = [&](const char* command_name, const char* help, std::string_view what) {
        auto name = std::make_shared<std::string>();
        auto* command = group.add_subcommand(command_name, help);
        command->add_option("subscription", *name, "Its name or id")->required();
        command->callback([&program, name, what] {
            program.action = [&program, name, what] { return change(program, *name, what); };
        });
    };
    add("pause", "Send nothing for now", "paused");
    add("resume", "Go on, also after its target was found dead", "resumed");
    add("remove", "Delete it and what is known of its deliveries", "removed");
}

void add_inspection(CLI::App& group, Program& program) {
    const auto add = [&](const char* name, const char* help, auto action) {
        auto arguments = std::make_shared<DeliveriesArguments>();
        auto* command = group.add_subcommand(name, help);
        command->add_option("subscription", arguments->subscription, "Its name or id")->required();
        command->callback([&program, arguments, action] {
            program.action = [&program, arguments, action] { return action(program, *arguments); };
        });
        return std::pair(command, arguments);
    };
    const auto [list_command, listing] =
        add("deliveries", "What it was or is to be sent, the newest first", deliveries);
    list_command->add_option("--status", listing->status, "Only those")
        ->check(CLI::IsMember({"pending", "delivered", "failed", "cancelled"}));
    list_command->add_option("--limit", listing->limit, "Rows at most")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    const auto [show_command, showing] = add("attempts", "How each attempt for an event went", attempts);
    show_command->add_option("event", showing->event, "Id of the event")->required();
    const auto [retry_command, retrying] = add("retry", "Deliver an event again, or all that failed", retry);
    retry_command->add_option("event", retrying->event, "Id of the event");
    retry_command->add_flag("--failed", retrying->all_failed, "All that failed");
}

}  // namespace

void add_subscription_commands(CLI::App& group, Program& program) {
    add_subscribe(group, program);
    auto* subscription = group.add_subcommand("subscription", "Who is told of events, and how that goes");
    subscription->require_subcommand(1);
    subscription->add_subcommand("list", "All of them, with what became of their deliveries")->callback([&program] {
        program.action = [&program] { return list(program); };
    });
    add_changes(*subscription, program);
    add_inspection(*subscription, program);
}

}  // namespace gsdb::app
