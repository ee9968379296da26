// gsdb code hotspots, owners, cochange: questions to the history in the database.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

struct HistoryQuestion {
    std::string path, codebase;
    int rows_max = 20;
    int files_max = 50;
};

/// "2026-11-26".
std::string day(Timestamp moment) {
    return to_rfc3339(moment).substr(0, 10);
}

std::string percent(const std::optional<double>& share) {
    return share ? fmt::format("{:.1f} %", 100 * *share) : "-";
}

template <class Number>
std::string figure(const std::optional<Number>& number) {
    return number ? format_count(*number) : "-";
}

/// Where nothing is found because no history is stored, the answer says so.
std::string nothing_found(bool has_history) {
    return has_history ? "no commit that is stored changed it\n"
                       : "no history is stored: gsdb index --history all PATH stores that of a Git repository\n";
}

ExitCode ask_hotspots(const Program& program, const HistoryQuestion& question) {
    CodeDatabase code(program, question.codebase);
    const auto files = run_task(codebase::hotspots(code.database(), code.scope(), question.rows_max));
    Table table({"file", "commits", "authors", "code lines", "complexity", "score", "last changed"});
    for (const auto& f : files) {
        table.add({code.scope().codebase ? f.path : fmt::format("{}:{}", f.codebase, f.path), format_count(f.commits),
                   format_count(f.authors), figure(f.code_lines), figure(f.cognitive_complexity), figure(f.score),
                   day(f.last_changed_at)});
    }
    program.answer({{"items", codebase::to_json(files)}}, table.empty() ? nothing_found(false) : table.text());
    return ExitCode::ok;
}

ExitCode ask_owners(const Program& program, const HistoryQuestion& question) {
    CodeDatabase code(program, question.codebase);
    const auto path = run_task(codebase::find_path(code.database(), code.scope(), question.path));
    const auto ownership = run_task(codebase::owners_of(code.database(), code.scope().organization, path));
    Table table({"author", "email", "commits", "lines added", "share", "last commit"});
    json::array items;
    for (const auto& o : ownership.owners) {
        if (static_cast<int>(items.size()) == question.rows_max) break;
        table.add({o.name, o.email, format_count(o.commits), format_count(o.lines_added), percent(o.share),
                   day(o.last_committed_at)});
        items.push_back(codebase::to_json(o));
    }
    auto text = table.empty()
                    ? nothing_found(path.has_history)
                    : table.text() + fmt::format("bus factor {} of {} authors: so few wrote half of the lines\n",
                                                 ownership.bus_factor, ownership.owners.size());
    program.answer({{"codebase", path.codebase_name},
                    {"path", path.path},
                    {"bus_factor", ownership.bus_factor},
                    {"authors", ownership.owners.size()},
                    {"items", std::move(items)}},
                   text);
    return ExitCode::ok;
}

ExitCode ask_co_changes(const Program& program, const HistoryQuestion& question) {
    CodeDatabase code(program, question.codebase);
    const auto path = run_task(codebase::find_path(code.database(), code.scope(), question.path));
    const auto files =
        run_task(codebase::co_changes_of(code.database(), code.scope().organization, path,
                                         {.files_max = question.files_max, .rows_max = question.rows_max}));
    Table table({"file", "commits together", "of its commits", ""});
    for (const auto& f : files) {
        table.add({f.path, format_count(f.commits_together), percent(f.share()), f.is_current ? "" : "gone"});
    }
    program.answer({{"codebase", path.codebase_name}, {"path", path.path}, {"items", codebase::to_json(files)}},
                   table.empty() ? nothing_found(path.has_history) : table.text());
    return ExitCode::ok;
}

using Answer = ExitCode (*)(const Program&, const HistoryQuestion&);

/// Declares a question with the options that all have.
std::pair<CLI::App*, std::shared_ptr<HistoryQuestion>> add_question(CLI::App& code, Program& program,
                                                                    const std::string& name,
                                                                    const std::string& description, Answer answer) {
    auto* command = code.add_subcommand(name, description);
    auto question = std::make_shared<HistoryQuestion>();
    command->add_option("--codebase", question->codebase, "Id or name of a codebase; default: all");
    command->add_option("--limit", question->rows_max, "Rows at most")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->callback([&program, question, answer] {
        program.action = [&program, question, answer] { return answer(program, *question); };
    });
    return {command, question};
}

}  // namespace

void add_code_history(CLI::App& code, Program& program) {
    add_question(code, program, "hotspots", "Files that are complicated and often changed: commits times complexity",
                 ask_hotspots);
    const auto [owners, owned] =
        add_question(code, program, "owners", "Who wrote a file or folder, and how many know half of it", ask_owners);
    owners->add_option("path", owned->path, "File or folder from the root of its codebase; default: everything");
    const auto [together, changed] =
        add_question(code, program, "cochange", "Which files change together with a file", ask_co_changes);
    together->add_option("path", changed->path, "File from the root of its codebase")->required();
    together->add_option("--files-max", changed->files_max, "Commits of more files say nothing and are left out")
        ->check(CLI::Range(2, 1'000'000))
        ->capture_default_str();
}

}  // namespace gsdb::app
