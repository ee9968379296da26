#pragma once
// The key that stored credentials are encrypted with, and the credentials themselves.

#include <memory>

#include "app/database_server.hpp"
#include "app/program.hpp"
#include "crypto/key_ring.hpp"
#include "modules/identity/api.hpp"

namespace gsdb::app {

/// The key of the settings, else that of the home folder's file, which is made when it is not there. Throws a Failure
/// when it cannot be had.
std::shared_ptr<const crypto::KeyRing> encryption_keys(const Program& program);

identity::Credentials credentials(const Program& program, const DatabaseServer& server);

}  // namespace gsdb::app
