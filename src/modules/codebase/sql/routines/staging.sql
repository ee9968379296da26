-- How an index run brings its facts in. COPY into tables with row-level security is refused by PostgreSQL, so rows are
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
    create temporary table staged_flows (blob_id uuid, flow bytea) on commit drop;
    create temporary table staged_metrics (
        blob_id uuid, ordinal integer, lines integer, code_lines integer, logical_lines integer, comment_lines integer,
        cyclomatic_complexity integer, cognitive_complexity integer, nesting_max integer, parameters integer,
        operators_distinct integer, operands_distinct integer, operators_total integer, operands_total integer,
        documentable integer, documented integer, annotatable integer, annotated integer, cohesion_groups integer) on commit drop;
    create temporary table staged_findings (
        blob_id uuid, ordinal integer, rule_id text, element_ordinal integer, start_line integer, start_column integer,
        end_line integer, end_column integer, start_character integer, end_character integer, message text, source text) on commit drop;
    create temporary table staged_directives (
        blob_id uuid, ordinal integer, first_line integer, last_line integer, rules text[], justification text) on commit drop;
    create temporary table staged_tokens (blob_id uuid, fingerprints bytea, tokens bytea) on commit drop;
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
        delete from pg_temp.staged_flows where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_metrics where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_findings where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_directives where blob_id not in (select id from pg_temp.staged_new_blobs);
        delete from pg_temp.staged_tokens where blob_id not in (select id from pg_temp.staged_new_blobs);
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
    insert into codebase.blob_flows (organization_id, blob_id, flow) select organization, blob_id, flow from pg_temp.staged_flows;
    insert into codebase.blob_metrics (organization_id, blob_id, ordinal, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity,
        cognitive_complexity, nesting_max, parameters, operators_distinct, operands_distinct, operators_total, operands_total, documentable,
        documented, annotatable, annotated, cohesion_groups)
    select organization, blob_id, ordinal, lines, code_lines, logical_lines, comment_lines, cyclomatic_complexity,
        cognitive_complexity, nesting_max, parameters, operators_distinct, operands_distinct, operators_total, operands_total, documentable,
        documented, annotatable, annotated, cohesion_groups
    from pg_temp.staged_metrics;
    insert into codebase.blob_findings (organization_id, blob_id, ordinal, rule_id, element_ordinal, start_line, start_column, end_line, end_column,
        start_character, end_character, message, source)
    select organization, blob_id, ordinal, rule_id, element_ordinal, start_line, start_column, end_line, end_column,
        start_character, end_character, message, source
    from pg_temp.staged_findings;
    insert into codebase.blob_directives (organization_id, blob_id, ordinal, first_line, last_line, rules, justification)
    select organization, blob_id, ordinal, first_line, last_line, rules, justification from pg_temp.staged_directives;
    insert into codebase.blob_tokens (organization_id, blob_id, fingerprints, tokens)
    select organization, blob_id, fingerprints, tokens from pg_temp.staged_tokens;
    truncate pg_temp.staged_blobs, pg_temp.staged_elements, pg_temp.staged_imports, pg_temp.staged_references, pg_temp.staged_flows,
        pg_temp.staged_metrics, pg_temp.staged_findings, pg_temp.staged_directives, pg_temp.staged_tokens, pg_temp.staged_new_blobs;
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
    insert into codebase.names (organization_id, codebase_id, name)
    select distinct organization, merge_files.codebase, e.name
    from pg_temp.staged_files s
    join codebase.blob_elements e on e.organization_id = organization and e.blob_id = s.blob_id
    where not s.is_removed
    on conflict do nothing;
end $$;
comment on procedure codebase.merge_files(uuid, uuid, integer) is 'Ends the rows of the staged paths with the run before and begins their new ones with this run; names that are new to the codebase become known to search';
