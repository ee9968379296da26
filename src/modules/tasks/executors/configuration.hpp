#pragma once
// What an executor is told, read member by member, so that what is wrong is said by name.

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "modules/tasks/handler.hpp"

namespace gsdb::tasks {

/// The task asks for what cannot be done, however often it is tried.
class InvalidInput : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;

    /// The end of the attempt: of class invalid_input, not repeated.
    Failed failed() const;
};

/// A JSON object whose members are taken by name and type. Each function throws InvalidInput.
class Configuration {
  public:
    /// `what` names the document in messages: configuration, input.
    Configuration(std::string_view what, const std::string& document);

    std::string text(const char* name);                     ///< must be there, and not be empty
    std::string text(const char* name, std::string other);  ///< `other` when it is not there
    std::optional<std::int64_t> number(const char* name, std::int64_t least, std::int64_t most);
    std::vector<std::string> texts(const char* name);  ///< an array of texts; empty when it is not there
    std::vector<std::pair<std::string, std::string>> pairs(const char* name);  ///< an object of texts
    const boost::json::value* any(const char* name);                           ///< null when it is not there

    /// A member that nobody has taken is a mistake.
    void finish() const;

    [[noreturn]] void refuse(std::string_view name, std::string_view why) const;

  private:
    std::string what_;
    boost::json::object object_;
    std::set<std::string, std::less<>> taken_;
};

}  // namespace gsdb::tasks
