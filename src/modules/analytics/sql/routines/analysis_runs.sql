-- The life of an analysis run. Who has an analysis to do at once adds a run that is running.

create or replace function analytics.claim_analysis_run(types text[] default null) returns uuid
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    claimed uuid;
begin
    select r.id into claimed
    from analytics.analysis_runs r
    where r.organization_id = organization and r.status = 'queued' and (types is null or r.analysis_type = any (types))
    order by r.id limit 1
    for update skip locked;
    update analytics.analysis_runs r
    set status = 'running', started_at = greatest(now(), r.queued_at)
    where r.organization_id = organization and r.id = claimed;
    return claimed;
end
$$;
comment on function analytics.claim_analysis_run(text[]) is
    'Starts the oldest queued run, of one of the given types when any are given, and returns its id; null when there is none. Callers pass each other.';
revoke execute on function analytics.claim_analysis_run(text[]) from public;
grant execute on function analytics.claim_analysis_run(text[]) to analytics_user;

create or replace function analytics.finish_analysis_run(
    run uuid, ending analytics.run_status, result jsonb default '{}', error_code text default null, error_message text default null)
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    -- A run that has not begun can only be cancelled.
    update analytics.analysis_runs r
    set status = ending, finished_at = greatest(now(), r.started_at, r.queued_at), result = finish_analysis_run.result,
        error_code = finish_analysis_run.error_code, error_message = finish_analysis_run.error_message
    where r.organization_id = organization and r.id = run and ending not in ('queued', 'running')
      and (r.status = 'running' or (r.status = 'queued' and ending = 'cancelled'));
    if not found then
        raise exception using errcode = 'GS601',
            message = format('analysis run %s cannot be finished as %s', run, ending),
            hint = 'Finish a queued or running run as completed, cancelled, timed_out or failed, once.';
    end if;
end
$$;
comment on function analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text) is 'Ends a running run, or cancels a queued one; error GS601 when it is neither.';
revoke execute on function analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text) from public;
grant execute on function analytics.finish_analysis_run(uuid, analytics.run_status, jsonb, text, text) to analytics_user;
