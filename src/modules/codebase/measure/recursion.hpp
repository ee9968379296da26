#pragma once
// Functions that call themselves by their own name.

#include <vector>

#include "modules/codebase/extract/facts.hpp"

namespace gsdb::codebase::measure {

/// Whether `receiver` is what the methods of a class call the object that they are called on, or the class, as seen
/// from `method`.
bool is_own_object(std::string_view receiver, const extract::Element& method, const extract::FileFacts& facts);

class Recursion {
  public:
    void find(const extract::FileFacts& facts);
    bool contains(std::uint32_t element) const { return is_recursive_[element]; }

  private:
    std::vector<bool> is_recursive_;  ///< parallel to FileFacts::elements
};

}  // namespace gsdb::codebase::measure
