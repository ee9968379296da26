#pragma once
// What others may use of the identity module.

#include "migrate/module_schema.hpp"
#include "modules/identity/actor.hpp"
#include "modules/identity/api_keys.hpp"
#include "modules/identity/authentication.hpp"
#include "modules/identity/credentials.hpp"
#include "modules/identity/database.hpp"
#include "modules/identity/organizations.hpp"
#include "modules/identity/owner_key.hpp"
#include "modules/identity/permission.hpp"
#include "modules/identity/principal.hpp"
#include "modules/identity/refusal.hpp"

namespace gsdb::identity {

migrate::ModuleSchema schema();

}  // namespace gsdb::identity
