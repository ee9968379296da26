// gsdb code packages: which packages from elsewhere a codebase needs, and what is wrong with that.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/code_database.hpp"
#include "app/commands/commands.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

namespace {

using codebase::PackageFilter;
using codebase::UsedPackage;

struct PackageQuestion {
    std::string codebase;
    PackageFilter filter;
};

/// `path:line`, with the name of the codebase before it where there may be several.
std::string place(const std::string& codebase, const std::string& path, std::uint32_t line) {
    const auto file = codebase.empty() ? path : fmt::format("{}:{}", codebase, path);
    return line == 0 ? file : fmt::format("{}:{}", file, line);
}

std::string manifest_place(const UsedPackage& package) {
    return place(package.codebase, package.dependency.manifest_path, package.dependency.manifest_line);
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

/// Guesses are marked.
std::string reason_text(const std::string& reason, bool is_certain) {
    return is_certain ? reason : reason + " (a guess)";
}

std::string packages_table(const std::vector<UsedPackage>& packages) {
    Table table({"package", "ecosystem", "scope", "asked for", "locked", "licence", "files", "at"});
    for (const auto& p : packages) {
        const auto& d = p.dependency;
        const auto range = !d.is_direct      ? std::string("indirect")
                           : d.is_local      ? std::string("local")
                           : d.range.empty() ? std::string("any")
                                             : d.range;
        const bool is_followed = !d.import_names.empty();
        table.add({d.name, std::string(to_label(d.ecosystem)), std::string(to_label(d.scope)), range,
                   or_dash(d.locked_version), or_dash(d.licence),
                   is_followed ? format_count(p.verdict.files_using) : "-",
                   d.is_direct ? manifest_place(p) : place(p.codebase, d.lock_path, 0)});
    }
    return table.empty() ? "" : table.text();
}

std::string unused_table(const std::vector<UsedPackage>& packages) {
    Table table({"unused", "at", "because"});
    for (const auto& p : packages)
        if (p.verdict.usage == codebase::packages::Usage::unused ||
            p.verdict.usage == codebase::packages::Usage::elsewhere)
            table.add({p.dependency.name, manifest_place(p), reason_text(p.verdict.reason, p.verdict.is_certain)});
    return table.empty() ? "nothing that is asked for at run time is unused\n" : table.text();
}

std::string missing_table(const std::vector<codebase::MissingPackage>& all) {
    Table table({"missing", "imported at", "files", "because"});
    for (const auto& [name, one] : all)
        table.add({one.name, place(name, one.path, one.line), format_count(one.files),
                   reason_text(one.reason, one.is_certain)});
    return table.empty() ? "nothing is imported that no manifest asks for\n" : table.text();
}

std::string outdated_table(const std::vector<UsedPackage>& packages) {
    Table table({"not as locked", "at", "because"});
    for (const auto& p : packages)
        if (!p.outdated.empty()) table.add({p.dependency.name, manifest_place(p), p.outdated});
    return table.empty() ? "the lock files go with their manifests\n" : table.text();
}

ExitCode ask_packages(const Program& program, const PackageQuestion& question) {
    CodeDatabase code(program, question.codebase);
    const auto& filter = question.filter;
    auto found = run_task(codebase::packages_of(code.database(), code.scope(), filter));
    json::object document{{"items", codebase::to_json(found.packages)}, {"missing", codebase::to_json(found.missing)}};
    if (code.scope().codebase) {  // said already
        for (auto& package : found.packages) package.codebase.clear();
        for (auto& missing : found.missing) missing.codebase.clear();
    }
    std::string text;
    if (filter.unused) text += unused_table(found.packages);
    if (filter.missing) text += missing_table(found.missing);
    if (filter.outdated) text += outdated_table(found.packages);
    if (!filter.is_check()) {
        text = packages_table(found.packages);
        text += fmt::format("{} packages\n", format_count(static_cast<std::int64_t>(found.packages.size())));
    }
    program.answer(document, text);
    const bool is_clean = found.packages.empty() && found.missing.empty();
    return filter.is_check() && !is_clean ? ExitCode::problems : ExitCode::ok;
}

}  // namespace

void add_code_packages(CLI::App& code, Program& program) {
    auto* command = code.add_subcommand(
        "packages", "Packages from elsewhere: what manifests ask for, what lock files pin, what uses them");
    auto question = std::make_shared<PackageQuestion>();
    command->add_option("codebase", question->codebase, "Id or name of a codebase; default: all");
    command->add_flag("--direct", question->filter.direct, "Those alone that manifests ask for");
    command->add_flag("--unused", question->filter.unused, "Asked for at run time, and nothing imports or runs it");
    command->add_flag("--missing", question->filter.missing, "Imported, and no manifest asks for it");
    command->add_flag("--outdated-locks", question->filter.outdated,
                      "Locked in a version that the manifest does not accept, or not at all");
    command->callback(
        [&program, question] { program.action = [&program, question] { return ask_packages(program, *question); }; });
}

}  // namespace gsdb::app
