-- The stage of a version and its history are written together, by nobody else.

-- Who is in production now steps back first: the unique index allows one at any moment. The model's row is locked, so that two who
-- promote at once come here one after the other.
create or replace function learning.promote_model_version(
    version_id uuid, new_stage learning.model_stage, reason text default '', promoted_by uuid default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    model learning.learning_models;
    promoted learning.model_versions;
    replaced uuid;
begin
    select m.* into model
    from learning.learning_models m
    where m.organization_id = organization
      and m.id = (select v.model_id from learning.model_versions v where v.organization_id = organization and v.id = version_id)
    for update;
    select v.* into promoted from learning.model_versions v where v.organization_id = organization and v.id = version_id;
    if promoted.id is null then
        raise exception using errcode = 'GS801', message = format('there is no model version %s', version_id);
    end if;
    if promoted.stage = new_stage or model.deleted_at is not null then
        raise exception using errcode = 'GS802',
            message = format('version %s of %s cannot go from %s to %s', promoted.version, model.name, promoted.stage, new_stage),
            detail = case when model.deleted_at is not null then 'The model is deleted.' else 'It is there already.' end;
    end if;
    if new_stage = 'production' then
        update learning.model_versions v
        set stage = 'retired', updated_at = now()
        where v.organization_id = organization and v.model_id = model.id and v.stage = 'production'
        returning v.id into replaced;
        if replaced is not null then
            insert into learning.model_promotions (organization_id, model_id, model_version_id, from_stage, to_stage, reason, promoted_by)
            values (organization, model.id, replaced, 'production', 'retired', format('replaced by %s', promoted.version), promote_model_version.promoted_by);
        end if;
    end if;
    update learning.model_versions v set stage = new_stage, updated_at = now() where v.organization_id = organization and v.id = version_id;
    insert into learning.model_promotions (organization_id, model_id, model_version_id, from_stage, to_stage, reason, promoted_by)
    values (organization, model.id, version_id, promoted.stage, new_stage, promote_model_version.reason, promote_model_version.promoted_by);
end
$$;
comment on function learning.promote_model_version(uuid, learning.model_stage, text, uuid) is
    'Brings a version of a model into a stage and notes it; the version in production before is retired.';
revoke execute on function learning.promote_model_version(uuid, learning.model_stage, text, uuid) from public;
grant execute on function learning.promote_model_version(uuid, learning.model_stage, text, uuid) to learning_user;
