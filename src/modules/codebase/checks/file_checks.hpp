#pragma once
// From the tree and the facts of one file to what its checks find: what the bytes alone decide.

#include <tree_sitter/api.h>

#include <memory>
#include <string_view>

#include "modules/codebase/checks/finding.hpp"

namespace gsdb::codebase::checks {

/// Checks file after file, reusing its memory. One per thread.
class FileChecker {
  public:
    FileChecker();
    FileChecker(FileChecker&&) noexcept;
    FileChecker& operator=(FileChecker&&) noexcept;
    ~FileChecker();

    /// `root` is of the tree that `facts` were extracted from, `parsed` the text of that tree, `source` the text as it
    /// is: of the same length. Work and memory are linear in the size of the file.
    FileFindings check(TSNode root, std::string_view parsed, std::string_view source, const extract::FileFacts& facts);

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace gsdb::codebase::checks
