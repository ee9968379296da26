-- Which version of a template is current changes here, and the audit log has who changed it from what to what.

create or replace function prompts.publish_version(template uuid, version integer, reason text default '') returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    present record;
begin
    select t.status, t.current_version into present
    from prompts.prompt_templates t where t.organization_id = organization and t.id = template for update;
    if not found or not exists (
        select from prompts.template_versions v
        where v.organization_id = organization and v.template_id = template and v.version = publish_version.version)
    then
        raise exception using errcode = 'GS401',
            message = format('there is no version %s of template %s', version, template),
            hint = 'List the versions of the template.';
    end if;
    if present.status = 'archived' then
        raise exception using errcode = 'GS402',
            message = format('template %s is archived', template),
            hint = 'Take it out of the archive first.';
    end if;
    if present.current_version is not distinct from version and present.status = 'active' then
        return;
    end if;
    update prompts.prompt_templates t
    set current_version = publish_version.version, status = 'active', published_at = now(), updated_at = now()
    where t.organization_id = organization and t.id = template;
    perform base.audit('published', 'prompts.prompt_templates', template::text, jsonb_build_object(
        'version', version, 'previous_version', present.current_version, 'reason', reason));
end
$$;
comment on function prompts.publish_version(uuid, integer, text) is
    'Makes a version, newer or older, the current one of its template, and the template active; doing it again changes nothing.';
