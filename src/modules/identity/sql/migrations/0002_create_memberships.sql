-- Who may do what in which organization. There is no trigger to keep the last owner (Citus has none), so the login role may read
-- memberships but changes them through the routines of this module, which do.

create type identity.member_role as enum ('viewer', 'member', 'admin', 'owner');
comment on type identity.member_role is 'What a member may do, from least to most: read; work; manage people, keys and credentials; everything.';

create table identity.memberships (
    organization_id uuid                 not null,
    user_id         uuid                 not null,
    role            identity.member_role not null,
    invited_by      uuid,
    created_at      timestamptz          not null default now(),
    updated_at      timestamptz          not null default now(),
    constraint memberships_pkey primary key (organization_id, user_id)
);
create index memberships_user_idx on identity.memberships (user_id, organization_id);

comment on table identity.memberships is 'A person''s place in an organization. Every organization with members keeps at least one owner.';
comment on column identity.memberships.organization_id is 'The organization.';
comment on column identity.memberships.user_id is 'The person.';
comment on column identity.memberships.role is 'What the person may do there.';
comment on column identity.memberships.invited_by is 'The user who added the person; null for the first owner and for people added by the system.';
comment on column identity.memberships.created_at is 'Since when the person is a member.';
comment on column identity.memberships.updated_at is 'When the role was last changed.';

select base.tenant_table('identity.memberships', privileges => 'select');
alter table identity.memberships add constraint memberships_organization_fkey
    foreign key (organization_id) references identity.organizations (id) on delete cascade;
alter table identity.memberships add constraint memberships_user_fkey
    foreign key (user_id) references identity.users (id);

-- A person is visible where they are a member. Users is a reference table, so the condition asks memberships.
select base.isolate_tenants('identity.users', visible =>
    'exists (select from identity.memberships m
             where m.user_id = users.id
               and m.organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid)');

-- migrate: rollback
drop policy tenant_isolation on identity.users;
drop table identity.memberships;
drop type identity.member_role cascade;
