#pragma once
// The repository on GitHub that a run's repository has as its remote, and the right to use it.

#include <functional>
#include <string>

#include "engine/run_context.hpp"
#include "integrations/git/remote.hpp"
#include "integrations/github/repository.hpp"

namespace gsdb::engine {

/// The branch there that an agent of others begins a step from; `branch` is the step's.
std::string begin_of(const std::string& branch);

class GithubAccess {
  public:
    /// Throws a Failure workflows.no_remote, github.remote_invalid, services.not_connected. The run outlives it.
    GithubAccess(RunContext& run, std::function<void(const web_service::Attempt&)> on_attempt = {});

    const github::RepositoryName& name() const { return location_.name; }
    const github::Service& service() const { return service_; }
    const github::Authorization& authorization() const { return authorization_; }
    /// For pushing and fetching with the same credential.
    git::Remote remote() const;

  private:
    RunContext& run_;
    std::string url_;
    github::RepositoryLocation location_;
    github::Service service_;
    github::Authorization authorization_;
};

}  // namespace gsdb::engine
