-- The record of what was done to this database, kept by the migration engine. It is the first thing in every database, so this
-- file needs nothing but the right to create in schema base.

do $$
begin
    if to_regnamespace('base') is null then
        create schema base;
    end if;
end
$$;

comment on schema base is 'What every database has: ids, tenant guard, time partitions, audit log, and the record of migrations.';

create table base.schema_migrations (
    module          text        not null,
    version         integer     not null,
    name            text        not null,
    kind            text        not null default 'plain',
    checksum        bytea       not null,
    sql_text        text        not null,
    rollback_text   text,
    applied_at      timestamptz not null default now(),
    applied_by      text        not null default session_user,
    duration_ms     bigint      not null,
    program_version text        not null,
    constraint schema_migrations_pkey primary key (module, version),
    constraint version_is_positive check (version > 0),
    constraint name_is_not_blank check (btrim(name) <> ''),
    constraint kind_is_known check (kind in ('plain', 'expand', 'backfill', 'switch', 'contract')),
    constraint checksum_is_sha256 check (octet_length(checksum) = 32),
    constraint duration_is_not_negative check (duration_ms >= 0)
);

comment on table base.schema_migrations is 'Every migration applied to this database, one row each, written in the transaction that applied it.';
comment on column base.schema_migrations.module is 'The module whose migration it is; base for this schema.';
comment on column base.schema_migrations.version is 'The number the file name begins with: 1 for 0001_create_xyz.sql.';
comment on column base.schema_migrations.name is 'The file name without number and suffix: create_xyz.';
comment on column base.schema_migrations.kind is 'plain for an ordinary change; expand, backfill, switch or contract for a step of a change without downtime.';
comment on column base.schema_migrations.checksum is 'SHA-256 of the file as it was applied; a different one today means that history was edited.';
comment on column base.schema_migrations.sql_text is 'The file as it was applied, to show what was edited.';
comment on column base.schema_migrations.rollback_text is 'The SQL that undoes it, as it was when applied; null when the migration cannot be undone.';
comment on column base.schema_migrations.applied_at is 'When the transaction that applied it began.';
comment on column base.schema_migrations.applied_by is 'The role that was logged in.';
comment on column base.schema_migrations.duration_ms is 'How long the SQL took, in milliseconds.';
comment on column base.schema_migrations.program_version is 'The version of the program that applied it.';

create table base.schema_routines (
    module          text        not null,
    name            text        not null,
    checksum        bytea       not null,
    applied_at      timestamptz not null default now(),
    applied_by      text        not null default session_user,
    program_version text        not null,
    constraint schema_routines_pkey primary key (module, name),
    constraint name_is_not_blank check (btrim(name) <> ''),
    constraint checksum_is_sha256 check (octet_length(checksum) = 32)
);

comment on table base.schema_routines is 'The routine files in force. A file is applied again when its text changes; unlike a migration it has no history.';
comment on column base.schema_routines.module is 'The module whose file it is; base for this schema.';
comment on column base.schema_routines.name is 'The file name without suffix.';
comment on column base.schema_routines.checksum is 'SHA-256 of the file as it was last applied.';
comment on column base.schema_routines.applied_at is 'When the transaction that last applied it began.';
comment on column base.schema_routines.applied_by is 'The role that was logged in.';
comment on column base.schema_routines.program_version is 'The version of the program that last applied it.';

create table base.migration_progress (
    module          text        not null,
    version         integer     not null,
    position        jsonb,
    batches_done    bigint      not null default 0,
    rows_done       bigint      not null default 0,
    rows_estimated  bigint,
    started_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    finished_at     timestamptz,
    last_error      text,
    constraint migration_progress_pkey primary key (module, version),
    constraint version_is_positive check (version > 0),
    constraint counts_are_not_negative check (batches_done >= 0 and rows_done >= 0 and rows_estimated >= 0),
    constraint finished_after_start check (finished_at >= started_at)
);

comment on table base.migration_progress is 'How far a batched back-fill has come. Written in the transaction of each batch, so a killed run goes on after its last committed batch.';
comment on column base.migration_progress.module is 'The module whose back-fill it is.';
comment on column base.migration_progress.version is 'The version of the back-fill in base.schema_migrations once it has finished.';
comment on column base.migration_progress.position is 'The key of the last row done, as the back-fill understands it; null before the first batch.';
comment on column base.migration_progress.batches_done is 'Batches committed.';
comment on column base.migration_progress.rows_done is 'Rows changed by the committed batches.';
comment on column base.migration_progress.rows_estimated is 'Rows to change in all, as estimated at the start; null when unknown.';
comment on column base.migration_progress.started_at is 'When the first batch began.';
comment on column base.migration_progress.updated_at is 'When the last batch was committed.';
comment on column base.migration_progress.finished_at is 'When nothing was left to change; null while under way.';
comment on column base.migration_progress.last_error is 'Why the last attempt stopped; null when it did not.';

create table base.schema_shapes (
    module       text        not null,
    basis        text        not null,
    server_major integer     not null,
    shape        jsonb       not null,
    recorded_at  timestamptz not null default now(),
    constraint schema_shapes_pkey primary key (module),
    constraint shape_is_object check (jsonb_typeof(shape) = 'object')
);

comment on table base.schema_shapes is 'What the catalog said of a module''s schemas after its last migration, so that a change made by hand is found.';
comment on column base.schema_shapes.module is 'The module; base for this schema.';
comment on column base.schema_shapes.basis is 'Identifies the migrations and routines that were in force.';
comment on column base.schema_shapes.server_major is 'The major version of the server that printed the definitions: versions print them differently.';
comment on column base.schema_shapes.shape is 'Object name to its definition.';
comment on column base.schema_shapes.recorded_at is 'When it was recorded.';

grant usage on schema base to public;
grant select on base.schema_migrations, base.schema_routines, base.migration_progress, base.schema_shapes to public;
