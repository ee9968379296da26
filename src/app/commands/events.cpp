// gsdb events: what happens outside the code, and where it comes from.

#include "app/commands/events.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "app/commands/event_commands.hpp"
#include "app/interruption.hpp"
#include "app/running.hpp"
#include "app/terminal.hpp"
#include "base/run_task.hpp"
#include "http/client.hpp"

namespace gsdb::app {

namespace {

// --- sources ---

struct AddArguments {
    std::string kind, name, description, secret_file, signature_header, delivery_header, event_type_header;
    std::vector<std::string> networks;
};

std::string_view where_to_paste(events::SourceKind kind) {
    using events::SourceKind;
    switch (kind) {
        case SourceKind::github:
            return "repository or organization, Settings, Webhooks, Add webhook: Payload URL, Content type "
                   "application/json, Secret";
        case SourceKind::linear:
            return "Settings, API, Webhooks, New webhook: URL. Linear makes the secret: put it into a file and run "
                   "gsdb events source rotate-secret NAME --secret-file FILE";
        case SourceKind::slack:
            return "api.slack.com, your app, Event Subscriptions: Request URL. The secret is the app's Signing Secret: "
                   "give it with --secret-file";
        case SourceKind::notion:
            return "your integration's settings, Webhooks: the URL. Notion then sends a token: gsdb events source "
                   "token "
                   "NAME shows it, to be pasted there";
        default:
            return "sign the body with HMAC-SHA256 and send it as x-signature-256: sha256=HEX";
    }
}

ExitCode add(const Program& program, const AddArguments& arguments) {
    const EventCommands commands(program);
    const auto kind = *events::source_kind_from_label(arguments.kind);
    auto added =
        run_task(commands.sources().add(person_at_the_command_line(), {.name = arguments.name,
                                                                       .kind = kind,
                                                                       .description = arguments.description,
                                                                       .secret = secret_of(arguments.secret_file),
                                                                       .signature_header = arguments.signature_header,
                                                                       .delivery_header = arguments.delivery_header,
                                                                       .event_type_header = arguments.event_type_header,
                                                                       .allowed_networks = arguments.networks}));
    const auto url = commands.url(added.id);
    const std::string secret(added.secret.reveal());
    auto text = fmt::format("url     {}\n", url);
    if (!secret.empty()) text += fmt::format("secret  {}\n", secret);
    program.answer({{"id", to_string(added.id)},
                    {"name", arguments.name},
                    {"kind", arguments.kind},
                    {"url", url},
                    {"secret", secret.empty() ? json::value() : json::value(secret)}},
                   text);
    program.note(fmt::format("paste into: {}", where_to_paste(kind)));
    if (!secret.empty()) program.note("this is the only time the secret is shown");
    return ExitCode::ok;
}

std::string secret_state(const events::KnownSource& source) {
    if (!source.has_secret) return "awaited";
    if (source.previous_secret_until && *source.previous_secret_until > SystemClock().now())
        return "old one until " + to_rfc3339(*source.previous_secret_until);
    return source.verified_at ? "proved" : "not yet used";
}

ExitCode list_sources(const Program& program) {
    const EventCommands commands(program);
    Table table({"name", "kind", "status", "secret", "24 h", "refused", "last received", "url"});
    json::array items;
    for (const auto& s : run_task(commands.sources().list(person_at_the_command_line()))) {
        const auto url = commands.url(s.id);
        table.add({s.name, std::string(to_label(s.kind)), s.status, secret_state(s), format_count(s.events_24_hours),
                   format_count(s.rejects_24_hours), time_text(s.last_received_at), url});
        items.push_back({{"id", to_string(s.id)},
                         {"name", s.name},
                         {"kind", to_label(s.kind)},
                         {"status", s.status},
                         {"url", url},
                         {"has_secret", s.has_secret},
                         {"allowed_networks", json::array(s.allowed_networks.begin(), s.allowed_networks.end())},
                         {"verified_at", or_null(s.verified_at)},
                         {"paused_at", or_null(s.paused_at)},
                         {"previous_secret_until", or_null(s.previous_secret_until)},
                         {"events_24_hours", s.events_24_hours},
                         {"rejects_24_hours", s.rejects_24_hours},
                         {"last_received_at", or_null(s.last_received_at)}});
    }
    program.answer({{"sources", std::move(items)}},
                   table.empty() ? "there is no event source; gsdb events source add KIND makes one\n" : table.text());
    return ExitCode::ok;
}

struct RotateArguments {
    std::string name, secret_file;
    int overlap_hours = 24;
};

ExitCode rotate(const Program& program, const RotateArguments& arguments) {
    const EventCommands commands(program);
    const auto source = commands.find(arguments.name);
    std::optional<Timestamp> until;
    if (arguments.overlap_hours > 0) until = SystemClock().now() + std::chrono::hours(arguments.overlap_hours);
    const auto made = run_task(commands.sources().replace_secret(person_at_the_command_line(), source,
                                                                 secret_of(arguments.secret_file), until));
    const std::string secret(made.reveal());
    program.answer({{"name", source.name},
                    {"secret", secret.empty() ? json::value() : json::value(secret)},
                    {"previous_secret_until", or_null(until)}},
                   secret.empty() ? fmt::format("{} has the secret of the file\n", source.name)
                                  : fmt::format("secret  {}\n", secret));
    program.note(until ? fmt::format("deliveries signed with the old one are taken until {}", to_rfc3339(*until))
                       : "deliveries signed with the old one are refused from now on");
    return ExitCode::ok;
}

ExitCode change(const Program& program, const std::string& name, std::string_view what) {
    const EventCommands commands(program);
    const auto source = commands.find(name);
    const auto actor = person_at_the_command_line();
    const auto now = SystemClock().now();
    if (what == "paused") run_task(commands.sources().pause(actor, source.id, now));
    if (what == "resumed") run_task(commands.sources().resume(actor, source.id));
    if (what == "removed") run_task(commands.sources().remove(actor, source, now));
    program.answer({{"name", source.name}, {what, true}}, fmt::format("{} is {}\n", source.name, what));
    return ExitCode::ok;
}

struct AllowArguments {
    std::string name;
    std::vector<std::string> networks;
};

ExitCode allow(const Program& program, const AllowArguments& arguments) {
    const EventCommands commands(program);
    const auto source = commands.find(arguments.name);
    run_task(commands.sources().allow(person_at_the_command_line(), source.id, arguments.networks));
    program.answer(
        {{"name", source.name},
         {"allowed_networks", json::array(arguments.networks.begin(), arguments.networks.end())}},
        fmt::format("{} takes deliveries from {}\n", source.name,
                    arguments.networks.empty() ? "anywhere" : fmt::format("{}", fmt::join(arguments.networks, " "))));
    return ExitCode::ok;
}

struct ReconcileArguments {
    std::string name, url, token_file;
    bool off = false;
};

ExitCode list_reconciliations(const Program& program, const EventCommands& commands) {
    Table table({"source", "compared with", "last", "error"});
    json::array items;
    for (const auto& r : run_task(events::list_reconciliations(commands.database(), default_organization()))) {
        table.add({r.source, r.url, time_text(r.reconciled_at), or_empty(r.error)});
        items.push_back({{"source", r.source},
                         {"url", r.url},
                         {"reconciled_at", or_null(r.reconciled_at)},
                         {"error", or_null(r.error)}});
    }
    program.answer({{"reconciliations", std::move(items)}},
                   table.empty() ? "no source is compared with what its provider says it delivered\n" : table.text());
    return ExitCode::ok;
}

ExitCode reconcile(const Program& program, const ReconcileArguments& arguments) {
    const EventCommands commands(program);
    if (arguments.name.empty()) return list_reconciliations(program, commands);
    if (arguments.off == !arguments.url.empty() || arguments.url.empty() != arguments.token_file.empty())
        throw Failure({.code = "usage",
                       .message = "either --hook and --token-file, or --off",
                       .detail = "",
                       .hint = "--hook https://api.github.com/repos/OWNER/NAME/hooks/ID",
                       .exit_code = ExitCode::usage});
    const auto source = commands.find(arguments.name);
    run_task(events::set_reconciliation(commands.database(), commands.credentials(), person_at_the_command_line(),
                                        source.id, {.url = arguments.url, .token = secret_of(arguments.token_file)}));
    program.answer({{"name", source.name}, {"url", arguments.off ? json::value() : json::value(arguments.url)}},
                   arguments.off ? fmt::format("{} is compared no longer\n", source.name)
                                 : fmt::format("{} is compared every ten minutes; what did not arrive is asked for\n",
                                               source.name));
    return ExitCode::ok;
}

struct RefetchArguments {
    std::string name, token_file;
    bool off = false;
};

ExitCode list_refetchings(const Program& program, const EventCommands& commands) {
    Table table({"source", "known", "wanted", "failed", "last", "error"});
    json::array items;
    for (const auto& r : run_task(events::list_refetchings(commands.database(), default_organization()))) {
        table.add({r.source, format_count(r.known), format_count(r.wanted), format_count(r.failed),
                   time_text(r.last_fetched_at), or_empty(r.error)});
        items.push_back({{"source", r.source},
                         {"known", r.known},
                         {"wanted", r.wanted},
                         {"failed", r.failed},
                         {"last_fetched_at", or_null(r.last_fetched_at)},
                         {"error", or_null(r.error)}});
    }
    program.answer({{"refetchings", std::move(items)}},
                   table.empty() ? "no source has what its events are about asked for\n" : table.text());
    return ExitCode::ok;
}

ExitCode refetch(const Program& program, const RefetchArguments& arguments) {
    const EventCommands commands(program);
    if (arguments.name.empty()) return list_refetchings(program, commands);
    if (arguments.off != arguments.token_file.empty())
        throw Failure({.code = "usage",
                       .message = "either --token-file, or --off",
                       .detail = "",
                       .hint = "the token of an internal integration that may read the pages",
                       .exit_code = ExitCode::usage});
    const auto source = commands.find(arguments.name);
    run_task(events::set_refetching(commands.database(), commands.credentials(), person_at_the_command_line(),
                                    source.id, secret_of(arguments.token_file)));
    program.answer({{"name", source.name}, {"refetches", !arguments.off}},
                   arguments.off ? fmt::format("Notion is not asked for {} any more\n", source.name)
                                 : fmt::format("what events of {} are about is asked for\n", source.name));
    return ExitCode::ok;
}

ExitCode show_token(const Program& program, const std::string& name) {
    const EventCommands commands(program);
    const auto source = commands.find(name);
    if (source.kind != events::SourceKind::notion || source.verified_at)
        throw Failure({.code = "events.token_not_shown",
                       .message = fmt::format("the secret of {} is not shown", source.name),
                       .detail = source.verified_at ? "deliveries have been signed with it already"
                                                    : "only Notion sends one that must be shown to it",
                       .hint = "gsdb events source rotate-secret makes another",
                       .exit_code = ExitCode::conflict});
    const auto secret = run_task(commands.sources().read_secret(person_at_the_command_line(), source));
    program.answer({{"name", source.name}, {"token", std::string(secret.reveal())}},
                   std::string(secret.reveal()) + "\n");
    return ExitCode::ok;
}

/// A delivery as its provider would send it, to this source.
http::OutgoingRequest sample_delivery(const events::KnownSource& source, const crypto::Secret& secret,
                                      const std::string& url) {
    using events::SourceKind;
    const auto now = SystemClock().now();
    const auto id = to_string(Uuid::v7(SystemClock()));
    json::object body{{"type", "test"}, {"id", id}, {"timestamp", to_rfc3339(now)}};
    if (source.kind == SourceKind::github) body = {{"zen", "It is sent by gsdb events source test."}};
    if (source.kind == SourceKind::linear)
        body = {{"type", "Test"},
                {"action", "create"},
                {"webhookTimestamp",
                 std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()}};
    if (source.kind == SourceKind::slack)
        body = {{"type", "event_callback"}, {"event_id", "Ev" + id}, {"event", {{"type", "test"}}}};
    http::OutgoingRequest request{
        .method = http::Method::post, .url = url, .body = json::serialize(body), .purpose = "test"};
    request.headers = events::sign(source.kind, source.signature_header, request.body, secret, now);
    request.headers.emplace_back("Content-Type", "application/json");
    if (source.kind == SourceKind::github) {
        request.headers.emplace_back("X-GitHub-Event", "ping");
        request.headers.emplace_back("X-GitHub-Delivery", id);
    }
    if (source.kind == SourceKind::linear) request.headers.emplace_back("Linear-Delivery", id);
    return request;
}

/// The running server may listen on any address of this machine or its network.
http::AddressGuard own_network() {
    std::vector<http::Network> allowed;
    for (const auto* network : {"0.0.0.0/32", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::/128",
                                "::1/128", "fc00::/7", "fe80::/10"})
        allowed.push_back(value_or_throw(http::Network::parse(network)));
    return http::AddressGuard(std::move(allowed));
}

ExitCode test_source(const Program& program, const std::string& name) {
    const EventCommands commands(program);
    const auto source = commands.find(name);
    const auto running = find_running(home_of(program));
    if (!running)
        throw Failure({.code = "program.not_running",
                       .message = "nothing is running that could take a delivery",
                       .detail = fmt::format("home {}", home_of(program).root().string()),
                       .hint = "gsdb up starts it",
                       .exit_code = ExitCode::unavailable});
    const auto secret = run_task(commands.sources().read_secret(person_at_the_command_line(), source));
    const auto url = commands.url(source.id);
    const http::Client client({.guard = own_network()});
    const auto answer = run_task(client.send(sample_delivery(source, secret, url)));
    const bool is_taken = answer.status == 200;
    program.answer({{"name", source.name}, {"url", url}, {"status", answer.status}, {"answer", answer.body}},
                   fmt::format("{} {}\n{}\n", answer.status, url, answer.body));
    return is_taken ? ExitCode::ok : ExitCode::problems;
}

// --- events ---

struct ListArguments {
    events::EventFilter filter;
    int limit = 50;
};

ExitCode list_events(const Program& program, const ListArguments& arguments) {
    const EventCommands commands(program);
    Table table({"id", "received", "source", "type", "actor", "target", "repository"});
    json::array items;
    for (const auto& e : run_task(events::list_events(commands.database(), default_organization(), arguments.filter,
                                                      std::nullopt, arguments.limit))) {
        table.add({to_string(e.id), to_rfc3339(e.received_at), e.source, e.type, or_empty(e.actor), or_empty(e.target),
                   or_empty(e.repository)});
        items.push_back(to_json(e));
    }
    program.answer({{"events", std::move(items)}}, table.empty() ? "there is no such event\n" : table.text());
    return ExitCode::ok;
}

ExitCode show_event(const Program& program, const std::string& text) {
    const auto id = id_of(text, "an event");
    const EventCommands commands(program);
    const auto found = run_task(events::find_event(commands.database(), default_organization(), id));
    const auto document = to_json(found);
    std::string lines;
    for (const auto& [name, value] : document)
        if (value.is_string())
            lines += fmt::format("{:18}{}\n", std::string_view(name), std::string_view(value.get_string()));
    program.answer(document, fmt::format("{}{}\n", lines, found.payload));
    return ExitCode::ok;
}

struct StatisticsArguments {
    std::string source, by = "type";
    int days = 30;
};

ExitCode name_statistics(const Program& program, const StatisticsArguments& arguments) {
    constexpr int rows_max = 100;
    const EventCommands commands(program);
    const auto role = arguments.by == "actor" ? events::EventRole::actor : events::EventRole::target;
    Table table({"source", arguments.by, "events", "last received"});
    json::array items;
    for (const auto& one : run_task(events::busiest_names(commands.database(), default_organization(), role,
                                                          SystemClock().now() - std::chrono::days(arguments.days),
                                                          arguments.source, rows_max))) {
        table.add({one.source, one.name, format_count(one.events), time_text(one.last_received_at)});
        items.push_back({{"source", one.source},
                         {arguments.by, one.name},
                         {"events", one.events},
                         {"last_received_at", to_rfc3339(one.last_received_at)}});
    }
    program.answer({{arguments.by + "s", std::move(items)}},
                   table.empty() ? fmt::format("no {} of that time\n", arguments.by) : table.text());
    return ExitCode::ok;
}

ExitCode statistics(const Program& program, const StatisticsArguments& arguments) {
    if (arguments.by != "type") return name_statistics(program, arguments);
    constexpr int rows_max = 1000;
    const EventCommands commands(program);
    Table table({"source", "type", "category", "24 h", "30 days", "all", "last received"});
    json::array items;
    for (const auto& t :
         run_task(events::event_statistics(commands.database(), default_organization(), arguments.source, rows_max))) {
        table.add({t.source, t.type, or_empty(t.category), format_count(t.events_24_hours),
                   format_count(t.events_30_days), format_count(t.events), time_text(t.last_received_at)});
        items.push_back({{"source", t.source},
                         {"type", t.type},
                         {"category", or_null(t.category)},
                         {"events_24_hours", t.events_24_hours},
                         {"events_30_days", t.events_30_days},
                         {"events", t.events},
                         {"last_received_at", or_null(t.last_received_at)}});
    }
    program.answer({{"types", std::move(items)}}, table.empty() ? "no event has been processed yet\n" : table.text());
    return ExitCode::ok;
}

/// Events as they are stored, until Ctrl-C or as many as were asked for.
ExitCode tail(const Program& program, const ListArguments& arguments) {
    Interruption interruption;
    const EventCommands commands(program);
    auto place = run_task(events::end_of_log(commands.database(), default_organization()));
    program.note("waiting for events; press Ctrl-C to stop");
    int shown = 0;
    do {
        for (const auto& e :
             run_task(events::events_behind(commands.database(), default_organization(), arguments.filter, &place))) {
            program.answer(to_json(e), fmt::format("{}  {}  {}  {}  {}\n", to_rfc3339(e.received_at), e.source, e.type,
                                                   or_empty(e.actor), or_empty(e.target)));
            if (++shown == arguments.limit) return ExitCode::ok;
        }
    } while (interruption.sleep(std::chrono::milliseconds(200)));
    return ExitCode::ok;
}

void add_named(CLI::App& group, Program& program, const char* name, const char* help,
               ExitCode (*action)(const Program&, const std::string&)) {
    auto source = std::make_shared<std::string>();
    auto* command = group.add_subcommand(name, help);
    command->add_option("source", *source, "Its name or id")->required();
    command->callback([&program, source, action] {
        program.action = [&program, source, action] { return action(program, *source); };
    });
}

void add_source_commands(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<AddArguments>();
    auto* add_command = group.add_subcommand("add", "Make a source; prints its URL, and the secret this once");
    add_command->add_option("kind", arguments->kind, "Who sends")
        ->required()
        ->check(CLI::IsMember(
            std::vector<std::string>(events::source_kind_labels.begin(), events::source_kind_labels.end())));
    add_command->add_option("--name", arguments->name, "What people and commands call it")->required();
    add_command->add_option("--description", arguments->description, "What it is for");
    add_command->add_option("--secret-file", arguments->secret_file,
                            "File with the provider's secret; one is made when left out");
    add_command->add_option("--signature-header", arguments->signature_header,
                            "Header with the signature, in lower case; ci, deployment and generic only");
    add_command->add_option("--delivery-header", arguments->delivery_header,
                            "Header with the id of the delivery; the same");
    add_command->add_option("--event-type-header", arguments->event_type_header,
                            "Header that says what happened; the same");
    add_command->add_option("--allow", arguments->networks,
                            "Take deliveries from this network only, as 140.82.112.0/20; may be given several times");
    add_command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return add(program, *arguments); }; });
    auto allowing = std::make_shared<AllowArguments>();
    auto* allow_command = group.add_subcommand("allow", "From which networks deliveries are taken");
    allow_command->add_option("source", allowing->name, "Its name or id")->required();
    allow_command->add_option("network", allowing->networks, "Networks such as 140.82.112.0/20; any when left out");
    allow_command->callback(
        [&program, allowing] { program.action = [&program, allowing] { return allow(program, *allowing); }; });
    group.add_subcommand("list", "The sources, how they are, and what came from them")->callback([&program] {
        program.action = [&program] { return list_sources(program); };
    });
    auto reconciling = std::make_shared<ReconcileArguments>();
    auto* reconcile_command = group.add_subcommand(
        "reconcile", "Have GitHub send again what did not arrive; without a source, how that goes");
    reconcile_command->add_option("source", reconciling->name, "Its name or id");
    reconcile_command->add_option("--hook", reconciling->url,
                                  "The webhook in GitHub's API: https://api.github.com/repos/OWNER/NAME/hooks/ID");
    reconcile_command->add_option("--token-file", reconciling->token_file,
                                  "File with a token that may administer the webhook");
    reconcile_command->add_flag("--off", reconciling->off, "Do it no longer");
    reconcile_command->callback([&program, reconciling] {
        program.action = [&program, reconciling] { return reconcile(program, *reconciling); };
    });
    auto refetching = std::make_shared<RefetchArguments>();
    auto* refetch_command =
        group.add_subcommand("refetch", "Ask Notion for what its events are about; without a source, how that goes");
    refetch_command->add_option("source", refetching->name, "Its name or id");
    refetch_command->add_option("--token-file", refetching->token_file,
                                "File with the token of an internal integration that may read them");
    refetch_command->add_flag("--off", refetching->off, "Do it no longer");
    refetch_command->callback(
        [&program, refetching] { program.action = [&program, refetching] { return refetch(program, *refetching); }; });
    auto rotation = std::make_shared<RotateArguments>();
    auto* rotate_command = group.add_subcommand("rotate-secret", "Another secret; the old one is taken for a while");
    rotate_command->add_option("source", rotation->name, "Its name or id")->required();
    rotate_command
        ->add_option("--overlap-hours", rotation->overlap_hours, "How long the old secret is accepted; 0: not at all")
        ->check(CLI::Range(0, 24 * 365))
        ->capture_default_str();
    rotate_command->add_option("--secret-file", rotation->secret_file,
                               "File with the provider's new secret; one is made when left out");
    rotate_command->callback(
        [&program, rotation] { program.action = [&program, rotation] { return rotate(program, *rotation); }; });
    add_named(group, program, "test", "Send a signed delivery to the running server, as the provider would",
              test_source);
    add_named(group, program, "token", "The token that Notion has sent and asks for", show_token);
    add_named(group, program, "pause", "Refuse deliveries for now; senders come again",
              [](const Program& p, const std::string& name) { return change(p, name, "paused"); });
    add_named(group, program, "resume", "Take deliveries again",
              [](const Program& p, const std::string& name) { return change(p, name, "resumed"); });
    add_named(group, program, "remove", "Delete a source and its secret; its events stay",
              [](const Program& p, const std::string& name) { return change(p, name, "removed"); });
}

}  // namespace

void add_events_commands(CLI::App& app, Program& program) {
    auto* group =
        app.add_subcommand("events", "What happens outside the code: sources, and the events that come from them");
    group->require_subcommand(1);
    auto* sources = group->add_subcommand("source", "Where events come from");
    sources->require_subcommand(1);
    add_source_commands(*sources, program);
    auto listing = std::make_shared<ListArguments>();
    auto* list_command = group->add_subcommand("list", "The newest events");
    add_filter_options(list_command, listing->filter);
    list_command->add_option("--limit", listing->limit, "Events at most")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    list_command->callback(
        [&program, listing] { program.action = [&program, listing] { return list_events(program, *listing); }; });
    auto id = std::make_shared<std::string>();
    auto* show_command = group->add_subcommand("show", "One event, with what was sent and what became of it");
    show_command->add_option("id", *id, "Its id")->required();
    show_command->callback([&program, id] { program.action = [&program, id] { return show_event(program, *id); }; });
    auto tailing = std::make_shared<ListArguments>();
    tailing->limit = 0;
    auto* tail_command = group->add_subcommand("tail", "Events as they come, until Ctrl-C");
    add_filter_options(tail_command, tailing->filter);
    tail_command->add_option("--limit", tailing->limit, "End after so many; 0: never")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    tail_command->callback(
        [&program, tailing] { program.action = [&program, tailing] { return tail(program, *tailing); }; });
    auto counted = std::make_shared<StatisticsArguments>();
    auto* stats_command = group->add_subcommand("stats", "How many events of each type, or by whom or about what");
    stats_command->add_option("--source", counted->source, "Name of a source");
    stats_command->add_option("--by", counted->by, "type, or the hundred busiest of actor or target")
        ->check(CLI::IsMember({"type", "actor", "target"}))
        ->capture_default_str();
    stats_command->add_option("--days", counted->days, "By actor or target: events that occurred in so many days")
        ->check(CLI::Range(1, 400))
        ->capture_default_str();
    stats_command->callback(
        [&program, counted] { program.action = [&program, counted] { return statistics(program, *counted); }; });
    add_event_transfer_commands(*group, program);
    add_event_retention_commands(*group, program);
    add_subscription_commands(*group, program);
    add_pattern_commands(*group, program);
}

}  // namespace gsdb::app
