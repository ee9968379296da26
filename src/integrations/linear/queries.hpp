#pragma once
// All that is ever asked of Linear. A test holds each document against Linear's schema, and its cost (Linear counts 0.1
// for a property, 1 for an object, times the length of a page) under a limit.

#include <array>
#include <string>
#include <string_view>

namespace gsdb::linear {

struct Document {
    std::string_view type;       ///< as calls are recorded: "issue.create"
    std::string_view operation;  ///< its name in the text
    std::string_view text;
    std::string_view fragment{};

    std::string whole() const { return std::string(text).append(fragment); }
};

namespace documents {

inline constexpr std::string_view summary_fragment = R"(
fragment Summary on Issue { id identifier title url state { id name type position } })";

inline constexpr Document viewer{.type = "viewer.get", .operation = "Viewer", .text = R"(
query Viewer { viewer { id name email organization { id name } } })"};

inline constexpr Document teams{.type = "team.list", .operation = "Teams", .text = R"(
query Teams($after: String) {
  teams(first: 50, after: $after) { nodes { id key name } pageInfo { hasNextPage endCursor } }
})"};

inline constexpr Document team{.type = "team.get", .operation = "Team", .text = R"(
query Team($filter: TeamFilter!, $after: String) {
  teams(first: 1, filter: $filter) {
    nodes {
      id key name
      states(first: 50, after: $after) { nodes { id name type position } pageInfo { hasNextPage endCursor } }
    }
  }
})"};

inline constexpr Document issue{.type = "issue.get",
                                .operation = "Issue",
                                .text = R"(
query Issue($id: String!, $after: String) {
  issue(id: $id) {
    ...Summary
    description updatedAt archivedAt
    team { id }
    assignee { id name email }
    parent { ...Summary }
    children(first: 50, after: $after) { nodes { ...Summary } pageInfo { hasNextPage endCursor } }
  }
})",
                                .fragment = summary_fragment};

inline constexpr Document issue_summary{.type = "issue.find",
                                        .operation = "FindIssue",
                                        .text = R"(
query FindIssue($id: String!) { issue(id: $id) { ...Summary } })",
                                        .fragment = summary_fragment};

inline constexpr Document issue_states{.type = "issue.states",
                                       .operation = "IssueStates",
                                       .text = R"(
query IssueStates($id: String!, $after: String) {
  issue(id: $id) {
    ...Summary
    team { states(first: 50, after: $after) { nodes { id name type position } pageInfo { hasNextPage endCursor } } }
  }
})",
                                       .fragment = summary_fragment};

inline constexpr Document create_issue{.type = "issue.create",
                                       .operation = "CreateIssue",
                                       .text = R"(
mutation CreateIssue($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { ...Summary } } })",
                                       .fragment = summary_fragment};

inline constexpr Document update_issue{.type = "issue.update",
                                       .operation = "UpdateIssue",
                                       .text = R"(
mutation UpdateIssue($id: String!, $input: IssueUpdateInput!) {
  issueUpdate(id: $id, input: $input) { success issue { ...Summary } }
})",
                                       .fragment = summary_fragment};

inline constexpr Document archive_issue{.type = "issue.archive", .operation = "ArchiveIssue", .text = R"(
mutation ArchiveIssue($id: String!) { issueArchive(id: $id) { success } })"};

inline constexpr Document create_comment{.type = "comment.create", .operation = "CreateComment", .text = R"(
mutation CreateComment($input: CommentCreateInput!) { commentCreate(input: $input) { success comment { id url } } })"};

inline constexpr Document comment{.type = "comment.find", .operation = "FindComment", .text = R"(
query FindComment($id: String!) { comment(id: $id) { id url } })"};

inline constexpr std::array all{viewer,       teams,        team,          issue,          issue_summary, issue_states,
                                create_issue, update_issue, archive_issue, create_comment, comment};

}  // namespace documents
}  // namespace gsdb::linear
