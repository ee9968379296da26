-- The audit log notes what it is told, and no entry can be altered, removed or moved without base.audit_log_verify() finding it.
begin;
\ir ../../tests/as_role.psql
select plan(29);

\set acme '''a0000000-0000-7000-8000-000000000001'''
\set umbrella '''b0000000-0000-7000-8000-000000000002'''
create role scratch_user nologin;
set local client_min_messages = warning;

create function pg_temp.note(organization uuid, subject text) returns text language plpgsql as $$
begin
    return pg_temp.answer('scratch_user', organization, format('select base.audit(''created'', ''scratch.things'', %L, ''{"b": 1, "a": [2]}'')', subject));
end $$;
-- What verification says after `statement`, which is then taken back.
create function pg_temp.found_after(statement text) returns text language plpgsql as $$
declare
    found text;
begin
    begin
        execute statement;
        select coalesce(string_agg(problem || ' ' || coalesce(sequence::text, '-'), ', ' order by sequence, problem), 'intact') into found
        from base.audit_log_verify('a0000000-0000-7000-8000-000000000001');
        raise exception using errcode = 'TAP00';
    exception when sqlstate 'TAP00' then null;
    end;
    return found;
end $$;

-- Writing.
select is(pg_temp.note(:acme, 'one'), '1', 'the first entry has number 1');
select is(pg_temp.note(:umbrella, 'other'), '1', 'each organization counts for itself');
set local app.actor = 'user:somebody';
select is(pg_temp.note(:acme, 'two'), '2', 'numbers have no gaps');
select pg_temp.note(:acme, n::text) from generate_series(3, 6) as n;
select is((select concat_ws(' ', actor, database_role = session_user, action, subject_kind, subject_id, details) from base.audit_log where organization_id = :acme and sequence = 2),
          'user:somebody t created scratch.things two {"a": [2], "b": 1}', 'an entry says who did what to what');
select is((select actor from base.audit_log where organization_id = :acme and sequence = 1), 'system', 'system did what nobody was named for');
select is(pg_temp.note(null, 'nobody'), 'GS001', 'an entry belongs to an organization');
select is(pg_temp.answer('scratch_user', :acme, format('select base.audit(''created'', ''scratch.things'', ''x'', organization => %L)', :umbrella)), 'GS006',
          'a transaction of one organization cannot write another''s log');
select is(pg_temp.answer('scratch_user', null, format('select base.audit(''created'', ''scratch.things'', ''x'', organization => %L)', :umbrella)), '2',
          'what spans tenants names the organization');

-- Reading and not writing.
select is(pg_temp.outcome('scratch_user', :acme, 'select from base.audit_log'), '6', 'an organization reads its own log');
select is(pg_temp.outcome('scratch_user', null, 'select from base.audit_log'), '0', 'and nobody else''s');
select is(pg_temp.outcome('scratch_user', :acme, 'insert into base.audit_log select * from base.audit_log'), '42501', 'entries are made by base.audit() alone');
select is(pg_temp.outcome('graph_sitter_admin', null, 'update base.audit_log set actor = ''me'''), '42501', 'not even the owner updates');
select is(pg_temp.outcome('graph_sitter_admin', null, 'delete from base.audit_log'), '42501', 'or deletes');
select is(pg_temp.outcome('graph_sitter_admin', null, format('delete from base.%I', 'audit_log_' || to_char(now() at time zone 'UTC', 'YYYY_MM'))), '42501', 'nor in a partition');
select is(pg_temp.outcome('scratch_user', :acme, 'update base.audit_chains set sequence = 0'), '42501', 'the login role cannot move the end of the log');

-- Verification.
select is_empty('select * from base.audit_log_verify()', 'an untouched log is intact');
select is(pg_temp.found_after('update base.audit_log set details = ''{}'' where subject_id = ''3'''), 'altered 3', 'an altered entry is found');
select is(pg_temp.found_after('delete from base.audit_log where subject_id = ''3'''), 'gap 4', 'a missing entry is found');
select is(pg_temp.found_after('update base.audit_log set details = ''{}'' where subject_id = ''3'';
                               update base.audit_log e set hash = base.audit_hash(e) where subject_id = ''3'''),
          'broken_link 4', 'an altered entry with a hash to match is found by the next one');
select is(pg_temp.found_after('update base.audit_log set sequence = 7 - sequence where sequence in (3, 4)'), 'altered 3, broken_link 3, altered 4, broken_link 4, broken_link 5', 'a changed order is found');
select is(pg_temp.found_after('delete from base.audit_log where sequence = 1'), 'beginning_missing 2', 'a missing beginning is found');
select is(pg_temp.found_after('delete from base.audit_log where sequence = 6'), 'end_missing 6', 'a missing end is found');
select is(pg_temp.found_after('delete from base.audit_log; update base.audit_chains set sequence = 0, hash = pruned_hash'), 'intact', 'only a chain that was rewritten as a whole is not');
select is((select string_agg(problem, ', ') from base.audit_log_verify(:acme, 3, (select hash from base.audit_log where organization_id = :acme and sequence = 4))),
          'anchor_mismatch', 'unless an entry was noted outside the database');

-- Retention takes the oldest entries and what is left still verifies.
set local role graph_sitter_admin;
select base.audit_log_prune('base.audit_log');
reset role;
select is(pg_temp.found_after('delete from base.audit_log'), 'intact', 'entries that retention dropped are not missed');

-- Maintenance moves what waits in the default partition, though its owner may not delete there.
delete from base.audit_log;
insert into base.audit_log select :acme, 1, '2020-01-15', 'system', session_user, 'created', 'scratch.things', '1', '{}', sha256(''), sha256('');
select is((select count(*) from base.audit_log_default), 1::bigint, 'an entry of a time without a partition waits');
select is(pg_temp.answer('scratch_user', null, 'select string_agg(action, '', '' order by action) from base.maintain_audit_log()'), 'created, filled', 'maintenance runs for whoever may connect');
select is((select string_agg(c.relname, ', ') from base.audit_log l join pg_class c on c.oid = l.tableoid), 'audit_log_2020_01', 'until it is moved to one');
select is(pg_temp.outcome('graph_sitter_admin', null, 'delete from base.audit_log_default'), '42501', 'and the owner may not delete afterwards, either');

select * from finish();
rollback;
