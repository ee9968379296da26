#pragma once
// Linear's issues: teams, issues and their states, comments. What creates is find-or-create by an id that the caller
// chose, so a call whose answer was lost can be made again.

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "base/uuid.hpp"
#include "crypto/secret.hpp"
#include "http/address_guard.hpp"
#include "integrations/linear/states.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::linear {

struct User {
    std::string id;
    std::string name;
    std::string email;
};

/// Whose credential it is, and the workspace that it opens.
struct Viewer {
    User user;
    std::string organization_id;
    std::string organization_name;
};

struct Team {
    std::string id;
    std::string key;  ///< the beginning of its issues' identifiers: "ENG"
    std::string name;
};

struct TeamWithStates {
    Team team;
    std::vector<WorkflowState> states;
};

struct IssueSummary {
    std::string id;
    std::string identifier;  ///< "ENG-12"; changes when the issue moves to another team
    std::string title;
    std::string url;
    WorkflowState state;
};

struct Issue {
    IssueSummary summary;
    std::string description;  ///< Markdown
    std::string team_id;
    std::optional<User> assignee;
    std::optional<IssueSummary> parent;
    std::vector<IssueSummary> children;
    Timestamp updated_at;
    std::optional<Timestamp> archived_at;  ///< in the archive or the trash since
};

struct NewIssue {
    Uuid id;  ///< of version 4, as id_for makes them
    std::string team_id;
    std::string title;
    std::string description{};            ///< Markdown
    std::optional<std::string> parent{};  ///< its id or identifier
    std::optional<std::string> state_id{};
    std::vector<std::string> label_ids{};
};

/// What is not given stays.
struct IssueChanges {
    std::optional<std::string> title{};
    std::optional<std::string> description{};
    std::optional<std::string> state_id{};
    std::optional<std::string> parent{};  ///< id or identifier; empty for none any more
};

struct NewComment {
    Uuid id;            ///< of version 4, as id_for makes them
    std::string issue;  ///< its id or identifier
    std::string body;   ///< Markdown
};

struct Comment {
    std::string id;
    std::string url;
};

/// `outcome` is done, or already_done for what had been so before the call.
template <class T>
struct Done {
    T value;
    web_service::Outcome outcome = web_service::Outcome::done;
};

struct Settings {
    std::string base_url = "https://api.linear.app";
    /// The credential, as `authorization` writes it; asked before each attempt.
    web_service::Authorize authorize{};
    http::AddressGuard guard{};
    web_service::Rules rules{};
    std::function<void(const web_service::Attempt&)> on_attempt{};
};

/// The header for a credential: personal keys (lin_api_) as they are, tokens of OAuth applications as a bearer.
web_service::Headers authorization(const crypto::Secret& credential);

/// The same id for the same key always: SHA-256 of the key in the form of a UUID of version 4, which Linear asks for.
/// 122 bits of it are the digest's.
Uuid id_for(std::string_view key);

struct Document;

/// Everything throws web_service::CallFailed; codes are linear.OUTCOME. `issue` is an id or an identifier (ENG-12).
/// Calls of several threads may run at once; the client outlives them.
class Client {
  public:
    /// Throws a Failure client.url_invalid.
    explicit Client(Settings settings);

    Task<Viewer> viewer() const;
    Task<std::vector<Team>> teams() const;
    /// By key, whatever its case, or id. Fails with not_found.
    Task<TeamWithStates> team(std::string key_or_id) const;

    Task<Issue> issue(std::string issue) const;
    /// Makes nothing when there is an issue with that id, whatever it is like now.
    Task<Done<IssueSummary>> create_issue(NewIssue wanted) const;
    Task<IssueSummary> update_issue(std::string issue, IssueChanges changes) const;
    /// Leaves an issue alone that has got that far, in whichever state of that meaning. Fails with conflict when the
    /// issue's team has no state for it.
    Task<Done<IssueSummary>> set_state(std::string issue, Progress progress) const;
    Task<Done<IssueSummary>> set_state(std::string issue, StateType type) const;
    /// One that is gone is already_done.
    Task<web_service::Outcome> archive(std::string issue) const;

    /// Makes nothing when there is a comment with that id.
    Task<Done<Comment>> comment(NewComment wanted) const;

  private:
    using Choose = std::function<std::optional<WorkflowState>(const std::vector<WorkflowState>&)>;
    using IsSame = std::function<bool(const WorkflowState&, const WorkflowState&)>;
    /// The list in the data of an answer; null when there is none.
    using Locate = std::function<const boost::json::object*(const boost::json::object&)>;
    using Read = std::function<void(const boost::json::object&)>;

    Task<boost::json::object> ask(Document document, boost::json::object variables) const;
    Task<> read_pages(Document document, boost::json::object variables, Locate locate, Read read) const;
    Task<IssueSummary> make_issue(boost::json::object input) const;
    Task<IssueSummary> find_issue(std::string id) const;
    Task<Comment> make_comment(boost::json::object input) const;
    Task<Comment> find_comment(std::string id) const;
    Task<Done<IssueSummary>> set_chosen_state(std::string issue, Choose choose, IsSame is_same,
                                              std::string_view wanted) const;

    web_service::WebService service_;
};

}  // namespace gsdb::linear
