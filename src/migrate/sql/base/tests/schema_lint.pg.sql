-- Every rule of base.schema_lint() finds the fault it is there for and nothing else. The faults are planted, one at a time, in a
-- schema that is clean otherwise.
begin;
select plan(48);

create role scratch_owner nologin;
create role scratch_user nologin;
create schema scratch authorization scratch_owner;
comment on schema scratch is 'Planted faults.';
set local role scratch_owner;

create table scratch.kinds (id uuid not null, constraint kinds_pkey primary key (id));
comment on table scratch.kinds is 'A reference table.';
comment on column scratch.kinds.id is 'Id.';
select base.tenant_table('scratch.kinds', reference => true);

create table scratch.things (organization_id uuid not null, id uuid not null default base.uuid_v7(), kind_id uuid, updated_at timestamptz not null default now(),
                             constraint things_pkey primary key (organization_id, id));
create index things_kind_idx on scratch.things (kind_id);
comment on table scratch.things is 'A tenant table.';
comment on column scratch.things.organization_id is 'Tenant.';
comment on column scratch.things.id is 'Id.';
comment on column scratch.things.kind_id is 'Kind.';
comment on column scratch.things.updated_at is 'Time.';
select base.tenant_table('scratch.things');
alter table scratch.things add constraint things_kind_fkey foreign key (kind_id) references scratch.kinds (id);

create table scratch.parts (organization_id uuid not null, id uuid not null default base.uuid_v7(), thing_id uuid not null, made_at timestamptz not null,
                            constraint parts_pkey primary key (organization_id, id, made_at));
create index parts_thing_idx on scratch.parts (thing_id, organization_id);
comment on table scratch.parts is 'A partitioned tenant table.';
comment on column scratch.parts.organization_id is 'Tenant.';
comment on column scratch.parts.id is 'Id.';
comment on column scratch.parts.thing_id is 'Thing.';
comment on column scratch.parts.made_at is 'Time.';
select base.make_time_partitioned('scratch.parts', 'made_at', interval '1 month');
select base.tenant_table('scratch.parts');
alter table scratch.parts add constraint parts_thing_fkey foreign key (organization_id, thing_id) references scratch.things (organization_id, id) on delete cascade;

create table scratch.jobs (id uuid not null, constraint jobs_pkey primary key (id));
comment on table scratch.jobs is 'A local table.';
comment on column scratch.jobs.id is 'Id.';
select base.local_table('scratch.jobs', 'Claimed across tenants.');

create view scratch.some_things as select organization_id, id from scratch.things;
comment on view scratch.some_things is 'A view.';
select base.tenant_view('scratch.some_things');

create function scratch.answer(question text) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $$ begin return question; end $$;
comment on function scratch.answer(text) is 'A routine.';
revoke execute on function scratch.answer(text) from public;

reset role;

-- "rule object" of each finding after the DDL, which the schema's owner runs and which is then taken back.
create function pg_temp.findings(ddl text, as_role text default 'scratch_owner') returns text
    language plpgsql
as $$
declare
    found text;
begin
    begin
        execute format('set local role %s', as_role);
        execute ddl;
        reset role;
        select coalesce(string_agg(rule || ' ' || object, E'\n' order by rule, object), 'clean') into found from base.schema_lint(array['scratch']);
        raise exception using errcode = 'TAP00';
    exception when sqlstate 'TAP00' then
        null;
    end;
    return found;
end
$$;
-- A table that is clean but for what `columns` say.
create function pg_temp.table_of(columns text, kind text default 'tenant') returns text
    language plpgsql
as $$
begin
    return format('create table scratch.planted (%s); select base.register_table(''scratch.planted'', %L, ''reason'');
                   do $do$ declare a record; begin
                       comment on table scratch.planted is ''Planted.'';
                       for a in select attname from pg_attribute where attrelid = ''scratch.planted''::regclass and attnum > 0 loop
                           execute format(''comment on column scratch.planted.%%I is ''''Planted.'''''', a.attname);
                       end loop;
                       if %L = ''tenant'' and exists (select from pg_attribute where attrelid = ''scratch.planted''::regclass and attname = ''organization_id'' and atttypid = ''uuid''::regtype) then
                           perform base.isolate_tenants(''scratch.planted'');
                       end if;
                   end $do$;', columns, kind, kind);
end
$$;

select is(pg_temp.findings('select 1'), 'clean', 'the schema without a fault is clean');
select is(pg_temp.findings(pg_temp.table_of('organization_id uuid not null, id uuid, primary key (organization_id, id)')), 'clean', 'so is one more tenant table');

-- Structure. PostgreSQL 14 needs a policy more.
select case when current_setting('server_version_num')::integer < 150000 then 4 else 3 end as policies \gset
select is(pg_temp.findings(pg_temp.table_of('organization_id uuid, id uuid primary key')),
          E'tenant_column_missing scratch.planted\nunique_without_tenant scratch.planted', 'a tenant column that may be null');
select is(pg_temp.findings(pg_temp.table_of('organization_id text not null, id uuid, primary key (organization_id, id)')),
          repeat(E'policy_missing scratch.planted\n', :policies) || E'row_security_missing scratch.planted\ntenant_column_missing scratch.planted',
          'a tenant column that is no uuid, which no policy can guard');
select is(pg_temp.findings(pg_temp.table_of('id uuid primary key')),
          repeat(E'policy_missing scratch.planted\n', :policies) || E'row_security_missing scratch.planted\ntenant_column_missing scratch.planted',
          'a tenant table without the tenant');
select is(pg_temp.findings(pg_temp.table_of('organization_id uuid not null, id uuid')), 'primary_key_missing scratch.planted', 'no primary key');
select is(pg_temp.findings(pg_temp.table_of('id uuid', 'reference')), 'primary_key_missing scratch.planted', 'a reference table without primary key');
select is(pg_temp.findings('create unique index on scratch.things (kind_id)'), 'unique_without_tenant scratch.things', 'a unique index without the tenant');
select is(pg_temp.findings('create unique index on scratch.things (kind_id) include (organization_id)'), 'unique_without_tenant scratch.things',
          'a unique index that only includes the tenant');
select is(pg_temp.findings('create unique index on scratch.things (kind_id, organization_id)'), 'clean', 'a unique index with the tenant anywhere in its key');
select is(pg_temp.findings(pg_temp.table_of('organization_id uuid not null, id uuid, during tstzrange, primary key (organization_id, id), exclude using gist (during with &&)')),
          'unique_without_tenant scratch.planted', 'an exclusion constraint without the tenant');
select is(pg_temp.findings('alter table scratch.things alter column updated_at set default clock_timestamp()'), 'volatile_default scratch.things', 'a volatile default');
select is(pg_temp.findings('alter table scratch.things alter column kind_id set default gen_random_uuid()'), 'clean', 'a new uuid is the volatile default that is allowed');
select is(pg_temp.findings(pg_temp.table_of('organization_id uuid not null, id bigserial, primary key (organization_id, id)')), 'volatile_default scratch.planted', 'a serial column');
select is(pg_temp.findings(pg_temp.table_of('organization_id uuid not null, id bigint generated always as identity, primary key (organization_id, id)')),
          'sequence_key scratch.planted', 'an identity column');
select is(pg_temp.findings(pg_temp.table_of('id bigint generated always as identity primary key', 'local')), 'clean', 'a local table may have one');
select is(pg_temp.findings(pg_temp.table_of('organization_id uuid not null, id uuid, primary key (organization_id, id)')
                           || 'alter table scratch.planted add column kind_id uuid, add column updated_at timestamptz not null;
                               comment on column scratch.planted.kind_id is ''Planted.''; comment on column scratch.planted.updated_at is ''Planted.'';
                               alter table scratch.planted inherit scratch.things'),
          'inheritance scratch.planted', 'inheritance that is no partitioning');
select is(pg_temp.findings('create rule planted as on delete to scratch.things do instead nothing'), 'rule scratch.things', 'a rule');

-- Use.
select is(pg_temp.findings('create table scratch.planted (id uuid primary key); comment on table scratch.planted is ''Planted.''; comment on column scratch.planted.id is ''Planted.'''),
          'unregistered_table scratch.planted', 'a table of no kind');
select is(pg_temp.findings('alter view scratch.some_things owner to session_user', current_user), 'wrong_owner scratch.some_things', 'a view of somebody else');
select is(pg_temp.findings('comment on table scratch.things is null'), 'comment_missing scratch.things', 'a table without comment');
select is(pg_temp.findings('comment on column scratch.parts.id is '' '''), 'comment_missing scratch.parts.id', 'a column with a blank comment');
select is(pg_temp.findings('comment on view scratch.some_things is null'), 'comment_missing scratch.some_things', 'a view without comment');
select is(pg_temp.findings('create trigger planted before update on scratch.things for each row execute function base.set_updated_at()'),
          'trigger scratch.things', 'a trigger');
select is(pg_temp.findings('select base.dual_write(''scratch.things'', ''id'', ''kind_id'')'), 'clean', 'the triggers that base makes are no faults');
select is(pg_temp.findings('alter table scratch.things add constraint planted check (kind_id <> id) not valid'),
          'unvalidated_constraint scratch.things', 'a constraint that was never validated');
select is(pg_temp.findings('update pg_index set indisvalid = false where indexrelid = ''scratch.things_pkey''::regclass', current_user),
          'invalid_index scratch.things', 'an index that failed to be built');

-- Foreign keys.
select is(pg_temp.findings('create unique index planted on scratch.parts (organization_id, made_at, id);
                            alter table scratch.things add column made_at timestamptz; comment on column scratch.things.made_at is ''Time.'';
                            create index on scratch.things (organization_id, made_at, kind_id);
                            alter table scratch.things add constraint planted foreign key (kind_id, made_at, organization_id) references scratch.parts (organization_id, made_at, id)'),
          'foreign_key_without_tenant scratch.things', 'a foreign key with the tenant at another position');
select is(pg_temp.findings('alter table scratch.kinds add column organization_id uuid; comment on column scratch.kinds.organization_id is ''Planted.'';
                            create index on scratch.kinds (organization_id, id);
                            alter table scratch.kinds add constraint planted foreign key (organization_id, id) references scratch.things (organization_id, id)'),
          'foreign_key_between_kinds scratch.kinds', 'a foreign key from a reference to a tenant table');
select is(pg_temp.findings('alter table scratch.things add constraint planted foreign key (kind_id) references scratch.jobs (id)'),
          'foreign_key_between_kinds scratch.things', 'a foreign key from a tenant to a local table');
select is(pg_temp.findings('alter table scratch.parts drop constraint parts_thing_fkey;
                            alter table scratch.parts add constraint planted foreign key (organization_id, thing_id) references scratch.things (organization_id, id) on delete set null'),
          'foreign_key_action scratch.parts', 'a foreign key that sets the tenant to null');
select is(pg_temp.findings('alter table scratch.parts drop constraint parts_thing_fkey;
                            alter table scratch.parts add constraint planted foreign key (organization_id, thing_id) references scratch.things (organization_id, id) on update cascade'),
          'foreign_key_action scratch.parts', 'a foreign key that follows a change of tenant');
select is(pg_temp.findings('drop index scratch.things_kind_idx'), 'foreign_key_without_index scratch.things', 'a foreign key without index');
select is(pg_temp.findings('drop index scratch.things_kind_idx; create index on scratch.things (kind_id) where updated_at > ''2026-01-01'''),
          'foreign_key_without_index scratch.things', 'a partial index does not serve a foreign key');
select is(pg_temp.findings('drop index scratch.things_kind_idx; create index on scratch.things (kind_id) where kind_id is not null'),
          'clean', 'unless it leaves out nothing but nulls');

-- Isolation.
select is(pg_temp.findings('alter table scratch.things disable row level security'), 'row_security_missing scratch.things', 'row-level security switched off');
select is(pg_temp.findings('alter table scratch.things no force row level security'), 'row_security_missing scratch.things', 'row-level security that the owner escapes');
select is(pg_temp.findings('drop policy owner_sees_all on scratch.things'), 'policy_missing scratch.things', 'a policy that is gone');
select is(pg_temp.findings('alter policy tenant_isolation on scratch.things using (true)'), 'policy_missing scratch.things', 'a policy that lets everything through');
select is(pg_temp.findings('alter policy tenant_isolation on scratch.things with check (organization_id = (select organization_id))'), 'policy_missing scratch.things', 'one that lets everything in');
select is(pg_temp.findings('drop policy reader_sees_all on scratch.things'), 'policy_missing scratch.things', 'a reader that is shut out');
select is(pg_temp.findings('alter policy reader_sees_all on scratch.things using (true)'), e'policy_missing scratch.things\npolicy_too_wide scratch.things', 'a reader''s policy for everybody');
select is(pg_temp.findings('create policy planted on scratch.things for select using (true)'), 'policy_too_wide scratch.things', 'one policy too many');
select is(pg_temp.findings('alter table scratch.parts_default disable row level security'), 'open_partition scratch.parts_default', 'a partition that can be read directly');
select is(pg_temp.findings('alter view scratch.some_things set (security_invoker = false)'), 'view_sees_too_much scratch.some_things', 'a view with its owner''s rights')
    where current_setting('server_version_num')::integer >= 150000
union all
select skip('PostgreSQL 14 has no security_invoker', 1) where current_setting('server_version_num')::integer < 150000;

-- Routines.
select is(pg_temp.findings('alter function scratch.answer(text) reset search_path'), 'search_path_missing scratch.answer(text)', 'a routine without search_path');
select is(pg_temp.findings('create function scratch.planted(a text) returns text language sql set search_path = pg_catalog, pg_temp as $$ select a $$;
                            comment on function scratch.planted(text) is ''Planted.'''),
          'sql_function_with_parameters scratch.planted(text)', 'an SQL function with parameters');
select is(pg_temp.findings('comment on function scratch.answer(text) is null; grant execute on function scratch.answer(text) to public;
                            alter function scratch.answer(text) owner to scratch_user', current_user),
          E'definer_for_everybody scratch.answer(text)\ndefiner_not_owner_role scratch.answer(text)\nroutine_comment_missing scratch.answer(text)',
          'a SECURITY DEFINER routine of a login role, for everybody, without comment');

select * from finish();
rollback;
