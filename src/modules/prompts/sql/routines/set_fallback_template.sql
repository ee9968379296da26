-- The one way to write template_fallbacks, because a cycle is more than one row and no constraint sees it.

-- The lock lets one change at a time look at an organization's chains. The template's row is written and the rows of the chain are
-- locked, so that a transaction that still sees the chain of before (repeatable read) fails instead of closing a cycle.
create or replace function prompts.set_fallback_template(template uuid, fallback uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    link uuid := fallback;
begin
    perform pg_advisory_xact_lock(hashtextextended('prompts.template_fallbacks of ' || organization, 0));
    update prompts.prompt_templates t set updated_at = now() where t.organization_id = organization and t.id = template;
    if not found then
        perform prompts.raise_template_not_found(template);
    end if;
    while link is not null loop
        if link = template then
            raise exception using errcode = 'GS404',
                message = format('template %s is a fallback of %s already, directly or through others', template, fallback),
                hint = 'Choose a template whose chain of fallbacks does not lead back.';
        end if;
        perform from prompts.prompt_templates t where t.organization_id = organization and t.id = link for share;
        if not found then
            perform prompts.raise_template_not_found(link);
        end if;
        select f.fallback_template_id into link
        from prompts.template_fallbacks f where f.organization_id = organization and f.template_id = link;
    end loop;
    if fallback is null then
        delete from prompts.template_fallbacks f where f.organization_id = organization and f.template_id = template;
    else
        insert into prompts.template_fallbacks (organization_id, template_id, fallback_template_id)
        values (organization, template, fallback)
        on conflict (organization_id, template_id) do update set fallback_template_id = excluded.fallback_template_id;
    end if;
end
$$;
comment on function prompts.set_fallback_template(uuid, uuid) is
    'Says which template is asked when another does not apply; null for none. Error GS404 when that would lead back to it, at whatever length.';
revoke execute on function prompts.set_fallback_template(uuid, uuid) from public;
grant execute on function prompts.set_fallback_template(uuid, uuid) to prompts_user;

create or replace function prompts.raise_template_not_found(template uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'GS403',
        message = format('there is no template %s', template),
        hint = 'List the templates of the organization.';
end
$$;
comment on function prompts.raise_template_not_found(uuid) is 'Part of prompts.set_fallback_template: error GS403.';
