-- Making templates. A version never changes, so a change is the next version; what runs goes on by the version it began with.

-- Makes the template when the slug is new, and its next version. `stages` is an array of objects in the order of the stages, with the
-- names of the columns of workflows.template_stages; what is left out is as the table says.
create or replace function workflows.publish_template(
    slug text, name text, stages jsonb, description text default '', changes_summary text default '', source text default null,
    created_by uuid default null)
    returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return workflows.add_template_version(base.require_organization_id(), slug, name, stages, description, changes_summary, source, created_by);
end
$$;
comment on function workflows.publish_template(text, text, jsonb, text, text, text, uuid) is
    'Makes a template, or the next version of one, in the transaction''s organization; returns the id of the version.';

create or replace function workflows.add_template_version(
    organization uuid, slug text, name text, stages jsonb, description text, changes_summary text, source text, created_by uuid)
    returns uuid
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    template uuid;
    version constant uuid := base.uuid_v7();
    number integer;
    stage jsonb;
    place integer := 0;
begin
    insert into workflows.workflow_templates (organization_id, slug, name, description, created_by)
    values (organization, slug, name, description, created_by)
    on conflict do nothing;
    update workflows.workflow_templates t
    set name = add_template_version.name, description = add_template_version.description, archived_at = null, updated_at = now()
    where t.organization_id = organization and t.slug = add_template_version.slug
    returning t.id into strict template;
    select coalesce(max(v.version_number), 0) + 1 into number
    from workflows.template_versions v where v.organization_id = organization and v.template_id = template;
    insert into workflows.template_versions (organization_id, id, template_id, version_number, changes_summary, source, created_by)
    values (organization, version, template, number, changes_summary, source, created_by);
    for stage in select element from jsonb_array_elements(stages) as element loop
        place := place + 1;
        insert into workflows.template_stages (organization_id, template_version_id, position, stage_key, name, description, timeout,
                                               stall_after, attempts_max, required_integrations, entry_validations, exit_validations)
        values (organization, version, place, stage ->> 'stage_key', stage ->> 'name', coalesce(stage ->> 'description', ''),
                (stage ->> 'timeout')::interval, coalesce((stage ->> 'stall_after')::interval, interval '30 minutes'),
                coalesce((stage ->> 'attempts_max')::integer, 3),
                workflows.words_of(stage -> 'required_integrations')::workflows.integration[],
                workflows.words_of(stage -> 'entry_validations'), workflows.words_of(stage -> 'exit_validations'));
    end loop;
    if place = 0 then
        raise exception using errcode = 'check_violation', constraint = 'version_has_stages',
            message = format('a version of template %s has no stages', slug),
            hint = 'Give an array with an object for each stage.';
    end if;
    return version;
end
$$;
comment on function workflows.add_template_version(uuid, text, text, jsonb, text, text, text, uuid) is 'Part of workflows.publish_template.';

create or replace function workflows.words_of(words jsonb) returns text[]
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(select element from jsonb_array_elements_text(coalesce(words, '[]')) as element);
end
$$;
comment on function workflows.words_of(jsonb) is 'Part of workflows.publish_template: a JSON array of words as an array of text.';

create or replace function workflows.make_template_default(template uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform workflows.newest_template_version(organization, template);
    update workflows.workflow_templates t set is_default = false, updated_at = now()
    where t.organization_id = organization and t.is_default and t.id <> template;
    update workflows.workflow_templates t set is_default = true, updated_at = now()
    where t.organization_id = organization and t.id = template;
end
$$;
comment on function workflows.make_template_default(uuid) is 'Makes a template the one that is taken when nobody names one.';

create or replace function workflows.archive_template(template uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform workflows.newest_template_version(organization, template);
    update workflows.workflow_templates t set archived_at = now(), is_default = false, updated_at = now()
    where t.organization_id = organization and t.id = template;
end
$$;
comment on function workflows.archive_template(uuid) is 'Lets nothing more be started from a template. What runs goes on; publishing a version takes it back.';

create or replace function workflows.newest_template_version(organization uuid, template uuid) returns uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    version uuid;
begin
    select v.id into version
    from workflows.workflow_templates t
    join workflows.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
    where t.organization_id = organization and t.archived_at is null
      and (t.id = template or (template is null and t.is_default))
    order by v.version_number desc limit 1;
    if version is null then
        raise exception using errcode = 'GS902',
            message = case when template is null then format('organization %s has no default template', organization)
                           else format('organization %s has no template %s in use', organization, template) end,
            hint = 'Publish a template, or name one that is in use.';
    end if;
    return version;
end
$$;
comment on function workflows.newest_template_version(uuid, uuid) is 'The version that a run of the template, null for the default one, follows; error GS902 for none.';

revoke execute on function
    workflows.publish_template(text, text, jsonb, text, text, text, uuid), workflows.make_template_default(uuid), workflows.archive_template(uuid)
from public;
grant execute on function
    workflows.publish_template(text, text, jsonb, text, text, text, uuid), workflows.make_template_default(uuid), workflows.archive_template(uuid)
to workflows_user;
