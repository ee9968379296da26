#pragma once
// GitHub's documents read into what this folder tells.

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "integrations/github/pull_request.hpp"

namespace gsdb::github {

/// An object of an answer. What it must have and lacks, or has as something else, is thrown as throw_unreadable does.
class Document {
  public:
    explicit Document(const boost::json::value& value);

    std::string text(std::string_view name) const;           ///< as PostgreSQL takes it
    std::string text_or_empty(std::string_view name) const;  ///< also for null
    std::int64_t number(std::string_view name) const;
    bool flag(std::string_view name) const;  ///< false where it is left out
    std::optional<bool> optional_flag(std::string_view name) const;
    Document inner(std::string_view name) const;
    std::optional<Document> optional_inner(std::string_view name) const;
    const boost::json::array& list(std::string_view name) const;

  private:
    const boost::json::value* find(std::string_view name) const;  ///< nullptr for null, too

    const boost::json::object* object_;
};

const boost::json::array& list_of(const boost::json::value& value);

About about_of(const boost::json::value& answer);
PullRequest pull_request_of(const boost::json::value& answer);
Check check_of_run(const boost::json::value& check_run);
Check check_of_status(const boost::json::value& status);
/// Of all reviews in the order of time.
Reviews reviews_of(const boost::json::array& reviews);

}  // namespace gsdb::github
