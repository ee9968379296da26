// gsdb events pattern ..., anomaly ...: what is looked for in the stream of events, and what was found.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "app/commands/event_commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

struct PatternArguments {
    events::NewPattern pattern;
    std::string window;
    std::int32_t at_least = 0;
};

ExitCode add_pattern(const Program& program, const PatternArguments& arguments) {
    auto pattern = arguments.pattern;
    pattern.window = duration_of(arguments.window);
    if (arguments.at_least > 0) pattern.events_min = arguments.at_least;
    const EventCommands commands(program);
    const auto id = run_task(events::add_pattern(commands.database(), default_organization(), pattern));
    program.answer({{"id", to_string(id)}, {"name", pattern.name}},
                   fmt::format("{} is looked for once a minute\n", pattern.name));
    return ExitCode::ok;
}

ExitCode list_patterns(const Program& program) {
    const EventCommands commands(program);
    Table table({"name", "kind", "types", "source", "same", "within", "at least", "found", "last found"});
    json::array items;
    for (const auto& p : run_task(events::list_patterns(commands.database(), default_organization()))) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(p.window).count();
        table.add({p.name, p.kind, fmt::format("{}", fmt::join(p.event_types, " ")), or_empty(p.source),
                   or_empty(p.same), fmt::format("{} s", seconds), p.events_min ? std::to_string(*p.events_min) : "",
                   format_count(p.occurrences), time_text(p.last_found_at)});
        items.push_back({{"id", to_string(p.id)},
                         {"name", p.name},
                         {"kind", p.kind},
                         {"types", json::array(p.event_types.begin(), p.event_types.end())},
                         {"source", or_null(p.source)},
                         {"same", or_null(p.same)},
                         {"window_seconds", seconds},
                         {"events_min", or_null(p.events_min)},
                         {"occurrences", p.occurrences},
                         {"last_found_at", or_null(p.last_found_at)},
                         {"looked_until", to_rfc3339(p.looked_until)}});
    }
    program.answer({{"patterns", std::move(items)}},
                   table.empty() ? "nothing is looked for; gsdb events pattern add KIND does it\n" : table.text());
    return ExitCode::ok;
}

ExitCode remove_pattern(const Program& program, const std::string& name) {
    const EventCommands commands(program);
    if (!run_task(events::remove_pattern(commands.database(), default_organization(), name)))
        throw Failure({.code = "events.no_such_pattern",
                       .message = fmt::format("there is no pattern '{}'", name),
                       .detail = "",
                       .hint = "gsdb events pattern list shows them",
                       .exit_code = ExitCode::not_found});
    program.answer({{"name", name}, {"removed", true}}, fmt::format("{} is removed\n", name));
    return ExitCode::ok;
}

struct FoundArguments {
    std::string pattern;
    int limit = 50;
    bool all = false;
};

ExitCode list_occurrences(const Program& program, const FoundArguments& arguments) {
    const EventCommands commands(program);
    Table table({"pattern", "of", "from", "to", "events", "first event"});
    json::array items;
    for (const auto& o : run_task(events::list_occurrences(commands.database(), default_organization(),
                                                           arguments.pattern, arguments.limit))) {
        json::array ids;
        for (const auto& id : o.events) ids.push_back(json::value(to_string(id)));
        table.add({o.pattern, o.same_value, to_rfc3339(o.started_at), to_rfc3339(o.ended_at),
                   format_count(static_cast<std::int64_t>(o.events.size())),
                   o.events.empty() ? "" : to_string(o.events[0])});
        items.push_back({{"id", to_string(o.id)},
                         {"pattern", o.pattern},
                         {"same_value", o.same_value},
                         {"started_at", to_rfc3339(o.started_at)},
                         {"ended_at", to_rfc3339(o.ended_at)},
                         {"found_at", to_rfc3339(o.found_at)},
                         {"event_ids", std::move(ids)}});
    }
    program.answer({{"occurrences", std::move(items)}}, table.empty() ? "nothing was found\n" : table.text());
    return ExitCode::ok;
}

ExitCode list_anomalies(const Program& program, const FoundArguments& arguments) {
    const EventCommands commands(program);
    Table table({"id", "source", "hour", "events", "expected", "score", "basis", "resolution"});
    json::array items;
    for (const auto& a : run_task(
             events::list_anomalies(commands.database(), default_organization(), arguments.all, arguments.limit))) {
        table.add({to_string(a.id), a.source, to_rfc3339(a.period_start), format_count(a.observed),
                   fmt::format("{:.1f}", a.expected), fmt::format("{:+.1f}", a.score), a.method,
                   or_empty(a.resolution)});
        items.push_back({{"id", to_string(a.id)},
                         {"source", a.source},
                         {"type", a.type},
                         {"period_start", to_rfc3339(a.period_start)},
                         {"observed", a.observed},
                         {"expected", a.expected},
                         {"score", a.score},
                         {"method", a.method},
                         {"resolution", or_null(a.resolution)},
                         {"note", a.note}});
    }
    program.answer({{"anomalies", std::move(items)}}, table.empty() ? "no hour was unusual\n" : table.text());
    return ExitCode::ok;
}

struct ResolveArguments {
    std::string id, resolution, note;
};

ExitCode resolve(const Program& program, const ResolveArguments& arguments) {
    const EventCommands commands(program);
    run_task(events::resolve_anomaly(commands.database(), default_organization(), id_of(arguments.id, "an anomaly"),
                                     arguments.resolution, arguments.note));
    program.answer({{"id", arguments.id}, {"resolution", arguments.resolution}},
                   fmt::format("{} was {}\n", arguments.id, arguments.resolution));
    return ExitCode::ok;
}

void add_adding(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<PatternArguments>();
    auto* command = group.add_subcommand("add", "Look for something in the stream of events from now on");
    command
        ->add_option(
            "kind", arguments->pattern.kind,
            "burst: many events; sequence: types one after the other; co_occurrence: in any order; absence: none")
        ->required()
        ->check(CLI::IsMember({"burst", "sequence", "co_occurrence", "absence"}));
    command->add_option("--name", arguments->pattern.name, "What people and commands call it")->required();
    command
        ->add_option("--type", arguments->pattern.event_types,
                     "Type such as push, or 'pull_request.*'; several times, of a sequence in its order")
        ->required();
    command->add_option("--within", arguments->window, "Between first and last, or without an event: 90s, 15m, 24h, 7d")
        ->required();
    command->add_option("--at-least", arguments->at_least, "How many events make a burst")
        ->check(CLI::Range(2, 100'000));
    command->add_option("--source", arguments->pattern.source, "Name of a source; every source when left out");
    command->add_option("--same", arguments->pattern.same, "What the events must have in common")
        ->check(CLI::IsMember({"source", "actor", "target", "repository", "thread", "reference"}));
    command->add_option("--description", arguments->pattern.description, "What it means when it is found");
    command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return add_pattern(program, *arguments); }; });
}

void add_listing(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<FoundArguments>();
    auto* found = group.add_subcommand("found", "Where patterns were found, the newest first");
    found->add_option("pattern", arguments->pattern, "Name of one; all when left out");
    found->add_option("--limit", arguments->limit, "Rows at most")->check(CLI::Range(1, 10'000))->capture_default_str();
    found->callback([&program, arguments] {
        program.action = [&program, arguments] { return list_occurrences(program, *arguments); };
    });
    group.add_subcommand("list", "What is looked for")->callback([&program] {
        program.action = [&program] { return list_patterns(program); };
    });
    auto name = std::make_shared<std::string>();
    auto* removing = group.add_subcommand("remove", "Look for it no longer, and forget where it was found");
    removing->add_option("pattern", *name, "Its name or id")->required();
    removing->callback(
        [&program, name] { program.action = [&program, name] { return remove_pattern(program, *name); }; });
}

void add_anomaly(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<FoundArguments>();
    auto* list = group.add_subcommand("list", "Those that nobody has explained, with the figures");
    list->add_flag("--all", arguments->all, "Also those that are resolved");
    list->add_option("--limit", arguments->limit, "Rows at most")->check(CLI::Range(1, 10'000))->capture_default_str();
    list->callback([&program, arguments] {
        program.action = [&program, arguments] { return list_anomalies(program, *arguments); };
    });
    auto resolving = std::make_shared<ResolveArguments>();
    auto* resolve_command = group.add_subcommand("resolve", "Say what one was");
    resolve_command->add_option("id", resolving->id, "Its id")->required();
    resolve_command->add_option("resolution", resolving->resolution, "What it was")
        ->required()
        ->check(CLI::IsMember({"expected", "false_alarm", "repaired"}));
    resolve_command->add_option("--note", resolving->note, "What else is to be said about it");
    resolve_command->callback(
        [&program, resolving] { program.action = [&program, resolving] { return resolve(program, *resolving); }; });
}

}  // namespace

void add_pattern_commands(CLI::App& group, Program& program) {
    auto* pattern = group.add_subcommand("pattern", "Bursts, sequences, absences in the stream of events");
    pattern->require_subcommand(1);
    add_adding(*pattern, program);
    add_listing(*pattern, program);
    auto* anomaly = group.add_subcommand("anomaly", "Hours in which a source sent far more or fewer events than usual");
    anomaly->require_subcommand(1);
    add_anomaly(*anomaly, program);
}

}  // namespace gsdb::app
