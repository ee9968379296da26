#pragma once
// The key that stored credentials are encrypted with, and the credentials themselves.

#include <memory>

#include "app/program.hpp"
#include "crypto/key_ring.hpp"
#include "modules/identity/api.hpp"
#include "pg/pool.hpp"

namespace gsdb::app {

/// The key of the settings, else that of the home folder's file, which is made when it is not there. Throws a Failure
/// when it cannot be had.
std::shared_ptr<const crypto::KeyRing> encryption_keys(const Program& program);

/// `identity`: connections to the database that has them.
identity::Credentials credentials(const Program& program, pg::Pool identity);

}  // namespace gsdb::app
