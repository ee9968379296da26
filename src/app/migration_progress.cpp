#include "app/migration_progress.hpp"

#include <fmt/format.h>

#include "app/progress.hpp"
#include "app/terminal.hpp"

namespace gsdb::app {

migrate::ProgressCallback show_migration(const Program& program) {
    auto output = progress_output(program);
    auto bar = std::make_shared<ProgressBar>("migrating", output);
    return [bar, &program](const migrate::Progress& progress) {
        using migrate::Progress;
        switch (progress.stage) {
            case Progress::batch:
                bar->update(progress.rows_done, std::max<std::int64_t>(progress.rows_total, 0), progress.step);
                break;
            case Progress::started:
                bar->update(0, 0, fmt::format("{}: {}", progress.database, progress.step));
                break;
            case Progress::waiting:
            case Progress::retrying:
                bar->clear();
                program.note(fmt::format("{}: {} {}", progress.database, progress.step, progress.message));
                break;
            default:
                break;
        }
        return migrate::Signal::proceed;
    };
}

}  // namespace gsdb::app
