#include "integrations/git/trees.hpp"
#include "integrations/git/url.hpp"

namespace gsdb::git {

using codebase::source::Identity;
using codebase::source::TreeKind;

Identity identity_of(const Repository& repository) {
    const auto& layout = repository.layout();
    const bool bare = layout.work_dir.empty();
    Identity identity{.kind = bare ? TreeKind::bare : TreeKind::work_tree,
                      .location = bare ? layout.git_dir : layout.work_dir,
                      .remote_url = without_secrets(repository.remote_url())};
    // A remote may also be a path on this machine; its last part names the code base just as well.
    identity.name = identity.remote_url.empty() ? "" : name_of_url("file://" + identity.remote_url);
    if (identity.name.empty()) identity.name = name_of_url("file://" + identity.location);
    return identity;
}

}  // namespace gsdb::git
