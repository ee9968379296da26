// gsdb code issues, check, suppress, unsuppress: what the checks found, and what was decided about it.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/installation.hpp"
#include "app/repository_indexer.hpp"
#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/moment.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

namespace fs = std::filesystem;
using codebase::KnownIssue;
using codebase::checks::Severity;

const std::vector<std::string> severities{"note", "warning", "error"};

std::string place(const KnownIssue& issue) {
    return fmt::format("{}:{}:{}", issue.path, issue.start_line, issue.start_column);
}

/// As compilers print them, which editors know.
std::string issues_text(const std::vector<KnownIssue>& issues, bool with_codebase) {
    std::string text;
    for (const auto& issue : issues) {
        text += fmt::format("{}{}: {}: {} [{}]{}\n", with_codebase ? issue.codebase + ":" : "", place(issue),
                            to_label(issue.severity), issue.message, issue.rule,
                            issue.state == "open" ? "" : " (" + issue.state + ")");
        if (issue.state == "suppressed" && issue.justification) text += fmt::format("    {}\n", *issue.justification);
    }
    return text;
}

json::array issues_json(const std::vector<KnownIssue>& issues) {
    json::array items;
    for (const auto& issue : issues) items.push_back(to_json(issue));
    return items;
}

// --- issues ---

struct IssuesRequest {
    std::string codebase;
    std::string severity = "note";
    codebase::IssueFilter filter{.rows_max = 1000};
};

ExitCode show_issues(const Program& program, const IssuesRequest& request) {
    CodeDatabase code(program, request.codebase);
    auto filter = request.filter;
    filter.severity = codebase::severity_from_label(request.severity);
    if (filter.state == "all") filter.state = "";
    const auto issues = run_task(codebase::list_issues(code.database(), code.scope(), filter));
    std::int64_t minutes = 0;
    for (const auto& issue : issues) minutes += issue.effort_minutes;
    auto text = issues_text(issues, !code.scope().codebase) +
                fmt::format("{} issues, about {} h to repair\n", format_count(static_cast<std::int64_t>(issues.size())),
                            format_count((minutes + 59) / 60));
    if (static_cast<int>(issues.size()) == filter.rows_max) text += "there may be more: --limit shows them\n";
    program.answer({{"items", issues_json(issues)}, {"effort_minutes", minutes}}, text);
    return ExitCode::ok;
}

// --- check ---

struct CheckCommand {
    std::string target = ".";
    std::string baseline, write_baseline;
    std::string fail_on = "warning";
    std::string format = "text";
};

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file)
        throw Failure({.code = "codebase.baseline_not_found",
                       .message = fmt::format("{} cannot be read", path),
                       .hint = "gsdb code check --write-baseline FILE makes one; a number is taken for a run",
                       .exit_code = ExitCode::not_found});
    return std::move(text).str();
}

void write_file(const std::string& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text << std::flush;
    if (!file)
        throw Failure({.code = "codebase.baseline_not_written",
                       .message = fmt::format("{} cannot be written", path),
                       .exit_code = ExitCode::unavailable});
}

/// The issues of the current state of a codebase, and which of them a baseline does not have.
class Check {
  public:
    Check(const Program& program, const CheckCommand& command)
        : program_(program),
          command_(command),
          server_(DatabaseServer::open(program, {.cancel = interruption_.token()})),
          database_(pg::Pool(server_->pool("codebase", 2))) {}

    ExitCode run() {
        scope_.codebase = codebase_of_target();
        auto issues = run_task(codebase::list_issues(database_, scope_, {.state = ""}));
        std::erase_if(issues, [](const auto& issue) { return issue.state == "fixed"; });
        const auto rules = run_task(codebase::list_rules(database_, scope_.organization));
        codebase::SarifOptions options{.program_version = std::string(program_version)};
        if (!command_.write_baseline.empty())
            write_file(command_.write_baseline, json::serialize(to_sarif(issues, rules, options)) + "\n");
        options.is_new = new_ones(issues);
        const auto worst = codebase::severity_from_label(command_.fail_on);
        std::vector<KnownIssue> found;
        std::int64_t failing = 0, suppressed = 0;
        for (std::size_t i = 0; i < issues.size(); ++i) {
            const bool is_open = issues[i].state == "open";
            suppressed += is_open ? 0 : 1;
            if (!is_open || (!options.is_new.empty() && !options.is_new[i])) continue;
            failing += issues[i].severity >= worst ? 1 : 0;
            found.push_back(issues[i]);
        }
        answer(issues, found, rules, options, failing, suppressed);
        return failing > 0 ? ExitCode::problems : ExitCode::ok;
    }

  private:
    /// A folder is indexed first; else a codebase is named.
    CodebaseId codebase_of_target() {
        std::error_code ignored;
        if (!fs::is_directory(command_.target, ignored))
            return run_task(codebase::find_codebase(database_, scope_.organization, command_.target));
        install_unless_current(program_, *server_, "codebase");
        const auto summary =
            RepositoryIndexer(program_, *server_, {.location = command_.target, .revision = {}}, interruption_).run();
        if (summary.checks)
            for (const auto& failed : summary.checks->failed)
                program_.note(fmt::format("the rule {} is disabled: {}", failed.id, failed.reason));
        return summary.codebase;
    }

    std::vector<bool> new_ones(const std::vector<KnownIssue>& issues) {
        if (!command_.write_baseline.empty() && command_.baseline.empty())
            return std::vector<bool>(issues.size(), false);
        if (command_.baseline.empty()) return {};
        return run_task(codebase::new_issues(database_, scope_, load_baseline(), issues));
    }

    codebase::Baseline load_baseline() {
        const auto& text = command_.baseline;
        if (text.find_first_not_of("0123456789") != std::string::npos || fs::exists(text))
            return value_or_throw(codebase::parse_baseline(read_file(text)));
        constexpr std::size_t digits_max = 9;
        return run_task(codebase::baseline_of_run(database_, scope_, std::stoi(text.substr(0, digits_max))));
    }

    void answer(const std::vector<KnownIssue>& issues, const std::vector<KnownIssue>& found,
                const codebase::RuleSet& rules, const codebase::SarifOptions& options, std::int64_t failing,
                std::int64_t suppressed) {
        const json::object document{
            {"items", issues_json(found)}, {"failing", failing}, {"suppressed", suppressed}, {"issues", issues.size()}};
        if (command_.format == "sarif")
            return program_.answer(to_sarif(issues, rules, options),
                                   json::serialize(to_sarif(issues, rules, options)) + "\n");
        if (command_.format == "json") return program_.answer(document, json::serialize(document) + "\n");
        program_.answer(document, issues_text(found, false) +
                                      fmt::format("{} {}, {} of them {} or worse; {} suppressed\n",
                                                  format_count(static_cast<std::int64_t>(found.size())),
                                                  options.is_new.empty() ? "issues" : "new issues",
                                                  format_count(failing), command_.fail_on, format_count(suppressed)));
    }

    const Program& program_;
    const CheckCommand& command_;
    Interruption interruption_;
    std::unique_ptr<DatabaseServer> server_;
    pg::Database<codebase::Database> database_;
    codebase::Scope scope_{.organization = default_organization()};
};

// --- suppressions ---

struct SuppressRequest {
    std::string fingerprint, codebase, reason = "accepted", because, until;
};

Uuid fingerprint_of(const std::string& text) {
    const auto fingerprint = Uuid::parse(text);
    if (!fingerprint)
        throw Failure({.code = "codebase.bad_fingerprint",
                       .message = fmt::format("{} is no fingerprint", text),
                       .hint = "gsdb code issues --json shows them",
                       .exit_code = ExitCode::usage});
    return *fingerprint;
}

/// A day, until its end, or a moment.
std::optional<Timestamp> end_of(const std::string& text, Timestamp now) {
    if (text.empty()) return std::nullopt;
    constexpr std::size_t day_length = 10;
    const auto moment = parse_moment(text.size() == day_length ? text + "T23:59:59Z" : text);
    if (!moment || *moment <= now)
        throw Failure({.code = "codebase.bad_date",
                       .message = fmt::format("{} is no day to come", text),
                       .hint = "write it as 2030-12-31",
                       .exit_code = ExitCode::usage});
    return moment;
}

ExitCode suppress(const Program& program, const SuppressRequest& request) {
    const auto now = SystemClock().now();
    const codebase::Suppression suppression{.fingerprint = fingerprint_of(request.fingerprint),
                                            .reason = request.reason,
                                            .justification = request.because,
                                            .expires_at = end_of(request.until, now)};
    CodeDatabase code(program, request.codebase);
    run_task(codebase::suppress_issue(code.database(), code.scope(), suppression, now));
    program.answer({{"fingerprint", request.fingerprint}, {"suppressed", true}}, "suppressed\n");
    return ExitCode::ok;
}

ExitCode unsuppress(const Program& program, const SuppressRequest& request) {
    const auto fingerprint = fingerprint_of(request.fingerprint);
    CodeDatabase code(program, request.codebase);
    run_task(codebase::unsuppress_issue(code.database(), code.scope(), fingerprint, SystemClock().now()));
    program.answer({{"fingerprint", request.fingerprint}, {"suppressed", false}}, "no longer suppressed\n");
    return ExitCode::ok;
}

void add_issues_command(CLI::App& code, Program& program) {
    auto* command = code.add_subcommand("issues", "What the checks found");
    auto request = std::make_shared<IssuesRequest>();
    command->add_option("codebase", request->codebase, "Id or name of a codebase; default: all");
    command->add_option("--rule", request->filter.rule, "Of this rule alone");
    command->add_option("--severity", request->severity, "note, warning or error: and what is worse")
        ->check(CLI::IsMember(severities))
        ->capture_default_str();
    command->add_option("--path", request->filter.path, "In a file or folder from the root of its codebase");
    command->add_option("--state", request->filter.state, "open, suppressed, fixed or all")
        ->check(CLI::IsMember({"open", "suppressed", "fixed", "all"}))
        ->capture_default_str();
    command->add_option("--limit", request->filter.rows_max, "Rows at most")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->callback(
        [&program, request] { program.action = [&program, request] { return show_issues(program, *request); }; });
}

void add_check_command(CLI::App& code, Program& program) {
    auto* command = code.add_subcommand("check", "Index a folder and say what is new; ends with 6 when something is");
    auto request = std::make_shared<CheckCommand>();
    command->add_option("target", request->target, "A folder, which is indexed first, or the id or name of a codebase")
        ->capture_default_str();
    command->add_option("--baseline", request->baseline,
                        "Leave out the issues of this SARIF file, or of the run of this number");
    command->add_option("--write-baseline", request->write_baseline,
                        "Write the issues to this SARIF file; what it has is not new");
    command
        ->add_option("--fail-on", request->fail_on,
                     "Ends with 6 for a new issue so bad or worse: note, warning or error")
        ->check(CLI::IsMember(severities))
        ->capture_default_str();
    command->add_option("--format", request->format, "text, sarif (2.1.0, all issues) or json")
        ->check(CLI::IsMember({"text", "sarif", "json"}))
        ->capture_default_str();
    add_setting_option(*command, program, settings::index_threads, "--threads");
    add_setting_option(*command, program, settings::index_vendored, "--vendored");
    add_setting_option(*command, program, settings::index_generated, "--generated");
    add_setting_option(*command, program, settings::index_history, "--history");
    command->callback(
        [&program, request] { program.action = [&program, request] { return Check(program, *request).run(); }; });
}

void add_suppress_commands(CLI::App& code, Program& program) {
    const auto add = [&](const std::string& name, const std::string& description, auto action) {
        auto* command = code.add_subcommand(name, description);
        auto request = std::make_shared<SuppressRequest>();
        command->add_option("fingerprint", request->fingerprint, "Of the issue")->required();
        command->add_option("--codebase", request->codebase, "Id or name of a codebase; default: all");
        command->callback([&program, request, action] {
            program.action = [&program, request, action] { return action(program, *request); };
        });
        return std::pair(command, request);
    };
    const auto [command, request] = add("suppress", "Leave an issue as it is", suppress);
    command->add_option("--reason", request->reason, "false_positive, accepted, not_our_code or planned")
        ->check(CLI::IsMember({"false_positive", "accepted", "not_our_code", "planned"}))
        ->capture_default_str();
    command->add_option("--because", request->because, "The reason in words")
        ->required()
        ->check([](const std::string& text) {
            return text.find_first_not_of(" \t\n") == std::string::npos ? "says nothing" : "";
        });
    command->add_option("--until", request->until, "The last day that it holds: 2030-12-31");
    add("unsuppress", "Take back what suppress decided", unsuppress);
}

}  // namespace

void add_code_issues(CLI::App& code, Program& program) {
    add_issues_command(code, program);
    add_check_command(code, program);
    add_suppress_commands(code, program);
}

}  // namespace gsdb::app
