#pragma once
// On whose behalf something is done: what it may do, and how the audit log names it.

#include <string>
#include <vector>

#include "base/task.hpp"
#include "modules/identity/principal.hpp"
#include "pg/transaction.hpp"

namespace gsdb::identity {

class Actor {
  public:
    /// The caller of the API.
    explicit Actor(const Principal& principal)
        : organization_id_(principal.organization_id),
          name_(actor_of(principal)),
          user_id_(principal.user_id),
          role_(principal.role),
          scopes_(principal.scopes) {}

    /// gsdb itself, for the person at its command line: may do everything.
    static Actor system(OrganizationId organization_id) { return Actor(organization_id); }

    OrganizationId organization_id() const { return organization_id_; }
    const std::string& name() const { return name_; }  ///< "user:<id>", "api_key:<id>", "system"
    bool is_system() const { return name_ == "system"; }
    std::optional<UserId> user_id() const { return user_id_; }
    Role role() const { return role_; }
    const std::vector<std::string>& scopes() const { return scopes_; }

    /// "identity.forbidden" names what is missing.
    Result<void> authorize(Permission permission) const;

    /// A transaction of the actor's organization.
    pg::TransactionOptions transaction() const { return {.organization = organization_id_}; }

  private:
    explicit Actor(OrganizationId organization_id) : organization_id_(organization_id), scopes_{"*"} {}

    OrganizationId organization_id_;
    std::string name_ = "system";
    std::optional<UserId> user_id_;
    Role role_ = Role::owner;
    std::vector<std::string> scopes_;
};

/// Tells the routines of the database who acts, for the rest of the transaction: they check the role once more, and
/// write the name into the audit log.
Task<> sign(pg::Transaction tx, Actor actor);

}  // namespace gsdb::identity
