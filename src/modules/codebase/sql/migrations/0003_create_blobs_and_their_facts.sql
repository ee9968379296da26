-- Facts hang on content, not on paths: a blob is parsed once per language and analyser version, on whatever branch,
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
