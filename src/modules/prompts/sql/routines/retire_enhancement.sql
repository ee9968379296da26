-- The one thing that changes in an enhancement: that it goes out of use.

create or replace function prompts.retire_enhancement(enhancement uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update prompts.prompt_enhancements e
    set retired_at = greatest(now(), e.created_at)
    where e.organization_id = organization and e.id = enhancement and e.retired_at is null;
    if not found then
        raise exception using errcode = 'GS405',
            message = format('there is no enhancement %s in use', enhancement),
            hint = 'List the enhancements of the organization that are not retired.';
    end if;
end
$$;
comment on function prompts.retire_enhancement(uuid) is 'Takes an enhancement out of use for ever. Add a later version of its name in the same transaction to replace it.';
revoke execute on function prompts.retire_enhancement(uuid) from public;
grant execute on function prompts.retire_enhancement(uuid) to prompts_user;
