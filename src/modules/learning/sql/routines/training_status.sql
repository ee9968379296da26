-- What may follow what in the life of a training run. What has ended stays so: training again is another run.

create or replace function learning.set_training_status(session_id uuid, new_status learning.training_status, error text default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    before constant learning.training_status[] := (case new_status
        when 'preparing_data' then '{pending}'
        when 'training' then '{pending,preparing_data,validating}'
        when 'validating' then '{training}'
        when 'completed' then '{training,validating}'
        when 'failed' then '{preparing_data,training,validating}'
        when 'cancelled' then '{pending,preparing_data,training,validating}'
        else '{}' end)::learning.training_status[];
begin
    update learning.training_sessions s
    set status = new_status,
        started_at = case when new_status in ('preparing_data', 'training') then coalesce(s.started_at, now()) else s.started_at end,
        finished_at = case when new_status in ('completed', 'failed', 'cancelled') then now() end,
        error = set_training_status.error,
        updated_at = now()
    where s.organization_id = organization and s.id = session_id and s.status = any (before);
    if not found then
        raise exception using errcode = 'GS803',
            message = format('training session %s cannot become %s', session_id, new_status),
            detail = coalesce((select format('It is %s.', s.status) from learning.training_sessions s where s.organization_id = organization and s.id = session_id), 'There is none.');
    end if;
end
$$;
comment on function learning.set_training_status(uuid, learning.training_status, text) is
    'Brings a training run to its next status, with the moments that go with it; the error is why it failed.';
revoke execute on function learning.set_training_status(uuid, learning.training_status, text) from public;
grant execute on function learning.set_training_status(uuid, learning.training_status, text) to learning_user;
