#pragma once
// The first key: whoever starts gsdb on a machine owns the default organization.

#include <filesystem>

#include "base/error.hpp"
#include "base/task.hpp"
#include "modules/identity/authentication.hpp"

namespace gsdb::identity {

enum class OwnerKey {
    present,     ///< the file holds a key that works
    made,        ///< there was no file: a new key was made and written (mode 0600)
    taken_over,  ///< the file's key was not known to this database, which may be new, and is now
    replaced     ///< the file's key was revoked or had expired: the file holds a new one
};

/// Sees to it that `file` holds a working key of an owner of the default organization, with all scopes. May be
/// interrupted anywhere and run by several processes at once. A file that others may read is refused
/// ("crypto.secret_file_exposed"); one that holds something else is left alone ("identity.not_a_key_file").
Task<Result<OwnerKey>> ensure_owner_key(pg::Database<Database> database, std::filesystem::path file);

}  // namespace gsdb::identity
