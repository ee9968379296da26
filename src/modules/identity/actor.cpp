#include "modules/identity/actor.hpp"

namespace gsdb::identity {

Result<void> Actor::authorize(Permission permission) const {
    return identity::authorize(
        {.organization_id = organization_id_, .api_key_id = {}, .role = role_, .scopes = scopes_}, permission);
}

Task<> sign(pg::Transaction tx, Actor actor) {
    // SET takes no parameters; name and role are made of fixed words and a UUID, so there is nothing to quote. As text,
    // because Citus carries SET LOCAL to its workers and set_config() not.
    auto script = "set local app.actor = '" + actor.name() + "'";
    if (!actor.is_system()) script += "; set local app.member_role = '" + std::string(to_string(actor.role())) + "'";
    co_await tx.run_script(std::move(script));
}

}  // namespace gsdb::identity
