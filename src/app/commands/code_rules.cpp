// gsdb code rule: the rules that code is checked by.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <fstream>
#include <sstream>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

struct RuleRequest {
    std::string id, file, because, setting;
};

codebase::StoredRule require_rule(CodeDatabase& code, const std::string& id) {
    const auto rules = run_task(codebase::list_rules(code.database(), code.scope().organization));
    const auto* const found = rules.find(id);
    if (found == nullptr)
        throw Failure({.code = "codebase.rule_not_found",
                       .message = fmt::format("there is no rule {}", id),
                       .hint = "gsdb code rule list shows all",
                       .exit_code = ExitCode::not_found});
    return *found;
}

ExitCode list(const Program& program, const RuleRequest&) {
    CodeDatabase code(program, "");
    const auto rules = run_task(codebase::list_rules(code.database(), code.scope().organization));
    Table table({"rule", "severity", "source", "state", "what"});
    json::array items;
    for (const auto& rule : rules.rules()) {
        table.add({rule.id, std::string(to_label(rule.severity)), rule.source,
                   rule.is_enabled() ? "enabled" : "disabled", rule.name});
        items.push_back(to_json(rule));
    }
    program.answer({{"items", std::move(items)}}, table.text());
    return ExitCode::ok;
}

ExitCode show(const Program& program, const RuleRequest& request) {
    CodeDatabase code(program, "");
    const auto rule = require_rule(code, request.id);
    auto text = fmt::format("{}: {}\n{}, {} minutes, {}, version {}\n{}\n", rule.id, rule.name, to_label(rule.severity),
                            rule.effort_minutes, rule.source, rule.version, rule.description);
    if (const auto* const built_in = codebase::checks::find_rule(rule.id); built_in != nullptr && built_in->parameter)
        text += fmt::format("{} ({} unless set): {}; set: {}\n", built_in->parameter->name, built_in->parameter->value,
                            built_in->parameter->description, rule.parameters);
    if (!rule.query.empty()) text += rule.query + "\n";
    if (!rule.is_enabled())
        text += fmt::format("disabled since {}: {}\n", to_rfc3339(*rule.disabled_at), rule.disabled_reason);
    program.answer(to_json(rule), text);
    return ExitCode::ok;
}

ExitCode done(const Program& program, const std::string& id, std::string_view what) {
    program.answer({{"rule", id}, {"state", what}}, fmt::format("{} is {}\n", id, what));
    return ExitCode::ok;
}

ExitCode add(const Program& program, const RuleRequest& request) {
    std::ifstream file(request.file, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const auto rule = value_or_throw(codebase::parse_query_rule(text.str()));
    CodeDatabase code(program, "");
    run_task(codebase::add_rule(code.database(), code.scope().organization, rule));
    return done(program, rule.id, "added");
}

ExitCode remove(const Program& program, const RuleRequest& request) {
    CodeDatabase code(program, "");
    run_task(codebase::remove_rule(code.database(), code.scope().organization, request.id));
    return done(program, request.id, "removed");
}

ExitCode enable(const Program& program, const RuleRequest& request) {
    CodeDatabase code(program, "");
    run_task(codebase::set_rule_enabled(code.database(), code.scope().organization, request.id, std::nullopt,
                                        SystemClock().now()));
    return done(program, request.id, "enabled");
}

ExitCode disable(const Program& program, const RuleRequest& request) {
    CodeDatabase code(program, "");
    run_task(codebase::set_rule_enabled(code.database(), code.scope().organization, request.id, request.because,
                                        SystemClock().now()));
    return done(program, request.id, "disabled");
}

ExitCode set(const Program& program, const RuleRequest& request) {
    const auto equals = request.setting.find('=');
    const auto text = equals == std::string::npos ? "" : request.setting.substr(equals + 1);
    std::int32_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
        throw Failure({.code = "codebase.bad_parameter",
                       .message = fmt::format("{} is no NAME=NUMBER", request.setting),
                       .hint = "gsdb code rule show ID names the parameter",
                       .exit_code = ExitCode::usage});
    CodeDatabase code(program, "");
    run_task(codebase::set_rule_parameter(code.database(), code.scope().organization, request.id,
                                          request.setting.substr(0, equals), value));
    return done(program, request.id, "set");
}

}  // namespace

void add_code_rules(CLI::App& code, Program& program) {
    auto* group = code.add_subcommand("rule", "The rules that code is checked by");
    group->require_subcommand(1);
    const auto declare = [&](const std::string& name, const std::string& description, bool has_id, auto action) {
        auto* command = group->add_subcommand(name, description);
        auto request = std::make_shared<RuleRequest>();
        if (has_id) command->add_option("rule", request->id, "Id of the rule: complexity/cognitive")->required();
        command->callback([&program, request, action] {
            program.action = [&program, request, action] { return action(program, *request); };
        });
        return std::pair(command, request);
    };
    declare("list", "All rules", false, list);
    declare("show", "What a rule looks for, and its query", true, show);
    const auto [adding, added] =
        declare("add", "Add a rule that is a SQL query, or put it in the place of the one of its id", false, add);
    adding->add_option("file", added->file, "The query with its header: docs/reference/rules.md")
        ->required()
        ->check(CLI::ExistingFile);
    declare("remove", "Remove such a rule, and its issues", true, remove);
    const auto [disabling, disabled] =
        declare("disable", "Check a rule no longer; its issues end with the next run", true, disable);
    disabling->add_option("--because", disabled->because, "The reason in words")->required();
    declare("enable", "Check a rule again from the next run on", true, enable);
    const auto [setting, given] = declare("set", "Set the parameter of a rule, such as its limit", true, set);
    setting->add_option("setting", given->setting, "NAME=NUMBER")->required();
}

}  // namespace gsdb::app
