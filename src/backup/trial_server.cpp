#include "backup/trial_server.hpp"

#include <fmt/format.h>

namespace gsdb::backup {

namespace fs = std::filesystem;

std::optional<crypto::Secret> PassingSecretStore::get(std::string_view name) const {
    const auto found = secrets_.find(name);
    if (found == secrets_.end()) return std::nullopt;
    return found->second.copy();
}

void PassingSecretStore::put(std::string_view name, const crypto::Secret& secret) {
    secrets_.insert_or_assign(std::string(name), secret.copy());
}

void PassingSecretStore::remove(std::string_view name) {
    if (const auto found = secrets_.find(name); found != secrets_.end()) secrets_.erase(found);
}

TrialServer::TrialServer(const cluster::Home& home, const std::string& bindir, int major_min,
                         const std::stop_token& cancel)
    : folder_(home.root() / "trial") {
    value_or_throw(home.create(cluster::ServerUser::choose(home.root())));
    lock_ = value_or_throw(cluster::LockFile::take(home.run() / "trial.lock", "backup.trial_running",
                                                   fmt::format("the trial server of {}", home.root().string())));
    std::error_code problem;
    fs::remove_all(folder_, problem);  // of a trial that was killed
    const auto binaries = value_or_throw(cluster::find_server_binaries(bindir, std::nullopt, std::getenv));
    if (binaries.major < major_min)
        throw Failure({.code = "cluster.server_version",
                       .message = fmt::format("the backup is of PostgreSQL {}, and the server in {} is {}", major_min,
                                              binaries.folder.string(), binaries.version),
                       .detail = "",
                       .hint = fmt::format("install PostgreSQL {} or newer, or name its folder with "
                                           "GSDB_POSTGRES_BINDIR",
                                           major_min),
                       .exit_code = ExitCode::unavailable});
    cluster_ = value_or_throw(cluster::EmbeddedCluster::start({.home = cluster::Home(folder_),
                                                               .bindir = binaries.folder.string(),
                                                               .settings = {{"shared_buffers", "64MB"}},
                                                               .durable = false,
                                                               .cancel = cancel}));
}

TrialServer::~TrialServer() {
    if (cluster_) cluster_->stop(cluster::StopMode::immediate);
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

pg::ConnectOptions TrialServer::administrator() const {
    return pg::ConnectOptions::parse(cluster_->conninfo("postgres"));
}

}  // namespace gsdb::backup
