-- Snapshots: named by what they hold.

create or replace function codebase.content_uuid(content bytea) returns uuid
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    digest constant bytea := substr(sha256(content), 1, 16);
begin
    return encode(set_byte(set_byte(digest, 6, (get_byte(digest, 6) & 15) | 128), 8, (get_byte(digest, 8) & 63) | 128), 'hex')::uuid;
end $$;
comment on function codebase.content_uuid(bytea) is 'Version 8 UUID of bytes: the first of their SHA-256';

-- What stands at a path for good or ill: its mode and content, or why it has none.
create or replace function codebase.files_digest(organization uuid, codebase uuid) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    listing text;
begin
    select string_agg(concat_ws(' ', f.mode, coalesce(f.git_id, f.blob_id::text, f.skip_reason::text), f.path), E'\n' order by f.path) into listing
    from codebase.files f
    where f.organization_id = organization and f.codebase_id = codebase and f.last_run is null;
    return codebase.content_uuid(convert_to(concat_ws(E'\n', codebase, listing), 'UTF8'));
end $$;
comment on function codebase.files_digest(uuid, uuid) is 'Version 8 UUID of the current paths, modes and contents of a codebase';

create or replace function codebase.take_snapshot(organization uuid, run uuid) returns uuid
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    pass codebase.analysis_runs;
    snapshot uuid;
begin
    select r.* into pass from codebase.analysis_runs r where r.organization_id = organization and r.id = run and r.state = 'completed';
    if not found then
        raise exception using errcode = 'GS501', message = format('run %s is not completed', run),
            hint = 'Complete the run first, in the same transaction.';
    end if;
    snapshot := codebase.files_digest(organization, pass.codebase_id);
    insert into codebase.snapshots (organization_id, id, codebase_id, files, files_skipped, size_bytes, first_run)
    select organization, snapshot, pass.codebase_id, count(*), count(*) filter (where f.skip_reason is not null), coalesce(sum(f.size_bytes), 0), pass.number
    from codebase.files f
    where f.organization_id = organization and f.codebase_id = pass.codebase_id and f.last_run is null
    on conflict on constraint snapshots_pkey do nothing;
    update codebase.analysis_runs as r set snapshot_id = snapshot where r.organization_id = organization and r.id = run;
    return snapshot;
end $$;
comment on function codebase.take_snapshot(uuid, uuid) is 'Notes what the files were in the run that has just been completed; returns the snapshot, new or known';
