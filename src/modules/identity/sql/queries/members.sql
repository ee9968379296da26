-- name: create_organization :one
-- scope: cross
-- param first_owner: nullable
-- type first_owner: UserId
-- column organization_id: not null
select identity.create_organization(name => :name, slug => :slug, first_owner => :first_owner) as organization_id;

-- name: get_organization :optional
select name, slug, description, archived_at, created_at
from identity.organizations
where id = :organization_id;

-- name: find_organization :optional
-- scope: cross
-- column organization_id: not null
-- column name: not null
select id as organization_id, name, archived_at from identity.find_organization(:slug);

-- name: create_user :one
-- scope: cross
-- column user_id: not null
-- People belong to no single organization; which one's audit log notes them depends on the transaction.
select identity.create_user(email => :email, display_name => :display_name) as user_id;

-- name: find_user_by_email :optional
-- scope: cross
-- column user_id: not null
-- column display_name: not null
select id as user_id, display_name, deactivated_at from identity.find_user_by_email(:email);

-- name: add_member :exec
-- param invited_by: nullable
-- type invited_by: UserId
select identity.add_member(person => :user_id, role => :role, invited_by => :invited_by);

-- name: change_member_role :exec
-- Error GS101 for the last owner, GS102 when the person is no member.
select identity.change_member_role(person => :user_id, role => :role);

-- name: remove_member :exec
-- Error GS101 for the last owner, GS102 when the person is no member.
select identity.remove_member(person => :user_id);

-- name: list_members :many
-- param after_user_id: nullable
select m.user_id, u.email, u.display_name, m.role, m.created_at as member_since
from identity.memberships m
join identity.users u on u.id = m.user_id
where m.organization_id = :organization_id and (:after_user_id::uuid is null or m.user_id > :after_user_id)
order by m.user_id
limit :page_size;
