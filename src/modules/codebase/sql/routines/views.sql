-- The documented views of the codebase module (docs/reference/sql.md). Those without "history" in their name show the
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
