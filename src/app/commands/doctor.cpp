// gsdb db doctor, and what it puts right.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/findings.hpp"
#include "app/installation.hpp"
#include "app/module_list.hpp"
#include "app/version.hpp"
#include "base/run_task.hpp"
#include "migrate/repair.hpp"

namespace gsdb::app {

namespace {

using migrate::Repair;

struct DoctorArguments {
    bool fix = false, yes = false;
};

/// A repair and what became of it.
struct Outcome {
    Repair repair;
    std::string state = "declined";  ///< repaired, failed, declined
    std::string after{};             ///< what is the case now
};

std::string describe(const Repair& repair) {
    const auto& finding = repair.finding;
    return fmt::format("{}{}{}\n  before: {}\n  repair: {}\n", finding.database, finding.database.empty() ? "" : " ",
                       finding.object, finding.message, repair.action);
}

/// On a terminal a person says so, one by one.
bool is_wanted(const Repair& repair, const DoctorArguments& arguments) {
    if (arguments.yes) return true;
    if (isatty(STDIN_FILENO) == 0) return false;
    fmt::print(stderr, "{}  do it? [y/N] ", describe(repair));
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

/// One application of these puts everything of its kind right.
bool is_done_by(const Repair& one, const Repair& other) {
    if (one.how != other.how || one.how == Repair::How::sql || one.how == Repair::How::alone) return false;
    return one.how != Repair::How::routines ||
           (one.module == other.module && one.finding.database == other.finding.database);
}

std::vector<Outcome> repair_all(const migrate::Repairer& repairer, const std::vector<Repair>& repairs,
                                const DoctorArguments& arguments) {
    std::vector<Outcome> outcomes;
    for (const auto& repair : repairs) {
        auto& outcome = outcomes.emplace_back(Outcome{.repair = repair, .after = repair.finding.message});
        if (!is_wanted(repair, arguments)) continue;
        outcome.state = "repaired";
        const bool is_done = std::ranges::any_of(outcomes.begin(), outcomes.end() - 1, [&](const Outcome& earlier) {
            return earlier.state == "repaired" && is_done_by(earlier.repair, repair);
        });
        if (is_done) continue;
        try {
            run_task(repairer.apply(repair));
        } catch (const Failure& failure) {
            outcome.state = "failed";
            outcome.after = failure.what();
        }
    }
    return outcomes;
}

/// What is still found was not repaired, whatever the statement said.
void look_again(const migrate::RepairPlan& now, std::vector<Outcome>& outcomes) {
    for (auto& outcome : outcomes) {
        if (outcome.state != "repaired") continue;
        const auto still = std::ranges::find_if(now.repairs, [&](auto& each) { return each.is_same(outcome.repair); });
        outcome.after = still == now.repairs.end() ? "as it should be" : still->finding.message;
        if (still != now.repairs.end()) outcome.state = "failed";
    }
}

json::array repairs_json(const std::vector<Outcome>& outcomes) {
    json::array list;
    for (const auto& [repair, state, after] : outcomes)
        list.push_back({{"code", repair.finding.code},
                        {"database", repair.finding.database},
                        {"object", repair.finding.object},
                        {"before", repair.finding.message},
                        {"action", repair.action},
                        {"state", state},
                        {"after", after}});
    return list;
}

ExitCode fix(const Program& program, const DoctorArguments& arguments) {
    auto server = DatabaseServer::open(program);
    migrate::FileSecretStore secrets(server->home().secrets());
    const auto modules = module_schemas();
    const migrate::Repairer repairer(
        migrate::connector_to(server->administrator(server->maintenance_database())), server->layout(), modules,
        &secrets, {.program_version = std::string(program_version), .doctor = doctor_options(program, *server)});
    const auto plan = run_task(repairer.plan());
    auto outcomes = repair_all(repairer, plan.repairs, arguments);
    const auto is_unsettled = [](const Outcome& outcome) { return outcome.state != "repaired"; };
    auto left = plan.left;
    if (!std::ranges::all_of(outcomes, is_unsettled)) {
        const auto now = run_task(repairer.plan());
        look_again(now, outcomes);
        left = now.left;
    }
    std::string text;
    for (const auto& outcome : outcomes)
        text += fmt::format("{}  {}: {}\n", describe(outcome.repair),
                            outcome.state == "repaired" ? "after" : outcome.state, outcome.after);
    text += to_text(left);
    if (outcomes.empty() && left.empty()) text = "doctor: nothing to repair\n";
    const bool is_declined = std::ranges::any_of(outcomes, [](auto& o) { return o.state == "declined"; });
    if (is_declined && !arguments.yes) text += "nothing was changed without consent; --yes gives it for all\n";
    const bool is_well = std::ranges::none_of(outcomes, is_unsettled) && !migrate::has_problems(left);
    program.answer({{"ok", is_well}, {"repairs", repairs_json(outcomes)}, {"left", to_json(left)}}, text);
    return is_well ? ExitCode::ok : ExitCode::problems;
}

ExitCode examine_only(const Program& program) {
    auto server = DatabaseServer::open(program);
    return report_findings(program, examine(program, *server), "doctor: nothing that needs care");
}

}  // namespace

void add_doctor_command(CLI::App& db, Program& program) {
    auto* command = db.add_subcommand("doctor", "Examine server, settings, extensions, roles and say what to do");
    auto arguments = std::make_shared<DoctorArguments>();
    auto* fix_flag = command->add_flag(
        "--fix", arguments->fix,
        "Repair what can be repaired safely: privileges, invalid and missing indexes, changed routines, missing "
        "partitions, what analytics_readonly sees, stale statistics; asks before each");
    command->add_flag("--yes", arguments->yes, "With --fix: do not ask")->needs(fix_flag);
    command->callback([&program, arguments] {
        program.action = [&program, arguments] {
            return arguments->fix ? fix(program, *arguments) : examine_only(program);
        };
    });
}

}  // namespace gsdb::app
