-- How an index run brings in the history of Git, by way of temporary tables as in staging.sql.

create or replace procedure codebase.begin_history()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_commits (
        number integer, commit_id text, parent_ids text[], author_name text, author_email text, authored_at timestamptz,
        committed_at timestamptz, subject text, files_changed integer, is_new boolean) on commit drop;
    create temporary table staged_changes (
        commit_number integer, path text, kind codebase.change_kind, lines_added integer, lines_removed integer, old_path text) on commit drop;
    create temporary table staged_refs (kind codebase.ref_kind, name text, commit_id text, is_default boolean) on commit drop;
end $$;
comment on procedure codebase.begin_history() is 'Makes the temporary tables of the history; they go with its transaction';

-- A commit that was stored before may have other authors by now, be found again, or have changes that could not be told then. Without
-- nested loops: the planner knows nothing of tables that were filled just now, and would read all commits for each one.
create or replace function codebase.merge_commits(organization uuid, codebase uuid) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
declare
    new_changes bigint;
begin
    insert into codebase.commits (organization_id, codebase_id, number, commit_id, parent_ids, author_name, author_email, authored_at,
        committed_at, subject, files_changed)
    select organization, codebase, s.number, s.commit_id, s.parent_ids, s.author_name, s.author_email, s.authored_at, s.committed_at, s.subject, s.files_changed
    from pg_temp.staged_commits s
    where s.is_new
    order by s.number;
    update codebase.commits as c
    set parent_ids = s.parent_ids, author_name = s.author_name, author_email = s.author_email,
        files_changed = coalesce(s.files_changed, c.files_changed), lost_at = null
    from pg_temp.staged_commits s
    where not s.is_new and c.organization_id = organization and c.codebase_id = codebase and c.number = s.number
      and (c.lost_at is not null or s.files_changed is not null
           or (c.parent_ids, c.author_name, c.author_email) is distinct from (s.parent_ids, s.author_name, s.author_email));
    insert into codebase.file_changes (organization_id, codebase_id, commit_number, path, kind, lines_added, lines_removed, old_path)
    select organization, codebase, s.commit_number, s.path, s.kind, s.lines_added, s.lines_removed, s.old_path
    from pg_temp.staged_changes s
    order by s.commit_number, s.path;
    get diagnostics new_changes = row_count;
    truncate pg_temp.staged_commits, pg_temp.staged_changes;
    return new_changes;
end $$;
comment on function codebase.merge_commits(uuid, uuid) is 'Moves the staged commits and changes into their tables and empties the staging; returns the number of changes';

-- The default moves in two steps: there is one at most at any time.
create or replace procedure codebase.merge_refs(organization uuid, codebase uuid, moment timestamptz)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    delete from codebase.refs r
    where r.organization_id = organization and r.codebase_id = codebase
      and not exists (select from pg_temp.staged_refs s where s.kind = r.kind and s.name = r.name);
    update codebase.refs as r set is_default = false
    from pg_temp.staged_refs s
    where r.organization_id = organization and r.codebase_id = codebase and r.is_default
      and s.kind = r.kind and s.name = r.name and not s.is_default;
    update codebase.refs as r
    set commit_id = s.commit_id, is_default = s.is_default, updated_at = case when r.commit_id = s.commit_id then r.updated_at else moment end
    from pg_temp.staged_refs s
    where r.organization_id = organization and r.codebase_id = codebase and s.kind = r.kind and s.name = r.name
      and (s.commit_id, s.is_default) is distinct from (r.commit_id, r.is_default);
    insert into codebase.refs (organization_id, codebase_id, kind, name, commit_id, is_default, created_at, updated_at)
    select organization, codebase, s.kind, s.name, s.commit_id, s.is_default, moment, moment
    from pg_temp.staged_refs s
    where not exists (
        select from codebase.refs r
        where r.organization_id = organization and r.codebase_id = codebase and r.kind = s.kind and r.name = s.name);
    truncate pg_temp.staged_refs;
end $$;
comment on procedure codebase.merge_refs(uuid, uuid, timestamptz) is 'Brings the branches and tags of a codebase to what is staged, and empties the staging';
