-- Errors come in by one door, which finds their group.

-- Fingerprints come in the order of their worth; the first one that is known decides the group. Those that are not known yet become
-- the group's, those that belong to another group stay there. Two who report a new error at once: the second one meets the first
-- one's fingerprint and looks again.
create or replace function learning.report_error(
    algorithms text[], digests bytea[], explanations text[], error_type text, message text, source text, stack_trace text default '',
    context jsonb default '{}', occurred_at timestamptz default now(), project_id uuid default null, task_id uuid default null,
    commit_id text default null)
    returns uuid
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    seen_at constant timestamptz := report_error.occurred_at;
    group_id uuid;
begin
    for attempt in 1 .. 3 loop
        select f.error_group_id into group_id
        from unnest(algorithms, digests) with ordinality as given (algorithm, digest, place)
        join learning.error_fingerprints f on f.organization_id = organization and f.algorithm = given.algorithm and f.digest = given.digest
        order by given.place limit 1;
        exit when group_id is not null;
        begin
            insert into learning.error_groups as g (organization_id, title, first_seen_at, last_seen_at)
            values (organization, left(coalesce(nullif(btrim(report_error.message), ''), report_error.error_type), 200), seen_at, seen_at)
            returning g.id into group_id;
            insert into learning.error_fingerprints (organization_id, error_group_id, algorithm, digest, explanation)
            values (organization, group_id, algorithms[1], digests[1], explanations[1]);
            exit;
        exception when unique_violation then
            group_id := null;
        end;
    end loop;
    insert into learning.error_fingerprints (organization_id, error_group_id, algorithm, digest, explanation)
    select organization, group_id, given.algorithm, given.digest, given.explanation
    from unnest(algorithms, digests, explanations) as given (algorithm, digest, explanation)
    on conflict on constraint error_fingerprints_digest_key do nothing;
    update learning.error_groups g
    set first_seen_at = least(g.first_seen_at, seen_at),
        last_seen_at = greatest(g.last_seen_at, seen_at),
        status = case when g.status = 'resolved' and seen_at > g.resolved_at then 'open' else g.status end,
        resolved_at = case when seen_at > g.resolved_at then null else g.resolved_at end,
        updated_at = now()
    where g.organization_id = organization and g.id = group_id
      and (seen_at < g.first_seen_at or seen_at > g.last_seen_at + interval '1 minute' or seen_at > g.resolved_at);
    insert into learning.error_reports (organization_id, occurred_at, fingerprint_id, error_type, message, source, stack_trace, context,
                                        project_id, task_id, commit_id)
    select organization, seen_at, f.id, report_error.error_type, report_error.message, report_error.source, report_error.stack_trace,
           report_error.context, report_error.project_id, report_error.task_id, report_error.commit_id
    from learning.error_fingerprints f
    where f.organization_id = organization and f.error_group_id = group_id
      and (f.algorithm, f.digest) in (select given.algorithm, given.digest from unnest(algorithms, digests) as given (algorithm, digest))
    order by array_position(digests, f.digest) limit 1;
    return group_id;
end
$$;
comment on function learning.report_error(text[], bytea[], text[], text, text, text, text, jsonb, timestamptz, uuid, uuid, text) is
    'Takes in an error, finds or makes its group by its fingerprints, and opens that again when it was resolved; returns the group.';
