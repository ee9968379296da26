#pragma once
// Organizations, people, and who belongs where.

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "modules/identity/actor.hpp"
#include "modules/identity/authentication.hpp"
#include "modules/identity/database.hpp"
#include "pg/database.hpp"

namespace gsdb::identity {

struct Organization {
    OrganizationId id;
    std::string name;
    std::string slug;  ///< its name in URLs
    std::string description;
    std::optional<Timestamp> archived_at;
    Timestamp created_at;
};

struct Member {
    UserId user_id;
    std::string email;
    std::string display_name;
    Role role{};
    Timestamp member_since;
};

/// Changes are noted in the audit log. Refusals are errors with the names of identity.error_codes():
/// "identity.last_owner", "identity.role_too_low", "identity.user_unknown" and so on, "identity.taken" and
/// "identity.bad_value".
class Organizations {
  public:
    explicit Organizations(pg::Database<Database> database,
                           std::shared_ptr<AuthenticationCache> cache = shared_authentication_cache());

    /// For whoever runs the installation. The first owner is an existing user.
    Task<Result<OrganizationId>> create(std::string name, std::string slug, std::optional<UserId> first_owner) const;

    /// Nothing when the organization is not known.
    Task<std::optional<Organization>> get(OrganizationId id) const;
    Task<std::optional<OrganizationId>> find(std::string slug) const;

    Task<Result<UserId>> create_user(Actor actor, std::string email, std::string display_name) const;
    /// Whatever the case of the address; deactivated people, too.
    Task<std::optional<UserId>> find_user(std::string email) const;

    Task<Result<void>> add_member(Actor actor, UserId user_id, Role role) const;
    Task<Result<void>> change_role(Actor actor, UserId user_id, Role role) const;
    /// The person's keys stop working with it.
    Task<Result<void>> remove_member(Actor actor, UserId user_id) const;
    Task<std::vector<Member>> members(OrganizationId id, std::optional<UserId> after, std::int64_t page_size) const;

  private:
    pg::Database<Database> database_;
    std::shared_ptr<AuthenticationCache> cache_;
};

}  // namespace gsdb::identity
