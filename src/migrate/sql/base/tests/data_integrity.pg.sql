-- data_integrity_checks() follows what comments say, tells orphans from what it could not look at, and says how much it has seen.
-- It is the same in every database, and takes seconds: one stands for all.
select to_regclass('tasks.tasks') is null as is_elsewhere \gset
\if :is_elsewhere
select plan(1);
select skip('runs where the tasks are', 1);
select * from finish();
\q
\endif
begin;
\ir ../../tests/as_role.psql
select plan(36);
set local client_min_messages = warning;

-- The one check, as text: status, severity, rows checked, all of them or not, violations.
create function pg_temp.check_of(wanted text) returns text language plpgsql as $$
begin
    return (select concat_ws(' ', c.status, c.severity, c.rows_checked, c.is_complete, c.violations) from base.data_integrity_checks() c where c.check_name = wanted);
end $$;
create function pg_temp.with_fault(fault text, wanted text) returns text language plpgsql as $$
declare
    said text;
begin
    begin
        execute fault;
        said := split_part(pg_temp.check_of(wanted), ' ', 1);
        raise exception using errcode = 'TAP00';
    exception when sqlstate 'TAP00' then
        null;
    end;
    return said;
end $$;

-- Two tables that know each other by a comment only.
create table base.probe_targets (organization_id uuid not null, id uuid not null, constraint probe_targets_pkey primary key (organization_id, id));
create table base.probes (organization_id uuid not null, id uuid not null default gen_random_uuid(), target_id uuid, filler text default repeat('x', 400),
                          constraint probes_pkey primary key (organization_id, id));
comment on column base.probes.target_id is 'What it is about; null for nothing. Id of base.probe_targets.';
select is((select count(*) from base.declared_references('base') d where d.relation = 'base.probes'::regclass and d.column_name = 'target_id' and d.target = 'base.probe_targets'),
          1::bigint, 'a comment declares a reference');
select is((select count(*) from base.declared_references('base') d where d.column_name = 'id'), 0::bigint, 'a column without such a comment refers to nothing');
insert into base.probe_targets select uuid_nil, md5(n::text)::uuid from generate_series(1, 2000) n, (select '00000000-0000-0000-0000-000000000000'::uuid as uuid_nil) z;
insert into base.probes (organization_id, target_id) select '00000000-0000-0000-0000-000000000000', md5(n::text)::uuid from generate_series(1, 20) n;
insert into base.probes (organization_id) values ('00000000-0000-0000-0000-000000000000');
select is(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), 'ok healthy 20 t 0', 'every id is followed');

-- An orphan, the same id in another organization, and many of them.
insert into base.probes (organization_id, target_id) values ('00000000-0000-0000-0000-000000000000', 'dead0000-0000-7000-8000-000000000001');
select is(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), 'violated warning 21 t 1', 'an orphan is found');
select is((select array[c.example_id, c.remedy] from base.data_integrity_checks() c where c.check_name like 'references.base.probes.%'),
          array['dead0000-0000-7000-8000-000000000001', 'Restore the rows of base.probe_targets, or correct base.probes.target_id where it names them.'], 'and named, with the remedy');
select results_eq($$select r.id, r.ids_there from base.followed_references('base') r where r.relation = 'base.probes' order by r.id nulls first$$,
                  $$values (null::uuid, 20::bigint), ('dead0000-0000-7000-8000-000000000001', 0)$$, 'ids that name something are counted, the others told');
select is((select c.check_name from base.data_integrity_checks() c limit 1), 'references.base.probes.target_id -> base.probe_targets', 'the worst comes first');
insert into base.probe_targets values ('00000000-0000-0000-0000-000000000000', 'dead0000-0000-7000-8000-000000000001');
select is(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), 'ok healthy 21 t 0', 'mended, it is gone');
insert into base.probes (organization_id, target_id) values ('a0000000-0000-7000-8000-000000000001', md5('1')::uuid);
select is(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), 'violated warning 22 t 1', 'an id of another organization is an orphan');
delete from base.probes where organization_id <> '00000000-0000-0000-0000-000000000000';
insert into base.probes (organization_id, target_id) select '00000000-0000-0000-0000-000000000000', md5(n::text)::uuid from generate_series(3001, 3010) n;
select is(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), 'violated critical 31 t 10', 'ten of them are critical');
delete from base.probes where target_id in (select md5(n::text)::uuid from generate_series(3001, 3010) n);

-- Large tables are not read whole, and it says so.
insert into base.probes (organization_id, target_id) select '00000000-0000-0000-0000-000000000000', md5((1 + n % 2000)::text)::uuid from generate_series(1, 20000) n;
insert into base.probes (organization_id, target_id) values ('00000000-0000-0000-0000-000000000000', 'dead0000-0000-7000-8000-000000000002');
select ok(base.blocks_of('base.probes') > 128, 'the table is a large one now');
select alike(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), 'violated warning % f 1', 'without an index the newest rows are read, and the orphan among them is found');
create index probes_target_idx on base.probes (organization_id, target_id) where target_id is not null;
select alike(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), '% 500 f %', 'with more ids than are followed it is not complete');
select is((select count(*) from base.data_integrity_checks(5000) c where c.check_name like 'references.base.probes.%' and c.is_complete and c.rows_checked = 2002 and c.violations = 1),
          1::bigint, 'asked for more, it follows the index to the end');
update base.probes set target_id = md5('7')::uuid where target_id <> 'dead0000-0000-7000-8000-000000000002';
select is(pg_temp.check_of('references.base.probes.target_id -> base.probe_targets'), 'violated warning 2 t 1', 'few ids in many rows are all followed');
set local enable_seqscan = on;
select ok(base.has_reference_index('base.probes', 'target_id') and not base.has_reference_index('base.probes', 'organization_id'), 'an index counts when the column comes right after the organization');
select is((select count(*) from base.missing_targets('base.probe_targets', array['00000000-0000-0000-0000-000000000000']::uuid[], array[md5('7')]::uuid[])), 0::bigint, 'a row that is there is not missing');
analyze base.probes;
select ok(base.has_more_ids('base.probes', 'id', 500) and not base.has_more_ids('base.probes', 'id', 1000000), 'a key has as many ids as there are rows');
select ok(not base.has_more_ids('base.probes', 'target_id', 1), 'of another column nothing is said');

-- Partitioned by time: the newest partition with rows.
create table base.probe_log (organization_id uuid not null, id uuid not null default gen_random_uuid(), logged_at timestamptz not null default now(), target_id uuid, filler text default repeat('x', 400),
                             constraint probe_log_pkey primary key (organization_id, id, logged_at));
comment on column base.probe_log.target_id is 'Id of base.probe_targets.';
select base.make_time_partitioned('base.probe_log', 'logged_at', interval '1 month');
insert into base.probe_log (organization_id, target_id) select '00000000-0000-0000-0000-000000000000', md5((1 + n % 50)::text)::uuid from generate_series(1, 5000) n;
insert into base.probe_log (organization_id, target_id) values ('00000000-0000-0000-0000-000000000000', 'dead0000-0000-7000-8000-000000000003');
select is(pg_temp.check_of('references.base.probe_log.target_id -> base.probe_targets'), 'violated warning 51 f 1', 'of a table partitioned by time the newest blocks are read');
analyze base.probe_log;
select ok(base.has_more_ids('base.probe_log', 'id', 5000) and not base.has_more_ids('base.probe_log', 'id', 5001), 'its key ends with the time');

-- What cannot be looked at is neither well nor broken.
comment on column base.probes.target_id is 'Id of nowhere.things.';
select is(pg_temp.check_of('references.base.probes.target_id -> nowhere.things'), 'not_checked unknown f', 'a table that is not here is not checked');
select is((select array[count(*), count(r.ids_there)] from base.followed_references('base') r where r.relation = 'base.probes'), array[3, 0]::bigint[], 'ids of elsewhere are told, for others to look up');
select alike((select c.remedy from base.data_integrity_checks() c where c.check_name like 'references.base.probes.%'), 'nowhere.things is not in database %', 'and it says why');
comment on column base.probes.target_id is 'Id of base.probe_targets.';
revoke all on base.probes, base.probe_targets from public, analytics_readonly;
select is(pg_temp.answer('analytics_readonly', null, $$select concat_ws(' ', c.status, c.severity, c.remedy) from base.data_integrity_checks() c where c.check_name like 'references.base.probes.%'$$),
          'not_checked unknown role analytics_readonly sees no row of base.probes', 'without the right to read it is not checked');
grant select on base.probes to analytics_readonly;
select is(pg_temp.answer('analytics_readonly', null, $$select concat_ws(' ', c.status, c.remedy) from base.data_integrity_checks() c where c.check_name like 'references.base.probes.%'$$),
          'not_checked role analytics_readonly sees no row of base.probe_targets', 'nor without the right to read the other side');

-- Rows of others: what a role does not see of an organization is nothing to it.
grant select on base.probe_targets to analytics_readonly;
alter table base.probes enable row level security;
create policy of_organization on base.probes using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
grant usage on schema base to graph_sitter_admin;
grant select on base.probes, base.probe_targets to graph_sitter_admin;
select is(pg_temp.answer('graph_sitter_admin', null, $$select c.status from base.data_integrity_checks() c where c.check_name like 'references.base.probes.%'$$), 'not_checked', 'without an organization a policy hides all');
select is(pg_temp.answer('graph_sitter_admin', '00000000-0000-0000-0000-000000000000', $$select c.status from base.data_integrity_checks() c where c.check_name like 'references.base.probes.%'$$), 'violated', 'with it, its own orphan is found');
select is(pg_temp.answer('graph_sitter_admin', 'a0000000-0000-7000-8000-000000000001', $$select concat_ws(' ', c.status, c.rows_checked) from base.data_integrity_checks() c where c.check_name like 'references.base.probes.%'$$), 'ok 0', 'with another one, none');

-- The catalog.
select is(pg_temp.with_fault(fault, 'catalog.' || check_name), outcome, format('%s: %s', check_name, fault))
from (values
    ('select 1', 'constraints_not_validated', 'ok'),
    ('alter table base.audit_chains add constraint probe check (sequence > 0) not valid', 'constraints_not_validated', 'violated'),
    ('update pg_index set indisvalid = false where indexrelid = ''base.managed_tables_pkey''::regclass', 'invalid_indexes', 'violated'),
    ('do $do$ begin execute (select format(''drop table %s'', partition) from base.time_partitions_of(''base.audit_log'') where lower_bound <= now() and now() < upper_bound); end $do$', 'tables_without_current_partition', 'violated'),
    ('select 1', 'tables_without_current_partition', 'ok'),
    ('create trigger probe before update on base.probes for each row execute function base.set_updated_at(); alter table base.probes disable trigger probe', 'tables_with_triggers_off', 'violated'),
    ('select 1', 'tables_with_triggers_off', 'ok')
) as faults (fault, check_name, outcome);

select * from finish();
rollback;
