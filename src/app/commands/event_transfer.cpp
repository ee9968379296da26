// gsdb events import, export, replay, failed: events in bulk.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/event_commands.hpp"
#include "app/interruption.hpp"
#include "app/progress.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

Failure interrupted() {
    return Failure({.code = "program.interrupted",
                    .message = "stopped",
                    .detail = "",
                    .hint = "run it again: what is stored already is not stored twice",
                    .exit_code = ExitCode::interrupted});
}

// --- import and export ---

struct ImportArguments {
    std::string file, source;
};

ExitCode import_events(const Program& program, const ImportArguments& arguments) {
    Interruption interruption;
    events::LineReader reader(arguments.file);
    const EventCommands commands(program);
    ProgressBar bar("importing " + arguments.file, progress_output(program));
    events::EventImport import(commands.database(), default_organization(), arguments.source);
    const auto began = std::chrono::steady_clock::now();
    const auto next = [&] {
        if (interruption.requested()) throw interrupted();
        bar.update(reader.bytes_read(), reader.bytes_total(),
                   fmt::format("{} lines", format_count(reader.line_number())));
        return reader.next();
    };
    const auto summary = run_task(import.run(next, SystemClock()));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - began;
    json::array problems;
    for (const auto& [line, error] : summary.problems) {
        problems.push_back({{"line", line}, {"message", error.message}, {"detail", error.detail}});
        program.note(
            fmt::format("line {}: {}{}{}", line, error.message, error.detail.empty() ? "" : ": ", error.detail));
    }
    program.answer(
        {{"lines", summary.lines},
         {"stored", summary.stored},
         {"known", summary.known},
         {"rejected", summary.rejected},
         {"invalid", summary.invalid},
         {"seconds", seconds.count()},
         {"problems", std::move(problems)}},
        fmt::format("{} lines in {:.1f} s: {} stored, {} known before, {} rejected, {} invalid\n",
                    format_count(summary.lines), seconds.count(), format_count(summary.stored),
                    format_count(summary.known), format_count(summary.rejected), format_count(summary.invalid)));
    return summary.invalid > 0 ? ExitCode::problems : ExitCode::ok;
}

struct ExportArguments {
    events::EventFilter filter;
    std::string since, until, output = "-";
};

ExitCode export_events(const Program& program, const ExportArguments& arguments) {
    Interruption interruption;
    events::ExportFilter filter{.events = arguments.filter, .since = {}, .until = {}};
    if (!arguments.since.empty()) filter.since = moment_of(arguments.since);
    if (!arguments.until.empty()) filter.until = moment_of(arguments.until);
    const EventCommands commands(program);
    events::LineWriter writer(arguments.output, events::compression_of_name(arguments.output));
    const auto count = run_task(
        events::export_events(commands.database(), default_organization(), filter, [&](const std::string& line) {
            if (interruption.requested()) throw interrupted();
            writer.write(line);
        }));
    writer.finish();
    if (arguments.output != "-")
        program.answer({{"events", count}, {"file", arguments.output}},
                       fmt::format("{} events in {}\n", format_count(count), arguments.output));
    return ExitCode::ok;
}

// --- once more ---

struct ReplayArguments {
    std::string id, since, until;
};

ExitCode replay(const Program& program, const ReplayArguments& arguments) {
    Interruption interruption;
    const EventCommands commands(program);
    Timestamp since, until = SystemClock().now() + std::chrono::seconds(1);
    if (!arguments.since.empty()) since = moment_of(arguments.since);
    if (!arguments.until.empty()) until = moment_of(arguments.until);
    if (!arguments.id.empty()) {
        const auto id = id_of(arguments.id, "an event");
        since = run_task(events::find_event(commands.database(), default_organization(), id)).event.received_at;
        until = since + std::chrono::microseconds(1);
    } else if (arguments.since.empty()) {
        throw Failure({.code = "usage",
                       .message = "nothing says which events to replay",
                       .detail = "",
                       .hint = "name an event, or say --since 24h",
                       .exit_code = ExitCode::usage});
    }
    const auto count = run_task(
        events::replay_events(commands.database(), default_organization(), since, until, [&](std::int64_t done) {
            if (interruption.requested()) throw interrupted();
            program.note(fmt::format("{} events", format_count(done)));
        }));
    program.answer({{"replayed", count}}, fmt::format("{} events projected once more\n", format_count(count)));
    return ExitCode::ok;
}

struct FailedArguments {
    bool with_settled = false;
    int limit = 50;
};

ExitCode list_failed(const Program& program, const FailedArguments& arguments) {
    const EventCommands commands(program);
    Table table({"id", "event", "source", "type", "status", "attempts", "next attempt", "error"});
    json::array items;
    for (const auto& letter : run_task(events::list_dead_letters(commands.database(), default_organization(),
                                                                 arguments.with_settled, arguments.limit))) {
        table.add({to_string(letter.id), to_string(letter.event), letter.source, letter.type, letter.status,
                   std::to_string(letter.attempts), time_text(letter.next_attempt_at), letter.message});
        items.push_back({{"id", to_string(letter.id)},
                         {"event_id", to_string(letter.event)},
                         {"source", letter.source},
                         {"type", letter.type},
                         {"status", letter.status},
                         {"attempts", letter.attempts},
                         {"sqlstate", letter.sqlstate},
                         {"message", letter.message},
                         {"failed_at", to_rfc3339(letter.failed_at)},
                         {"next_attempt_at", or_null(letter.next_attempt_at)}});
    }
    program.answer({{"failed", std::move(items)}}, table.empty() ? "nothing has failed\n" : table.text());
    return ExitCode::ok;
}

ExitCode retry_failed(const Program& program, const std::string& id) {
    const EventCommands commands(program);
    run_task(events::retry_dead_letter(commands.database(), default_organization(), id_of(id, "a failure")));
    program.answer({{"id", id}, {"status", "waiting"}}, fmt::format("{} is tried again by the server\n", id));
    return ExitCode::ok;
}

ExitCode discard_failed(const Program& program, const std::string& id) {
    const EventCommands commands(program);
    run_task(events::discard_dead_letter(commands.database(), default_organization(), id_of(id, "a failure")));
    program.answer({{"id", id}, {"status", "discarded"}}, fmt::format("{} is given up\n", id));
    return ExitCode::ok;
}

void add_import(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<ImportArguments>();
    auto* command = group.add_subcommand("import", "Store events of a file of JSON lines, gzip or Zstandard too");
    command->add_option("file", arguments->file, "The file; - for standard input")->required();
    command->add_option("--source", arguments->source, "Source that they are of; each line's own when left out");
    command->callback([&program, arguments] {
        program.action = [&program, arguments] { return import_events(program, *arguments); };
    });
}

void add_export(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<ExportArguments>();
    auto* command = group.add_subcommand("export", "Write events as JSON lines, as import takes them");
    add_filter_options(command, arguments->filter);
    command->add_option("--since", arguments->since, "Received from then on: a moment, or how long ago as 24h or 7d");
    command->add_option("--until", arguments->until, "Received before then");
    command->add_option("-o,--output", arguments->output, "File; compressed when its name ends with .gz or .zst")
        ->capture_default_str();
    command->callback([&program, arguments] {
        program.action = [&program, arguments] { return export_events(program, *arguments); };
    });
}

void add_replay(CLI::App& group, Program& program) {
    auto arguments = std::make_shared<ReplayArguments>();
    auto* command = group.add_subcommand("replay", "Project stored events once more; failed ones are tried again");
    command->add_option("id", arguments->id, "One event, instead of a time");
    command->add_option("--since", arguments->since, "Received from then on: a moment, or how long ago as 24h or 7d");
    command->add_option("--until", arguments->until, "Received before then; now when left out");
    command->callback(
        [&program, arguments] { program.action = [&program, arguments] { return replay(program, *arguments); }; });
}

void add_failed(CLI::App& group, Program& program) {
    auto* failed = group.add_subcommand("failed", "Events that could not be processed");
    failed->require_subcommand(1);
    auto arguments = std::make_shared<FailedArguments>();
    auto* list = failed->add_subcommand("list", "Those that are open, with the reasons");
    list->add_flag("--all", arguments->with_settled, "Also those that were resolved or given up");
    list->add_option("--limit", arguments->limit, "Rows at most")->check(CLI::Range(1, 10'000))->capture_default_str();
    list->callback(
        [&program, arguments] { program.action = [&program, arguments] { return list_failed(program, *arguments); }; });
    const auto add = [&](const char* name, const char* help, ExitCode (*action)(const Program&, const std::string&)) {
        auto id = std::make_shared<std::string>();
        auto* command = failed->add_subcommand(name, help);
        command->add_option("id", *id, "Its id")->required();
        command->callback(
            [&program, id, action] { program.action = [&program, id, action] { return action(program, *id); }; });
    };
    add("retry", "Try one again now", retry_failed);
    add("discard", "Give one up", discard_failed);
}

}  // namespace

void add_event_transfer_commands(CLI::App& group, Program& program) {
    add_import(group, program);
    add_export(group, program);
    add_replay(group, program);
    add_failed(group, program);
}

}  // namespace gsdb::app
