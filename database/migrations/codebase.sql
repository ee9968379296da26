-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('codebase', array['codebase']::name[], 'codebase_owner', 4, '0.1.0');
insert into pg_temp.gsdb_routine values ('element_flags', $gsdb_file$-- The names of the bits in blob_elements.flags, in bit order. ElementFlag in extract/facts.hpp is their other half; a test compares them.
create or replace function codebase.element_flags(flags integer) returns text[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    labels constant text[] := array[
        'exported', 'private', 'protected', 'static', 'abstract', 'final', 'async', 'generator', 'deprecated', 'declaration',
        'readonly', 'virtual', 'override', 'inline', 'generic', 'default_export', 'anonymous', 'unsafe', 'operator', 'test'];
    names text[] := array[]::text[];
begin
    for bit in 0 .. cardinality(labels) - 1 loop
        if flags & (1 << bit) <> 0 then
            names := names || labels[bit + 1];
        end if;
    end loop;
    return names;
end $$;
comment on function codebase.element_flags(integer) is 'Names the bits of blob_elements.flags';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of codebases, with the rights of the caller.

create or replace function codebase.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('codebase.codebases') = 'none' then
        return next base.unread_signal('codebase', 'codebase.codebases');
        return;
    end if;
    return query
    with newest as materialized (
        select c.name, r.state, r.started_at
        from (select x.organization_id, x.id, x.name from codebase.codebases x limit 10000) c
        join lateral (
            select a.state, a.started_at from codebase.analysis_runs a where a.organization_id = c.organization_id and a.codebase_id = c.id order by a.number desc limit 1
        ) r on true
    ), counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'runs_without_end', count(*), min(n.name), 1, 10, 'Its process ended without a word: index the codebase again, which notes that.'
        from newest n where n.state = 'running' and n.started_at < now() - interval '1 hour'
        union all
        select 'newest_run_failed', count(*), min(n.name), 1, 100, 'Look at error_message of its newest run in analysis_runs, then index it again.'
        from newest n where n.state in ('failed', 'abandoned')
    )
    select 'codebase', c.signal, c.found::numeric, 'codebases', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
end
$$;
comment on function codebase.health_signals() is 'Signals of runs over codebases that did not end well.';

create or replace function codebase.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('codebase.blobs') = 'none' then
        return next base.unread_signal('codebase.blobs', 'codebase.blobs');
        return;
    end if;
    return query
    select 'codebase.blobs', m.signal, round(coalesce(100.0 * m.missing / nullif(s.blobs, 0), 0), 2), '%',
           case when s.blobs >= 20 then m.warning_at end, case when s.blobs >= 20 then m.critical_at end, m.remedy,
           jsonb_build_object('rows', m.missing, 'of', s.blobs, 'window', 'newest 1000 of each organization')
    from (select count(*) as blobs, count(*) filter (where b.parse_status not in ('ok', 'has_errors')) as unparsed, count(*) filter (where b.parse_status = 'has_errors') as errors
          from base.organizations_in('codebase.blobs') o
          cross join lateral (select x.parse_status from codebase.blobs x where x.organization_id = o order by x.id desc limit 1000) b) s
    cross join lateral (values
        ('contents_not_parsed', s.unparsed, 10::numeric, 50::numeric, 'select path, parse_status from file_analysis says which; larger limits are in the settings of the index.'),
        ('contents_with_errors', s.errors, 20, null, 'The grammar met text it does not know: macros, templates, a newer language version.')
    ) as m (signal, missing, warning_at, critical_at, remedy);
    return query
    select 'codebase.codebases', 'oldest_current_run_age', round(extract(epoch from now() - min(r.finished_at))), 's', 2592000::numeric, null::numeric,
           'gsdb index reads the codebase again; what did not change costs nothing.', jsonb_build_object('codebases', count(*))
    from (select x.organization_id, x.current_run_id from codebase.codebases x where x.current_run_id is not null limit 10000) c
    join codebase.analysis_runs r on r.organization_id = c.organization_id and r.id = c.current_run_id
    having count(*) > 0;
end
$$;
comment on function codebase.quality_signals() is 'How much of what was read could be parsed, and how old what is shown is.';

-- Two columns of codebases say again what analysis_runs say.
create or replace function codebase.integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('codebase.codebases') = 'none' then
        return next base.unread_signal('codebase', 'codebase.codebases');
        return;
    end if;
    return query
    with checked as materialized (
        select c.id, c.last_run_number is distinct from coalesce(r.number, 0) and c.last_run_number < coalesce(r.number, 0) as is_behind,
               c.current_run_id is not null and not exists (
                   select from codebase.analysis_runs a
                   where a.organization_id = c.organization_id and a.id = c.current_run_id and a.codebase_id = c.id and a.state = 'completed') as shows_nothing
        from (select x.* from codebase.codebases x limit 10000) c
        left join lateral (
            select a.number from codebase.analysis_runs a where a.organization_id = c.organization_id and a.codebase_id = c.id order by a.number desc limit 1
        ) r on true
    )
    select 'codebase', m.signal, m.found::numeric, 'codebases', 1::numeric, 1::numeric, m.remedy,
           jsonb_strip_nulls(jsonb_build_object('checked', s.checked, 'is_complete', s.checked < 10000, 'example', m.example))
    from (select count(*) as checked, count(*) filter (where k.is_behind) as behind, min(k.id::text) filter (where k.is_behind) as behind_example,
                 count(*) filter (where k.shows_nothing) as nothing, min(k.id::text) filter (where k.shows_nothing) as nothing_example
          from checked k) s
    cross join lateral (values
        ('last_run_number_is_behind', s.behind, s.behind_example, 'Set last_run_number to the greatest number of its runs: the next run would take a number twice.'),
        ('current_run_is_not_complete', s.nothing, s.nothing_example, 'Index the codebase again, which sets current_run_id to a run that is complete.')
    ) as m (signal, found, example, remedy);
end
$$;
comment on function codebase.integrity_signals() is 'Codebases that say of their runs what the runs do not say.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to in others, for data_integrity_checks().

select base.show_module_references('codebase');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('staging', $gsdb_file$-- How an index run brings its facts in. COPY into tables with row-level security is refused by PostgreSQL, so rows are
-- copied into temporary tables of the run's transaction and merged from there, set by set, in batches.

create or replace procedure codebase.begin_staging()
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    create temporary table staged_blobs (
        id uuid, git_id text, language text, analyser_version text, parse_status codebase.parse_status,
        size_bytes integer, lines integer, code_lines integer, comment_lines integer, blank_lines integer,
        error_count integer, error_bytes integer, element_count integer, import_count integer,
        reference_count integer) on commit drop;
    create temporary table staged_elements (
        blob_id uuid, ordinal integer, parent_ordinal integer, kind codebase.element_kind, name text, qualified_name text,
        owner text, overload integer, flags integer, start_line integer, start_column integer, end_line integer,
        end_column integer, start_byte integer, end_byte integer, name_line integer, name_column integer,
        parameter_count integer, signature text, documentation text) on commit drop;
    create temporary table staged_imports (
        blob_id uuid, ordinal integer, kind codebase.import_kind, module text, name text, alias text,
        is_relative boolean, is_system boolean, is_type_only boolean, is_reexported boolean, element_ordinal integer, line integer,
        "column" integer) on commit drop;
    create temporary table staged_references (
        blob_id uuid, names text[], name_indexes integer[], receiver_indexes integer[], kind_codes smallint[],
        elements integer[], lines integer[], columns integer[], argument_counts smallint[]) on commit drop;
    create temporary table staged_files (
        path text, is_removed boolean, mode codebase.file_mode, git_id text, blob_id uuid, size_bytes bigint,
        language text, skip_reason codebase.skip_reason, skip_evidence text) on commit drop;
    create temporary table staged_new_blobs (id uuid) on commit drop;
end $$;
comment on procedure codebase.begin_staging() is 'Makes the temporary tables of an index run; they go with its transaction';

create or replace function codebase.merge_facts(organization uuid) returns integer
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    new_blobs integer;
begin
    -- Another run may have brought the same content meanwhile: its facts stand, ours are dropped.
    with inserted as (
        insert into codebase.blobs (organization_id, id, git_id, language, analyser_version, parse_status, size_bytes, lines,
                                    code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count)
        select organization, id, git_id, language, analyser_version, parse_status, size_bytes, lines,
               code_lines, comment_lines, blank_lines, error_count, error_bytes, element_count, import_count, reference_count
        from pg_temp.staged_blobs order by id
        on conflict do nothing
        returning id)
    insert into pg_temp.staged_new_blobs select id from inserted;
    get diagnostics new_blobs = row_count;
    if new_blobs < (select count(*) from pg_temp.staged_blobs) then
        delete from pg_temp.staged_elements where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_imports where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_references where blob_id not in (select id from pg_temp.staged_new_blobs);
    end if;

    insert into codebase.blob_elements (organization_id, blob_id, ordinal, parent_ordinal, kind, name, qualified_name, owner, overload, flags, start_line,
        start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation)
    select organization, blob_id, ordinal, parent_ordinal, kind, name, qualified_name, owner, overload, flags, start_line,
        start_column, end_line, end_column, start_byte, end_byte, name_line, name_column, parameter_count, signature, documentation
    from pg_temp.staged_elements;
    insert into codebase.blob_imports (organization_id, blob_id, ordinal, kind, module, name, alias, is_relative, is_system, is_type_only,
        is_reexported, element_ordinal, line, "column")
    select organization, blob_id, ordinal, kind, module, name, alias, is_relative, is_system, is_type_only,
        is_reexported, element_ordinal, line, "column"
    from pg_temp.staged_imports;
    insert into codebase.blob_references (organization_id, blob_id, names, name_indexes, receiver_indexes, kind_codes, elements, lines,
        columns, argument_counts)
    select organization, blob_id, names, name_indexes, receiver_indexes, kind_codes, elements, lines, columns, argument_counts
    from pg_temp.staged_references;
    truncate pg_temp.staged_blobs, pg_temp.staged_elements, pg_temp.staged_imports, pg_temp.staged_references, pg_temp.staged_new_blobs;
    return new_blobs;
end $$;
comment on function codebase.merge_facts(uuid) is 'Moves the staged facts into the tables of facts and empties the staging; returns the number of new blobs';

create or replace procedure codebase.merge_files(organization uuid, codebase uuid, run_number integer)
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    update codebase.files as f set last_run = run_number - 1
    from pg_temp.staged_files s
    where f.organization_id = organization and f.codebase_id = codebase and f.last_run is null and f.path = s.path;
    insert into codebase.files (organization_id, codebase_id, path, first_run, mode, git_id, blob_id, size_bytes, language,
        skip_reason, skip_evidence)
    select organization, codebase, path, run_number, mode, git_id, blob_id, size_bytes, language, skip_reason, skip_evidence
    from pg_temp.staged_files where not is_removed;
end $$;
comment on procedure codebase.merge_files(uuid, uuid, integer) is 'Ends the rows of the staged paths with the run before and begins their new ones with this run';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- The documented views of the codebase module (docs/reference/sql.md). Those without "history" in their name show the
-- newest complete run of every codebase.

create or replace view codebase.file_analysis as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.mode, f.language, b.parse_status, b.error_count, b.error_bytes,
       f.size_bytes, b.lines, b.code_lines, b.comment_lines, b.blank_lines, b.element_count, b.import_count, b.reference_count,
       f.git_id, f.blob_id, f.first_run
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blobs b on b.organization_id = f.organization_id and b.id = f.blob_id
where f.last_run is null;
select base.tenant_view('codebase.file_analysis');
comment on view codebase.file_analysis is 'The analysed files of the newest complete run of each codebase';

create or replace view codebase.skipped_files as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.mode, f.language, f.size_bytes, f.skip_reason, f.skip_evidence, f.first_run
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
where f.last_run is null and f.skip_reason is not null;
select base.tenant_view('codebase.skipped_files');
comment on view codebase.skipped_files is 'The files that were listed but not analysed, and why';

create or replace view codebase.code_elements as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, e.ordinal, e.parent_ordinal, e.kind, e.name, e.qualified_name,
       e.owner, e.overload, codebase.element_flags(e.flags) as flags, e.start_line, e.start_column, e.end_line, e.end_column,
       e.start_byte, e.end_byte, e.name_line, e.name_column, e.parameter_count,
       e.signature, e.documentation, f.language, f.blob_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_elements e on e.organization_id = f.organization_id and e.blob_id = f.blob_id
where f.last_run is null;
select base.tenant_view('codebase.code_elements');
comment on view codebase.code_elements is 'Functions, classes, types and variables of the newest complete run of each codebase';

create or replace view codebase.imports as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, i.ordinal, i.kind, i.module, i.name, i.alias, i.is_relative,
       i.is_system, i.is_type_only, i.is_reexported, i.element_ordinal, i.line, i."column", f.language, f.blob_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_imports i on i.organization_id = f.organization_id and i.blob_id = f.blob_id
where f.last_run is null;
select base.tenant_view('codebase.imports');
comment on view codebase.imports is 'What the files of the newest complete run of each codebase import, include, use or re-export';

create or replace view codebase.raw_references as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, r.ordinal::integer as ordinal,
       (enum_range(null::codebase.reference_kind))[r.kind_code + 1] as kind,
       b.names[r.name_index + 1] as name, nullif(b.names[r.receiver_index + 1], '') as receiver, nullif(r.element_ordinal, -1) as element_ordinal,
       nullif(r.argument_count, -1::smallint) as argument_count,
       r.line, r."column", f.language, f.blob_id
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.blob_references b on b.organization_id = f.organization_id and b.blob_id = f.blob_id
cross join lateral unnest(b.kind_codes, b.name_indexes, b.receiver_indexes, b.elements, b.argument_counts, b.lines, b.columns)
    with ordinality as r (kind_code, name_index, receiver_index, element_ordinal, argument_count, line, "column", ordinal)
where f.last_run is null;
select base.tenant_view('codebase.raw_references');
comment on view codebase.raw_references is 'Calls, type uses and other mentions as written, not yet resolved to what they mean';

create or replace view codebase.file_history as
select f.organization_id, f.codebase_id, c.name as codebase, f.path, f.first_run, f.last_run, started.started_at as first_seen_at,
       started.commit_id as first_commit_id, f.git_id, f.blob_id, f.size_bytes, f.language, f.skip_reason
from codebase.files f
join codebase.codebases c on c.organization_id = f.organization_id and c.id = f.codebase_id
join codebase.analysis_runs started
    on started.organization_id = f.organization_id and started.codebase_id = f.codebase_id and started.number = f.first_run;
select base.tenant_view('codebase.file_history');
comment on view codebase.file_history is 'Every content a path has had, from which run to which';
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_codebases', 'plain', '5000ms', 1, 2299, 2321, 65, $gsdb_file$-- A codebase is a Git repository or a plain folder whose code is indexed. What was found in it is kept per run.

create type codebase.codebase_kind as enum ('work_tree', 'bare', 'folder');

create table codebase.codebases (
    organization_id uuid not null,
    id              uuid not null,
    name            text not null,
    kind            codebase.codebase_kind not null,
    location        text not null,
    remote_url      text,
    repository_id   uuid,
    last_run_number integer not null default 0,
    current_run_id  uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    constraint codebases_pkey primary key (organization_id, id),
    constraint codebases_name_is_unique unique (organization_id, name),
    constraint codebases_location_is_unique unique (organization_id, location),
    constraint name_is_not_blank check (btrim(name) <> ''),
    constraint run_numbers_do_not_go_below_zero check (last_run_number >= 0)
);
select base.tenant_table('codebase.codebases');

comment on table codebase.codebases is 'Git repositories and plain folders whose code is indexed';
comment on column codebase.codebases.organization_id is 'Tenant that owns the row';
comment on column codebase.codebases.id is 'Version 7 UUID';
comment on column codebase.codebases.name is 'Short name for people, unique in the organization';
comment on column codebase.codebases.kind is 'work_tree: Git with files checked out; bare: Git without; folder: no Git';
comment on column codebase.codebases.location is 'Canonical absolute path, or the URL it was cloned from';
comment on column codebase.codebases.remote_url is 'URL of the Git remote named origin, without credentials';
comment on column codebase.codebases.repository_id is 'Id of the repository in projects.repositories (another database; checked by data_integrity_checks())';
comment on column codebase.codebases.last_run_number is 'Number given to the newest run, complete or not';
comment on column codebase.codebases.current_run_id is 'The newest complete run: what the views without "history" in their name show';
comment on column codebase.codebases.created_at is 'When the row was made';
comment on column codebase.codebases.updated_at is 'When the row last changed';

-- migrate: rollback
drop table codebase.codebases;
drop type codebase.codebase_kind;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_analysis_runs', 'plain', '5000ms', 1, 4625, 4647, 65, $gsdb_file$-- A run is one pass over a codebase. Runs are numbered per codebase and never overwrite each other: facts hang on
-- content (0003), and files say from which run to which run they held (0004).

create type codebase.run_state as enum ('running', 'completed', 'failed', 'cancelled', 'abandoned');

create table codebase.analysis_runs (
    organization_id  uuid not null,
    id               uuid not null,
    codebase_id      uuid not null,
    number           integer not null,
    state            codebase.run_state not null default 'running',
    analyser_version text not null,
    commit_id        text,
    branch           text,
    is_dirty         boolean not null default false,
    files_seen       integer,
    files_parsed     integer,
    files_reused     integer,
    files_skipped    integer,
    files_removed    integer,
    bytes_seen       bigint,
    bytes_parsed     bigint,
    lines_seen       bigint,
    elements_seen    bigint,
    started_at       timestamptz not null default now(),
    finished_at      timestamptz,
    error_code       text,
    error_message    text,
    constraint analysis_runs_pkey primary key (organization_id, id),
    constraint run_number_is_unique unique (organization_id, codebase_id, number),
    constraint run_number_is_positive check (number > 0),
    constraint ended_run_says_when check ((state = 'running') = (finished_at is null)),
    constraint failed_run_says_why check (state <> 'failed' or (error_code is not null and error_message is not null)),
    constraint completed_run_has_its_counts check (state <> 'completed' or
        (files_seen is not null and files_parsed is not null and files_reused is not null and files_skipped is not null and
         files_removed is not null and bytes_seen is not null and bytes_parsed is not null and lines_seen is not null and
         elements_seen is not null)),
    constraint every_file_seen_is_accounted_for check (files_seen = files_parsed + files_reused + files_skipped)
);
select base.tenant_table('codebase.analysis_runs');
alter table codebase.analysis_runs
    add constraint run_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

comment on table codebase.analysis_runs is 'One pass over a codebase each: what was seen, when, and how it ended';
comment on column codebase.analysis_runs.organization_id is 'Tenant that owns the row';
comment on column codebase.analysis_runs.id is 'Version 7 UUID';
comment on column codebase.analysis_runs.codebase_id is 'The codebase that was passed over';
comment on column codebase.analysis_runs.number is 'Counts 1, 2, 3 within the codebase';
comment on column codebase.analysis_runs.state is 'abandoned: its process ended without a word (found by the next run)';
comment on column codebase.analysis_runs.analyser_version is 'Version of the extraction; other versions parse the same content again';
comment on column codebase.analysis_runs.commit_id is 'Git commit that was checked out or asked for, in hexadecimal; null without Git or before the first commit';
comment on column codebase.analysis_runs.branch is 'Git branch, null when detached or without Git';
comment on column codebase.analysis_runs.is_dirty is 'The files differed from the commit';
comment on column codebase.analysis_runs.files_seen is 'Files listed, skipped ones included';
comment on column codebase.analysis_runs.files_parsed is 'Files whose content was not known and was read in this run';
comment on column codebase.analysis_runs.files_reused is 'Files whose content was known from an earlier run';
comment on column codebase.analysis_runs.files_skipped is 'Files listed but not analysed; codebase.skipped_files says why';
comment on column codebase.analysis_runs.files_removed is 'Paths of the run before that are no longer there';
comment on column codebase.analysis_runs.bytes_seen is 'Size of the files parsed and reused, in bytes';
comment on column codebase.analysis_runs.bytes_parsed is 'Size of the files parsed, in bytes';
comment on column codebase.analysis_runs.lines_seen is 'Lines of the files parsed and reused';
comment on column codebase.analysis_runs.elements_seen is 'Elements of the files parsed and reused';
comment on column codebase.analysis_runs.started_at is 'When it began';
comment on column codebase.analysis_runs.finished_at is 'When it ended; for an abandoned run, when that was found';
comment on column codebase.analysis_runs.error_code is 'Stable code of the error that ended it';
comment on column codebase.analysis_runs.error_message is 'That error in words';

-- migrate: rollback
drop table codebase.analysis_runs;
drop type codebase.run_state;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_blobs_and_their_facts', 'plain', '5000ms', 1, 11786, 11808, 203, $gsdb_file$-- Facts hang on content, not on paths: a blob is parsed once per language and analyser version, on whatever branch,
-- commit or path it appears. Rows of these tables are never changed.
--
-- Raw references are one row a blob, as parallel arrays: they are ten times as many as elements, are read as a whole
-- when files are linked, and as rows of their own would cost most of the time of an index run. The view
-- codebase.raw_references spreads them.
--
-- blob_elements, blob_imports and blob_references have no foreign key to blobs: they are written in one statement
-- with it, by codebase.merge_facts() alone, and a key checked row by row costs a fifth of an index run.

create type codebase.parse_status as enum ('ok', 'has_errors', 'timed_out', 'too_large', 'too_deep', 'not_utf8', 'unparsed');
create type codebase.element_kind as enum (
    'module', 'package', 'namespace', 'class', 'struct', 'union', 'interface', 'trait', 'enum', 'enum_member', 'record',
    'annotation', 'type_alias', 'concept', 'implementation', 'function', 'method', 'constructor', 'destructor', 'property',
    'field', 'variable', 'constant', 'macro');
create type codebase.import_kind as enum (
    'import', 'from_import', 'wildcard', 'include', 'require', 'dynamic_import', 'use', 'submodule', 're_export', 're_export_all');
create type codebase.reference_kind as enum (
    'call', 'instantiate', 'type_use', 'inherit', 'implement', 'decorate', 'read', 'write', 'expand');

create table codebase.blobs (
    organization_id  uuid not null,
    id               uuid not null,
    git_id           text collate "C" not null,
    language         text not null,
    analyser_version text not null,
    parse_status     codebase.parse_status not null,
    size_bytes       integer not null,
    lines            integer not null,
    code_lines       integer not null,
    comment_lines    integer not null,
    blank_lines      integer not null,
    error_count      integer not null,
    error_bytes      integer not null,
    element_count    integer not null,
    import_count     integer not null,
    reference_count  integer not null,
    created_at       timestamptz not null default now(),
    constraint blobs_pkey primary key (organization_id, id),
    constraint sizes_are_not_negative check (size_bytes >= 0 and least(error_count, error_bytes) >= 0 and element_count >= 0 and import_count >= 0 and reference_count >= 0),
    constraint every_line_is_of_one_kind check (lines = code_lines + comment_lines + blank_lines and least(code_lines, comment_lines, blank_lines) >= 0)
);
select base.tenant_table('codebase.blobs');
create index blobs_by_content on codebase.blobs (organization_id, git_id);

create table codebase.blob_elements (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    parent_ordinal  integer,
    kind            codebase.element_kind not null,
    name            text collate "C" not null,
    qualified_name  text collate "C" not null,
    owner           text collate "C",
    overload        integer not null,
    flags           integer not null,
    start_line      integer not null,
    start_column    integer not null,
    end_line        integer not null,
    end_column      integer not null,
    start_byte      integer not null,
    end_byte        integer not null,
    name_line       integer not null,
    name_column     integer not null,
    parameter_count integer,
    signature       text not null,
    documentation   text,
    constraint blob_elements_pkey primary key (organization_id, blob_id, ordinal),
    constraint parent_comes_first check (parent_ordinal < ordinal),
    constraint span_does_not_run_backwards check ((start_line, start_column) <= (end_line, end_column) and start_byte <= end_byte)
);
select base.tenant_table('codebase.blob_elements');
create index blob_elements_by_name on codebase.blob_elements (organization_id, name);

create table codebase.blob_imports (
    organization_id uuid not null,
    blob_id         uuid not null,
    ordinal         integer not null,
    kind            codebase.import_kind not null,
    module          text collate "C" not null,
    name            text collate "C",
    alias           text collate "C",
    is_relative     boolean not null,
    is_system       boolean not null,
    is_type_only    boolean not null,
    is_reexported   boolean not null,
    element_ordinal integer,
    line            integer not null,
    "column"        integer not null,
    constraint blob_imports_pkey primary key (organization_id, blob_id, ordinal)
);
select base.tenant_table('codebase.blob_imports');

create table codebase.blob_references (
    organization_id uuid not null,
    blob_id         uuid not null,
    names           text[] not null,
    name_indexes    integer[] not null,
    receiver_indexes integer[] not null,
    kind_codes      smallint[] not null,
    elements        integer[] not null,
    lines           integer[] not null,
    columns         integer[] not null,
    argument_counts smallint[] not null,
    constraint blob_references_pkey primary key (organization_id, blob_id),
    constraint arrays_are_parallel check (
        cardinality(name_indexes) = cardinality(receiver_indexes) and cardinality(name_indexes) = cardinality(kind_codes) and
        cardinality(name_indexes) = cardinality(elements) and cardinality(name_indexes) = cardinality(lines) and
        cardinality(name_indexes) = cardinality(columns) and cardinality(name_indexes) = cardinality(argument_counts))
);
select base.tenant_table('codebase.blob_references');

comment on table codebase.blobs is 'Contents that were analysed, each once per language and analyser version';
comment on column codebase.blobs.organization_id is 'Tenant that owns the row';
comment on column codebase.blobs.id is 'Version 8 UUID of the Git id, the language and the analyser version';
comment on column codebase.blobs.git_id is 'Git blob id of the content in hexadecimal (SHA-1 or SHA-256)';
comment on column codebase.blobs.language is 'Language it was analysed as';
comment on column codebase.blobs.analyser_version is 'Version of the extraction that made the facts';
comment on column codebase.blobs.parse_status is 'ok: all of it was understood; has_errors: the grammar met text it does not know, everything else is there; the others: line counts only, or less';
comment on column codebase.blobs.size_bytes is 'Size of the content, in bytes';
comment on column codebase.blobs.lines is 'Lines in all';
comment on column codebase.blobs.code_lines is 'Lines with code';
comment on column codebase.blobs.comment_lines is 'Lines with nothing but comment, docstrings included';
comment on column codebase.blobs.blank_lines is 'Lines of white space';
comment on column codebase.blobs.error_count is 'Stretches that the grammar did not know';
comment on column codebase.blobs.error_bytes is 'Length of those stretches, in bytes';
comment on column codebase.blobs.element_count is 'Rows in blob_elements';
comment on column codebase.blobs.import_count is 'Rows in blob_imports';
comment on column codebase.blobs.reference_count is 'Items in blob_references';
comment on column codebase.blobs.created_at is 'When it was first analysed';
comment on table codebase.blob_elements is 'Named things that a content defines or declares';
comment on column codebase.blob_elements.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_elements.blob_id is 'The content';
comment on column codebase.blob_elements.ordinal is 'Counts from 0 in the order in which elements start';
comment on column codebase.blob_elements.parent_ordinal is 'The element around it, null at the top';
comment on column codebase.blob_elements.kind is 'What it is';
comment on column codebase.blob_elements.name is 'Its own name';
comment on column codebase.blob_elements.qualified_name is 'Names from the outermost down, joined by dots';
comment on column codebase.blob_elements.owner is 'Type named by an out-of-line definition or a receiver: A::B of void A::B::f()';
comment on column codebase.blob_elements.overload is 'How many elements of this kind and qualified name came before it in the content';
comment on column codebase.blob_elements.flags is 'Bits; codebase.element_flags() names them';
comment on column codebase.blob_elements.start_line is 'Line of its first byte, from 1';
comment on column codebase.blob_elements.start_column is 'Column of its first byte, in bytes from 1';
comment on column codebase.blob_elements.end_line is 'Line after its last byte';
comment on column codebase.blob_elements.end_column is 'Column after its last byte';
comment on column codebase.blob_elements.start_byte is 'Offset of its first byte';
comment on column codebase.blob_elements.end_byte is 'Offset after its last byte';
comment on column codebase.blob_elements.name_line is 'Line of its name';
comment on column codebase.blob_elements.name_column is 'Column of its name, in bytes from 1';
comment on column codebase.blob_elements.parameter_count is 'Parameters as written, null where it takes none by nature';
comment on column codebase.blob_elements.signature is 'Its header without the body, white space collapsed, at most 512 bytes';
comment on column codebase.blob_elements.documentation is 'Docstring or the comment before it, at most 2048 bytes';
comment on table codebase.blob_imports is 'What a content imports, includes, uses or re-exports, a name a row';
comment on column codebase.blob_imports.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_imports.blob_id is 'The content';
comment on column codebase.blob_imports.ordinal is 'Counts from 0 in the order of the text';
comment on column codebase.blob_imports.kind is 'How it is brought in';
comment on column codebase.blob_imports.module is 'As written, without quotes';
comment on column codebase.blob_imports.name is 'The name taken from the module, null for the whole of it';
comment on column codebase.blob_imports.alias is 'The local name where it differs';
comment on column codebase.blob_imports.is_relative is 'The module is named relative to the file';
comment on column codebase.blob_imports.is_system is 'Written in angle brackets';
comment on column codebase.blob_imports.is_type_only is 'TypeScript import type';
comment on column codebase.blob_imports.is_reexported is 'Named in __all__';
comment on column codebase.blob_imports.element_ordinal is 'The element in which it stands, null at the top';
comment on column codebase.blob_imports.line is 'From 1';
comment on column codebase.blob_imports."column" is 'In bytes from 1';
comment on table codebase.blob_references is 'Mentions of names in a content, as parallel arrays in the order of the text';
comment on column codebase.blob_references.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_references.blob_id is 'The content';
comment on column codebase.blob_references.names is 'Every name and receiver once; the index arrays count from 0';
comment on column codebase.blob_references.name_indexes is 'The mentioned name';
comment on column codebase.blob_references.receiver_indexes is 'What stands before the name, as written; the index of the empty text where nothing does';
comment on column codebase.blob_references.kind_codes is 'What the mention does: position in the enum codebase.reference_kind, from 0';
comment on column codebase.blob_references.elements is 'Ordinal of the innermost element around it, -1 at the top';
comment on column codebase.blob_references.lines is 'From 1';
comment on column codebase.blob_references.columns is 'In bytes from 1';
comment on column codebase.blob_references.argument_counts is 'Arguments of a call, -1 elsewhere';

-- migrate: rollback
drop table codebase.blob_references, codebase.blob_imports, codebase.blob_elements, codebase.blobs;
drop type codebase.reference_kind, codebase.import_kind, codebase.element_kind, codebase.parse_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_files', 'plain', '5000ms', 1, 3229, 3251, 79, $gsdb_file$-- Which file had which content in which runs: a row holds from run first_run to run last_run, and last_run is null
-- while it still does. A run so costs what changed, and any run can be shown whole.

create type codebase.skip_reason as enum (
    'symlink', 'submodule', 'too_large', 'vendored', 'generated', 'minified', 'data', 'binary', 'encoding', 'long_lines',
    'unknown_language', 'path_too_long', 'unreadable', 'vanished', 'changing', 'missing_object', 'special_file',
    'nested_repository', 'unreadable_folder');
create type codebase.file_mode as enum ('regular', 'executable', 'symlink', 'submodule');

create table codebase.files (
    organization_id uuid not null,
    codebase_id     uuid not null,
    path            text collate "C" not null,
    first_run       integer not null,
    last_run        integer,
    mode            codebase.file_mode not null,
    git_id          text collate "C",
    blob_id         uuid,
    size_bytes      bigint not null,
    language        text,
    skip_reason     codebase.skip_reason,
    skip_evidence   text,
    constraint files_pkey primary key (organization_id, codebase_id, path, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint analysed_or_skipped_with_a_reason check ((blob_id is null) = (skip_reason is not null)),
    constraint only_skips_have_evidence check (skip_evidence is null or skip_reason is not null),
    constraint size_is_not_negative check (size_bytes >= 0)
);
select base.tenant_table('codebase.files');
alter table codebase.files
    add constraint file_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;
create unique index file_is_current_once on codebase.files (organization_id, codebase_id, path) where last_run is null;
create index files_by_blob on codebase.files (organization_id, blob_id) where last_run is null;

comment on table codebase.files is 'Which file had which content from which run to which run';
comment on column codebase.files.organization_id is 'Tenant that owns the row';
comment on column codebase.files.codebase_id is 'The codebase the file is in';
comment on column codebase.files.path is 'Path below the root with slashes; bytes that are no UTF-8 are written \xHH and a backslash as \\';
comment on column codebase.files.first_run is 'Number of the first run in which this held';
comment on column codebase.files.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.files.mode is 'What the path is';
comment on column codebase.files.git_id is 'Git blob id of the content in hexadecimal, null where it was not read';
comment on column codebase.files.blob_id is 'The facts of the content (codebase.blobs), null for a skipped file';
comment on column codebase.files.size_bytes is 'Size of the content, in bytes';
comment on column codebase.files.language is 'Detected language, null where it is not known';
comment on column codebase.files.skip_reason is 'Why the file was not analysed, null where it was';
comment on column codebase.files.skip_evidence is 'What that was decided on: a folder, a line, an error';

-- migrate: rollback
drop table codebase.files;
drop type codebase.file_mode, codebase.skip_reason;
$gsdb_file$);
select pg_temp.gsdb_end_module();
