-- Requests for runs: taken by one server at a time, the oldest first, whatever organization asked.

create or replace function codebase.take_index_request(taken_for interval, attempts_max integer)
    returns table (organization_id uuid, id uuid, location text, revision text, attempts integer)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    update codebase.index_requests r
    set state = 'failed', taken_until = null, finished_at = now(), error_code = 'codebase.abandoned', error_message = 'the server ended each time while it ran'
    where r.state = 'running' and r.taken_until < now() and r.attempts >= take_index_request.attempts_max;
    return query
    update codebase.index_requests r
    set state = 'running', attempts = r.attempts + 1, started_at = now(), taken_until = now() + taken_for
    where (r.organization_id, r.id) = (
        select w.organization_id, w.id
        from codebase.index_requests w
        where w.finished_at is null and (w.taken_until is null or w.taken_until < now())
          and not exists (select from codebase.index_requests o
                          where o.organization_id = w.organization_id and o.location = w.location and o.finished_at is null and o.taken_until >= now())
        order by w.id
        limit 1
        for update skip locked)
    returning r.organization_id, r.id, r.location, r.revision, r.attempts;
end
$$;
comment on function codebase.take_index_request(interval, integer) is
    'Takes the oldest request for a run of any organization whose location nobody is indexing, for so long. One that was begun too often is given up.';
revoke execute on function codebase.take_index_request(interval, integer) from public;
grant execute on function codebase.take_index_request(interval, integer) to codebase_user;

-- The program keeps a bare copy of what it is given a URL of, in the folder `repositories` of its home.
create or replace function codebase.is_mirror(candidate codebase.codebases) returns boolean
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return candidate.kind = 'bare' and candidate.remote_url is not null and candidate.location ~ '/repositories/[^/]+-[0-9a-f]{16}[.]git$';
end
$$;
comment on function codebase.is_mirror(codebase.codebases) is 'Whether a codebase is the copy of a remote repository that is brought up to date before it is indexed.';

create or replace function codebase.codebases_with_urls() returns table (organization_id uuid, location text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    return query select c.organization_id, c.remote_url from codebase.codebases c where codebase.is_mirror(c) limit 10000;
end
$$;
comment on function codebase.codebases_with_urls() is 'The URLs of the codebases of all organizations that are indexed from one, so that a push to it can be told.';
revoke execute on function codebase.codebases_with_urls() from public;
grant execute on function codebase.codebases_with_urls() to codebase_user;

create or replace function codebase.cleanup_index_requests(rows_max integer default 100000) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    deleted bigint;
begin
    delete from codebase.index_requests r
    where r.ctid = any (array(select o.ctid from codebase.index_requests o where o.finished_at < now() - interval '90 days' limit rows_max))
      and r.finished_at < now() - interval '90 days';
    get diagnostics deleted = row_count;
    return deleted;
end
$$;
comment on function codebase.cleanup_index_requests(integer) is 'Deletes requests for runs 90 days after they ended, in all organizations.';
revoke execute on function codebase.cleanup_index_requests(integer) from public;
grant execute on function codebase.cleanup_index_requests(integer) to codebase_user;
select base.declare_maintenance('codebase.cleanup_index_requests', 'daily', interval '10 minutes', 'Deletes requests for runs that ended long ago.', rows_max => 100000);
