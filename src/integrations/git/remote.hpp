#pragma once
// The repository elsewhere that a workflow publishes its branches in.

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "crypto/secret.hpp"

namespace gsdb::git {

/// The URL that a local repository calls by that name; nothing when it knows no such remote.
std::optional<std::string> remote_url(const std::string& repository, const std::string& name,
                                      std::stop_token stop = {});

struct RemoteSettings {
    std::string repository;  ///< the folder of the local one
    std::string url;         ///< as check_url() lets pass
    /// Of HTTP: sent as the password of "x-access-token", as GitHub takes it. Asked for before each call; an empty one
    /// leaves it to git.
    std::function<crypto::Secret()> token{};
    std::chrono::seconds time_max{600};
    std::stop_token stop{};
};

/// Failures of all: source.bad_url, git.missing, git.timeout, git.interrupted, git.unauthorized, git.remote_failed
/// (with what git said).
class Remote {
  public:
    explicit Remote(RemoteSettings settings);

    /// The tip of a branch there; nothing when there is none.
    std::optional<std::string> tip(const std::string& branch) const;

    /// Puts the branch there to a commit. It has to be at `expected`, or not to be at all where that is empty; false
    /// when it is elsewhere. A branch that is at the commit already is fine.
    bool push(const std::string& commit, const std::string& branch, const std::optional<std::string>& expected) const;

    /// Brings a branch from there into one of ours, whatever that was at; its tip. Nothing when there is none.
    std::optional<std::string> fetch(const std::string& branch, const std::string& into) const;

    /// Nothing when it is not there.
    void remove(const std::string& branch) const;

  private:
    struct Answer;
    Answer ask(std::vector<std::string> arguments) const;

    RemoteSettings settings_;
};

}  // namespace gsdb::git
