#include "app/archive_keeper.hpp"

#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include "backup/log_archive.hpp"
#include "backup/observations.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

namespace {

using namespace std::chrono_literals;

constexpr auto base_interval = 24h;
constexpr auto look_interval = 1h;

void keep_up(const Program& program, const backup::Source& source, const cluster::Home& home,
             const cluster::ServerBinaries& binaries, const std::stop_token& stop) {
    const backup::LogArchive archive(home);
    const auto now = SystemClock().now();
    if (archive.is_base_due(source, now - base_interval)) {
        const backup::ClientProgram pg_basebackup = value_or_throw(
            backup::find_client_program("pg_basebackup", binaries.major, binaries.folder.string(), std::getenv));
        const auto base = archive.make_base_backup(source, pg_basebackup, stop);
        observe::emit(backup::BaseBackupMade{.name = base.name, .bytes = base.bytes});
    }
    const auto freed =
        archive.prune(std::chrono::days(program.settings.get(settings::postgres_archive_days)), SystemClock().now());
    if (freed > 0) observe::emit(backup::ArchivePruned{.bytes = freed});
}

}  // namespace

cluster::ServerSettings archive_settings_of(const Program& program) {
    return backup::archive_settings(program.settings.get(settings::postgres_archive));
}

ArchiveKeeper::ArchiveKeeper(const Program& program, const DatabaseServer& server) {
    const auto* cluster = server.cluster();
    if (cluster == nullptr || !program.settings.get(settings::postgres_archive)) return;
    const backup::Source source{server.layout(), server.administrator("postgres")};
    thread_ = std::jthread(
        [&program, source, home = server.home(), binaries = cluster->binaries()](const std::stop_token& stop) {
            std::mutex mutex;
            std::condition_variable_any stopped;
            while (!stop.stop_requested()) {
                try {
                    keep_up(program, source, home, binaries, stop);
                } catch (const Failure& failure) {
                    if (!stop.stop_requested()) observe::emit(backup::BaseBackupFailed{.reason = failure.what()});
                }
                std::unique_lock lock(mutex);
                stopped.wait_for(lock, stop, look_interval, [] { return false; });
            }
        });
}

}  // namespace gsdb::app
