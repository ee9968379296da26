-- Synthetic organizations, their people and memberships: `gsdb db generate`. How to write it: ../../../migrate/sql/README.md.
-- guards: identity.memberships
insert into identity.organizations (id, name, slug, created_at)
select o.organization_id, 'Synthetic ' || o.organization, 'synthetic-' || substr(md5(o.organization_id::text), 1, 8) || '-' || o.organization, pg_temp.moment(1, 1)
from generated_organizations o;

insert into identity.users (id, email, display_name, created_at)
select pg_temp.id('user', r.organization, r.n, r.amount), 'user-' || r.n || '@' || substr(md5(r.organization_id::text), 1, 8) || '.invalid', 'User ' || r.n, r.moment
from pg_temp.rows_of(5000) r;

insert into identity.memberships (organization_id, user_id, role, created_at)
select r.organization_id, pg_temp.id('user', r.organization, r.n, r.amount), case when r.n = 1 then 'owner' when r.n % 10 = 0 then 'admin' else 'member' end::identity.member_role, r.moment
from pg_temp.rows_of(5000) r;
