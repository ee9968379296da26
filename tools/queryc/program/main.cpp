// queryc: SQL statements to typed C++. README.md is its manual.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>
#include <sstream>

#include "base/error.hpp"
#include "queryc/describe.hpp"
#include "queryc/generate.hpp"
#include "queryc/lock.hpp"
#include "queryc/program/run_and_explain.hpp"
#include "queryc/rules.hpp"
#include "queryc/statement.hpp"

namespace gsdb::queryc {
namespace {

struct Options {
    std::filesystem::path sql;
    std::filesystem::path lock;
    std::filesystem::path ids;
    std::filesystem::path header;
    std::filesystem::path source;
    std::string header_name;
    std::string tag;
    std::string database;
    std::string module;
    std::vector<std::filesystem::path> recorded;
};

int run_generate(const Options& options) {
    auto generated = generate(
        read_statements(options.sql), read_lock(options.lock),
        {.tag = options.tag, .header_name = options.header_name, .id_types = find_id_types(read_text(options.ids))});
    write_if_different(options.header, generated.header);
    write_if_different(options.source, generated.source);
    return 0;
}

int run_lock(const Options& options) {
    auto statements = read_statements(options.sql);
    bool wrote = write_if_different(options.lock, to_json(Describer(options.database).describe(statements)));
    fmt::print("{}: {} statements, {}\n", options.lock.string(), statements.size(), wrote ? "written" : "unchanged");
    return 0;
}

int run_check(const Options& options) {
    auto statements = read_statements(options.sql);
    auto lock = read_lock(options.lock);
    auto findings = stale_statements(statements, lock);
    if (!options.database.empty() && findings.empty())
        findings = differences(lock, Describer(options.database).describe(statements));
    bool stale = !findings.empty();
    for (const auto& finding : broken_rules(statements)) findings.push_back(finding);
    for (const auto& finding : findings) fmt::print(stderr, "{}\n", finding);
    if (stale) fmt::print(stderr, "  repair: ./dev gen\n");
    return findings.empty() ? 0 : static_cast<int>(ExitCode::problems);
}

int run_executed(const Options& options) {
    std::set<std::string> executed;
    for (const auto& path : options.recorded) {
        std::istringstream lines(read_text(path));
        for (std::string line; std::getline(lines, line);) executed.insert(line);
    }
    int missing = 0;
    for (const auto& statement : read_statements(options.sql)) {
        if (executed.contains(options.module + "." + statement.name)) continue;
        fmt::print(stderr, "{}: no test of the module executes {}\n", statement.place(), statement.name);
        ++missing;
    }
    if (missing > 0) fmt::print(stderr, "  repair: test what uses it, or remove it when nothing does\n");
    return missing == 0 ? 0 : static_cast<int>(ExitCode::problems);
}

int run(int argc, char** argv) {
    CLI::App app{"SQL statements to typed C++"};
    app.require_subcommand(1);
    Options options;
    std::function<int(const Options&)> command;
    auto add = [&](const char* name, const char* description, int (*action)(const Options&)) {
        auto* sub = app.add_subcommand(name, description);
        sub->add_option("--sql", options.sql, "folder of the statements")->required()->check(CLI::ExistingDirectory);
        if (action != run_executed) sub->add_option("--lock", options.lock, "lock file")->required();
        sub->callback([&command, action] { command = action; });
        return sub;
    };
    auto* generating = add("generate", "write the C++ of statements that their lock describes", run_generate);
    generating->add_option("--ids", options.ids, "header that declares the typed ids")->required();
    generating->add_option("--tag", options.tag, "tag type of the module below gsdb: identity::Database")->required();
    generating->add_option("--header", options.header, "header to write")->required();
    generating->add_option("--source", options.source, "source to write")->required();
    generating->add_option("--header-name", options.header_name, "how the source includes the header")->required();
    auto* locking = add("lock", "prepare the statements on a migrated database and write the lock file", run_lock);
    locking->add_option("--database", options.database, "connection string of the migrated database")->required();
    auto* checking = add("check", "say which statements are stale, or break a rule, and why", run_check);
    checking->add_option("--database", options.database, "compare with what this database says now, too");
    auto* executing = add("executed", "say which statements no test has executed", run_executed);
    executing->add_option("--module", options.module, "name of the module")->required();
    executing->add_option("recorded", options.recorded, "what the module's test programs recorded")->required();
    CLI11_PARSE(app, argc, argv);
    return command(options);
}

}  // namespace
}  // namespace gsdb::queryc

int main(int argc, char** argv) {
    return gsdb::queryc::run_and_explain("queryc", gsdb::queryc::run, argc, argv);
}
