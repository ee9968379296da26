#pragma once
// A server of its own for a trial: empty, without durability, gone with the object.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "cluster/cluster.hpp"
#include "cluster/lock_file.hpp"
#include "migrate/secret_store.hpp"
#include "pg/connect_options.hpp"

namespace gsdb::backup {

/// Secrets that nobody needs afterwards.
class PassingSecretStore final : public migrate::SecretStore {
  public:
    std::optional<crypto::Secret> get(std::string_view name) const override;
    void put(std::string_view name, const crypto::Secret& secret) override;
    void remove(std::string_view name) override;

  private:
    std::map<std::string, crypto::Secret, std::less<>> secrets_;
};

class TrialServer {
  public:
    /// Below `home`, by the programs of at least that version. Throws Failure.
    TrialServer(const cluster::Home& home, const std::string& bindir, int major_min, const std::stop_token& cancel);
    ~TrialServer();
    TrialServer(const TrialServer&) = delete;
    TrialServer& operator=(const TrialServer&) = delete;

    pg::ConnectOptions administrator() const;

  private:
    std::filesystem::path folder_;
    std::optional<cluster::LockFile> lock_;
    std::unique_ptr<cluster::EmbeddedCluster> cluster_;
};

}  // namespace gsdb::backup
