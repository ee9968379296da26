-- Says of every table how it relates to tenants, and which tables are partitioned by time. The catalog cannot say it: on plain
-- PostgreSQL a reference table looks like any other.

create table base.managed_tables (
    relation   regclass    not null,
    kind       text        not null,
    reason     text,
    created_at timestamptz not null default now(),
    constraint managed_tables_pkey primary key (relation),
    constraint kind_is_known check (kind in ('tenant', 'reference', 'local')),
    constraint local_has_reason check (kind <> 'local' or btrim(reason) <> '')
);

comment on table base.managed_tables is 'Every table of the product in this database and its kind. Written by base.tenant_table and base.local_table.';
comment on column base.managed_tables.relation is 'The table; a partition is not listed, its parent is.';
comment on column base.managed_tables.kind is 'tenant: rows belong to one organization; reference: the same rows for all; local: of this database, on the coordinator under Citus.';
comment on column base.managed_tables.reason is 'Why a local table is neither of the others.';
comment on column base.managed_tables.created_at is 'When it was registered.';

create table base.time_partitions (
    relation      regclass    not null,
    time_column   name        not null,
    step          interval    not null,
    periods_ahead integer     not null default 3,
    retention     interval,
    strategy      text        not null,
    before_drop   text,
    created_at    timestamptz not null default now(),
    constraint time_partitions_pkey primary key (relation),
    constraint step_is_positive check (step > interval '0'),
    constraint periods_ahead_is_sane check (periods_ahead between 1 and 100),
    constraint retention_covers_a_period check (retention >= step),
    constraint strategy_is_known check (strategy in ('range', 'hypertable'))
);

comment on table base.time_partitions is 'Tables partitioned by time and how long their rows are kept. Written by base.make_time_partitioned and base.set_retention.';
comment on column base.time_partitions.relation is 'The partitioned table.';
comment on column base.time_partitions.time_column is 'The timestamptz column whose value decides the partition.';
comment on column base.time_partitions.step is 'The time one partition covers, in whole months or as a fixed length; periods begin in UTC.';
comment on column base.time_partitions.periods_ahead is 'How many partitions after the current one are kept ready.';
comment on column base.time_partitions.retention is 'Rows older than this are dropped, a whole partition at a time; null keeps them for ever.';
comment on column base.time_partitions.strategy is 'range: native RANGE partitions; hypertable: TimescaleDB chunks.';
comment on column base.time_partitions.before_drop is 'Name of a function of (partition regclass) called before a partition is dropped; null for none.';
comment on column base.time_partitions.created_at is 'When it was registered.';

-- A module's owner registers its own tables and nobody else's.
alter table base.managed_tables enable row level security;
alter table base.time_partitions enable row level security;
create policy everyone_reads on base.managed_tables for select using (true);
create policy everyone_reads on base.time_partitions for select using (true);
create policy table_owner_writes on base.managed_tables
    using (pg_has_role(current_user, (select relowner from pg_catalog.pg_class where oid = relation), 'usage'));
create policy table_owner_writes on base.time_partitions
    using (pg_has_role(current_user, (select relowner from pg_catalog.pg_class where oid = relation), 'usage'));
grant select, insert, update, delete on base.managed_tables, base.time_partitions to public;

insert into base.managed_tables (relation, kind, reason)
values ('base.schema_migrations',  'local', 'The migration engine''s record of this database.'),
       ('base.schema_routines',    'local', 'The migration engine''s record of this database.'),
       ('base.schema_shapes',      'local', 'The migration engine''s record of this database.'),
       ('base.migration_progress', 'local', 'The migration engine''s record of this database.'),
       ('base.managed_tables',     'local', 'Describes the tables of this database.'),
       ('base.time_partitions',    'local', 'Describes the tables of this database.');
