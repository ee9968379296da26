#pragma once
// .mailmap: who an author of commits really is (gitmailmap(5)).

#include <map>
#include <string>
#include <string_view>

namespace gsdb::git {

struct Author {
    std::string name, email;
};

class Mailmap {
  public:
    Mailmap() = default;
    /// The bytes of the file; lines that are none of its forms say nothing.
    explicit Mailmap(std::string_view text);

    /// Nobody changes where the map says nothing. Names and addresses are compared without regard to the case of ASCII
    /// letters.
    Author resolve(Author author) const;

  private:
    struct Proper {
        std::string name, email;                ///< empty: as the commit has it
        std::map<std::string, Author> by_name;  ///< what holds for some names only, by them in lower case
    };
    void add_line(std::string_view line);

    std::map<std::string, Proper> by_email_;  ///< in lower case
};

/// ASCII letters in lower case, the rest as it is.
std::string lower_case(std::string_view text);

/// Without white space at its ends.
std::string_view trimmed(std::string_view text);

}  // namespace gsdb::git
