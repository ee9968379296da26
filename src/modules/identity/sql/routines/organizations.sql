-- Tenants come, change and go.

-- In a transaction without an organization: the new one is nobody's yet.
create or replace function identity.create_organization(
    name text, slug text, first_owner uuid default null, description text default '')
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.uuid_v7();
begin
    insert into identity.organizations (id, name, slug, description) values (organization, name, slug, description);
    if first_owner is not null then
        perform identity.require_active_user(first_owner);
        insert into identity.memberships (organization_id, user_id, role) values (organization, first_owner, 'owner');
    end if;
    perform base.audit('created', 'identity.organizations', organization::text,
                       jsonb_build_object('name', name, 'slug', slug, 'owner', first_owner), organization);
    return organization;
end
$$;
comment on function identity.create_organization(text, text, uuid, text) is 'Makes an organization and its first owner; returns its id.';

create or replace function identity.change_organization(
    name text default null, slug text default null, description text default null, settings jsonb default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role('admin');
    update identity.organizations o
    set name = coalesce(change_organization.name, o.name),
        slug = coalesce(change_organization.slug, o.slug),
        description = coalesce(change_organization.description, o.description),
        settings = coalesce(change_organization.settings, o.settings),
        updated_at = now()
    where o.id = organization;
    perform identity.refuse_unknown_organization(found, organization);
    perform base.audit('changed', 'identity.organizations', organization::text,
                       jsonb_strip_nulls(jsonb_build_object('name', name, 'slug', slug, 'description', description, 'settings', settings)));
end
$$;
comment on function identity.change_organization(text, text, text, jsonb) is 'Changes what is given of the transaction''s organization.';

-- Archiving keeps every row; nobody can authenticate for the organization any more.
create or replace function identity.archive_organization(archived boolean default true) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform identity.require_role('owner');
    update identity.organizations o
    set archived_at = case when archived then coalesce(o.archived_at, now()) end, updated_at = now()
    where o.id = organization;
    perform identity.refuse_unknown_organization(found, organization);
    perform base.audit(case when archived then 'archived' else 'restored' end, 'identity.organizations', organization::text);
end
$$;
comment on function identity.archive_organization(boolean) is 'Archives the transaction''s organization, or with false takes it back into use.';

create or replace function identity.refuse_unknown_organization(is_known boolean, organization uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not is_known then
        raise exception using errcode = 'GS107',
            message = format('there is no organization %s', organization),
            hint = 'Create the organization first.';
    end if;
end
$$;
comment on function identity.refuse_unknown_organization(boolean, uuid) is 'Error GS107 unless the organization is known.';

-- Which organizations there are is asked before one is chosen, so it spans tenants.
create or replace function identity.list_organizations(after_slug text default '', page_size integer default 100)
    returns table (id uuid, slug text, name text, archived_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select o.id, o.slug, o.name, o.archived_at from identity.organizations o where o.slug > after_slug order by o.slug limit page_size;
end
$$;
comment on function identity.list_organizations(text, integer) is 'The organizations in the order of their slugs, a page after the given slug.';

create or replace function identity.find_organization(slug text)
    returns table (id uuid, name text, archived_at timestamptz)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select o.id, o.name, o.archived_at from identity.organizations o where o.slug = find_organization.slug;
end
$$;
comment on function identity.find_organization(text) is 'The organization with the slug, if there is one.';

revoke execute on function
    identity.create_organization(text, text, uuid, text), identity.change_organization(text, text, text, jsonb),
    identity.archive_organization(boolean), identity.list_organizations(text, integer), identity.find_organization(text)
from public;
grant execute on function
    identity.create_organization(text, text, uuid, text), identity.change_organization(text, text, text, jsonb),
    identity.archive_organization(boolean), identity.list_organizations(text, integer), identity.find_organization(text)
to projects_user;
