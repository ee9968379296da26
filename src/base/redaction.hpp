#pragma once
// Takes secrets out of text that others will read: of what a program prints, say.

#include <string>
#include <string_view>
#include <vector>

namespace gsdb {

/// Puts "[secret]" in the place of values that are known, and of what has the form of a credential: tokens of services
/// whose publishers gave them a prefix to be found by, passwords in URLs, JSON Web Tokens. It finds what is within one
/// piece of text. What has no form and is not known stays.
class Redactor {
  public:
    /// Known values shorter than eight bytes are left out: they may be words.
    explicit Redactor(std::vector<std::string> known = {});

    std::string operator()(std::string_view text) const;

  private:
    /// How many bytes of a secret begin there; 0 for none.
    std::size_t secret_at(std::string_view text, std::size_t at) const;

    std::vector<std::string> known_;  ///< the longest first
};

}  // namespace gsdb
