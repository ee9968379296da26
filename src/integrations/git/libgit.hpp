#pragma once
// libgit2's objects with owners.

#include <git2.h>

#include <memory>
#include <string>

namespace gsdb::git {

struct LibgitDeleter {
    void operator()(git_repository* object) const { git_repository_free(object); }
    void operator()(git_reference* object) const { git_reference_free(object); }
    void operator()(git_object* object) const { git_object_free(object); }
    void operator()(git_odb* object) const { git_odb_free(object); }
    void operator()(git_odb_object* object) const { git_odb_object_free(object); }
    void operator()(git_config* object) const { git_config_free(object); }
    void operator()(git_filter_list* object) const { git_filter_list_free(object); }
    void operator()(git_branch_iterator* object) const { git_branch_iterator_free(object); }
    void operator()(git_reference_iterator* object) const { git_reference_iterator_free(object); }
};
template <class Object>
using Libgit = std::unique_ptr<Object, LibgitDeleter>;

/// Bytes that libgit2 allocated.
class LibgitBuffer {
  public:
    LibgitBuffer() = default;
    ~LibgitBuffer() { git_buf_dispose(&buffer_); }
    LibgitBuffer(const LibgitBuffer&) = delete;
    LibgitBuffer& operator=(const LibgitBuffer&) = delete;
    git_buf* get() { return &buffer_; }
    std::string text() const { return {buffer_.ptr, buffer_.size}; }

  private:
    git_buf buffer_ = GIT_BUF_INIT;
};

/// Starts the library once, with its process-wide options.
void use_libgit();

/// What libgit2 says about the last failure on this thread.
std::string libgit_message();

}  // namespace gsdb::git
