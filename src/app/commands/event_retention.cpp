// gsdb events retention, archive: how long events are kept, and files of what is kept no longer.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>

#include "app/commands/event_commands.hpp"
#include "app/interruption.hpp"
#include "app/terminal.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

struct RuleArguments {
    std::string kind, name, days;
    bool is_archived = false, own_only = false;
};

events::SourceKind kind_of(const RuleArguments& arguments) {
    return *events::source_kind_from_label(arguments.kind);
}

std::string days_text(const std::optional<int>& days) {
    return days ? std::to_string(*days) : "for ever";
}

ExitCode list_rules(const Program& program, const RuleArguments& arguments) {
    const EventCommands commands(program);
    Table table({"kind", "type", "days", "then", "whose"});
    json::array items;
    for (const auto& rule : run_task(events::list_retentions(commands.database(), default_organization()))) {
        if (arguments.own_only && !rule.is_own) continue;
        table.add({std::string(to_label(rule.kind)), rule.name, days_text(rule.days),
                   !rule.days         ? ""
                   : rule.is_archived ? "archived"
                                      : "deleted",
                   rule.is_own ? "own" : "common"});
        items.push_back({{"kind", to_label(rule.kind)},
                         {"type", rule.name},
                         {"days", or_null(rule.days)},
                         {"is_archived", rule.is_archived},
                         {"is_own", rule.is_own}});
    }
    program.answer({{"rules", std::move(items)}},
                   table.empty() ? "there is no rule of the organization's own\n" : table.text());
    return ExitCode::ok;
}

ExitCode set_rule(const Program& program, const RuleArguments& arguments) {
    events::Retention rule{
        .kind = kind_of(arguments), .name = arguments.name, .days = {}, .is_archived = arguments.is_archived};
    if (arguments.days != "forever") {
        int days = 0;
        const auto* const end = arguments.days.data() + arguments.days.size();
        if (const auto [at, problem] = std::from_chars(arguments.days.data(), end, days);
            problem != std::errc{} || at != end)
            throw Failure({.code = "usage",
                           .message = fmt::format("'{}' is no number of days", arguments.days),
                           .detail = "",
                           .hint = "a number as 90, or forever",
                           .exit_code = ExitCode::usage});
        rule.days = days;
    }
    const EventCommands commands(program);
    run_task(events::set_retention(commands.database(), person_at_the_command_line(), rule));
    program.answer({{"kind", arguments.kind}, {"type", arguments.name}, {"is_archived", rule.is_archived}},
                   fmt::format("{} of {}: {}{}\n", arguments.name, arguments.kind,
                               rule.days ? fmt::format("{} days", *rule.days) : "for ever",
                               rule.is_archived ? ", then written to files" : ""));
    if (rule.is_archived && program.settings.get(settings::events_archive_folder).empty())
        program.note(
            "the server writes files once the setting events.archive_folder says where; until then such "
            "events stay, or gsdb events archive --to FOLDER does it now");
    return ExitCode::ok;
}

ExitCode reset_rule(const Program& program, const RuleArguments& arguments) {
    const EventCommands commands(program);
    run_task(events::remove_retention(commands.database(), person_at_the_command_line(), kind_of(arguments),
                                      arguments.name));
    program.answer({{"kind", arguments.kind}, {"type", arguments.name}},
                   fmt::format("{} of {}: as it is for everybody\n", arguments.name, arguments.kind));
    return ExitCode::ok;
}

ExitCode archive(const Program& program, std::string folder) {
    if (folder.empty()) folder = program.settings.get(settings::events_archive_folder);
    if (folder.empty())
        throw Failure({.code = "usage",
                       .message = "nothing says where the files are to be",
                       .detail = "",
                       .hint = "say --to FOLDER, or set events.archive_folder",
                       .exit_code = ExitCode::usage});
    Interruption interruption;
    const EventCommands commands(program);
    Table table({"source", "type", "events", "file"});
    json::array items;
    const events::Archiver archiver(commands.database(), {.folder = folder});
    run_task(archiver.archive_due(
        {.on_event =
             [&] {
                 if (!interruption.requested()) return;
                 throw Failure({.code = "program.interrupted",
                                .message = "stopped",
                                .detail = "",
                                .hint = "run it again: only what is in a whole file was deleted",
                                .exit_code = ExitCode::interrupted});
             },
         .on_archive =
             [&](const events::WrittenArchive& one) {
                 table.add({one.source, one.type, format_count(one.events), one.file});
                 items.push_back(
                     {{"source", one.source}, {"type", one.type}, {"events", one.events}, {"file", one.file}});
             }}));
    program.answer({{"archives", std::move(items)}}, table.empty() ? "nothing is to be archived\n" : table.text());
    return ExitCode::ok;
}

void add_rule_options(CLI::App* command, RuleArguments& arguments) {
    command->add_option("kind", arguments.kind, "Kind of the sources")
        ->required()
        ->check(CLI::IsMember(
            std::vector<std::string>(events::source_kind_labels.begin(), events::source_kind_labels.end())));
    command->add_option("type", arguments.name, "A type as pull_request.opened, a family as pull_request, or * for all")
        ->required();
}

}  // namespace

void add_event_retention_commands(CLI::App& group, Program& program) {
    auto* retention = group.add_subcommand("retention", "How long events are kept, by type");
    retention->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, ExitCode (*action)(const Program&, const RuleArguments&)) {
        auto arguments = std::make_shared<RuleArguments>();
        auto* command = retention->add_subcommand(name, help);
        command->callback([&program, arguments, action] {
            program.action = [&program, arguments, action] { return action(program, *arguments); };
        });
        return std::pair(command, arguments);
    };
    auto [list, listed] = add("list", "The rules: the organization's own, and those for everybody", list_rules);
    list->add_flag("--own", listed->own_only, "Only the organization's own");
    auto [set, rule] = add("set", "Make a rule of the organization's own, or change it", set_rule);
    add_rule_options(set, *rule);
    set->add_option("--days", rule->days, "How many days they are kept, or forever")->required();
    set->add_flag("--archive", rule->is_archived, "Write them to files, in whole months, before they are deleted");
    auto [reset, reset_arguments] = add("reset", "Take a rule back: what is for everybody holds again", reset_rule);
    add_rule_options(reset, *reset_arguments);

    auto folder = std::make_shared<std::string>();
    auto* archiving =
        group.add_subcommand("archive", "Write events past their retention to files now, and delete them");
    archiving->add_option("--to", *folder, "The folder; that of the setting events.archive_folder when left out");
    archiving->callback(
        [&program, folder] { program.action = [&program, folder] { return archive(program, *folder); }; });
}

}  // namespace gsdb::app
