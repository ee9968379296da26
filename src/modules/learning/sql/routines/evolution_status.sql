-- What may follow what in the life of an evolution. Unlike a training run it goes on after its end: with more iterations, or from an
-- imported checkpoint.

create or replace function openevolve.set_evolution_status(session_id uuid, new_status openevolve.evolution_status, error text default null) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    before constant openevolve.evolution_status[] := (case new_status
        when 'running' then '{pending,paused,completed,failed,cancelled}'
        when 'paused' then '{running}'
        when 'completed' then '{running}'
        when 'failed' then '{running,paused}'
        when 'cancelled' then '{pending,running,paused}'
        else '{}' end)::openevolve.evolution_status[];
begin
    update openevolve.evolution_sessions s
    set status = new_status,
        started_at = case when new_status = 'running' then coalesce(s.started_at, now()) else s.started_at end,
        finished_at = case when new_status in ('completed', 'failed', 'cancelled') then now() end,
        error = set_evolution_status.error,
        updated_at = now()
    where s.organization_id = organization and s.id = session_id and s.status = any (before);
    if not found then
        raise exception using errcode = 'GS803',
            message = format('evolution %s cannot become %s', session_id, new_status),
            detail = coalesce((select format('It is %s.', s.status) from openevolve.evolution_sessions s where s.organization_id = organization and s.id = session_id), 'There is none.');
    end if;
end
$$;
comment on function openevolve.set_evolution_status(uuid, openevolve.evolution_status, text) is
    'Brings an evolution to its next status, with the moments that go with it; the error is why it failed.';
revoke execute on function openevolve.set_evolution_status(uuid, openevolve.evolution_status, text) from public;
grant execute on function openevolve.set_evolution_status(uuid, openevolve.evolution_status, text) to learning_user;
