#pragma once
// One repository on GitHub: its branches, pull requests, checks and reviews.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "integrations/github/authorization.hpp"
#include "integrations/github/pull_request.hpp"
#include "integrations/github/repository_name.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::github {

struct Settings {
    RepositoryName name;
    Service service{};
    Authorization authorization;
    int pages_max = 20;  ///< of 100 entries, of one list; a longer list is an error, never cut off in silence
    std::size_t remembered_max = 64;  ///< pull requests that are asked for only what is new
};

/// Everything throws web_service::CallFailed and may be called again after any failure or crash without doing twice
/// what was done. Calls of several threads may run at once; the repository outlives them.
class Repository {
  public:
    /// Throws a Failure client.url_invalid or github.name_invalid.
    explicit Repository(Settings settings);

    Task<About> get() const;

    /// The commit at the branch's tip; nothing when there is no such branch.
    Task<std::optional<std::string>> branch_tip(std::string branch) const;
    /// One that is gone is fine.
    Task<> delete_branch(std::string branch) const;

    /// The open pull request of that head into that base, made when there is none.
    Task<OpenedPullRequest> open_pull_request(NewPullRequest wanted) const;
    /// Its present state; costs nothing of the rate limit as long as it stays the same.
    Task<PullRequest> pull_request(std::int64_t number) const;
    Task<PullRequest> update_pull_request(std::int64_t number, PullRequestChange change) const;
    /// One that is closed or merged stays so.
    Task<PullRequest> close_pull_request(std::int64_t number) const;

    /// The comment with that marker, which readers do not see, gets that body; made when there is none.
    Task<Comment> comment(std::int64_t number, std::string marker, std::string body) const;

    /// Of one commit: check runs, then commit statuses.
    Task<std::vector<Check>> checks(std::string sha) const;
    Task<Reviews> reviews(std::int64_t number) const;

    /// Throws MergeRefused, too.
    Task<Merged> merge(std::int64_t number, MergeOrder order) const;

    const RepositoryName& name() const { return settings_.name; }

  private:
    struct Seen {
        std::string etag;
        PullRequest pull_request;
    };

    std::string path(std::string_view rest) const;
    Task<web_service::Answer> call(web_service::Call call) const;
    /// The entries of all pages; `member` names the array in a page that is an object.
    Task<boost::json::array> list(std::string path, std::string type, std::string member) const;
    Task<std::optional<PullRequest>> find_open(std::string head, std::string base) const;
    Task<> require_repository() const;
    Task<PullRequest> change_pull_request(std::int64_t number, boost::json::object body, std::string type) const;

    Settings settings_;
    web_service::WebService service_;
    mutable std::mutex mutex_;
    mutable std::map<std::int64_t, Seen> seen_;
};

}  // namespace gsdb::github
