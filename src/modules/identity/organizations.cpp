#include "modules/identity/organizations.hpp"

#include "modules/identity/queries.hpp"
#include "modules/identity/refusal.hpp"

namespace gsdb::identity {

namespace {

/// One statement on behalf of the actor.
template <class Query>
Task<pg::Answer<Query>> run_signed(pg::Transaction tx, Actor actor, typename Query::Params params) {
    co_await sign(tx, std::move(actor));
    co_return co_await tx.query<Query>(std::move(params));
}

template <class Query>
Task<Result<pg::Answer<Query>>> change(pg::Database<Database> database, Actor actor, typename Query::Params params) {
    co_return co_await with_refusals(
        database.transaction(actor.transaction(), [&](auto& tx) { return run_signed<Query>(tx, actor, params); }));
}

/// The same where the number of rows says nothing.
template <class Query>
Task<Result<void>> change_only(pg::Database<Database> database, Actor actor, typename Query::Params params) {
    auto changed = co_await change<Query>(std::move(database), std::move(actor), std::move(params));
    if (!changed) co_return std::unexpected(std::move(changed.error()));
    co_return Result<void>{};
}

constexpr Permission administration{.area = "identity", .access = Access::admin};

}  // namespace

Organizations::Organizations(pg::Database<Database> database, std::shared_ptr<AuthenticationCache> cache)
    : database_(std::move(database)), cache_(std::move(cache)) {}

Task<Result<OrganizationId>> Organizations::create(std::string name, std::string slug,
                                                   std::optional<UserId> first_owner) const {
    auto created = co_await with_refusals(database_.query<sql::CreateOrganization>(
        {}, {.name = std::move(name), .slug = std::move(slug), .first_owner = first_owner}));
    if (!created) co_return std::unexpected(std::move(created.error()));
    co_return created->organization_id;
}

Task<std::optional<Organization>> Organizations::get(OrganizationId id) const {
    auto row = co_await database_.query<sql::GetOrganization>({.organization = id}, {.organization_id = id});
    if (!row) co_return std::nullopt;
    co_return Organization{.id = id,
                           .name = std::move(row->name),
                           .slug = std::move(row->slug),
                           .description = std::move(row->description),
                           .archived_at = row->archived_at,
                           .created_at = row->created_at};
}

Task<std::optional<OrganizationId>> Organizations::find(std::string slug) const {
    auto row = co_await database_.query<sql::FindOrganization>({}, {.slug = std::move(slug)});
    if (!row) co_return std::nullopt;
    co_return row->organization_id;
}

Task<Result<UserId>> Organizations::create_user(Actor actor, std::string email, std::string display_name) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    auto created = co_await change<sql::CreateUser>(
        database_, actor, {.email = std::move(email), .display_name = std::move(display_name)});
    if (!created) co_return std::unexpected(std::move(created.error()));
    co_return created->user_id;
}

Task<std::optional<UserId>> Organizations::find_user(std::string email) const {
    auto row = co_await database_.query<sql::FindUserByEmail>({}, {.email = std::move(email)});
    if (!row) co_return std::nullopt;
    co_return row->user_id;
}

Task<Result<void>> Organizations::add_member(Actor actor, UserId user_id, Role role) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    co_return co_await change_only<sql::AddMember>(
        database_, actor, {.user_id = user_id, .role = std::string(to_string(role)), .invited_by = actor.user_id()});
}

Task<Result<void>> Organizations::change_role(Actor actor, UserId user_id, Role role) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    auto changed = co_await change_only<sql::ChangeMemberRole>(
        database_, actor, {.user_id = user_id, .role = std::string(to_string(role))});
    cache_->forget();
    co_return changed;
}

Task<Result<void>> Organizations::remove_member(Actor actor, UserId user_id) const {
    if (auto allowed = actor.authorize(administration); !allowed) co_return std::unexpected(allowed.error());
    auto removed = co_await change_only<sql::RemoveMember>(database_, actor, {.user_id = user_id});
    cache_->forget();
    co_return removed;
}

Task<std::vector<Member>> Organizations::members(OrganizationId id, std::optional<UserId> after,
                                                 std::int64_t page_size) const {
    auto rows = co_await database_.query<sql::ListMembers>(
        {.organization = id}, {.organization_id = id, .after_user_id = after, .page_size = page_size});
    std::vector<Member> members;
    members.reserve(rows.size());
    for (auto& row : rows)
        members.push_back({.user_id = row.user_id,
                           .email = std::move(row.email),
                           .display_name = std::move(row.display_name),
                           .role = parse_role(row.role).value(),
                           .member_since = row.member_since});
    co_return members;
}

}  // namespace gsdb::identity
