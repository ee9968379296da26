-- How a run brings in what its checks found, by way of temporary tables as in staging.sql. Staged is all that was found;
-- only what differs is written. An issue that is found again keeps its row, which follows it when its lines move.

create or replace procedure codebase.begin_checking()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_issues (
        fingerprint uuid, moved_fingerprint uuid, rule_id text, severity codebase.issue_severity, message text, path text, symbol_id bigint,
        start_line integer, start_column integer, end_line integer, end_column integer, start_character integer, end_character integer,
        effort_minutes integer, related text, justification text) on commit drop;
end $$;
comment on procedure codebase.begin_checking() is 'Makes the temporary table of the checks; it goes with its transaction';

create or replace function codebase.merge_issues(organization uuid, codebase uuid, run_number integer, moment timestamptz,
    out new_issues bigint, out fixed_issues bigint, out open_issues bigint, out suppressed_issues bigint)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    analyze pg_temp.staged_issues;
    update codebase.issues as i set last_run = run_number - 1
    where i.organization_id = organization and i.codebase_id = codebase and i.last_run is null
      and not exists (select from pg_temp.staged_issues s where s.fingerprint = i.fingerprint);
    get diagnostics fixed_issues = row_count;
    update codebase.issues as i
    set severity = s.severity, message = s.message, symbol_id = s.symbol_id, start_line = s.start_line, start_column = s.start_column,
        end_line = s.end_line, end_column = s.end_column, start_character = s.start_character, end_character = s.end_character,
        effort_minutes = s.effort_minutes, related = s.related::jsonb, moved_fingerprint = s.moved_fingerprint
    from pg_temp.staged_issues s
    where i.organization_id = organization and i.codebase_id = codebase and i.last_run is null and i.fingerprint = s.fingerprint
      and (i.severity, i.message, i.symbol_id, i.start_line, i.start_column, i.end_line, i.end_column, i.start_character, i.end_character,
           i.effort_minutes, i.related, i.moved_fingerprint)
          is distinct from (s.severity, s.message, s.symbol_id, s.start_line, s.start_column, s.end_line, s.end_column, s.start_character, s.end_character,
           s.effort_minutes, s.related::jsonb, s.moved_fingerprint);
    insert into codebase.issues (organization_id, codebase_id, fingerprint, first_run, rule_id, severity, message, path, symbol_id, start_line,
        start_column, end_line, end_column, effort_minutes, related, start_character, end_character, moved_fingerprint)
    select organization, codebase, s.fingerprint, run_number, s.rule_id, s.severity, s.message, s.path, s.symbol_id, s.start_line,
        s.start_column, s.end_line, s.end_column, s.effort_minutes, s.related::jsonb, s.start_character, s.end_character, s.moved_fingerprint
    from pg_temp.staged_issues s
    where not exists (select from codebase.issues i
                      where i.organization_id = organization and i.codebase_id = codebase and i.fingerprint = s.fingerprint and i.last_run is null)
    order by s.path, s.start_line, s.fingerprint;
    get diagnostics new_issues = row_count;
    call codebase.merge_suppressions(organization, codebase, moment);
    select count(*) filter (where p.id is null), count(*) filter (where p.id is not null) into open_issues, suppressed_issues
    from pg_temp.staged_issues s
    left join codebase.issue_suppressions p
        on p.organization_id = organization and p.codebase_id = codebase and p.fingerprint = s.fingerprint
       and p.revoked_at is null and (p.expires_at is null or p.expires_at > moment);
    truncate pg_temp.staged_issues;
end $$;
comment on function codebase.merge_issues(uuid, uuid, integer, timestamptz) is
    'Brings the issues of a codebase to what is staged, as of this run, and empties the staging; returns how many are found anew, fixed, open and suppressed';

-- What a comment in the source suppresses. A decision of a person stands before it; one that expired gives way.
create or replace procedure codebase.merge_suppressions(organization uuid, codebase uuid, moment timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update codebase.issue_suppressions as p set revoked_at = greatest(moment, p.suppressed_at)
    where p.organization_id = organization and p.codebase_id = codebase and p.revoked_at is null and p.kind = 'in_source'
      and not exists (select from pg_temp.staged_issues s where s.fingerprint = p.fingerprint and s.justification = p.justification);
    update codebase.issue_suppressions as p set revoked_at = greatest(moment, p.suppressed_at)
    from pg_temp.staged_issues s
    where s.justification is not null and p.organization_id = organization and p.codebase_id = codebase and p.fingerprint = s.fingerprint
      and p.revoked_at is null and p.expires_at <= moment;
    insert into codebase.issue_suppressions (organization_id, codebase_id, fingerprint, kind, reason, justification, suppressed_at)
    select organization, codebase, s.fingerprint, 'in_source', 'accepted', s.justification, moment
    from pg_temp.staged_issues s
    where s.justification is not null
    on conflict (organization_id, codebase_id, fingerprint) where revoked_at is null do nothing;
end $$;
comment on procedure codebase.merge_suppressions(uuid, uuid, timestamptz) is
    'Brings the suppressions by comments in the source to what is staged';
