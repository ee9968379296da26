-- What base.tenant_table() makes of a table: isolation that nobody but a superuser escapes, and refusal of what cannot be isolated.
begin;
\ir ../../tests/as_role.psql
select plan(37);

\set acme '''a0000000-0000-7000-8000-000000000001'''
\set umbrella '''b0000000-0000-7000-8000-000000000002'''

create role scratch_owner nologin;
create role scratch_user nologin;
create schema scratch authorization scratch_owner;
set local role scratch_owner;
create table scratch.notes (organization_id uuid not null, id uuid not null default base.uuid_v7(), body text, updated_at timestamptz not null default now(),
                            constraint notes_pkey primary key (organization_id, id));
select base.tenant_table('scratch.notes');
create view scratch.all_notes as select organization_id, id, body from scratch.notes;
select base.tenant_view('scratch.all_notes');
create function scratch.count_all_notes() returns bigint language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$ begin return (select count(*) from scratch.notes); end $$;
create table scratch.colours (id uuid primary key, name text);
select base.tenant_table('scratch.colours', reference => true);
insert into scratch.colours values ('c0000000-0000-7000-8000-000000000003', 'blue');
create table scratch.events (organization_id uuid not null, id uuid not null, occurred_at timestamptz not null,
                             constraint events_pkey primary key (organization_id, id, occurred_at));
select base.make_time_partitioned('scratch.events', 'occurred_at', interval '1 month');
select base.tenant_table('scratch.events', privileges => 'select, insert');
insert into scratch.events values (:acme, :acme, now()), (:umbrella, :umbrella, now());
reset role;
insert into scratch.notes (organization_id, id, body, updated_at)
values (:acme, 'd0000000-0000-7000-8000-000000000001', 'of acme', '2020-01-01'), (:umbrella, 'd0000000-0000-7000-8000-000000000002', 'of umbrella', '2020-01-01');

-- Reading.
select is(pg_temp.answer('scratch_user', :acme, 'select string_agg(body, '', '') from scratch.notes'), 'of acme', 'a tenant sees its own rows');
select is(pg_temp.outcome('scratch_user', null, 'select from scratch.notes'), '0', 'a transaction without a tenant sees nothing');
select is(pg_temp.answer('scratch_user', :acme, 'select string_agg(body, '', '') from scratch.all_notes'), 'of acme', 'a view shows its reader''s rows');
select is(pg_temp.answer('scratch_user', :acme, 'select scratch.count_all_notes()'), '2', 'a SECURITY DEFINER routine of the owner spans tenants');
select is(pg_temp.answer('scratch_owner', null, 'select count(*) from scratch.notes'), '2', 'so does the owner, for migrations');

select is(pg_temp.answer('scratch_user', :acme, 'select count(*) from scratch.events'), '1', 'partitions are isolated through their table');
select is(pg_temp.outcome('scratch_user', :acme, format('select from scratch.%I', 'events_' || to_char(now() at time zone 'UTC', 'YYYY_MM'))), '42501',
          'and cannot be read directly');

-- Even where a view runs with its owner's rights, as every view of PostgreSQL 14 does.
create view scratch.old_notes as select body from scratch.notes;
alter view scratch.old_notes owner to scratch_owner;
grant select on scratch.old_notes to scratch_user;
select is(pg_temp.answer('scratch_user', :acme, 'select string_agg(body, '', '') from scratch.old_notes'), 'of acme', 'a view without security_invoker does not leak either');

-- The operator's reader.
grant usage on schema scratch to analytics_readonly;
grant select on scratch.notes, scratch.all_notes, scratch.old_notes to analytics_readonly;
select is(pg_temp.answer('analytics_readonly', null, 'select count(*) from scratch.notes'), '2', 'analytics_readonly sees every organization');
select is(pg_temp.answer('analytics_readonly', null, 'select count(*) from scratch.all_notes'), '2', 'through views, too');
select is(pg_temp.answer('analytics_readonly', null, 'select count(*) from scratch.old_notes'), '2', 'whatever rights they run with');
select is(pg_temp.outcome('analytics_readonly', null, 'delete from scratch.notes'), '42501', 'and changes nothing');

-- Writing.
select is(pg_temp.outcome('scratch_user', :acme, format('insert into scratch.notes (organization_id) values (%L)', :acme)), '1', 'a tenant adds rows of its own');
select is(pg_temp.outcome('scratch_user', :acme, format('insert into scratch.notes (organization_id) values (%L)', :umbrella)), '42501', 'but none of another tenant');
select is(pg_temp.outcome('scratch_user', null, format('insert into scratch.notes (organization_id) values (%L)', :acme)), '42501', 'and none without a tenant');
select is(pg_temp.outcome('scratch_user', :acme, 'update scratch.notes set body = ''changed'''), '1', 'an update without filter changes its own rows');
select is(pg_temp.outcome('scratch_user', :acme, format('update scratch.notes set organization_id = %L', :umbrella)), '42501', 'a row cannot be given to another tenant');
select ok(base.has_extension('citus') or pg_temp.answer('scratch_user', :acme, format('explain (format json) insert into scratch.notes (organization_id) select %L from generate_series(1, 2)', :acme)) like '%"InitPlan"%',
          'the tenant of a statement is read once, not for each of its rows');
select is(pg_temp.outcome('scratch_user', :acme, 'delete from scratch.notes'), '1', 'a delete without filter deletes its own rows');
select is(pg_temp.outcome('scratch_user', :acme, 'truncate scratch.notes'), '42501', 'truncate, which knows no policy, is not granted');
select is(pg_temp.outcome('scratch_user', :acme, 'alter table scratch.notes disable row level security'), '42501', 'the login role cannot switch isolation off');
select is(pg_temp.outcome('scratch_user', :acme, 'delete from scratch.events'), '42501', 'what was not granted is refused');
select is(pg_temp.outcome('scratch_user', null, 'select from scratch.colours'), '1', 'everybody reads a reference table');
select is(pg_temp.outcome('scratch_user', :acme, 'delete from scratch.colours'), '42501', 'and the login role does not change it');

-- The rest of what it does.
select is((select kind from base.managed_tables where relation = 'scratch.notes'::regclass), 'tenant', 'the table is registered');
select is(pg_temp.answer('scratch_user', :acme, 'update scratch.notes set body = ''new'' returning updated_at = now()'), 'true', 'a hand-written update moves updated_at');
select is(pg_temp.answer('scratch_user', :acme, 'update scratch.notes set updated_at = ''2021-01-01'' returning updated_at::date'), '2021-01-01', 'a given updated_at is kept');
select is(pg_temp.outcome('scratch_user', :acme, 'insert into base.managed_tables (relation, kind) values (''scratch.all_notes'', ''tenant'')'), '42501',
          'only the owner registers a table');
select is(pg_temp.outcome('scratch_user', :acme, 'select base.tenant_table(''scratch.notes'')'), '42501', 'or makes it a tenant table');

-- Refusals.
set local role scratch_owner;
create table scratch.no_tenant (id uuid primary key);
create table scratch.loose_unique (organization_id uuid not null, id uuid, name text unique, primary key (organization_id, id));
select base.register_table('scratch.no_tenant', 'reference', null);
reset role;
select throws_ok('select base.tenant_table(''scratch.no_tenant'')', 'GS002', 'scratch.no_tenant: has no column organization_id uuid not null', 'a table without the tenant is refused');
select throws_ok('select base.tenant_table(''scratch.loose_unique'')', 'GS002', null, 'and so is a key that spans tenants');
select is((select kind from base.managed_tables where relation = 'scratch.no_tenant'::regclass), 'reference', 'a refusal leaves what was there');
select throws_ok('select base.require_organization_id()', 'GS001', null, 'a routine that needs a tenant says so');

-- Citus is not here; a stand-in notes that it is asked, and for what.
create table scratch.citus_calls (call text);
set local allow_system_table_mods = on;
create function pg_catalog.create_distributed_table(relation text, tenant_column text) returns void language sql as $$ insert into scratch.citus_calls values (format('distribute %s by %s', relation, tenant_column)) $$;
create function pg_catalog.create_reference_table(relation text) returns void language sql as $$ insert into scratch.citus_calls values (format('replicate %s', relation)) $$;
insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) values (1, 'citus', 10, 11, false, 'stand-in');
create table scratch.sharded (organization_id uuid not null, id uuid, updated_at timestamptz, primary key (organization_id, id));
alter table scratch.sharded owner to scratch_owner;
select base.tenant_table('scratch.sharded');
select base.tenant_table('scratch.colours', reference => true);
select is((select string_agg(call, '; ') from scratch.citus_calls), 'distribute scratch.sharded by organization_id; replicate scratch.colours', 'under Citus tables are distributed');
select is((select count(*) from pg_trigger where tgrelid = 'scratch.sharded'::regclass), 0::bigint, 'and get no trigger');
insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) values (2, 'timescaledb', 10, 11, false, 'stand-in');
select throws_ok('select base.tenant_table(''scratch.notes'')', 'GS003', null, 'Citus together with TimescaleDB is refused');
select throws_ok('select * from base.maintain_time_partitions()', 'GS003', null, 'by maintenance, too');

select * from finish();
rollback;
