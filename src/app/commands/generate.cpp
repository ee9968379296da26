// gsdb db generate: synthetic rows to measure and to try things with.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/commands/commands.hpp"
#include "app/database_server.hpp"
#include "app/installation.hpp"
#include "app/interruption.hpp"
#include "app/module_list.hpp"
#include "app/progress.hpp"
#include "app/terminal.hpp"
#include "base/run_task.hpp"
#include "migrate/generator.hpp"

namespace gsdb::app {

namespace {

std::function<void(const migrate::GenerateProgress&)> show_generation(const Program& program) {
    const auto output = progress_output(program);
    const auto bar = std::make_shared<ProgressBar>("generating", output);
    return [bar](const migrate::GenerateProgress& progress) {
        bar->update(progress.slices_done, progress.slices_total, progress.module);
    };
}

ExitCode run(const Program& program, migrate::GenerateOptions options) {
    const Interruption interruption;
    const auto server = DatabaseServer::open(program, {.cancel = interruption.token()});
    if (server->is_embedded()) install(program, *server, Thoroughness::in_hand);
    options.stop = interruption.token();
    options.progress = show_generation(program);
    const auto schemas = module_schemas();
    const auto modules =
        run_task(migrate::generate(migrate::connector_to(server->administrator(server->maintenance_database())),
                                   server->layout(), schemas, std::move(options)));
    Table table({"database", "module", "rows", "seconds"});
    json::array list;
    for (const auto& m : modules) {
        table.add({m.database, m.module, m.was_there ? "there already" : format_count(m.rows),
                   m.was_there ? "" : fmt::format("{:.1f}", static_cast<double>(m.milliseconds) / 1000)});
        list.push_back({{"database", m.database},
                        {"module", m.module},
                        {"was_there", m.was_there},
                        {"rows", m.rows},
                        {"milliseconds", m.milliseconds}});
    }
    program.answer({{"modules", std::move(list)}}, table.text());
    return ExitCode::ok;
}

}  // namespace

void add_generate_command(CLI::App& db, Program& program) {
    auto* command = db.add_subcommand("generate",
                                      "Fill the databases with synthetic rows of a hundred organizations, to measure "
                                      "with; the same scale, seed, days and end give the same rows");
    const auto options = std::make_shared<migrate::GenerateOptions>();
    command
        ->add_option("--scale", options->scale,
                     "1: 10 million events, 2 million metrics, 1 million tasks and what belongs to them; about 25 GB")
        ->required()
        ->check(CLI::Range(0.00001, 100.0));
    command->add_option("--seed", options->seed, "Other rows of the same kind")
        ->capture_default_str()
        ->check(CLI::Range(0, 1000000));
    command->add_option("--days", options->days, "Over how many days the rows are spread")
        ->capture_default_str()
        ->check(CLI::Range(1, 80));
    command->add_option("--until", options->until, "When these days end, such as 2026-01-01T00:00:00Z; default: now");
    command->add_flag("--yes", options->beside, "Also where there is other data, beside it");
    command->callback([&program, options] { program.action = [&program, options] { return run(program, *options); }; });
}

}  // namespace gsdb::app
