-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('base', array['base']::name[], 'graph_sitter_admin', 7, '0.1.0');
insert into pg_temp.gsdb_routine values ('append_only', $gsdb_file$-- Tables that are only ever added to.

-- Rows of the table are written once. Its owner, too, gives up the privileges; superusers are caught by the hash chain.
create or replace function base.make_append_only(relation regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    part regclass;
begin
    for part in select relation union all select p.partition from base.time_partitions_of(relation) p loop
        execute format('revoke update, delete, truncate on %s from public, %I', part,
                       (select pg_get_userbyid(relowner) from pg_class where oid = part));
    end loop;
end
$$;
comment on function base.make_append_only(regclass) is 'Takes UPDATE, DELETE and TRUNCATE of a table and its partitions from everybody.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('audit', $gsdb_file$-- The audit log: writing, checking, and letting its oldest partitions go.

-- Notes a change. Call it last in the transaction: it holds the organization's chain until commit. The organization is the
-- transaction's, unless none is set and it is given; the nil UUID is the installation itself.
create or replace function base.audit(
    action text, subject_kind text, subject_id text, details jsonb default '{}', organization uuid default null)
    returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    chain_of constant uuid := coalesce(organization, base.require_organization_id());
    actor constant text := coalesce(nullif(current_setting('app.actor', true), ''), 'system');
    head base.audit_chains;
    entry base.audit_log;
begin
    if chain_of <> base.current_organization_id() then
        raise exception using errcode = 'GS006',
            message = format('a transaction of organization %s cannot write the audit log of %s', base.current_organization_id(), chain_of),
            hint = 'Do it in a transaction of that organization.';
    end if;
    head := base.lock_audit_chain(chain_of);
    entry := row(chain_of, head.sequence + 1, greatest(clock_timestamp(), head.last_occurred_at), actor, session_user,
                 action, subject_kind, subject_id, details, head.hash, null);
    entry.hash := base.audit_hash(entry);
    insert into base.audit_log values (entry.*);
    update base.audit_chains
    set sequence = entry.sequence, hash = entry.hash, last_occurred_at = entry.occurred_at
    where organization_id = chain_of;
    return entry.sequence;
end
$$;
comment on function base.audit(text, text, text, jsonb, uuid) is 'Notes a change in the audit log of the transaction''s organization; returns the entry''s number.';

create or replace function base.lock_audit_chain(organization uuid) returns base.audit_chains
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    head base.audit_chains;
begin
    select * into head from base.audit_chains where organization_id = organization for update;
    if not found then
        insert into base.audit_chains (organization_id) values (organization) on conflict do nothing;
        select * into strict head from base.audit_chains where organization_id = organization for update;
    end if;
    return head;
end
$$;
comment on function base.lock_audit_chain(uuid) is 'Part of base.audit: the end of an organization''s chain, locked until the transaction ends.';

-- A JSON array is unambiguous where a concatenation is not; jsonb prints one value in one way.
create or replace function base.audit_hash(entry base.audit_log) returns bytea
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return sha256(convert_to(jsonb_build_array(
        encode(entry.previous_hash, 'hex'), entry.organization_id, entry.sequence,
        floor(extract(epoch from entry.occurred_at) * 1000000), entry.actor, entry.database_role,
        entry.action, entry.subject_kind, entry.subject_id, entry.details)::text, 'UTF8'));
end
$$;
comment on function base.audit_hash(base.audit_log) is 'What the hash of an entry has to be.';

-- What is wrong with the audit log, as far as the caller may read it; no row means that it is intact. Who can rewrite a whole chain,
-- end included, is caught only by an anchor: number and hash of an entry as noted outside the database at the time.
create or replace function base.audit_log_verify(
    organization uuid default null, anchor_sequence bigint default null, anchor_hash bytea default null)
    returns table (organization_id uuid, sequence bigint, problem text, detail text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with entries as (
        select e.*, base.audit_hash(e) as right_hash,
               lag(e.sequence) over chain as sequence_before,
               lag(e.hash) over chain as hash_before,
               lag(e.occurred_at) over chain as occurred_before
        from base.audit_log e
        where audit_log_verify.organization is null or e.organization_id = audit_log_verify.organization
        window chain as (partition by e.organization_id order by e.sequence)
    ), ends as (
        select c.*, e.sequence as first_sequence, e.previous_hash as first_previous_hash, l.sequence as last_sequence, l.hash as last_hash
        from base.audit_chains c
        left join lateral (select * from entries e where e.organization_id = c.organization_id order by e.sequence limit 1) e on true
        left join lateral (select * from entries e where e.organization_id = c.organization_id order by e.sequence desc limit 1) l on true
        where audit_log_verify.organization is null or c.organization_id = audit_log_verify.organization
    )
    select e.organization_id, e.sequence, 'altered', 'The entry does not have the hash it was sealed with.'
    from entries e where e.hash <> e.right_hash
    union all
    select e.organization_id, e.sequence, 'gap', format('Entries %s to %s are missing.', e.sequence_before + 1, e.sequence - 1)
    from entries e where e.sequence > e.sequence_before + 1
    union all
    select e.organization_id, e.sequence, 'broken_link', 'The entry was not made after the one that stands before it.'
    from entries e where e.sequence = e.sequence_before + 1 and (e.previous_hash <> e.hash_before or e.occurred_at < e.occurred_before)
    union all
    select e.organization_id, e.sequence, 'duplicate', 'Another entry has the same number.'
    from entries e where e.sequence = e.sequence_before
    union all
    select c.organization_id, c.first_sequence, 'beginning_missing',
           format('The log should begin with entry %s, right after what retention dropped.', c.pruned_sequence + 1)
    from ends c where c.first_sequence <> c.pruned_sequence + 1 or c.first_previous_hash <> c.pruned_hash
    union all
    select c.organization_id, c.sequence, 'end_missing', format('The log should end with entry %s.', c.sequence)
    from ends c where c.sequence > c.pruned_sequence
      and (c.last_sequence is distinct from c.sequence or c.last_hash is distinct from c.hash)
    union all
    select distinct e.organization_id, null::bigint, 'chain_missing', 'There are entries, but nothing says where the log ends.'
    from entries e where not exists (select from base.audit_chains c where c.organization_id = e.organization_id)
    union all
    select audit_log_verify.organization, anchor_sequence, 'anchor_mismatch', 'The entry is not the one that was noted outside the database.'
    where anchor_sequence is not null
      and anchor_hash is distinct from (select e.hash from entries e where e.organization_id = audit_log_verify.organization
                                                                      and e.sequence = anchor_sequence)
    order by 1, 2;
end
$$;
comment on function base.audit_log_verify(uuid, bigint, bytea) is 'Checks the audit log for entries altered, missing or moved; no row means intact.';

-- Called before a partition of the log is dropped, so that the rest still verifies.
create or replace function base.audit_log_prune(partition regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format($sql$
        update base.audit_chains c
        set pruned_sequence = last.sequence, pruned_hash = last.hash
        from (select distinct on (organization_id) organization_id, sequence, hash from %s order by organization_id, sequence desc) last
        where last.organization_id = c.organization_id and last.sequence > c.pruned_sequence$sql$, partition);
end
$$;
comment on function base.audit_log_prune(regclass) is 'Part of base.maintain_audit_log: notes which entries the partition takes with it.';

-- Anybody may call it: what it drops is decided by base.set_retention, which only the owner may call.
create or replace function base.maintain_audit_log() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_table => 'base.audit_log');
end
$$;
comment on function base.maintain_audit_log() is 'Keeps the partitions of the audit log ready and drops those past its retention.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('current_organization', $gsdb_file$-- The tenant of this transaction. Policies spell the expression out instead of calling these: Citus ships policies to its workers.

create or replace function base.current_organization_id() returns uuid
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return nullif(current_setting('app.organization_id', true), '')::uuid;
end
$$;
comment on function base.current_organization_id() is 'The organization this transaction works for, or null when none was set.';

create or replace function base.require_organization_id() returns uuid
    language plpgsql stable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.current_organization_id();
begin
    if organization is null then
        raise exception using errcode = 'GS001',
            message = 'no organization is set in this transaction',
            hint = 'Begin with: set local app.organization_id = ''<uuid>''.';
    end if;
    return organization;
end
$$;
comment on function base.require_organization_id() is 'The organization this transaction works for; error GS001 when none was set.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('data_integrity', $gsdb_file$-- data_integrity_checks(): what constraints cannot carry. References between modules, what the catalog says of constraints, indexes and
-- partitions, and figures that modules keep twice (<schema>.integrity_signals()).

-- One orphan is a warning; ten and one in a hundred are critical. An id that is missing in a hundred rows is one orphan.
create or replace function base.reference_signals(ids_max integer) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    with referred as materialized (
        select * from base.all_references(ids_max)
    ), wanted as (
        select w.target, array_agg(w.organization_id order by w.organization_id, w.id) as organizations, array_agg(w.id order by w.organization_id, w.id) as ids
        from (select distinct r.target, r.organization_id, r.id from referred r where r.id is not null and r.ids_there is null) w
        group by w.target
    ), missing as materialized (
        select t.target, m.organization_id, m.id, m.problem
        from (select distinct r.target from referred r where r.ids_there is null) t
        left join wanted w on w.target = t.target
        cross join lateral base.missing_targets(t.target, coalesce(w.organizations, '{}'), coalesce(w.ids, '{}')) m
    ), followed as (
        select r.relation, r.column_name, r.target, count(r.id) + coalesce(sum(r.ids_there), 0) as checked, bool_and(r.is_complete) as is_complete,
               count(r.id) filter (where m.id is not null or r.ids_there is not null) as orphans,
               min(r.id::text) filter (where m.id is not null or r.ids_there is not null) as example,
               coalesce(min(r.problem), (select min(p.problem) from missing p where p.target = r.target)) as problem
        from referred r
        left join missing m on m.target = r.target and m.organization_id = r.organization_id and m.id = r.id
        group by r.relation, r.column_name, r.target
    )
    select 'references', format('%s.%s -> %s', f.relation, f.column_name, f.target), case when f.problem is null then f.orphans::numeric end, 'ids',
           1::numeric, greatest(10, ceil(f.checked / 100.0)),
           format('Restore the rows of %s, or correct %s.%s where it names them.', f.target, f.relation, f.column_name),
           jsonb_strip_nulls(jsonb_build_object('checked', case when f.problem is null then f.checked end, 'is_complete', f.problem is null and f.is_complete,
                                                'example', f.example, 'reason', f.problem))
    from followed f;
end
$$;
comment on function base.reference_signals(integer) is 'A signal for each column that holds ids of another module: how many of its ids name nothing.';

create or replace function base.catalog_integrity_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    spaces constant oid[] := base.product_schemas(null);
begin
    return query
    select 'catalog', 'constraints_not_validated', count(*) filter (where not k.convalidated)::numeric, 'constraints', 1::numeric, null::numeric,
           'alter table ... validate constraint ...; what it refuses breaks the rule already.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', true,
                                                'example', min(format('%s: %I', k.conrelid::regclass, k.conname)) filter (where not k.convalidated)))
    from pg_constraint k where k.connamespace = any (spaces) and k.contype in ('c', 'f');

    return query
    select 'catalog', 'invalid_indexes', count(*) filter (where not i.indisvalid)::numeric, 'indexes', 1::numeric, null::numeric,
           'gsdb db migrate builds them anew; a unique one does not hold until then.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', true, 'example', min(c.oid::regclass::text) filter (where not i.indisvalid)))
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = any (spaces);

    return query
    select 'catalog', 'tables_without_current_partition', count(*) filter (where p.partition is null)::numeric, 'tables', 1::numeric, 1::numeric,
           'select * from base.maintain_time_partitions();',
           jsonb_strip_nulls(jsonb_build_object('checked', count(*), 'is_complete', true, 'example', min(t.relation::text) filter (where p.partition is null)))
    from base.time_partitions t
    left join lateral (select * from base.time_partitions_of(t.relation) o where o.lower_bound <= now() and now() < o.upper_bound) p on true
    where t.strategy = 'range';

    return query
    select 'catalog', 'tables_with_triggers_off', count(distinct g.tgrelid) filter (where g.tgenabled = 'D')::numeric, 'tables', 1::numeric, 1::numeric,
           'alter table ... enable trigger all; meanwhile foreign keys were not checked, so check what was written.',
           jsonb_strip_nulls(jsonb_build_object('checked', count(distinct g.tgrelid), 'is_complete', true, 'example', min(g.tgrelid::regclass::text) filter (where g.tgenabled = 'D')))
    from pg_trigger g join pg_class c on c.oid = g.tgrelid where c.relnamespace = any (spaces);
end
$$;
comment on function base.catalog_integrity_signals() is 'Signals of constraints, indexes, partitions and triggers that do not do what they are there for.';

create or replace function base.data_integrity_checks(ids_max integer default 500)
    returns table (check_name text, status text, severity base.health_status, rows_checked bigint, is_complete boolean, violations bigint,
                   example_id text, remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component || '.' || s.signal,
           case when s.value is null then 'not_checked' when s.value > 0 then 'violated' else 'ok' end,
           base.judge(s), (s.details ->> 'checked')::bigint, coalesce((s.details ->> 'is_complete')::boolean, false), s.value::bigint, s.details ->> 'example',
           case when s.value is null then coalesce(s.details ->> 'reason', s.remedy) when s.value > 0 then s.remedy end,
           s.details - array['checked', 'is_complete', 'example'], now()
    from (
        select * from base.reference_signals(ids_max)
        union all
        select * from base.catalog_integrity_signals()
        union all
        select * from base.module_signals('integrity_signals')
    ) s
    order by base.judge(s) desc, 1;
end
$$;
comment on function base.data_integrity_checks(integer) is
    'What constraints cannot carry: every reference between modules, the catalog, figures kept twice. rows_checked counts ids or rows looked at, is_complete says whether that is all of them; not_checked is what could not be looked at from here.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('data_quality', $gsdb_file$-- data_quality_metrics(): how complete, valid and fresh what is stored is. Of every table what the server's statistics say; of their
-- own tables modules say more (<schema>.quality_signals()).

-- A table partitioned by time is judged by the partition with the most rows. From 1,000 rows on: of fewer nothing follows.
create or replace function base.described_tables() returns table (relation regclass, sampled regclass, live_rows bigint, changed_rows bigint, analysed_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select m.relation, largest.relid::regclass, largest.n_live_tup, largest.n_mod_since_analyze, greatest(largest.last_analyze, largest.last_autoanalyze)
    from base.managed_tables m
    cross join lateral (
        select s.relid, s.n_live_tup, s.n_mod_since_analyze, s.last_analyze, s.last_autoanalyze
        from pg_stat_all_tables s
        where s.relid = m.relation or s.relid in (select i.inhrelid from pg_inherits i where i.inhparent = m.relation)
        order by s.n_live_tup desc limit 1
    ) largest
    where largest.n_live_tup >= 1000;
end
$$;
comment on function base.described_tables() is 'The tables of the product with 1,000 rows or more, and how old the statistics of their rows are.';

create or replace function base.freshness_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select t.relation::text, 'changed_since_analysis',
           round(100.0 * case when t.analysed_at is null then greatest(t.changed_rows, t.live_rows) else t.changed_rows end / t.live_rows, 1), '%', 50::numeric, 200::numeric,
           format('analyze %s', t.sampled),
           jsonb_build_object('live_rows', t.live_rows, 'analysed_at', t.analysed_at, 'statistics_age_seconds', round(extract(epoch from now() - t.analysed_at)))
    from base.described_tables() t;
end
$$;
comment on function base.freshness_signals() is 'How much of each table has changed since its statistics were made; all of it when they never were.';

-- Statistics mix the values of all organizations, so the server shows them only to those whom no policy holds back.
create or replace function base.completeness_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not (select r.rolsuper or r.rolbypassrls from pg_roles r where r.rolname = current_user) then
        return query select 'statistics', 'not_measured', null::numeric, 'signals', 1::numeric, null::numeric,
                            'Ask as a superuser: statistics mix the values of all organizations.', jsonb_build_object('reason', format('role %s is held back by policies', current_user));
        return;
    end if;
    return query
    with columns as (
        select t.relation, t.analysed_at, s.attname, s.null_frac, s.n_distinct
        from base.described_tables() t
        join pg_class c on c.oid = t.sampled
        join pg_stats s on s.schemaname = c.relnamespace::regnamespace::text and s.tablename = c.relname and not s.inherited
    ), figures as (
        select c.relation, round((100 * avg(1 - c.null_frac))::numeric, 1) as filled, round(100.0 * count(*) filter (where c.n_distinct = 1 or c.null_frac = 1) / count(*), 1) as same,
               coalesce(jsonb_agg(c.attname order by c.attname) filter (where c.null_frac = 1), '[]') as empty,
               coalesce(jsonb_agg(c.attname order by c.attname) filter (where c.n_distinct = 1), '[]') as constant,
               round(extract(epoch from now() - max(c.analysed_at))) as age
        from columns c
        group by c.relation
    )
    select f.relation::text, m.signal, m.value, '%', m.warning_at, m.critical_at, m.remedy, m.details || jsonb_build_object('statistics_age_seconds', f.age)
    from figures f
    cross join lateral (values
        ('filled_values', f.filled, 10::numeric, 2::numeric, 'Look whether what writes the table knows more than it says: columns that are always empty are named.', jsonb_build_object('empty_columns', f.empty)),
        ('columns_without_variety', f.same, 95, null, 'Nothing can be told apart by these columns: look whether what writes the table fills them.', jsonb_build_object('constant_columns', f.constant))
    ) as m (signal, value, warning_at, critical_at, remedy, details);
end
$$;
comment on function base.completeness_signals() is 'How much of each table is filled and how many of its columns have more than one value, by the server''s statistics.';

create or replace function base.data_quality_metrics()
    returns table (table_name text, metric text, value numeric, unit text, warning_at numeric, critical_at numeric, status base.health_status,
                   remedy text, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    select s.component, s.signal, s.value, s.unit, s.warning_at, s.critical_at, base.judge(s), case when base.judge(s) <> 'healthy' then s.remedy end, s.details, now()
    from (
        select * from base.freshness_signals()
        union all
        select * from base.completeness_signals()
        union all
        select * from base.module_signals('quality_signals')
    ) s
    order by base.judge(s) desc, 1, 2;
end
$$;
comment on function base.data_quality_metrics() is 'How complete, valid and fresh each table is, with the limits that the status follows from. Worst first; unknown is what the caller may not see.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('dual_write', $gsdb_file$-- Changes without downtime: while old and new programs run side by side, a trigger keeps an old column and its successor saying the
-- same. Called by an expand migration, ended by the switch or contract one. An index or view that needs both works meanwhile.

-- `forward` and `backward` are SQL expressions over the row `new`, from the old column to the new one and back: new.title,
-- split_part(new.name, ' ', 1). Without `backward` the new column is derived and old programs are not told of changes to it.
-- A writer that sets both columns is believed.
create or replace function base.dual_write(
    relation regclass, old_column name, new_column name, forward text default null, backward text default null)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $function$
declare
    path constant text := base.dual_write_function(relation, new_column);
begin
    perform base.refuse_dual_write(relation, old_column, new_column);
    execute format($sql$
        create or replace function %1$s() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $trigger$
        begin
            if tg_op = 'INSERT' then
                if new.%3$I is null then
                    new.%3$I := %4$s;
                %5$s
                end if;
            elsif new.%3$I is not distinct from old.%3$I and new.%2$I is distinct from old.%2$I then
                new.%3$I := %4$s;
            %6$s
            end if;
            return new;
        end
        $trigger$
        $sql$,
        path, old_column, new_column,
        coalesce(forward, format('new.%I', old_column)),
        case when backward is not null then format('elsif new.%I is null then new.%I := %s;', old_column, old_column, backward) end,
        case when backward is not null then format('elsif new.%2$I is not distinct from old.%2$I and new.%1$I is distinct from old.%1$I then new.%2$I := %3$s;',
                                                   new_column, old_column, backward) end);
    execute format('comment on function %s() is %L', path, format('Keeps %I and %I of %s equal until base.end_dual_write.', old_column, new_column, relation));
    execute format('create or replace trigger %I before insert or update on %s for each row execute function %s()',
                   'dual_write_' || new_column, relation, path);
end
$function$;
comment on function base.dual_write(regclass, name, name, text, text) is 'Keeps a column and its successor equal by a trigger while old and new programs write.';

create or replace function base.end_dual_write(relation regclass, new_column name) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('drop trigger if exists %I on %s', 'dual_write_' || new_column, relation);
    execute format('drop function if exists %s()', base.dual_write_function(relation, new_column));
end
$$;
comment on function base.end_dual_write(regclass, name) is 'Ends what base.dual_write began.';

create or replace function base.dual_write_function(relation regclass, new_column name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select format('%s.%I', relnamespace::regnamespace, format('dual_write_%s_%s', relname, new_column)) from pg_class where oid = relation);
end
$$;
comment on function base.dual_write_function(regclass, name) is 'Part of base.dual_write: the name of the trigger''s function.';

create or replace function base.refuse_dual_write(relation regclass, old_column name, new_column name) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    missing name;
begin
    if base.has_extension('citus') then
        raise exception using errcode = 'GS005',
            message = format('%s cannot be written twice by a trigger under Citus', relation),
            hint = 'Let the program write both columns until the switch.';
    end if;
    select wanted into missing from unnest(array[old_column, new_column]) as wanted
    where not exists (select from pg_attribute where attrelid = relation and attname = wanted and not attisdropped and attgenerated = '');
    if missing is not null then
        raise exception using errcode = 'GS005',
            message = format('%s has no column %I that can be written', relation, missing),
            hint = 'Add the new column first, in the same migration.';
    end if;
end
$$;
comment on function base.refuse_dual_write(regclass, name, name) is 'Part of base.dual_write: error GS005 when it cannot be done.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of base raise. The code is the API; the words may improve. A test compares this list with the routines.

create or replace function base.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS001', 'organization_required', 'A tenant''s data was asked for in a transaction that set no organization.',
         'Begin the transaction with set local app.organization_id.'),
        ('GS002', 'schema_rule_broken', 'A table breaks a rule of structure, so it would not load on Citus or would mix tenants.',
         'Change the CREATE TABLE as the hint says; base.schema_lint() lists all rules.'),
        ('GS003', 'extensions_conflict', 'Citus and TimescaleDB are in one database, where joins return wrong rows.',
         'Drop one of the two, or put them on different servers.'),
        ('GS004', 'partitioning_refused', 'A table cannot be partitioned by time as asked.',
         'Partition it right after CREATE TABLE, on a timestamptz column that is not null and part of every unique key.'),
        ('GS005', 'dual_write_refused', 'Two columns cannot be kept equal by a trigger.',
         'Under Citus, which has no triggers, let the program write both columns until the switch.'),
        ('GS006', 'organization_mismatch', 'A transaction of one organization tried to write the audit log of another.',
         'Write it in a transaction of that organization.'),
        ('GS007', 'maintenance_refused', 'A routine cannot be part of maintenance.',
         'Make it a SECURITY DEFINER function without arguments that the role may execute.'),
        ('GS008', 'maintenance_failed', 'Routines that base.run_maintenance() ran have failed; the others have run.',
         'Read their errors in base.maintenance_log.'),
        ('GS009', 'maintenance_unknown', 'Maintenance was asked for by a name that is neither a cadence nor a routine declared in this database.',
         'Use a name from base.maintenance_procedures.'),
        ('GS010', 'audit_log_altered', 'An entry of the audit log was altered, removed or moved.',
         'Compare with base.audit_log_verify(), and restore the log from a backup.');
end
$$;
comment on function base.error_codes() is 'The errors of schema base: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('foreign_schemas', $gsdb_file$-- How analytics_db sees the modules of the other databases: each of their schemas stands there again, with the same names and types,
-- as foreign tables. The text is made where the tables are, and run where they are read.

-- The SQL that makes schema `schema` of this database readable through the foreign server `server`, for role analytics_readonly: the
-- schema, its enums and domains (without their checks: what is read was checked when written), and a foreign table for each table and view that the role may read. The same text means the same shape.
create or replace function base.foreign_schema_script(schema name, server name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    space constant oid := (select oid from pg_namespace where nspname = schema);
    script text;
begin
    select string_agg(statement, E'\n' order by place, name) into script from (
        select 1 as place, '' as name,
               format(E'create schema %I;\ncomment on schema %I is %L;\ngrant usage on schema %I to analytics_readonly;', schema, schema,
                      format('Schema %s of database %s, through postgres_fdw; made by gsdb db init.', schema, current_database()), schema) as statement
        union all
        select 2, t.typname, format('create type %s as enum (%s);', t.oid::regtype,
                                    (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
        from pg_type t where t.typnamespace = space and t.typtype = 'e'
        union all
        select 3, t.typname, format('create domain %s as %s;', t.oid::regtype, format_type(t.typbasetype, t.typtypmod))
        from pg_type t where t.typnamespace = space and t.typtype = 'd'
        union all
        select 4, c.relname, base.foreign_table_statement(c.oid, server)
        from pg_class c
        where c.relnamespace = space and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and has_table_privilege('analytics_readonly', c.oid, 'select')
    ) as statements (place, name, statement);
    return script;
end
$$;
comment on function base.foreign_schema_script(name, name) is
    'The SQL with which another database sees a schema of this one through a foreign server, for analytics_readonly.';

-- Comments travel along: those of columns say which table an id is of.
create or replace function base.foreign_table_statement(relation oid, server name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    columns text;
    comments text;
begin
    select string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                             case when a.attcollation <> t.typcollation then format(' collate %s', a.attcollation::regcollation) else '' end), ', ' order by a.attnum),
           string_agg(format(E'\ncomment on column %s.%I is %L;', relation::regclass, a.attname, d.description), '' order by a.attnum)
               filter (where d.description is not null)
    into columns, comments
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_description d on d.classoid = 'pg_class'::regclass and d.objoid = a.attrelid and d.objsubid = a.attnum
    where a.attrelid = relation and a.attnum > 0 and not a.attisdropped;
    return format(E'create foreign table %s (%s) server %I;\ngrant select on %s to analytics_readonly;\ncomment on foreign table %s is %L;%s',
                  relation::regclass, columns, server, relation::regclass, relation::regclass,
                  coalesce(obj_description(relation, 'pg_class'), ''), comments);
end
$$;
comment on function base.foreign_table_statement(oid, name) is 'Part of base.foreign_schema_script: one table or view.';

-- How this server can be reached from itself: through its socket where it has one. A socket folder may be relative to the data
-- directory, in which every session works: so is the embedded server's, whose user may not be able to enter the folders above.
create or replace function base.own_address(host out text, port out integer)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with socket as (
        select btrim(split_part(setting, ',', 1)) as folder from pg_settings where name = 'unix_socket_directories'
    )
    select coalesce(host(inet_server_addr()),
                    (select case when folder like '/%' then folder else '/proc/self/cwd/' || folder end from socket where folder <> '')),
           coalesce(inet_server_port(), current_setting('port')::integer);
$$;
comment on function base.own_address() is 'Host, or folder of the socket, and port by which this server can be reached from itself.';

-- Why this session cannot make foreign tables; null when it can. The extension is not trusted: where it is missing, a superuser has to
-- create it, and is given it here.
create or replace function base.why_no_foreign_tables() returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set client_min_messages = warning
as $$
declare
    is_superuser constant boolean := current_setting('is_superuser')::boolean;
    there constant boolean := exists (select from pg_extension where extname = 'postgres_fdw');
begin
    if there and (is_superuser or has_foreign_data_wrapper_privilege('postgres_fdw', 'usage')) then
        return null;
    elsif not there and not exists (select from pg_available_extensions where name = 'postgres_fdw') then
        return 'the server has no extension postgres_fdw; install its contrib package';
    elsif not there and is_superuser then
        create extension postgres_fdw with schema public;
        return null;
    end if;
    return format('role %s may not use postgres_fdw; as a superuser in %s: create extension if not exists postgres_fdw; '
                  'grant usage on foreign data wrapper postgres_fdw to %I;', session_user, current_database(), session_user);
end
$$;
comment on function base.why_no_foreign_tables() is 'Why this session cannot make foreign tables, with the remedy; null when it can.';

-- Shows the schemas of another database of this server here, for analytics_readonly. `script` is what base.foreign_schema_script() said
-- there. What was made is remembered as a fingerprint in the server's comment, so that nothing happens when nothing changed.
-- `state`: current, made, blocked (by objects in schema `detail`), or unreadable (for the reason `detail`).
create or replace function base.mirror_database(database name, schemas name[], script text, host text, port integer, password text,
                                                state out text, detail out text)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set client_min_messages = error
as $$
declare
    server constant name := 'gsdb_' || database;
    is_superuser constant boolean := current_setting('is_superuser')::boolean;
    mapping text := 'user ''analytics_readonly''';
    fingerprint constant text := 'gsdb ' || encode(sha256(convert_to(concat_ws(E'\n', 2, schemas, script, host, port, password, session_user, is_superuser), 'UTF8')), 'hex');
    -- As many as the script makes: one may be gone since.
    tables constant integer := cardinality(string_to_array(script, E'\ncreate foreign table ')) - 1;
    space name;
    reader name;
begin
    perform pg_advisory_xact_lock(hashtext('gsdb.foreign_schemas'), hashtext(database));
    state := 'current';
    if (select obj_description(s.oid, 'pg_foreign_server') = fingerprint and (select count(*) from pg_foreign_table t where t.ftserver = s.oid) = tables
        from pg_foreign_server s where s.srvname = server) then
        return;
    end if;
    select min(n.nspname) into detail
    from pg_namespace n
    join pg_class c on c.relnamespace = n.oid
    left join pg_foreign_table f on f.ftrelid = c.oid
    left join pg_foreign_server s on s.oid = f.ftserver
    where n.nspname = any (schemas) and c.relkind <> 'c' and s.srvname is distinct from server;
    if detail is not null then
        state := 'blocked';
        return;
    end if;

    execute format('drop server if exists %I cascade', server);
    foreach space in array schemas loop
        execute format('drop schema if exists %I cascade', space);
    end loop;
    -- A union over several servers asks them all at once.
    execute format('create server %I foreign data wrapper postgres_fdw options (host %L, port %L, dbname %L, fetch_size ''10000'', async_capable ''true'')',
                   server, host, port, database);
    -- Only a superuser may say that no password is needed. Through the socket of a server that trusts its own machine, as the embedded
    -- one does, none is, and so none is stored.
    if is_superuser then
        mapping := mapping || ', password_required ''false''';
    end if;
    if coalesce(password, '') <> '' and not (is_superuser and host like '/%') then
        mapping := mapping || format(', password %L', password);
    end if;
    for reader in select distinct name from unnest(array['analytics_readonly', 'graph_sitter_admin', session_user]) as name loop
        execute format('create user mapping for %I server %I options (%s)', reader, server, mapping);
    end loop;
    execute script;
    foreach space in array schemas loop
        execute format('grant usage on schema %I to graph_sitter_admin', space);
        execute format('grant select on all tables in schema %I to graph_sitter_admin', space);
    end loop;
    execute format('comment on server %I is %L', server, fingerprint);
    detail := base.why_not_readable(server);
    state := case when detail is null then 'made' else 'unreadable' end;
end
$$;
comment on function base.mirror_database(name, name[], text, text, integer, text) is
    'Shows the schemas of another database of this server here as foreign tables, for analytics_readonly; says what came of it.';

-- Caught here, because an error of class 08 would be taken for the end of the caller's own connection.
create or replace function base.why_not_readable(server name) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    sample regclass;
begin
    select f.ftrelid::regclass into sample
    from pg_foreign_table f
    join pg_foreign_server s on s.oid = f.ftserver
    where s.srvname = server
    limit 1;
    begin
        set local role analytics_readonly;
        execute format('select from %s limit 1', sample);
        -- Undoes the change of the role, too.
        raise exception using errcode = 'UNDO0';
    exception
        when sqlstate 'UNDO0' then return null;
        when others then return sqlerrm;
    end;
end
$$;
comment on function base.why_not_readable(name) is 'Why analytics_readonly cannot read through the foreign server; null when it can.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- The health functions that administrators call by name. Each is made of base.health_signals(); none knows an answer beforehand.

create or replace function base.system_health() returns table (component text, status base.health_status, details jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component, max(base.judge(s)),
           jsonb_object_agg(s.signal, jsonb_strip_nulls(jsonb_build_object(
               'status', base.judge(s), 'value', s.value, 'unit', s.unit, 'warning_at', s.warning_at, 'critical_at', s.critical_at,
               'remedy', case when base.judge(s) in ('warning', 'critical') then s.remedy end)) || s.details),
           now()
    from base.health_signals() s
    group by s.component
    order by 2 desc, 1;
end
$$;
comment on function base.system_health() is 'How each part of this database and its server is, worst first, and the measurements that say so.';

create or replace function base.database_health_summary() returns table (check_type text, status base.health_status, metrics jsonb, checked_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component || '.' || s.signal, base.judge(s),
           jsonb_strip_nulls(jsonb_build_object('value', s.value, 'unit', s.unit, 'warning_at', s.warning_at, 'critical_at', s.critical_at)) || s.details, now()
    from base.health_signals() s
    order by 2 desc, 1;
end
$$;
comment on function base.database_health_summary() is 'Every measurement of this database with what it means, worst first.';

create or replace function base.critical_alerts() returns table (alert_type text, severity base.health_status, message text, details jsonb, detected_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select s.component || '.' || s.signal, base.judge(s),
           format('%s: %s %s, %s from %s on. %s', replace(s.signal, '_', ' '), s.value, s.unit, base.judge(s),
                  case base.judge(s) when 'critical' then s.critical_at else s.warning_at end, s.remedy),
           s.details, now()
    from base.health_signals() s
    where base.judge(s) in ('warning', 'critical')
    order by 2 desc, 1;
end
$$;
comment on function base.critical_alerts() is 'What somebody should look at now: every measurement past its limits, with what to do. No row means that none is.';

create or replace function base.database_health_check() returns jsonb
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    worst base.health_status;
    problems jsonb;
begin
    select max(base.judge(s)), coalesce(jsonb_agg(s.component || '.' || s.signal order by base.judge(s) desc) filter (where base.judge(s) <> 'healthy'), '[]')
    into worst, problems
    from base.health_signals() s;
    return jsonb_build_object(
        'status', worst,
        'problems', problems,
        'timestamp', now(),
        'database_name', current_database(),
        'database_size_mb', round(pg_database_size(current_database()) / 1048576.0, 1),
        'tables_count', (select count(*) from base.managed_tables),
        'indexes_count', (select count(*) from pg_index i join pg_class c on c.oid = i.indrelid where c.relnamespace = any (base.product_schemas(null)) and not c.relispartition),
        'active_connections', (select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'),
        'modules', (select jsonb_object_agg(module, jsonb_build_object('version', version, 'migrated_at', applied_at))
                    from (select distinct on (module) module, version, applied_at from base.schema_migrations order by module, version desc) as latest));
end
$$;
comment on function base.database_health_check() is 'This database in one object: the worst status, what causes it, its size, and how far each module is migrated.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health_signals', $gsdb_file$-- What the health functions measure, from the server's own statistics. Nothing here is a constant: each value is read when asked.
--
-- A module adds its own signals with a function <schema>.health_signals() of the same result (module_signals.sql). The functions here
-- run as the owner of base, because a login role may not see what other sessions do; they show counts and ages, never statements of
-- others.

-- Sessions of other roles show their state only to members of pg_read_all_stats.
create or replace function base.sees_activity() returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return pg_has_role(current_user, 'pg_read_all_stats', 'usage');
end
$$;
comment on function base.sees_activity() is 'Whether the current role may see what other sessions are doing.';

create or replace function base.connection_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    usable constant integer := current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer;
begin
    return query
    select 'connections', 'connections_used', round(100.0 * count(*) / usable, 1), '%', 80::numeric, 95::numeric,
           'Put PgBouncer in front of the server, lower database.connections, or raise max_connections.',
           jsonb_build_object('client_backends', count(*), 'usable', usable,
                              'of_this_database', count(*) filter (where datname = current_database()))
    from pg_stat_activity
    where backend_type = 'client backend';
end
$$;
comment on function base.connection_signals() is 'Signals of the server''s connections.';

create or replace function base.transaction_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    is_visible constant boolean := base.sees_activity();
begin
    return query
    select 'transactions', oldest.name,
           case when is_visible then round(coalesce(oldest.seconds, 0)::numeric, 1) end, 's', oldest.warning_at, oldest.critical_at,
           'Find it in pg_stat_activity and end it with pg_terminate_backend(pid): it keeps dead rows from being removed.',
           jsonb_build_object('sessions', oldest.sessions, 'pid', oldest.pid)
    from (
        select 'longest_transaction' as name, max(extract(epoch from now() - xact_start)) as seconds, count(xact_start) as sessions,
               (array_agg(pid order by xact_start) filter (where xact_start is not null))[1] as pid, 300::numeric as warning_at, 3600::numeric as critical_at
        from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
        union all
        select 'longest_idle_in_transaction', max(extract(epoch from clock_timestamp() - state_change)), count(*),
               (array_agg(pid order by state_change))[1], 60, 900
        from pg_stat_activity
        where datname = current_database() and state like 'idle in transaction%'
        union all
        select 'longest_lock_wait', max(extract(epoch from clock_timestamp() - l.waitstart)), count(distinct l.pid),
               (array_agg(l.pid order by l.waitstart))[1], 10, 60
        from pg_locks l
        join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
        where not l.granted
    ) as oldest;

    return query
    select 'transactions', 'xid_age_used', round(100.0 * greatest(age(datfrozenxid), mxid_age(datminmxid)) / 2000000000, 2), '%', 25::numeric, 50::numeric,
           'Let autovacuum run, end what holds it up (old transactions, replication slots), then VACUUM FREEZE the oldest tables.',
           jsonb_build_object('xid_age', age(datfrozenxid), 'multixact_age', mxid_age(datminmxid),
                              'autovacuum_freeze_max_age', current_setting('autovacuum_freeze_max_age')::bigint)
    from pg_database
    where datname = current_database();
end
$$;
comment on function base.transaction_signals() is 'Signals of transactions and locks in this database, and of how near transaction ids are to wrapping around.';

-- A ratio of few reads says nothing, so the cache is judged after 100,000 blocks (800 MB), a table's dead rows from 10,000 on.
create or replace function base.storage_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select 'storage', 'cache_hit', round(100.0 * blks_hit / nullif(blks_hit + blks_read, 0), 2), '%',
           case when blks_hit + blks_read >= 100000 then 95::numeric end, case when blks_hit + blks_read >= 100000 then 80::numeric end,
           'Raise shared_buffers, or look for statements that read much more than they return.',
           jsonb_build_object('blocks_hit', blks_hit, 'blocks_read', blks_read, 'since', stats_reset)
    from pg_stat_database
    where datname = current_database() and blks_hit + blks_read > 0;

    return query
    select 'storage', 'database_size', pg_database_size(current_database())::numeric, 'bytes', null::numeric, null::numeric, null, '{}'::jsonb;

    return query
    with tables as (
        select s.relid, s.schemaname, s.relname, s.n_dead_tup, s.n_live_tup, greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
               100.0 * s.n_dead_tup / nullif(s.n_dead_tup + s.n_live_tup, 0) as dead_percentage
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relnamespace = any (base.product_schemas(null))
        where s.n_dead_tup >= 10000
    )
    select 'vacuum', 'dead_rows', round(coalesce(max(dead_percentage), 0), 1), '%', 30::numeric, 60::numeric,
           'VACUUM the tables named; if it does not help, an old transaction or replication slot holds the rows.',
           jsonb_build_object('tables', coalesce(jsonb_agg(jsonb_build_object('table', format('%I.%I', schemaname, relname), 'dead_rows', n_dead_tup,
                                                                              'live_rows', n_live_tup, 'vacuumed_at', vacuumed_at)
                                                           order by dead_percentage desc) filter (where dead_percentage >= 30), '[]'))
    from tables;

    return query
    select 'vacuum', 'autovacuum_off', count(*)::numeric, 'tables', 1::numeric, null::numeric,
           'alter system set autovacuum = on, or reset autovacuum_enabled of the tables named.',
           jsonb_build_object('tables', coalesce(jsonb_agg(c.oid::regclass::text order by c.oid::regclass::text), '[]'))
    from pg_class c
    where c.relnamespace = any (base.product_schemas(null)) and c.relkind = 'r'
      and (not current_setting('autovacuum')::boolean or 'autovacuum_enabled=false' = any (c.reloptions));

    return query
    select 'indexes', 'invalid_indexes', count(*)::numeric, 'indexes', 1::numeric, null::numeric, 'gsdb db migrate builds them anew; or REINDEX INDEX CONCURRENTLY.',
           jsonb_build_object('indexes', coalesce(jsonb_agg(c.oid::regclass::text order by c.oid::regclass::text), '[]'))
    from pg_index i
    join pg_class c on c.oid = i.indexrelid and c.relnamespace = any (base.product_schemas(null))
    where not i.indisvalid;
end
$$;
comment on function base.storage_signals() is 'Signals of the cache, dead rows, autovacuum and indexes of this database.';

create or replace function base.partition_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with coverage as (
        select t.relation, t.step, max(p.upper_bound) as covered_until
        from base.time_partitions t
        left join lateral base.time_partitions_of(t.relation) p on not p.is_default
        where t.strategy = 'range'
        group by t.relation, t.step
    ), judged as (
        select c.*, floor(extract(epoch from coalesce(c.covered_until, now()) - now()) / extract(epoch from c.step)) as periods
        from coverage c
    )
    select 'partitions', 'periods_ahead', greatest(min(periods), 0)::numeric, 'periods', 1::numeric, 0::numeric,
           'Let the server run, whose scheduler makes them; or select * from base.maintain_time_partitions().',
           jsonb_build_object('tables', count(*),
                              'behind', coalesce(jsonb_agg(jsonb_build_object('table', relation::text, 'covered_until', covered_until)
                                                           order by covered_until) filter (where periods <= 1), '[]'))
    from judged
    having count(*) > 0;

    return query
    select 'partitions', 'rows_in_default', coalesce(sum(s.n_live_tup), 0)::numeric, 'rows', 1000::numeric, null::numeric,
           'select * from base.maintain_time_partitions() moves them to partitions of their own.',
           jsonb_build_object('tables', coalesce(jsonb_agg(jsonb_build_object('table', t.relation::text, 'rows', s.n_live_tup) order by s.n_live_tup desc)
                                                 filter (where s.n_live_tup > 0), '[]'))
    from base.time_partitions t
    cross join lateral base.time_partitions_of(t.relation) p
    join pg_stat_all_tables s on s.relid = p.partition
    where p.is_default
    having count(*) > 0;
end
$$;
comment on function base.partition_signals() is 'Signals of the tables partitioned by time: whether the next periods are there, and what waits in default partitions.';

-- On a primary: its standbys and slots. On a standby: how far behind it is.
create or replace function base.replication_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    behind constant text := 'Look at the standby and the network between; a slot that nobody will use again: pg_drop_replication_slot(name).';
begin
    if pg_is_in_recovery() then
        return query
        select 'replication', 'replay_delay', round(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::numeric, 1), 's', 30::numeric, 300::numeric,
               behind, jsonb_build_object('received', pg_last_wal_receive_lsn(), 'replayed', pg_last_wal_replay_lsn())
        where pg_last_wal_receive_lsn() is distinct from pg_last_wal_replay_lsn();
        return;
    end if;
    return query
    select 'replication', 'standby_delay', round(extract(epoch from max(replay_lag))::numeric, 1), 's', 30::numeric, 300::numeric, behind,
           jsonb_build_object('standbys', jsonb_agg(jsonb_build_object('name', application_name, 'state', state, 'replay_lag', replay_lag)))
    from pg_stat_replication
    having count(*) > 0;
    return query
    select 'replication', 'wal_kept_by_slots', max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 'bytes', 1073741824::numeric, 10737418240::numeric, behind,
           jsonb_build_object('slots', jsonb_agg(jsonb_build_object('name', slot_name, 'active', active, 'status', wal_status)))
    from pg_replication_slots
    where restart_lsn is not null
    having count(*) > 0;
end
$$;
comment on function base.replication_signals() is 'Signals of standbys and replication slots; none where there are none.';

create or replace function base.statement_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    place constant text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'pg_stat_statements');
begin
    if place is null or not base.sees_activity() then
        return;
    end if;
    return query execute format($sql$
        select 'statements', 'slow_statements', count(*)::numeric, 'statements', 1::numeric, 10::numeric,
               'EXPLAIN (ANALYZE, BUFFERS) the statements with these query ids; performance_optimization_recommendations() may know the index.',
               jsonb_build_object('statements', coalesce(jsonb_agg(jsonb_build_object('query_id', queryid, 'calls', calls, 'mean_ms', round(mean_exec_time::numeric, 1))
                                                                   order by mean_exec_time desc), '[]'))
        from %I.pg_stat_statements s
        join pg_database d on d.oid = s.dbid and d.datname = current_database()
        where s.mean_exec_time > 1000 and s.calls >= 5$sql$, place);
exception when object_not_in_prerequisite_state then
    return;  -- created, but not preloaded
end
$$;
comment on function base.statement_signals() is 'Statements of this database that take over a second on average (five calls or more); none without pg_stat_statements.';

create or replace function base.judge(measured base.health_signal) returns base.health_status
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    low_is_bad constant boolean := measured.critical_at < measured.warning_at;
begin
    return case
        when measured.value is null then 'unknown'
        when low_is_bad and measured.value <= measured.critical_at then 'critical'
        when low_is_bad and measured.value < measured.warning_at then 'warning'
        when low_is_bad then 'healthy'
        when measured.value >= measured.critical_at then 'critical'
        when measured.value >= measured.warning_at then 'warning'
        else 'healthy'
    end::base.health_status;
end
$$;
comment on function base.judge(base.health_signal) is 'What a signal''s value means by its own limits; unknown without a value.';

create or replace function base.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.connection_signals();
    return query select * from base.transaction_signals();
    return query select * from base.storage_signals();
    return query select * from base.partition_signals();
    return query select * from base.replication_signals();
    return query select * from base.statement_signals();
    return query select * from base.maintenance_signals();
    return query select * from base.module_signals('health_signals');
end
$$;
comment on function base.health_signals() is 'Every signal of this database and of the modules in it.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('ids', $gsdb_file$-- Identifiers that mean the same in every database.

-- UUID version 7 (RFC 9562): milliseconds, then 12 bits of the millisecond's fraction so that one session's ids sort in the order
-- they were made in, then 62 random bits.
do $do$
begin
    if to_regprocedure('pg_catalog.uuidv7()') is not null then
        create or replace function base.uuid_v7() returns uuid
            language sql volatile parallel safe
            return pg_catalog.uuidv7();
    else
        create or replace function base.uuid_v7() returns uuid
            language plpgsql volatile parallel safe
            set search_path = pg_catalog, pg_temp
        as $$
        declare
            microseconds constant bigint := floor(extract(epoch from clock_timestamp()) * 1000000);
        begin
            return (lpad(to_hex(microseconds / 1000), 12, '0')
                    || to_hex(x'7000'::integer + (microseconds % 1000 * 4096 / 1000)::integer)
                    || substr(gen_random_uuid()::text, 20))::uuid;
        end
        $$;
    end if;
end
$do$;
comment on function base.uuid_v7() is 'A new UUID version 7: sorts by the time it was made.';

create or replace function base.default_organization_id() returns uuid
    language sql immutable parallel safe
    return '00000000-0000-7000-8000-000000000001'::uuid;
comment on function base.default_organization_id() is 'The organization of an installation that has only one; the same id in all databases.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('maintenance', $gsdb_file$-- Maintenance runs what modules have declared: each routine when it is due, by whoever comes first, with its outcome in base.maintenance_log.
-- A run claims its routine in one transaction, so that all can see it, and does its work in a second.

create or replace function base.declare_maintenance(
    routine text, cadence base.maintenance_cadence, timeout interval, description text, rows_max bigint default null) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    known record;
begin
    if not base.may_maintain(routine) then
        raise exception using errcode = 'GS007',
            message = format('%s cannot be declared as maintenance', routine),
            detail = 'There is no SECURITY DEFINER function of that name that can be called without arguments and that the current role may execute.',
            hint = 'Declare it in the file that creates it, after the function and its grants.';
    end if;
    delete from base.maintenance_procedures p where p.routine = declare_maintenance.routine returning p.due_at, p.failures into known;
    insert into base.maintenance_procedures (routine, cadence, timeout, rows_max, description, due_at, failures)
    values (routine, cadence, timeout, rows_max, description, coalesce(known.due_at, now()), coalesce(known.failures, 0));
end
$$;
comment on function base.declare_maintenance(text, base.maintenance_cadence, interval, text, bigint) is
    'Makes a SECURITY DEFINER function without arguments part of maintenance. It returns how many rows it affected, or a table with columns named rows_...';

create or replace function base.maintenance_period(cadence base.maintenance_cadence) returns interval
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return case cadence when 'frequent' then interval '1 minute' when 'daily' then interval '1 day'
                        when 'weekly' then interval '7 days' when 'monthly' then interval '1 month' end;
end
$$;
comment on function base.maintenance_period(base.maintenance_cadence) is 'The time from the beginning of one run to the next.';

create or replace function base.maintenance_pause(failures integer) returns interval
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return least(interval '1 hour', interval '1 minute' * power(2, least(greatest(failures, 1), 10) - 1));
end
$$;
comment on function base.maintenance_pause(integer) is 'How long a routine waits after so many failures in a row: a minute, then twice as long each time, up to an hour.';

-- In a transaction block it stops at the first commit: each routine commits its work and its record by itself.
create or replace procedure base.run_maintenance(what text default null, only_if_due boolean default false)
    language plpgsql
as $$
declare
    routine text;
    run uuid;
    code text;
    failed text[] := array[]::text[];
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    foreach routine in array base.maintenance_to_run(what, only_if_due) loop
        perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
        run := base.begin_maintenance(routine, only_if_due or what is null);
        commit;
        continue when run is null;
        call base.carry_out_maintenance(run, code);
        if code is not null then
            failed := failed || routine;
        end if;
    end loop;
    if pg_catalog.cardinality(failed) > 0 then
        raise exception using errcode = 'GS008',
            message = pg_catalog.format('maintenance failed: %s', pg_catalog.array_to_string(failed, ', ')),
            hint = 'select routine, finished_at, error from base.maintenance_log where state = ''failed'' order by started_at desc';
    end if;
end
$$;
comment on procedure base.run_maintenance(text, boolean) is
    'Runs maintenance: what is due; or all routines of a cadence, or the one named, now (with only_if_due only what is due of them). What one routine does not survive the others do; error GS008 at the end names those that failed.';

-- Whoever cancels it is told so, by the error they wait for, but only when the run is on record.
create or replace procedure base.carry_out_maintenance(run uuid, inout code text default null)
    language plpgsql
as $$
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    code := base.perform_maintenance(run);
    commit;
    if code = '57014' then
        raise exception using errcode = code, message = 'the run of maintenance was cancelled';
    end if;
end
$$;
comment on procedure base.carry_out_maintenance(uuid, text) is
    'Part of base.run_maintenance, and how the program runs a routine that base.begin_maintenance() has claimed: does its work; code is the SQLSTATE it failed with, and a cancelled one raises it.';

create or replace function base.maintenance_to_run(what text, only_if_due boolean) returns text[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    is_cadence constant boolean := what = any (enum_range(null::base.maintenance_cadence)::text[]);
begin
    if what is not null and not is_cadence and not exists (select from base.maintenance_procedures p where p.routine = what) then
        raise exception using errcode = 'GS009',
            message = format('there is no maintenance named %s in database %I', what, current_database()),
            hint = format('Name a cadence (%s) or one of: %s.', array_to_string(enum_range(null::base.maintenance_cadence), ', '),
                          (select string_agg(p.routine, ', ' order by p.routine) from base.maintenance_procedures p));
    elsif not is_cadence and not base.may_maintain(what) then
        raise exception using errcode = 'insufficient_privilege',
            message = format('role %I may not run %s', current_user, what),
            hint = 'Run it as an administrator, or as the login role of its module.';
    end if;
    return array(
        select p.routine
        from base.maintenance_procedures p
        where (what is null or p.routine = what or p.cadence::text = what)
          and (p.due_at <= now() or not (only_if_due or what is null))
          and base.may_maintain(p.routine)
        order by p.cadence, p.due_at, p.routine);
end
$$;
comment on function base.maintenance_to_run(text, boolean) is 'Part of base.run_maintenance: the routines that it means and that the current role may execute.';

-- Counted as failed before it runs, so that a run that takes the session with it is not repeated in a loop.
create or replace function base.begin_maintenance(routine text, only_if_due boolean) returns uuid
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    run uuid;
begin
    if not pg_try_advisory_xact_lock('base.maintenance_procedures'::regclass::oid::integer, hashtext(routine)) then
        return null;  -- another session is running it
    end if;
    update base.maintenance_procedures p
    set failures = p.failures + 1, due_at = now() + base.maintenance_pause(p.failures + 1)
    where p.routine = begin_maintenance.routine and (p.due_at <= now() or not only_if_due);
    if not found then
        return null;
    end if;
    update base.maintenance_log l
    set state = 'failed', finished_at = clock_timestamp(), error = 'The session that ran it ended before the run did.'
    where l.routine = begin_maintenance.routine and l.state = 'running';
    insert into base.maintenance_log (routine) values (begin_maintenance.routine) returning id into run;
    return run;
end
$$;
comment on function base.begin_maintenance(text, boolean) is 'Part of base.run_maintenance: claims a routine and notes that it runs; null when another session does or did so.';

create or replace function base.perform_maintenance(run uuid) returns text
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set lock_timeout = '10s'
as $$
declare
    called constant text := (select l.routine from base.maintenance_log l where l.id = run);
    result jsonb;
    code text;
    message text;
begin
    perform pg_advisory_xact_lock('base.maintenance_procedures'::regclass::oid::integer, hashtext(called));
    begin
        result := base.call_maintenance(called);
    exception when query_canceled or others then
        code := sqlstate;
        message := sqlerrm;
    end;
    if code is null then
        perform base.note_maintenance_success(run, result);
    else
        update base.maintenance_log l set state = 'failed', finished_at = clock_timestamp(), error_code = code, error = message where l.id = run;
        update base.maintenance_procedures p set due_at = clock_timestamp() + base.maintenance_pause(p.failures) where p.routine = called;
    end if;
    return code;
end
$$;
comment on function base.perform_maintenance(uuid) is 'Part of base.carry_out_maintenance: does the work of a run that has begun and notes how it ended; returns the SQLSTATE it failed with.';

create or replace function base.call_maintenance(routine text) returns jsonb
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    result jsonb;
begin
    if not base.may_maintain(routine) then
        raise exception using errcode = 'GS007',
            message = format('%s cannot be run as maintenance', routine),
            detail = 'It is gone, is not SECURITY DEFINER any more, or the current role may not execute it.';
    end if;
    execute format('select coalesce(jsonb_agg(to_jsonb(r)), ''[]'') from %I.%I() as r', split_part(routine, '.', 1), split_part(routine, '.', 2)) into result;
    return result;
end
$$;
comment on function base.call_maintenance(text) is 'Part of base.perform_maintenance: calls the routine and returns its rows.';

create or replace function base.note_maintenance_success(run uuid, result jsonb) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    affected bigint;
begin
    select coalesce(sum(counted.rows), 0) into affected
    from jsonb_array_elements(result) as element (value)
    cross join lateral (
        select (element.value #>> '{}')::numeric as rows where jsonb_typeof(element.value) = 'number'
        union all
        select field.value::numeric from jsonb_each_text(case jsonb_typeof(element.value) when 'object' then element.value else '{}' end) as field
        where field.key like 'rows\_%') as counted;
    update base.maintenance_log l
    set state = 'succeeded', finished_at = clock_timestamp(), rows_affected = affected,
        objects = case when result = '[]' or jsonb_typeof(result -> 0) = 'object' then jsonb_path_query_array(result, '$[0 to 199]') end
    where l.id = run;
    update base.maintenance_procedures p
    set failures = 0, due_at = case when affected >= p.rows_max then now() else l.started_at + base.maintenance_period(p.cadence) end
    from base.maintenance_log l
    where l.id = run and p.routine = l.routine;
end
$$;
comment on function base.note_maintenance_success(uuid, jsonb) is 'Part of base.perform_maintenance: notes what a run did and when the next one is due.';

create or replace function base.maintenance_signals() returns setof base.health_signal
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with procedures as (
        select p.routine, p.due_at, extract(epoch from now() - p.due_at) as overdue_seconds, last.error_code,
               -- The run under way has been counted, but has not failed.
               p.failures - (exists (select from base.maintenance_log l where l.routine = p.routine and l.state = 'running'))::integer as failures
        from base.maintenance_procedures p
        left join lateral (select l.error_code from base.maintenance_log l where l.routine = p.routine and l.state = 'failed' order by l.started_at desc limit 1) as last on true
    )
    select 'maintenance', 'failures_in_a_row', greatest(max(failures), 0)::numeric, 'runs', 1::numeric, 5::numeric,
           'base.maintenance_log has the error of the routines named; call base.run_maintenance(name) tries one again.',
           jsonb_build_object('failing', coalesce(jsonb_agg(jsonb_build_object('routine', routine, 'failures', failures, 'sqlstate', error_code, 'next_at', due_at)
                                                            order by failures desc, routine) filter (where failures > 0), '[]'))
    from procedures
    having count(*) > 0
    union all
    select 'maintenance', 'overdue', round(greatest(max(overdue_seconds), 0), 1), 's', 3600::numeric, 86400::numeric,
           'Let gsdb up or gsdb serve run, which does what is due; or call base.run_maintenance().',
           jsonb_build_object('routines', coalesce(jsonb_agg(jsonb_build_object('routine', routine, 'due_at', due_at)
                                                             order by due_at, routine) filter (where overdue_seconds >= 3600), '[]'))
    from procedures
    having count(*) > 0;
end
$$;
comment on function base.maintenance_signals() is 'Signals of maintenance in this database: whether a routine fails, and whether anybody runs them.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('maintenance_of_base', $gsdb_file$-- What every database does for itself, whatever modules are in it. It runs as the owner of base, who has the rights of all owners.

create or replace function base.maintain_partitions() returns table (action text, partition text, rows_affected bigint)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from base.maintain_time_partitions(only_schema => 'base');
end
$$;
comment on function base.maintain_partitions() is 'Keeps the partitions of this schema ready and drops those past their retention.';
select base.grant_to_login_roles('base.maintain_partitions()');
select base.declare_maintenance('base.maintain_partitions', 'daily', interval '5 minutes', 'Makes the coming partitions of the audit log.');

-- A search reads the whole pending list of a GIN index, so it is kept short; autovacuum comes for it only when enough rows have changed.
create or replace function base.flush_gin_pending_lists() returns table (action text, index text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    gin record;
    pages bigint;
begin
    for gin in
        select c.oid, c.oid::regclass::text as name
        from pg_class c
        join pg_index i on i.indexrelid = c.oid and i.indisvalid
        join pg_am a on a.oid = c.relam and a.amname = 'gin'
        where c.relkind = 'i' and c.relnamespace = any (base.product_schemas(null)) and not coalesce('fastupdate=off' = any (c.reloptions), false)
        order by c.oid
    loop
        pages := gin_clean_pending_list(gin.oid);
        continue when pages = 0;
        action := format('flushed %s pages', pages);
        index := gin.name;
        return next;
    end loop;
end
$$;
comment on function base.flush_gin_pending_lists() is 'Moves what waits in the pending lists of GIN indexes into the indexes; returns those where something waited.';
select base.grant_to_login_roles('base.flush_gin_pending_lists()');
select base.declare_maintenance('base.flush_gin_pending_lists', 'frequent', interval '5 minutes', 'Moves what waits in the pending lists of GIN indexes into the indexes.');

create or replace function base.analyze_stale_tables() returns table (action text, relation text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    stale record;
begin
    action := 'analyzed';
    for stale in
        select s.schemaname, s.relname
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relkind = 'r' and c.relnamespace = any (base.product_schemas(null))
        where s.n_mod_since_analyze > 50 + 0.1 * greatest(c.reltuples, 0)
        order by s.n_mod_since_analyze desc
    loop
        execute format('analyze %I.%I', stale.schemaname, stale.relname);
        relation := format('%I.%I', stale.schemaname, stale.relname);
        return next;
    end loop;
end
$$;
comment on function base.analyze_stale_tables() is 'ANALYZE of tables of which more than a tenth has changed since the last one and autovacuum has not come yet.';
select base.grant_to_login_roles('base.analyze_stale_tables()');
select base.declare_maintenance('base.analyze_stale_tables', 'daily', interval '30 minutes', 'Gathers statistics of tables that have changed by more than a tenth.');

-- Autovacuum analyzes partitions, never the table above them, and it is the table's statistics that plans of queries over several
-- partitions go by.
create or replace function base.analyze_partitioned_tables() returns table (action text, relation text)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    stale record;
begin
    action := 'analyzed';
    for stale in
        select s.schemaname, s.relname
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relkind = 'p' and not c.relispartition and c.relnamespace = any (base.product_schemas(null))
        where exists (
            select from pg_inherits i
            join pg_stat_all_tables p on p.relid = i.inhrelid
            where i.inhparent = s.relid
              and (greatest(p.last_analyze, p.last_autoanalyze) > coalesce(s.last_analyze, '-infinity') and p.n_live_tup > 0 or p.n_mod_since_analyze > 50 + 0.1 * p.n_live_tup))
        order by s.relid
    loop
        execute format('analyze %I.%I', stale.schemaname, stale.relname);
        relation := format('%I.%I', stale.schemaname, stale.relname);
        return next;
    end loop;
end
$$;
comment on function base.analyze_partitioned_tables() is 'ANALYZE of partitioned tables one of whose partitions was analyzed since, or has changed by more than a tenth.';
select base.grant_to_login_roles('base.analyze_partitioned_tables()');
select base.declare_maintenance('base.analyze_partitioned_tables', 'weekly', interval '1 hour', 'Gathers statistics of partitioned tables, which autovacuum does not.');

create or replace function base.cleanup_maintenance_log() returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    deleted bigint;
begin
    delete from base.maintenance_log l
    where l.started_at < now() - interval '2 days' and l.state <> 'running'
      and (l.started_at < now() - interval '400 days'
           or exists (select from base.maintenance_procedures p where p.routine = l.routine and p.cadence = 'frequent' and l.state = 'succeeded'))
      and exists (select from base.maintenance_log newer where newer.routine = l.routine and newer.started_at > l.started_at);
    get diagnostics deleted = row_count;
    return deleted;
end
$$;
comment on function base.cleanup_maintenance_log() is 'Deletes runs of maintenance: successful ones of frequent routines after two days, all others after 400; the newest of each routine stays.';
select base.grant_to_login_roles('base.cleanup_maintenance_log()');
select base.declare_maintenance('base.cleanup_maintenance_log', 'daily', interval '5 minutes', 'Deletes old entries of base.maintenance_log.');

create or replace function base.verify_audit_log() returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    problem record;
begin
    select v.*, count(*) over () as problems into problem from base.audit_log_verify() v limit 1;
    if found then
        raise exception using errcode = 'GS010',
            message = format('the audit log is not as it was written: %s problems, the first in organization %s at entry %s: %s',
                             problem.problems, problem.organization_id, problem.sequence, problem.problem),
            hint = 'select * from base.audit_log_verify() lists them; restore the log from a backup and find out who could write it.';
    end if;
end
$$;
comment on function base.verify_audit_log() is 'Error GS010 when an entry of the audit log was altered, removed or moved.';
select base.grant_to_login_roles('base.verify_audit_log()');
select base.declare_maintenance('base.verify_audit_log', 'monthly', interval '1 hour', 'Checks that nobody has altered the audit log.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('maintenance_rights', $gsdb_file$-- Who may run which routine as maintenance: whoever may execute it. There is no other right to it.

-- Only SECURITY DEFINER: what a module's owner wrote must not run with the rights of the administrator who calls run_maintenance(). The
-- catalog is read because to_regprocedure() refuses names in schemas that the caller may not use.
create or replace function base.may_maintain(routine text) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace
        where n.nspname = split_part(routine, '.', 1) and p.proname = split_part(routine, '.', 2)
          and p.prokind = 'f' and p.prosecdef and p.pronargs = p.pronargdefaults and has_function_privilege(p.oid, 'execute'));
end
$$;
comment on function base.may_maintain(text) is
    'Whether the current role may run the routine as maintenance: there is a SECURITY DEFINER function of that name that can be called without arguments, and it may execute it.';

-- What maintenance base does for the modules is asked for by their login roles, in the database of each.
create or replace function base.grant_to_login_roles(routine regprocedure) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    login text;
begin
    execute format('revoke execute on function %s from public', routine);
    for login in select base.login_role(r.rolname) from pg_roles r where base.is_owner_role(r.oid) loop
        continue when login = 'public';
        execute format('grant execute on function %s to %s', routine, login);
    end loop;
end
$$;
comment on function base.grant_to_login_roles(regprocedure) is 'Takes a function from everybody and gives it to the roles that the server logs in with.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('module_signals', $gsdb_file$-- What modules add to the functions that administrators call: signals made from their own tables, as far as the caller may read them.
--
-- These functions have the rights of their caller, so the policies decide whose rows are counted. What nobody may see must not look
-- well: a module asks base.reading_scope() first and answers with base.unread_signal() when there is nothing to be seen.

-- all: the rows of every organization; organization: those of the transaction's; none: no row, or no right to read.
create or replace function base.reading_scope(relation regclass) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    space oid;
    owner name;
    kind "char";
begin
    select c.relnamespace, pg_get_userbyid(c.relowner), c.relkind into space, owner, kind from pg_class c where c.oid = relation;
    return case
        when not has_schema_privilege(space, 'usage') or not has_table_privilege(relation, 'select') then 'none'
        when kind = 'f' or not row_security_active(relation) then 'all'
        when current_user in (owner, 'analytics_readonly') then 'all'
        when base.current_organization_id() is not null then 'organization'
        else 'none'
    end;
end
$$;
comment on function base.reading_scope(regclass) is 'Whose rows of a table the current role sees: all, organization (that of the transaction) or none.';

create or replace function base.unread_signal(component text, relation regclass) returns base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return row(component, 'not_measured', null, 'signals', 1, null,
               'Set app.organization_id in the transaction for one organization; set role analytics_readonly, or ask as a superuser, for all.',
               jsonb_build_object('reason', format('role %s sees no row of %s', current_user, relation)))::base.health_signal;
end
$$;
comment on function base.unread_signal(text, regclass) is 'The signal of a module whose tables the caller cannot see: unknown, with the remedy.';

-- The organizations with rows in a table whose primary key begins with organization_id, found by one look at the index for each. What is
-- then asked of an organization finds the indexes that begin with it, which no condition over all organizations does.
create or replace function base.organizations_in(relation regclass) returns setof uuid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
as $$
declare
    organization uuid := '00000000-0000-0000-0000-000000000000'::uuid;
begin
    if base.reading_scope(relation) = 'organization' then
        return next base.current_organization_id();
        return;
    end if;
    loop
        execute format('select t.organization_id from %s t where t.organization_id >= $1 order by t.organization_id limit 1', relation)
        into organization using organization;
        exit when organization is null;
        return next organization;
        organization := base.uuid_after(organization);
        exit when organization is null;
    end loop;
end
$$;
comment on function base.organizations_in(regclass) is 'The organizations of which the caller sees rows in a tenant table.';

create or replace function base.uuid_after(value uuid) returns uuid
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    bytes bytea := uuid_send(value);
begin
    for place in reverse 15 .. 0 loop
        if get_byte(bytes, place) < 255 then
            return encode(set_byte(bytes, place, get_byte(bytes, place) + 1), 'hex')::uuid;
        end if;
        bytes := set_byte(bytes, place, 0);
    end loop;
    return null;
end
$$;
comment on function base.uuid_after(uuid) is 'Part of base.organizations_in: the next greater UUID; null after the last.';

-- What the function of that name, of no parameters, answers in each module that has one and that the caller may use.
create or replace function base.module_signals(function_name name) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    own oid;
begin
    for own in select p.oid from pg_proc p
               where p.proname = function_name and p.pronargs = 0 and p.prorettype = 'base.health_signal'::regtype
                 and p.pronamespace = any (base.product_schemas(null)) and p.pronamespace <> 'base'::regnamespace
                 and has_schema_privilege(p.pronamespace, 'usage') and has_function_privilege(p.oid, 'execute')
               order by p.pronamespace::regnamespace::text loop
        return query execute format('select * from %s()', own::regproc);
    end loop;
end
$$;
comment on function base.module_signals(name) is 'The signals of all modules in this database that the caller may use, from their functions of the given name.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('performance_recommendations', $gsdb_file$-- performance_optimization_recommendations(): what would make this database faster, with the SQL that does it. Each rests on what the
-- server has counted; nothing is recommended on principle. What an index would change is measured where hypopg is installed.

-- Null without hypopg. The cost is the planner's, before and with the index.
create or replace function base.hypothetical_effect(statement text, index_statement text) returns text
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    place constant text := (select extnamespace::regnamespace::text from pg_extension where extname = 'hypopg');
    before_plan json;
    after_plan json;
    index_oid oid;
begin
    if place is null then
        return null;
    end if;
    execute 'explain (format json) ' || statement into before_plan;
    execute format('select h.indexrelid from %s.hypopg_create_index(%L) h', place, index_statement) into index_oid;
    execute 'explain (format json) ' || statement into after_plan;
    execute format('select %s.hypopg_drop_index(%s)', place, index_oid);
    return format('measured by hypopg: planned cost %s before, %s with it', before_plan -> 0 -> 'Plan' ->> 'Total Cost', after_plan -> 0 -> 'Plan' ->> 'Total Cost');
end
$$;
comment on function base.hypothetical_effect(text, text) is 'What a statement is planned to cost without and with an index that does not exist; null without hypopg.';

-- Deleting a referenced row looks for rows that refer to it: that is the statement measured.
create or replace function base.foreign_key_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    foreign_key record;
    effect text;
begin
    for foreign_key in
        select k.conname, k.conrelid, k.confrelid, c.relkind = 'p' as is_partitioned, s.n_live_tup as rows, base.blocks_of(k.conrelid::regclass) as blocks,
               (select string_agg(quote_ident(a.attname), ', ' order by u.place) from unnest(k.conkey) with ordinality as u (attnum, place)
                join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum) as columns,
               (select string_agg(format('%I = (select x.%I from %s x limit 1)', a.attname, a.attname, k.conrelid::regclass), ' and ' order by u.place)
                from unnest(k.conkey) with ordinality as u (attnum, place) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.attnum) as condition,
               format('%I', left(c.relname || '_' || k.conname, 58) || '_idx') as index_name
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid and not c.relispartition
        left join pg_stat_all_tables s on s.relid = k.conrelid
        where k.contype = 'f' and k.conparentid = 0 and k.connamespace = any (base.product_schemas(null)) and not base.has_covering_index(k.oid)
    loop
        effect := base.hypothetical_effect(format('select 1 from %s where %s', foreign_key.conrelid::regclass, foreign_key.condition),
                                           format('create index on %s (%s)', foreign_key.conrelid::regclass, foreign_key.columns));
        return query select 'index_foreign_key', foreign_key.conrelid::regclass::text,
            case when foreign_key.blocks >= 128 then 'critical' else 'warning' end::base.health_status,
            format('create index %sif not exists %s on %s (%s)', case when foreign_key.is_partitioned then '' else 'concurrently ' end,
                   foreign_key.index_name, foreign_key.conrelid::regclass, foreign_key.columns),
            format('No index begins with the columns of foreign key %I, so every delete in %s reads all %s blocks of %s (%s rows).', foreign_key.conname,
                   foreign_key.confrelid::regclass, foreign_key.blocks, foreign_key.conrelid::regclass, coalesce(foreign_key.rows, 0)),
            coalesce(effect, format('not measured: hypopg is not installed; a delete reads a few blocks instead of %s', foreign_key.blocks)), effect is not null,
            case when foreign_key.is_partitioned then 'Writes to the table wait while it is built; each of them is a little slower afterwards.'
                 else 'Built without blocking writes; each write of the table is a little slower afterwards.' end;
    end loop;
end
$$;
comment on function base.foreign_key_recommendations() is 'Part of performance_optimization_recommendations: indexes that foreign keys lack.';

-- Indexes with what the server counted of them, partitions added up. What keeps a rule is needed unread.
create or replace function base.removable_indexes()
    returns table (index_oid oid, relation oid, definition text, scans bigint, bytes bigint, is_partitioned boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select i.indexrelid, i.indrelid, base.index_definition(i), counted.scans, counted.bytes, c.relkind = 'I'
    from pg_index i
    join pg_class c on c.oid = i.indexrelid and not c.relispartition
    join pg_class t on t.oid = i.indrelid and t.relnamespace = any (base.product_schemas(null))
    cross join lateral (
        select coalesce(sum(pg_stat_get_numscans(p.part)), 0)::bigint as scans, coalesce(sum(pg_relation_size(p.part)), 0)::bigint as bytes
        from (select i.indexrelid as part union all select h.inhrelid from pg_inherits h where h.inhparent = i.indexrelid) p
    ) counted
    where i.indisvalid and not i.indisprimary and not i.indisreplident and not i.indisexclusion
      and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x', 'f'));
end
$$;
comment on function base.removable_indexes() is 'Part of performance_optimization_recommendations: indexes that no constraint needs, and how often they were read.';

create or replace function base.index_definition(index pg_index) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return concat_ws(' ', index.indkey, index.indclass, index.indcollation, index.indoption, index.indisunique, index.indnkeyatts,
                     (select c.relam from pg_class c where c.oid = index.indexrelid), pg_get_expr(index.indexprs, index.indrelid), pg_get_expr(index.indpred, index.indrelid));
end
$$;
comment on function base.index_definition(pg_index) is 'What makes two indexes of a table the same, as text.';

create or replace function base.reads_of(relation oid) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(sum(pg_stat_get_numscans(p.part) + (select coalesce(sum(pg_stat_get_numscans(i.indexrelid)), 0) from pg_index i where i.indrelid = p.part)), 0)
        from (select relation as part union all select h.inhrelid from pg_inherits h where h.inhparent = relation) p);
end
$$;
comment on function base.reads_of(oid) is 'How often a table and its partitions were scanned, by an index or not, as the server counted.';

create or replace function base.serves_a_foreign_key(index_oid oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_index i
        join pg_constraint k on k.conrelid = i.indrelid and k.contype = 'f'
        where i.indexrelid = index_oid
          and k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1] and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1]);
end
$$;
comment on function base.serves_a_foreign_key(oid) is 'Whether an index begins with the columns of a foreign key of its table.';

create or replace function base.index_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with removable as materialized (
        select * from base.removable_indexes()
    ), useless (kind, index_oid, is_partitioned, bytes, reason, risk) as (
        select 'drop_duplicate_index', d.index_oid, d.is_partitioned, d.bytes, format('%s is defined in the same way and stays.', kept.index_oid::regclass),
               'None for queries: the other one serves them. Commands that name it, as REINDEX does, fail.'
        from removable d
        cross join lateral (
            select k.indexrelid as index_oid
            from pg_index k
            where k.indrelid = d.relation and k.indexrelid <> d.index_oid and k.indisvalid and base.index_definition(k) = d.definition
              and (k.indexrelid < d.index_oid or not k.indexrelid in (select r.index_oid from removable r))
            order by k.indexrelid limit 1
        ) kept
        union all
        select 'drop_unused_index', u.index_oid, u.is_partitioned, u.bytes,
               format('It was never read while %s was read %s times. Counted since %s.', u.relation::regclass, base.reads_of(u.relation),
                      coalesce((select s.stats_reset from pg_stat_database s where s.datname = current_database())::text, 'the database was made')),
               'A statement that runs once a month, or on a standby, which counts for itself, may need it. To have it back: ' || pg_get_indexdef(u.index_oid)
        from removable u
        where u.scans = 0 and u.bytes >= 1048576 and not (select i.indisunique from pg_index i where i.indexrelid = u.index_oid)
          and base.reads_of(u.relation) >= 1000 and not base.serves_a_foreign_key(u.index_oid)
    )
    select u.kind, u.index_oid::regclass::text, 'warning'::base.health_status,
           format('drop index %s%s', case when u.is_partitioned then '' else 'concurrently ' end, u.index_oid::regclass), u.reason,
           format('not measured: each write of the table maintains one index less; %s are given back', pg_size_pretty(u.bytes)), false, u.risk
    from useless u;
end
$$;
comment on function base.index_recommendations() is 'Part of performance_optimization_recommendations: indexes that only cost.';

create or replace function base.table_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    statements constant text := (select e.extnamespace::regnamespace::text from pg_extension e where e.extname = 'pg_stat_statements');
begin
    return query
    with tables as (
        select s.*, s.relid::regclass as relation, greatest(s.last_analyze, s.last_autoanalyze) as analysed_at
        from pg_stat_all_tables s
        join pg_class c on c.oid = s.relid and c.relkind = 'r' and c.relnamespace = any (base.product_schemas(null))
    )
    select 'analyze', t.relation::text, case when t.analysed_at is null then 'critical' else 'warning' end::base.health_status, format('analyze %s', t.relation),
           case when t.analysed_at is null then format('It has about %s rows and was never analysed: the planner guesses.', t.n_live_tup)
                else format('%s of about %s rows have changed since it was analysed at %s.', t.n_mod_since_analyze, t.n_live_tup, t.analysed_at) end,
           format('not measured: plans rest on the %s rows that are there', t.n_live_tup), false, 'Reads a sample of the table; blocks nothing but other maintenance of it.'
    from tables t
    where t.n_live_tup >= 1000 and (t.analysed_at is null or t.n_mod_since_analyze > t.n_live_tup / 2)
    union all
    select 'vacuum', t.relation::text, case when t.n_dead_tup > t.n_live_tup then 'critical' else 'warning' end::base.health_status, format('vacuum (analyze) %s', t.relation),
           format('%s dead rows beside %s live ones; last vacuumed at %s.', t.n_dead_tup, t.n_live_tup, coalesce(greatest(t.last_vacuum, t.last_autovacuum)::text, 'no time')),
           format('not measured: %s %% of the rows that scans step over become free space', round(100.0 * t.n_dead_tup / (t.n_dead_tup + t.n_live_tup))), false,
           'Reads the table and its indexes; writes go on. Not within a transaction. An old transaction may keep the rows.'
    from tables t
    where t.n_dead_tup >= 10000 and t.n_dead_tup > t.n_live_tup / 4
    union all
    select 'look_at_sequential_scans', t.relation::text, 'warning'::base.health_status,
           case when statements is null then format('select seq_scan, seq_tup_read, idx_scan from pg_catalog.pg_stat_all_tables where relid = %L::regclass', t.relation)
                else format('select queryid, calls, mean_exec_time, rows, query from %s.pg_stat_statements where query ~* %L order by total_exec_time desc limit 10', statements, t.relname) end,
           format('%s sequential scans read %s rows each, %s in all; its indexes were used %s times.', t.seq_scan, t.seq_tup_read / t.seq_scan, t.seq_tup_read, coalesce(t.idx_scan, 0)),
           case when statements is null then 'not measured: which statements do it is seen with pg_stat_statements' else 'not measured: the statements found show which columns an index should have' end,
           false, 'None: it only reads statistics.'
    from tables t
    where t.seq_scan >= 100 and t.seq_tup_read / t.seq_scan >= 10000 and t.seq_tup_read > coalesce(t.idx_tup_fetch, 0);
end
$$;
comment on function base.table_recommendations() is 'Part of performance_optimization_recommendations: tables to analyse, to vacuum, and read from end to end.';

create or replace function base.setting_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    counted record;
    buffers_bytes constant numeric := pg_size_bytes(current_setting('shared_buffers'));
begin
    select d.blks_hit + d.blks_read as blocks, round(100.0 * d.blks_hit / nullif(d.blks_hit + d.blks_read, 0), 2) as hits, d.temp_files, d.temp_bytes,
           pg_database_size(d.datname) as bytes
    into counted from pg_stat_database d where d.datname = current_database();
    return query
    select 'setting', s.name, s.priority::base.health_status, s.sql, s.reason, s.effect, false, s.risk
    from (values
        ('shared_buffers', counted.blocks >= 100000 and counted.hits < 95 and counted.bytes > buffers_bytes, 'warning',
         format('alter system set shared_buffers = %L', pg_size_bytes(current_setting('shared_buffers')) * 2 / 1048576 || 'MB'),
         format('Only %s %% of %s blocks were found in shared_buffers (%s); the database has %s.', counted.hits, counted.blocks, current_setting('shared_buffers'), pg_size_pretty(counted.bytes)),
         'not measured: more blocks are found in memory', 'Takes a restart and memory: a quarter of the machine''s is a good limit.'),
        ('random_page_cost', counted.blocks >= 100000 and counted.hits >= 99 and current_setting('random_page_cost')::numeric >= 2, 'warning',
         'alter system set random_page_cost = 1.1',
         format('It is %s, as for disks that turn, but %s %% of %s blocks came from memory.', current_setting('random_page_cost'), counted.hits, counted.blocks),
         'not measured: the planner chooses indexes where it reads whole tables now', 'Plans change. select pg_reload_conf() makes it count; alter system reset takes it back.'),
        ('effective_cache_size', pg_size_bytes(current_setting('effective_cache_size')) < buffers_bytes, 'warning',
         format('alter system set effective_cache_size = %L', (buffers_bytes * 2 / 1048576)::bigint || 'MB'),
         format('It is %s, less than shared_buffers (%s): the planner takes indexes for uncached.', current_setting('effective_cache_size'), current_setting('shared_buffers')),
         'not measured: the planner chooses indexes more often', 'Takes no memory. Plans change; alter system reset takes it back.'),
        ('work_mem', counted.temp_bytes >= 1073741824 and counted.temp_files >= 10, 'warning',
         format('alter database %I set work_mem = %L', current_database(), (pg_size_bytes(current_setting('work_mem')) * 4 / 1024)::text || 'kB'),
         format('Sorts and hashes wrote %s to %s temporary files with work_mem at %s.', pg_size_pretty(counted.temp_bytes), counted.temp_files, current_setting('work_mem')),
         'not measured: fewer sorts and hashes go to disk', 'Each sort of each session may take as much: watch the memory of the machine.'),
        ('autovacuum', not current_setting('autovacuum')::boolean, 'critical', 'alter system set autovacuum = on',
         'It is off: dead rows stay, statistics age, and transaction ids run out.', 'not measured: tables stay as small as their rows', 'None. select pg_reload_conf() makes it count.'),
        ('jit', current_setting('jit')::boolean and counted.bytes < 10737418240 and current_setting('jit_above_cost')::numeric <= 100000, 'healthy',
         format('alter database %I set jit = off', current_database()),
         format('Statements planned above %s are compiled first, which takes longer than most of them do in a database of %s.', current_setting('jit_above_cost'), pg_size_pretty(counted.bytes)),
         'not measured: the time of compiling is saved, some 0.1 to 1 s for such a statement', 'Large aggregations lose some speed; alter database ... reset jit takes it back.')
    ) as s (name, applies, priority, sql, reason, effect, risk)
    where s.applies;
end
$$;
comment on function base.setting_recommendations() is 'Part of performance_optimization_recommendations: settings that do not fit what the server has counted.';

-- `seconds_min` is there for tests.
create or replace function base.session_recommendations(seconds_min numeric default null)
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select 'end_session', format('backend %s', s.details ->> 'pid'), case when s.value >= s.critical_at then 'critical' else 'warning' end::base.health_status,
           format('select pg_terminate_backend(%s)', s.details ->> 'pid'),
           format('%s: %s s, from %s s on to be looked at.', replace(s.signal, '_', ' '), s.value, s.warning_at),
           'not measured: VACUUM can remove what it holds, and others get its locks', false, 'Its transaction is taken back. Look in pg_stat_activity first what it is doing.'
    from base.transaction_signals() s
    where s.signal in ('longest_transaction', 'longest_idle_in_transaction') and s.value >= coalesce(seconds_min, s.warning_at) and s.details ->> 'pid' is not null;

    return query
    select 'create_extension', e.name::text, 'healthy'::base.health_status, format('create extension if not exists %I with schema public', e.name),
           format('The server has it (version %s), this database does not: %s.', e.default_version, w.gives), 'not measured: it shows what to do next', false, w.risk
    from (values
        ('pg_stat_statements', 'it counts what each statement costs, by which slow ones are found', 'A few percent of throughput at most; it has to be in shared_preload_libraries, too.'),
        ('hypopg', 'it tells what an index would change before it is built', 'None: what it makes is seen by the session that made it.')
    ) as w (name, gives, risk)
    join pg_available_extensions e on e.name = w.name
    where e.installed_version is null;
end
$$;
comment on function base.session_recommendations(numeric) is 'Part of performance_optimization_recommendations: sessions that hold others up, and extensions that would show more.';

create or replace function base.performance_optimization_recommendations()
    returns table (recommendation text, object text, priority base.health_status, sql text, reason text, expected_effect text, is_measured boolean, risk text)
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    return query
    select r.* from (
        select * from base.foreign_key_recommendations()
        union all select * from base.index_recommendations()
        union all select * from base.table_recommendations()
        union all select * from base.setting_recommendations()
        union all select * from base.session_recommendations()
    ) r
    order by 3 desc, 1, 2;
end
$$;
comment on function base.performance_optimization_recommendations() is
    'What would make this database faster: SQL that can be run as it stands, why, what it should change, and what it risks. priority healthy: good to have. Most urgent first.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- References between modules, which no foreign key can carry: the two tables may be in different databases. A column says whose id it
-- holds at the end of its comment, "Id of projects.projects.", and these functions follow what the comments say.

create or replace function base.declared_references(schema name) returns table (relation regclass, column_name name, target text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select c.oid::regclass, a.attname, said.target[1]
    from pg_description d
    join pg_class c on c.oid = d.objoid and c.relkind in ('r', 'p', 'f') and not c.relispartition
    join pg_attribute a on a.attrelid = d.objoid and a.attnum = d.objsubid and not a.attisdropped and a.atttypid = 'uuid'::regtype
    cross join lateral regexp_match(d.description, '\mId of (?:the [a-z ]+ in )?([a-z_]+\.[a-z_]+)') as said (target)
    where d.classoid = 'pg_class'::regclass and d.objsubid > 0 and c.relnamespace = (select oid from pg_namespace where nspname = schema)
      and said.target is not null
    order by c.relname, a.attnum;
end
$$;
comment on function base.declared_references(name) is 'The columns of a schema whose comments say that they hold ids of another table, and which.';

-- Its partitions or chunks and theirs.
create or replace function base.parts_of(relation regclass) returns setof oid
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with recursive parts (oid) as (
        select relation::oid union all select i.inhrelid from parts p join pg_inherits i on i.inhparent = p.oid
    )
    select p.oid from parts p;
end
$$;
comment on function base.parts_of(regclass) is 'A table and all its partitions.';

create or replace function base.blocks_of(relation regclass) returns bigint
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(sum(pg_relation_size(p.oid)), 0) / current_setting('block_size')::bigint from base.parts_of(relation) as p (oid));
end
$$;
comment on function base.blocks_of(regclass) is 'How many blocks a table has, partitions included.';

-- The distinct ids of a column. A small table is read whole. In a large one an index is followed from id to id, however many rows have
-- each; where there is none, or there are too many ids, its last blocks are read, where the newest rows are.
create or replace function base.referenced_ids(relation regclass, column_name name, ids_max integer)
    returns table (organization_id uuid, id uuid, is_complete boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    blocks_max constant integer := 128;
    is_small constant boolean := base.blocks_of(relation) <= blocks_max;
    found record;
begin
    if is_small then
        return query execute format('select distinct t.organization_id, t.%1$I, true from %2$s t where t.%1$I is not null', column_name, relation);
        return;
    end if;
    if base.has_reference_index(relation, column_name) and not base.has_more_ids(relation, column_name, ids_max) then
        select array_agg(f.organization_id) as organizations, array_agg(f.id) as ids, count(*) as ids_found into found
        from base.indexed_ids(relation, column_name, ids_max + 1) f;
        if found.ids_found <= ids_max then
            return query select f.organization_id, f.id, true from unnest(found.organizations, found.ids) as f (organization_id, id);
            return;
        end if;
    end if;
    return query execute format('select t.organization_id, t.%1$I, false from %2$s t where t.%1$I is not null and %3$s group by 1, 2 order by max(t.ctid) desc limit %4$s',
                                column_name, relation, base.last_blocks(relation, blocks_max), ids_max);
end
$$;
comment on function base.referenced_ids(regclass, name, integer) is 'Distinct ids in a column, of a bounded part of the table where it is large, and whether they are all.';

create or replace function base.has_reference_index(relation regclass, column_name name) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_index i
        join pg_attribute o on o.attrelid = i.indrelid and o.attname = 'organization_id' and o.attnum = i.indkey[0]
        join pg_attribute a on a.attrelid = i.indrelid and a.attname = column_name and a.attnum = i.indkey[1]
        where i.indrelid = relation and i.indisvalid and i.indnkeyatts >= 2
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', column_name)));
end
$$;
comment on function base.has_reference_index(regclass, name) is 'Part of base.referenced_ids: whether an index begins with organization_id and the column.';

-- Spares the walk along an index where it would be given up: a key of the column, which in a partitioned table the time ends, has about
-- as many ids as the table has rows.
create or replace function base.has_more_ids(relation regclass, column_name name, ids integer) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select sum(c.reltuples) > ids from base.parts_of(relation) as p (oid) join pg_class c on c.oid = p.oid and c.relkind <> 'p')
       and exists (
        select from pg_index i
        join pg_class c on c.oid = i.indrelid
        join pg_attribute o on o.attrelid = i.indrelid and o.attname = 'organization_id' and o.attnum = i.indkey[0]
        join pg_attribute a on a.attrelid = i.indrelid and a.attname = column_name and a.attnum = i.indkey[1]
        where i.indrelid = relation and i.indisvalid and i.indisunique and i.indnkeyatts = case c.relkind when 'p' then 3 else 2 end);
end
$$;
comment on function base.has_more_ids(regclass, name, integer) is 'Part of base.referenced_ids: whether a column is a key of a table with more rows than so many.';

create or replace function base.indexed_ids(relation regclass, column_name name, ids_max integer) returns table (organization_id uuid, id uuid)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set jit = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query execute format($sql$
        with recursive found as (
            (select t.organization_id, t.%1$I as id from %2$s t where t.%1$I is not null order by t.organization_id, t.%1$I limit 1)
            union all
            select n.organization_id, n.id
            from found f
            cross join lateral (
                select t.organization_id, t.%1$I as id from %2$s t
                where (t.organization_id, t.%1$I) > (f.organization_id, f.id) and t.%1$I is not null
                order by t.organization_id, t.%1$I limit 1
            ) n
        )
        select f.organization_id, f.id from found f limit %3$s$sql$, column_name, relation, ids_max);
end
$$;
comment on function base.indexed_ids(regclass, name, integer) is 'Part of base.referenced_ids: the first distinct ids of a column, each found by one look at its index.';

-- Of a table partitioned by time, those of the newest partition that has rows; what is newer has none.
create or replace function base.last_blocks(relation regclass, blocks integer) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    newest record;
begin
    select p.partition, p.lower_bound, t.time_column into newest
    from base.time_partitions t
    cross join lateral base.time_partitions_of(t.relation) p
    where t.relation = last_blocks.relation and not p.is_default and pg_relation_size(p.partition) > 0
    order by p.lower_bound desc limit 1;
    return format('t.ctid >= %L::tid',
                  format('(%s,0)', greatest(base.blocks_of(coalesce(newest.partition, last_blocks.relation)) - blocks, 0)))
           || case when newest.partition is not null then format(' and t.%I >= %L', newest.time_column, newest.lower_bound) else '' end;
end
$$;
comment on function base.last_blocks(regclass, integer) is 'Part of base.referenced_ids: the SQL condition of the rows, as t, in the last blocks of a table.';

-- What a module's columns refer to. One row without an id for each column, so that none is forgotten; with a problem where it cannot be read.
create or replace function base.module_references(schema name, ids_max integer default 500)
    returns table (relation text, column_name text, target text, organization_id uuid, id uuid, is_complete boolean, problem text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    declared record;
    scope text;
begin
    for declared in select d.relation, d.relation::text as relation_name, d.column_name, d.target from base.declared_references(schema) d loop
        scope := base.reading_scope(declared.relation);
        return query select declared.relation_name, declared.column_name::text, declared.target, null::uuid, null::uuid, scope <> 'none',
                            case when scope = 'none' then format('role %s sees no row of %s', current_user, declared.relation_name) end;
        continue when scope = 'none';
        return query
        select declared.relation_name, declared.column_name::text, declared.target, f.organization_id, f.id, f.is_complete, null::text
        from base.referenced_ids(declared.relation, declared.column_name, ids_max) f;
    end loop;
end
$$;
comment on function base.module_references(name, integer) is
    'The ids by which a schema''s tables refer to those of other modules, as far as a second allows, and whether they are all.';

-- The same with what this database can look up itself: in place of the ids that their table has, how many they are. Ids of elsewhere stay,
-- without ids_there; whoever asks looks for them.
create or replace function base.followed_references(schema name, ids_max integer default 500)
    returns table (relation text, column_name text, target text, organization_id uuid, id uuid, is_complete boolean, problem text, ids_there bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    referring record;
    rest record;
begin
    for referring in
        select min(r.relation) as relation, min(r.column_name) as column_name, min(r.target) as target, bool_and(r.is_complete) as is_complete, min(r.problem) as problem,
               coalesce(array_agg(r.organization_id order by r.organization_id, r.id) filter (where r.id is not null), '{}') as organizations,
               coalesce(array_agg(r.id order by r.organization_id, r.id) filter (where r.id is not null), '{}') as ids, null::bigint as ids_there
        from base.module_references(schema, ids_max) r
        group by r.relation collate "C", r.column_name collate "C", r.target collate "C"
    loop
        rest := referring;
        if base.is_table_here(referring.target) then
            select coalesce(array_agg(m.organization_id) filter (where m.id is not null), '{}') as organizations,
                   coalesce(array_agg(m.id) filter (where m.id is not null), '{}') as ids,
                   coalesce(referring.problem, min(m.problem)) as problem, cardinality(referring.ids) - count(m.id) as ids_there
            into rest
            from base.missing_targets(referring.target, referring.organizations, referring.ids) m;
        end if;
        return query
        select referring.relation, referring.column_name, referring.target, null::uuid, null::uuid, referring.is_complete, rest.problem, rest.ids_there
        union all
        select referring.relation, referring.column_name, referring.target, o.organization_id, o.id, referring.is_complete, null, case when rest.ids_there is not null then 0 end
        from unnest(rest.organizations, rest.ids) as o (organization_id, id);
    end loop;
end
$$;
comment on function base.followed_references(name, integer) is
    'base.module_references, of which those to tables of this database are followed: their ids are those that name nothing, and ids_there says how many name something.';

create or replace function base.is_table_here(target text) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = split_part(target, '.', 1) and c.relname = split_part(target, '.', 2) and c.relkind in ('r', 'p'));
end
$$;
comment on function base.is_table_here(text) is 'Part of base.followed_references: whether a table is one of this database.';

-- The view lets another database ask for them in one statement that runs here (docs/decisions/0012).
create or replace function base.show_module_references(schema name) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('create or replace view %1$I.module_references as select * from base.followed_references(%1$L)', schema);
    execute format('comment on view %I.module_references is %L', schema,
                   'The ids by which this schema''s tables refer to others, as base.followed_references tells them; read by data_integrity_checks() of another database. A row without an id stands for a column.');
    perform base.tenant_view(format('%I.module_references', schema)::regclass);
end
$$;
comment on function base.show_module_references(name) is 'Makes the view <schema>.module_references. Every module with such columns calls it in a routine file.';

-- Those of other databases, each asked by its own connection and all at once: foreign scans of one union run asynchronously.
create or replace function base.mirrored_references(schemas name[])
    returns table (relation text, column_name text, target text, organization_id uuid, id uuid, is_complete boolean, problem text, ids_there bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query execute (select string_agg(format('select * from %I.module_references', s.name), ' union all ') from unnest(schemas) as s (name));
end
$$;
comment on function base.mirrored_references(name[]) is 'Part of base.all_references: base.followed_references of schemas of other databases, seen through foreign tables.';

-- Those of this database, and of others where their schemas are seen through foreign tables. When not all can be read, they are asked one
-- by one, and those that cannot are named.
drop function if exists base.all_references(integer);  -- It had a column less.
create or replace function base.all_references(ids_max integer)
    returns table (relation text, column_name text, target text, organization_id uuid, id uuid, is_complete boolean, problem text, ids_there bigint)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    here constant oid[] := base.product_schemas(null);
    elsewhere constant name[] := array(select m.name from base.mirrored_schemas() as m (name)
                                       where has_schema_privilege(m.name, 'usage') and exists (select from base.declared_references(m.name)) order by 1);
    schema name;
begin
    return query select r.* from pg_namespace n cross join lateral base.followed_references(n.nspname, ids_max) r where n.oid = any (here) and has_schema_privilege(n.oid, 'usage');
    if elsewhere = '{}' then
        return;
    end if;
    begin
        return query select * from base.mirrored_references(elsewhere);
        return;
    exception when others then
        null;
    end;
    foreach schema in array elsewhere loop
        begin
            return query select * from base.mirrored_references(array[schema]);
        exception when others then
            return query select d.relation::text, d.column_name::text, d.target, null::uuid, null::uuid, false, format('%I cannot be read from here: %s', schema, sqlerrm), null::bigint
                         from base.declared_references(schema) d;
        end;
    end loop;
end
$$;
comment on function base.all_references(integer) is 'Part of base.reference_signals: base.followed_references of every schema that can be seen from here.';

create or replace function base.mirrored_schemas() returns setof name
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select distinct n.nspname
    from pg_foreign_table f
    join pg_class c on c.oid = f.ftrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_foreign_server s on s.oid = f.ftserver and s.srvname like 'gsdb\_%'
    where not n.oid = any (base.product_schemas(null));
end
$$;
comment on function base.mirrored_schemas() is 'Schemas of other databases that this one sees through foreign tables.';

-- Which of the ids are not in the table; one row with a problem when that cannot be said. The ids come sorted.
create or replace function base.missing_targets(target text, organizations uuid[], ids uuid[])
    returns table (organization_id uuid, id uuid, problem text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    has_tenants boolean;
    is_foreign boolean;
begin
    problem := base.why_not_followed(target);
    if problem is not null then
        return next;
        return;
    end if;
    select exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped), c.relkind = 'f'
    into has_tenants, is_foreign
    from pg_class c where c.oid = target::regclass;
    if is_foreign then
        return query select m.organization_id, m.id, null::text from base.missing_foreign_targets(target, organizations, ids, has_tenants) m;
    else
        return query select m.organization_id, m.id, null::text from base.missing_local_targets(target, organizations, ids, has_tenants) m;
    end if;
exception when others then
    return query select null::uuid, null::uuid, format('%s cannot be read: %s', target, sqlerrm);
end
$$;
comment on function base.missing_targets(text, uuid[], uuid[]) is 'Part of base.reference_signals: which ids a table does not have.';

create or replace function base.missing_local_targets(target text, organizations uuid[], ids uuid[], has_tenants boolean)
    returns table (organization_id uuid, id uuid)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set enable_hashjoin = off
    set enable_mergejoin = off
    set enable_seqscan = off
    set jit = off
as $$
begin
    return query execute format(
        'select r.organization_id, r.id from unnest($1, $2) as r (organization_id, id) where not exists (select from %s t where t.id = r.id %s)',
        target, case when has_tenants then 'and t.organization_id = r.organization_id' end) using organizations, ids;
end
$$;
comment on function base.missing_local_targets(text, uuid[], uuid[], boolean) is 'Part of base.missing_targets: which ids a table of this database does not have, by one look at its key for each.';

-- A table without tenants shows an organization its own part only, so what is missing there may just belong to nobody of it.
create or replace function base.why_not_followed(target text) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return case
        when to_regclass(target) is null then format('%s is not in database %s; from analytics_db every module is seen', target, current_database())
        when base.reading_scope(target::regclass) = 'none' then format('role %s sees no row of %s', current_user, target)
    end;
exception when insufficient_privilege then
    return format('role %s may not use the schema of %s', current_user, target);
end
$$;
comment on function base.why_not_followed(text) is 'Part of base.missing_targets: why ids of a table cannot be followed from here; null when they can.';

-- Asked for by hundreds: each statement is a handful of index look-ups for the other server. It looks for every id in every organization
-- of the statement, so the ids of a large organization go by themselves. They stand together in its index, in the order of time, and the
-- bounds spare the server the rest of it.
create or replace function base.missing_foreign_targets(target text, organizations uuid[], ids uuid[], has_tenants boolean)
    returns table (organization_id uuid, id uuid)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
declare
    batch_size constant integer := 200;
    batch record;
    found uuid[];
begin
    for batch in
        select array_agg(r.organization_id order by r.id) as organizations, array_agg(r.id order by r.id) as ids, array_agg(distinct r.organization_id) as tenants
        from (select w.organization_id, w.id, w.alone, row_number() over (partition by w.alone order by w.organization_id, w.id) - 1 as place
              from (select u.organization_id, u.id, case when count(*) over (partition by u.organization_id) > batch_size then u.organization_id end as alone
                    from unnest(organizations, ids) as u (organization_id, id)) w) r
        group by r.alone, r.place / case when r.alone is null then batch_size else 5 * batch_size end
    loop
        if has_tenants then
            return query execute format($sql$
                select r.organization_id, r.id from unnest($1, $2) as r (organization_id, id)
                except
                select t.organization_id, t.id from %s t
                where t.organization_id = any ($3) and t.id = any ($2) and t.id between $4 and $5$sql$, target)
            using batch.organizations, batch.ids, batch.tenants, batch.ids[1], batch.ids[cardinality(batch.ids)];
        else
            execute format('select array_agg(t.id) from %s t where t.id = any ($1)', target) into found using batch.ids;
            return query select r.organization_id, r.id from unnest(batch.organizations, batch.ids) as r (organization_id, id)
                         where not r.id = any (coalesce(found, '{}'));
        end if;
    end loop;
end
$$;
comment on function base.missing_foreign_targets(text, uuid[], uuid[], boolean) is 'Part of base.missing_targets: which ids a table of another database does not have.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('schema_lint', $gsdb_file$-- The rules that keep one schema loading on plain PostgreSQL and on Citus, and tenants apart, checked against the catalog.

-- The rules of structure, which hold as soon as a table exists and which nobody can put right later without rewriting it.
create or replace function base.table_structure_lint(relations oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_generic_plan  -- called for each new table: planning takes longer than running
as $$
begin
    return query
    with checked as (
        select c.oid, m.kind, c.oid::regclass::text as name, a.attnum as organization_column, a.attnotnull, a.atttypid
        from pg_class c
        join base.managed_tables m on m.relation = c.oid
        left join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where c.oid = any (relations)
    )
    select 'tenant_column_missing', t.name, 'has no column organization_id uuid not null',
           'Add organization_id uuid not null as the first column.'
    from checked t
    where t.kind = 'tenant' and (t.organization_column is null or not t.attnotnull or t.atttypid <> 'uuid'::regtype)

    union all
    select 'primary_key_missing', t.name, 'has no primary key',
           case t.kind when 'tenant' then 'Add primary key (organization_id, id).' else 'Add a primary key.' end
    from checked t
    where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)

    union all
    select 'unique_without_tenant', t.name,
           format('unique index %s does not have organization_id among its key columns', i.indexrelid::regclass),
           'Put organization_id first in the key; INCLUDE does not count.'
    from checked t
    join pg_index i on i.indrelid = t.oid and (i.indisunique or i.indisexclusion)
    where t.kind = 'tenant' and t.organization_column is not null
      and not t.organization_column = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])

    union all
    select 'volatile_default', t.name,
           format('column %I has the volatile default %s', a.attname, pg_get_expr(d.adbin, d.adrelid)),
           'Use now(), base.uuid_v7(), or set the value in the statement.'
    from checked t
    join pg_attrdef d on d.adrelid = t.oid
    join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
    where exists (
        select from regexp_matches(d.adbin::text, ':(?:op)?funcid (\d+)', 'g') as called
        join pg_proc p on p.oid = called[1]::oid
        where p.provolatile = 'v' and p.proname not in ('gen_random_uuid', 'uuidv7', 'uuid_v7'))

    union all
    select 'sequence_key', t.name, format('column %I is an identity column', a.attname),
           'Use a uuid with default base.uuid_v7(): a sequence is neither unique over shards nor over databases.'
    from checked t
    join pg_attribute a on a.attrelid = t.oid and a.attidentity <> ''
    where t.kind <> 'local'

    union all
    select 'inheritance', t.name, format('inherits from %s without being a partition', i.inhparent::regclass),
           'Write the columns out, or make it a partition.'
    from checked t
    join pg_inherits i on i.inhrelid = t.oid
    join pg_class c on c.oid = t.oid and not c.relispartition

    union all
    select 'rule', t.name, format('has the rule %I', r.rulename), 'Drop it; say it in the statement.'
    from checked t
    join pg_rewrite r on r.ev_class = t.oid;
end
$$;
comment on function base.table_structure_lint(oid[]) is 'Part of base.schema_lint: what is wrong with the structure of the given registered tables.';

-- Everything that breaks a rule in the given schemas (null: all that the product owns). No row means clean.
create or replace function base.schema_lint(schemas text[] default null)
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    spaces constant oid[] := base.product_schemas(schemas);
begin
    return query
    select * from base.table_structure_lint(array(select c.oid from pg_class c where c.relnamespace = any (spaces)))
    union all select * from base.table_use_lint(spaces)
    union all select * from base.foreign_key_lint(spaces)
    union all select * from base.isolation_lint(spaces)
    union all select * from base.routine_lint(spaces)
    order by 2, 1, 3;
end
$$;
comment on function base.schema_lint(text[]) is 'Every breach of the schema rules: rule, object, what is wrong, what to do. No row means clean.';

create or replace function base.product_schemas(schemas text[]) returns oid[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return array(select n.oid from pg_namespace n
                 where case when schemas is not null then n.nspname = any (schemas)
                            else n.oid in (select c.relnamespace from base.managed_tables m join pg_class c on c.oid = m.relation) end);
end
$$;
comment on function base.product_schemas(text[]) is 'The schemas with the given names; for null all in which the product has tables.';

create or replace function base.is_owner_role(role oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from pg_roles where oid = role and not rolsuper and not rolbypassrls
                                          and (rolname ~ '_owner$' and rolname !~ '^pg_' or rolname = 'graph_sitter_admin'));
end
$$;
comment on function base.is_owner_role(oid) is 'Whether the role is one of those that own the product''s schemas.';

create or replace function base.table_use_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with checked as (
        select c.oid, c.oid::regclass::text as name, c.relkind, c.relowner, n.nspowner, m.kind
        from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        left join base.managed_tables m on m.relation = c.oid
        where c.relnamespace = any (spaces) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    )
    select 'unregistered_table', t.name, 'is neither a tenant nor a reference nor a local table',
           'Call base.tenant_table(...) or base.local_table(...) in its migration.'
    from checked t where t.relkind in ('r', 'p') and t.kind is null

    union all
    select 'wrong_owner', t.name, format('belongs to %I and not to the owner of its schema', pg_get_userbyid(t.relowner)),
           format('alter table %s owner to %I', t.name, pg_get_userbyid(t.nspowner))
    from checked t where t.relowner <> t.nspowner

    union all
    select 'comment_missing', t.name, 'has no comment', 'comment on ... is ''...'''
    from checked t where nullif(btrim(obj_description(t.oid, 'pg_class')), '') is null

    union all
    select 'comment_missing', t.name || '.' || quote_ident(a.attname), 'has no comment', 'comment on column ... is ''...'''
    from checked t
    join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    where t.relkind in ('r', 'p') and nullif(btrim(col_description(t.oid, a.attnum)), '') is null

    union all
    select 'trigger', t.name, format('has the trigger %I', g.tgname),
           'Citus has no triggers: write it in the statement or the routine.'
    from checked t
    join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal
    join pg_proc p on p.oid = g.tgfoid
    where t.kind in ('tenant', 'reference')
      and not (g.tgname = 'set_updated_at' and p.oid = 'base.set_updated_at()'::regprocedure)
      and not (g.tgname like 'dual\_write\_%' and p.proname like 'dual\_write\_%')

    union all
    select 'invalid_index', t.name, format('index %s is not valid', i.indexrelid::regclass),
           'A CREATE INDEX CONCURRENTLY failed: drop the index and create it again.'
    from checked t
    join pg_index i on i.indrelid = t.oid and not i.indisvalid

    union all
    select 'unvalidated_constraint', t.name, format('constraint %I is not validated', c.conname),
           format('alter table %s validate constraint %I', t.name, c.conname)
    from checked t
    join pg_constraint c on c.conrelid = t.oid and not c.convalidated;
end
$$;
comment on function base.table_use_lint(oid[]) is 'Part of base.schema_lint: registration, ownership, comments, triggers, and what was left half done.';

create or replace function base.has_covering_index(foreign_key oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from pg_constraint k
        join pg_index i on i.indrelid = k.conrelid and i.indisvalid and i.indnkeyatts >= cardinality(k.conkey)
        where k.oid = foreign_key
          and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) ~ '^\([a-z_]+ IS NOT NULL\)$')
          and k.conkey @> (i.indkey::int2[])[0:cardinality(k.conkey) - 1]
          and k.conkey <@ (i.indkey::int2[])[0:cardinality(k.conkey) - 1]);
end
$$;
comment on function base.has_covering_index(oid) is 'Whether an index begins with the columns of a foreign key, so that a delete on the other side finds its rows.';

create or replace function base.foreign_key_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with foreign_keys as (
        select k.oid, k.conname, k.conrelid, k.conkey, k.confkey, k.confdeltype, k.confupdtype,
               k.conrelid::regclass::text as name, k.confrelid::regclass::text as target,
               own.kind, referred.kind as target_kind,
               array_position(k.conkey, a.attnum) as own_position, array_position(k.confkey, b.attnum) as target_position
        from pg_constraint k
        join pg_class c on c.oid = k.conrelid and not c.relispartition
        join base.managed_tables own on own.relation = k.conrelid
        left join base.managed_tables referred on referred.relation = k.confrelid
        left join pg_attribute a on a.attrelid = k.conrelid and a.attname = 'organization_id'
        left join pg_attribute b on b.attrelid = k.confrelid and b.attname = 'organization_id'
        where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = any (spaces)
    )
    select broken.rule, f.name, broken.detail, broken.remedy
    from foreign_keys f
    cross join lateral (values
        ('foreign_key_without_tenant',
         f.kind = 'tenant' and f.target_kind = 'tenant' and (f.own_position is null or f.own_position is distinct from f.target_position),
         format('foreign key %I to %s does not have organization_id at the same position on both sides', f.conname, f.target),
         'foreign key (organization_id, ..._id) references ... (organization_id, id)'),
        ('foreign_key_between_kinds',
         (f.kind, coalesce(f.target_kind, '')) not in (('tenant', 'tenant'), ('tenant', 'reference'), ('reference', 'reference'),
                                                       ('local', 'reference'), ('local', 'local')),
         format('foreign key %I refers from a %s to %s', f.conname, f.kind,
                coalesce('the ' || f.target_kind || ' table ', 'the unregistered table ') || f.target),
         'Tenant tables refer to tenant and reference tables, reference tables to reference tables, local tables to reference and local tables.'),
        ('foreign_key_action', f.own_position is not null and (f.confdeltype in ('n', 'd') or f.confupdtype in ('c', 'n', 'd')),
         format('foreign key %I would change organization_id', f.conname),
         'ON DELETE may be NO ACTION, RESTRICT or CASCADE, ON UPDATE only NO ACTION or RESTRICT.'),
        ('foreign_key_without_index', not base.has_covering_index(f.oid),
         format('no index begins with the columns of foreign key %I', f.conname),
         'Create one: otherwise every delete in ' || f.target || ' reads the whole table.')
    ) as broken (rule, is_broken, detail, remedy)
    where broken.is_broken;
end
$$;
comment on function base.foreign_key_lint(oid[]) is 'Part of base.schema_lint: foreign keys that cross tenants, cannot be sharded or have no index.';

create or replace function base.isolation_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with tenant as (
        select c.oid, c.oid::regclass::text as name, c.relrowsecurity and c.relforcerowsecurity as is_forced, pg_get_userbyid(c.relowner) as owner
        from pg_class c
        join base.managed_tables m on m.relation = c.oid and m.kind = 'tenant'
        where c.relnamespace = any (spaces)
    ), policies as (
        select p.polrelid, p.polname,
               p.polname = 'tenant_isolation' and p.polcmd = '*' and p.polpermissive
                   and base.is_tenant_condition(p.polqual, p.polrelid) and base.is_tenant_condition(p.polwithcheck, p.polrelid) as isolates,
               p.polname = 'owner_sees_all' and p.polcmd = '*' and p.polroles = array[c.relowner]
                   and pg_get_expr(p.polqual, p.polrelid) = format('(CURRENT_USER = %L::name)', pg_get_userbyid(c.relowner)) as is_owners,
               p.polname = 'reader_sees_all' and p.polcmd = 'r'
                   and pg_get_expr(p.polqual, p.polrelid) = '(CURRENT_USER = ''analytics_readonly''::name)' as is_readers,
               p.polname = 'superuser_sees_all' and p.polroles = array[c.relowner]
                   and regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\s+', ' ', 'g')
                       ~ '^\( SELECT \(pg_roles.rolsuper OR pg_roles.rolbypassrls\)( AS "\?column\?")? FROM pg_roles WHERE \(pg_roles.rolname = CURRENT_USER\)\)$' as is_superusers,
               p.polpermissive
        from pg_policy p join pg_class c on c.oid = p.polrelid
    )
    select 'row_security_missing', t.name, 'has no forced row-level security', format('select base.isolate_tenants(%L)', t.name)
    from tenant t where not t.is_forced

    union all
    select 'policy_missing', t.name, format('has no policy %I as base.tenant_table makes it', wanted.name), format('select base.isolate_tenants(%L)', t.name)
    from tenant t
    cross join (values ('tenant_isolation'), ('owner_sees_all'), ('reader_sees_all'), ('superuser_sees_all')) as wanted (name)
    where not exists (select from policies p where p.polrelid = t.oid and p.polname = wanted.name and (p.isolates or p.is_owners or p.is_readers or p.is_superusers))
      and (wanted.name <> 'reader_sees_all' or exists (select from pg_roles where rolname = 'analytics_readonly'))
      and (wanted.name <> 'superuser_sees_all' or current_setting('server_version_num')::integer < 150000)

    union all
    select 'policy_too_wide', t.name, format('has the further permissive policy %I', p.polname), 'Drop it; what spans tenants is a SECURITY DEFINER routine of the owner.'
    from tenant t
    join policies p on p.polrelid = t.oid and p.polpermissive and p.polname not in ('tenant_isolation', 'owner_sees_all') and not p.is_readers and not p.is_superusers

    union all
    select 'open_partition', c.oid::regclass::text, 'is a partition that can be read past the policies of its table',
           format('alter table %s enable row level security', c.oid::regclass)
    from tenant t
    join pg_inherits i on i.inhparent = t.oid
    join pg_class c on c.oid = i.inhrelid and not c.relrowsecurity

    union all
    select distinct 'view_sees_too_much', v.oid::regclass::text, format('reads the tenant table %s with the rights of its owner', t.name),
           case v.relkind when 'm' then 'A materialized view has no row-level security: make it a table.' else format('select base.tenant_view(%L)', v.oid::regclass) end
    from pg_class v
    join pg_rewrite r on r.ev_class = v.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass and d.refobjid <> v.oid
    join tenant t on t.oid = d.refobjid
    where v.relkind = 'm'
       or (v.relkind = 'v' and current_setting('server_version_num')::integer >= 150000
           and not coalesce('security_invoker=true' = any (v.reloptions), false));
end
$$;
comment on function base.isolation_lint(oid[]) is 'Part of base.schema_lint: tenant tables, partitions and views that show more than one organization.';

create or replace function base.is_tenant_condition(condition pg_node_tree, relation oid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return regexp_replace(pg_get_expr(condition, relation), '\( SELECT (.+) AS "nullif"\)', '\1') =
        $expression$(organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)$expression$;
end
$$;
comment on function base.is_tenant_condition(pg_node_tree, oid) is 'Part of base.schema_lint: whether a policy''s condition is the one that base.tenant_table writes, in a sub-select or not.';

create or replace function base.routine_lint(spaces oid[])
    returns table (rule text, object text, detail text, remedy text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with routines as (
        select p.*, p.oid::regprocedure::text as name, l.lanname, n.nspowner,
               coalesce((select bool_or(setting ~ '^search_path=') from unnest(p.proconfig) as setting), false) as has_search_path
        from pg_proc p
        join pg_language l on l.oid = p.prolang
        join pg_namespace n on n.oid = p.pronamespace
        where p.pronamespace = any (spaces) and p.prokind in ('f', 'p')
          and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
    )
    select broken.rule, r.name, broken.detail, broken.remedy
    from routines r
    cross join lateral (values
        -- A procedure that commits cannot have a SET clause, so it sets the path by itself.
        ('search_path_missing',
         not r.has_search_path and r.prosqlbody is null
             and not (r.prokind = 'p' and not r.prosecdef and r.prosrc ~ '\mcommit;' and r.prosrc ~ 'set_config\(''search_path'', ''pg_catalog, pg_temp'', true\)'),
         'runs with the search_path of its caller',
         'Add set search_path = pg_catalog, pg_temp and qualify every name.'),
        ('sql_function_with_parameters', r.lanname = 'sql' and r.pronargs > 0,
         'is LANGUAGE sql with parameters, which Citus cannot run', 'Write it in PL/pgSQL.'),
        ('definer_not_owner_role', r.prosecdef and (r.proowner <> r.nspowner or not base.is_owner_role(r.proowner)),
         format('is SECURITY DEFINER and belongs to %I', pg_get_userbyid(r.proowner)),
         format('alter routine %s owner to %I', r.name, pg_get_userbyid(r.nspowner))),
        ('definer_for_everybody',
         r.prosecdef and r.pronamespace <> 'base'::regnamespace
             and exists (select from aclexplode(coalesce(r.proacl, acldefault('f', r.proowner))) as acl where acl.grantee = 0),
         'is SECURITY DEFINER and everybody may execute it', format('revoke execute on routine %s from public', r.name)),
        ('routine_comment_missing', nullif(btrim(obj_description(r.oid, 'pg_proc')), '') is null, 'has no comment',
         'comment on function ... is ''...''')
    ) as broken (rule, is_broken, detail, remedy)
    where broken.is_broken;
end
$$;
comment on function base.routine_lint(oid[]) is 'Part of base.schema_lint: routines that can be misled, that Citus cannot run, or that give rights away.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('set_updated_at', $gsdb_file$-- A net for hand-written SQL: the product's own statements set updated_at themselves, because Citus has no triggers.

create or replace function base.set_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if new.updated_at is not distinct from old.updated_at and new is distinct from old then
        new.updated_at := now();
    end if;
    return new;
end
$$;
comment on function base.set_updated_at() is 'Trigger: sets updated_at when an UPDATE changed the row and left updated_at alone.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('tenant_table', $gsdb_file$-- How a table relates to tenants, said in one place. Nothing else in the product knows Citus.

-- Makes `relation` a table whose rows belong to one organization: only that organization's transactions see them, whoever forgets
-- the filter. Call it after CREATE TABLE and the comments, before adding foreign keys. With `reference`, makes it a table with the
-- same rows for every organization instead. `privileges` is what the login role of the owner may do.
create or replace function base.tenant_table(relation regclass, reference boolean default false, privileges text default null)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform base.refuse_citus_with_timescaledb();
    perform base.register_table(relation, case when reference then 'reference' else 'tenant' end, null);
    perform base.refuse_table_faults(relation);
    perform base.distribute(relation, reference);
    if not reference then
        perform base.isolate_tenants(relation);
    end if;
    perform base.add_updated_at_trigger(relation);
    perform base.grant_to_login_role(relation,
        coalesce(privileges, case when reference then 'select' else 'select, insert, update, delete' end));
end
$$;
comment on function base.tenant_table(regclass, boolean, text) is
    'Makes a table a tenant table (or a reference table): registered, checked, distributed under Citus, isolated by row-level security, granted.';

-- Makes `relation` a table of this database alone: not distributed, not isolated, granted to nobody.
create or replace function base.local_table(relation regclass, reason text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform base.register_table(relation, 'local', reason);
    perform base.refuse_table_faults(relation);
end
$$;
comment on function base.local_table(regclass, text) is 'Registers a table that is neither tenant nor reference table, and why.';

create or replace function base.register_table(relation regclass, kind text, reason text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into base.managed_tables as known (relation, kind, reason)
    values (register_table.relation, register_table.kind, register_table.reason)
    on conflict on constraint managed_tables_pkey do update set kind = excluded.kind, reason = excluded.reason;
end
$$;
comment on function base.register_table(regclass, text, text) is 'Part of base.tenant_table: notes the kind of a table.';

create or replace function base.refuse_table_faults(relation regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    fault record;
begin
    for fault in select * from base.table_structure_lint(array[relation::oid]) limit 1 loop
        raise exception using errcode = 'GS002',
            message = format('%s: %s', fault.object, fault.detail),
            detail = format('Schema rule %s.', fault.rule),
            hint = fault.remedy;
    end loop;
end
$$;
comment on function base.refuse_table_faults(regclass) is 'Part of base.tenant_table: error GS002 when the table breaks a rule of structure.';

create or replace function base.has_extension(extension name) returns boolean
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from pg_extension where extname = extension);
end
$$;
comment on function base.has_extension(name) is 'Whether this database has the extension.';

create or replace function base.refuse_citus_with_timescaledb() returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if base.has_extension('citus') and base.has_extension('timescaledb') then
        raise exception using errcode = 'GS003',
            message = format('database %I has both citus and timescaledb', current_database()),
            detail = 'A join of a hypertable with a distributed table returns wrong rows without an error.',
            hint = 'Drop one of the two extensions, or put them on different servers.';
    end if;
end
$$;
comment on function base.refuse_citus_with_timescaledb() is 'Error GS003 when both extensions are in this database.';

-- The calls are text because the functions do not exist without Citus.
create or replace function base.distribute(relation regclass, reference boolean) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not base.has_extension('citus') then
        return;
    end if;
    if reference then
        execute format('select create_reference_table(%L)', relation);
    else
        execute format('select create_distributed_table(%L, %L)', relation, 'organization_id');
    end if;
end
$$;
comment on function base.distribute(regclass, boolean) is 'Part of base.tenant_table: under Citus makes a distributed or reference table; otherwise nothing.';

-- `visible` is the SQL condition on a row. It is text, and the setting is spelled out, because Citus ships policies to its workers.
-- What is written is held against a sub-select, which is evaluated once for a statement instead of for each row; Citus takes none in a policy.
create or replace function base.isolate_tenants(
    relation regclass,
    visible text default 'organization_id = nullif(current_setting(''app.organization_id'', true), '''')::uuid')
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    owner constant name := (select pg_get_userbyid(relowner) from pg_class where oid = relation);
    tenant constant text := 'nullif(current_setting(''app.organization_id'', true), '''')::uuid';
    writable constant text := case when base.has_extension('citus') then visible else replace(visible, tenant, format('(select %s)', tenant)) end;
    former name;
begin
    for former in
        select polname from pg_policy
        where polrelid = relation and polname in ('tenant_isolation', 'owner_sees_all', 'superuser_sees_all', 'reader_sees_all')
    loop
        execute format('drop policy %I on %s', former, relation);
    end loop;
    execute format('alter table %s enable row level security, force row level security', relation);
    execute format('create policy tenant_isolation on %s using (%s) with check (%s)', relation, visible, writable);
    -- current_user is the owner in its SECURITY DEFINER functions and in migrations, but not in its views: a view must not see more
    -- than the role that reads it, and PostgreSQL 14 has no security_invoker.
    execute format('create policy owner_sees_all on %s to %I using (current_user = %L) with check (current_user = %L)',
                   relation, owner, owner, owner);
    -- PostgreSQL 14 holds a view's tables against the policies as the view's owner, whoever reads it, superusers included.
    if current_setting('server_version_num')::integer < 150000 then
        execute format('create policy superuser_sees_all on %s to %I using ((select rolsuper or rolbypassrls from pg_catalog.pg_roles where rolname = current_user))',
                       relation, owner);
    end if;
    -- The operator's reader sees every organization, also through views that run as the owner. For nobody else does it add to a query.
    if exists (select from pg_roles where rolname = 'analytics_readonly') then
        execute format('create policy reader_sees_all on %s for select to analytics_readonly, %I using (current_user = ''analytics_readonly'')',
                       relation, owner);
    end if;
end
$$;
comment on function base.isolate_tenants(regclass, text) is
    'Row-level security that the owner is subject to, and its policies. base.tenant_table calls it; call it for a reference table that is not for everybody.';

create or replace function base.add_updated_at_trigger(relation regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not base.has_extension('citus') and exists (
        select from pg_attribute where attrelid = relation and attname = 'updated_at' and not attisdropped)
    then
        execute format('create or replace trigger set_updated_at before update on %s for each row execute function base.set_updated_at()', relation);
    end if;
end
$$;
comment on function base.add_updated_at_trigger(regclass) is 'Part of base.tenant_table: keeps updated_at honest on plain PostgreSQL.';

-- The login role of projects_owner is projects_user. Tables of base are for everybody who may connect, and CONNECT is revoked
-- from PUBLIC.
create or replace function base.login_role(owner name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    login constant name := regexp_replace(owner, '_owner$', '_user');
begin
    if login <> owner and exists (select from pg_roles where rolname = login) then
        return quote_ident(login);
    end if;
    return 'public';
end
$$;
comment on function base.login_role(name) is 'The role, quoted for SQL, that the server logs in with to use what the given role owns.';

create or replace function base.grant_to_login_role(relation regclass, privileges text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    space regnamespace;
    login text;
begin
    select relnamespace, base.login_role(pg_get_userbyid(relowner)) into space, login from pg_class where oid = relation;
    -- Every change of pg_namespace, even to what it was, throws away all plans of the session.
    if not exists (select from pg_namespace n, aclexplode(n.nspacl) a
                   where n.oid = space and a.privilege_type = 'USAGE' and a.grantee = coalesce(to_regrole(login), 0)) then
        execute format('grant usage on schema %s to %s', space, login);
    end if;
    execute format('grant %s on %s to %s', privileges, relation, login);
end
$$;
comment on function base.grant_to_login_role(regclass, text) is 'Part of base.tenant_table: lets the login role of the owner use the table.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('tenant_view', $gsdb_file$-- Views show what their reader may see.

-- Without security_invoker a view reads with its owner's rights; PostgreSQL 14 does not have it, and there the policy
-- owner_sees_all keeps the view from seeing more than its reader.
create or replace function base.tenant_view(view regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if current_setting('server_version_num')::integer >= 150000 then
        execute format('alter view %s set (security_invoker = true)', view);
    end if;
    perform base.grant_to_login_role(view, 'select');
end
$$;
comment on function base.tenant_view(regclass) is 'Makes a view show only what its reader may see, and lets the login role of its owner read it.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('time_partitions', $gsdb_file$-- Tables partitioned by time. A period has a partition when it is near or when rows of it have come; everything else waits in the
-- default partition, so that a row with an unexpected time is never refused. docs/decisions/0011 says why.

-- Turns the table, still empty and without foreign keys, into one partitioned by `time_column` in periods of `step` (whole months,
-- or a fixed length). Rows older than `retention` are dropped by maintenance. The oid changes, so the new one is returned.
create or replace function base.make_time_partitioned(
    relation regclass, time_column name, step interval,
    retention interval default null, periods_ahead integer default 3, before_drop text default null)
    returns regclass
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    is_hypertable constant boolean := base.has_extension('timescaledb');
    path constant text := relation::text;
    result regclass;
begin
    perform base.refuse_citus_with_timescaledb();
    perform base.refuse_to_partition(relation, time_column, step);
    if is_hypertable then
        execute format('select %s.create_hypertable(%L, %L, chunk_time_interval => %L::interval, create_default_indexes => false)',
                       base.timescaledb_schema(), relation, time_column, step);
    else
        perform base.recreate_partitioned(relation, time_column);
    end if;
    result := path::regclass;
    insert into base.time_partitions (relation, time_column, step, periods_ahead, retention, strategy, before_drop)
    values (result, time_column, step, periods_ahead, retention, case when is_hypertable then 'hypertable' else 'range' end, before_drop);
    perform base.maintain_time_partitions(result);
    return result;
end
$$;
comment on function base.make_time_partitioned(regclass, name, interval, interval, integer, text) is
    'Partitions a new table by time: native RANGE partitions, or a hypertable where TimescaleDB is.';

create or replace function base.refuse_to_partition(relation regclass, time_column name, step interval) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    reason text;
    has_rows boolean;
begin
    execute format('select exists (select from %s)', relation) into has_rows;
    reason := case
        when has_rows then 'it has rows'
        when (select relkind <> 'r' from pg_class where oid = relation) then 'it is not an ordinary table'
        when (select length(relname) > 45 from pg_class where oid = relation) then 'its name leaves no room for the name of a period'
        when exists (select from pg_constraint where contype = 'f' and relation in (conrelid, confrelid)) then 'it has foreign keys'
        when not exists (select from pg_attribute where attrelid = relation and attname = time_column and attnotnull
                                                    and atttypid = 'timestamptz'::regtype)
            then format('it has no column %I timestamptz not null', time_column)
        when base.months_of(step) > 0 and step <> make_interval(months => base.months_of(step))
            then 'a period is either whole months or a fixed length'
        when base.months_of(step) = 0 and step < interval '1 minute' then 'a period is shorter than a minute'
    end;
    if reason is not null then
        raise exception using errcode = 'GS004',
            message = format('%s cannot be partitioned by time: %s', relation, reason),
            hint = 'Call base.make_time_partitioned right after CREATE TABLE, before base.tenant_table and foreign keys.';
    end if;
end
$$;
comment on function base.refuse_to_partition(regclass, name, interval) is 'Part of base.make_time_partitioned: error GS004 when it cannot be done.';

-- PostgreSQL cannot partition an existing table, so a partitioned one takes its name, definitions and comments.
create or replace function base.recreate_partitioned(relation regclass, time_column name) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    path constant text := relation::text;
    copy constant text := format('%s.partitioning', (select relnamespace::regnamespace from pg_class where oid = relation));
    table_name constant name := (select relname from pg_class where oid = relation);
    definitions text[];
    definition text;
begin
    select array_agg(sql) into definitions from (
        select format('alter table %s add constraint %I %s', path, conname, pg_get_constraintdef(oid)) as sql
        from pg_constraint where conrelid = relation and contype in ('p', 'u', 'x')
        union all
        select pg_get_indexdef(indexrelid)
        from pg_index i where indrelid = relation and not exists (select from pg_constraint where conindid = i.indexrelid)
        union all
        select format('comment on table %s is %L', path, obj_description(relation, 'pg_class'))
    ) as captured;
    execute format('create table %s (like %s including all excluding indexes) partition by range (%I)', copy, relation, time_column);
    execute format('drop table %s', relation);
    execute format('alter table %s rename to %I', copy, table_name);
    foreach definition in array definitions loop
        execute definition;
    end loop;
end
$$;
comment on function base.recreate_partitioned(regclass, name) is 'Part of base.make_time_partitioned: replaces an empty table by a partitioned one.';

create or replace function base.months_of(step interval) returns integer
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return extract(year from step) * 12 + extract(month from step);
end
$$;
comment on function base.months_of(interval) is 'The months in an interval, days and hours left out.';

-- Months count from January, weeks begin on Monday, and all of it in UTC.
create or replace function base.period_start(step interval, moment timestamptz) returns timestamptz
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    months constant integer := base.months_of(step);
    month_number integer;
begin
    if months = 0 then
        return date_bin(step, moment, '2001-01-01 00:00:00+00');
    end if;
    month_number := extract(year from moment) * 12 + extract(month from moment) - 1;
    month_number := month_number - month_number % months;
    return make_timestamptz(month_number / 12, month_number % 12 + 1, 1, 0, 0, 0);
end
$$;
comment on function base.period_start(interval, timestamptz) is 'The beginning of the period of the given length that the moment lies in.';

create or replace function base.time_partitions_of(relation regclass)
    returns table (partition regclass, lower_bound timestamptz, upper_bound timestamptz, is_default boolean)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
    set datestyle = 'ISO'
as $$
begin
    return query
    select c.oid::regclass, bound[1]::timestamptz, bound[2]::timestamptz, bound is null
    from pg_inherits i
    join pg_class c on c.oid = i.inhrelid
    left join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$FROM \('(.+)'\) TO \('(.+)'\)$re$) as bound on true
    where i.inhparent = relation
    order by 2 nulls last;
end
$$;
comment on function base.time_partitions_of(regclass) is 'The partitions of a table and the times they cover; the default partition last.';

-- Makes partitions for the coming periods and for rows that wait in the default partition, and drops what is older than the retention,
-- of every table that the caller owns. `moment` is there for tests. Safe to run at any time and after any pause.
create or replace function base.maintain_time_partitions(
    only_table regclass default null, only_schema name default null, moment timestamptz default now())
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    partitioned record;
begin
    perform base.refuse_citus_with_timescaledb();
    for partitioned in
        select t.relation, t.strategy
        from base.time_partitions t
        join pg_class c on c.oid = t.relation
        where (only_table is null or t.relation = only_table)
          and (only_schema is null or c.relnamespace = to_regnamespace(quote_ident(only_schema)))
          and (c.relowner = to_regrole(quote_ident(current_user)) or (select rolsuper from pg_roles where rolname = current_user))
        order by c.oid
    loop
        perform pg_advisory_xact_lock('base.time_partitions'::regclass::oid::integer, partitioned.relation::oid::integer);
        if partitioned.strategy = 'hypertable' then
            return query select * from base.drop_expired_chunks(partitioned.relation, moment);
        else
            return query select * from base.make_period_partitions(partitioned.relation, moment);
            return query select * from base.drop_expired_partitions(partitioned.relation, moment);
        end if;
    end loop;
end
$$;
comment on function base.maintain_time_partitions(regclass, name, timestamptz) is
    'Creates the partitions that are due and drops those past their retention; returns what it did.';

create or replace function base.make_period_partitions(relation regclass, moment timestamptz)
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
    set lock_timeout = '5s'
as $$
declare
    plan base.time_partitions;
    default_partition regclass;
    waiting timestamptz[];
    period timestamptz;
    moved bigint;
begin
    select * into strict plan from base.time_partitions t where t.relation = make_period_partitions.relation;
    select p.partition into default_partition from base.time_partitions_of(relation) p where p.is_default;
    if default_partition is null then
        default_partition := base.create_partition(relation, 'default', 'default');
    end if;
    if not exists (select from base.missing_periods(plan, moment, base.periods_in_default(plan, default_partition, moment))) then
        return;
    end if;
    -- Asked again under the lock: a row may have come since.
    perform base.as_if_deletable(relation, format('lock table %s in access exclusive mode', relation));
    waiting := base.periods_in_default(plan, default_partition, moment);
    -- Rows would overlap the new partitions, so the default is set aside while they move.
    if waiting <> '{}' then
        execute format('alter table %s detach partition %s', relation, default_partition);
    end if;
    for period in select * from base.missing_periods(plan, moment, waiting) loop
        partition := base.create_partition(relation, base.period_name(plan.step, period),
                                           format('for values from (%L) to (%L)', period, period + plan.step));
        action := 'created';
        rows_affected := null;
        return next;
        if period = any (waiting) then
            moved := base.move_period(plan, default_partition, period);
            action := 'filled';
            rows_affected := moved;
            return next;
        end if;
    end loop;
    if waiting <> '{}' then
        execute format('alter table %s attach partition %s default', relation, default_partition);
    end if;
end
$$;
comment on function base.make_period_partitions(regclass, timestamptz) is 'Part of base.maintain_time_partitions: creates partitions and fills them from the default one.';

create or replace function base.periods_in_default(plan base.time_partitions, default_partition regclass, moment timestamptz)
    returns timestamptz[]
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    periods timestamptz[];
begin
    execute format('select coalesce(array_agg(distinct base.period_start($1, %1$I)), ''{}'') from %2$s where %1$I >= $2 and %1$I < $3',
                   plan.time_column, default_partition)
    into periods
    using plan.step, coalesce(moment - plan.retention, '-infinity'),
          base.period_start(plan.step, moment) + plan.step * (plan.periods_ahead + 1);
    return periods;
end
$$;
comment on function base.periods_in_default(base.time_partitions, regclass, timestamptz) is
    'Part of base.maintain_time_partitions: the periods, no later than those kept ready, of which rows wait in the default partition.';

create or replace function base.missing_periods(plan base.time_partitions, moment timestamptz, waiting timestamptz[])
    returns setof timestamptz
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
begin
    return query
    select wanted.period
    from (select base.period_start(plan.step, moment) + plan.step * n as period from generate_series(0, plan.periods_ahead) as n
          union
          select unnest(waiting)) as wanted
    where not exists (select from base.time_partitions_of(plan.relation) p where p.lower_bound <= wanted.period and wanted.period < p.upper_bound)
    order by 1;
end
$$;
comment on function base.missing_periods(base.time_partitions, timestamptz, timestamptz[]) is
    'Part of base.maintain_time_partitions: periods that should have a partition and have none.';

create or replace function base.move_period(plan base.time_partitions, default_partition regclass, period timestamptz) returns bigint
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    moved bigint;
begin
    execute format('insert into %s select * from %s where %3$I >= %4$L and %3$I < %5$L', plan.relation, default_partition, plan.time_column, period, period + plan.step);
    get diagnostics moved = row_count;
    perform base.as_if_deletable(default_partition,
        format('delete from %s where %2$I >= %3$L and %2$I < %4$L', default_partition, plan.time_column, period, period + plan.step));
    return moved;
end
$$;
comment on function base.move_period(base.time_partitions, regclass, timestamptz) is
    'Part of base.maintain_time_partitions: moves the rows of one period out of the detached default partition.';

-- The owner of a table that is only added to has given up DELETE, which locking the table and moving its rows ask for.
create or replace function base.as_if_deletable(relation regclass, statement text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    is_append_only constant boolean := not has_table_privilege(relation, 'delete');
begin
    if is_append_only then
        execute format('grant delete on %s to %I', relation, current_user);
    end if;
    execute statement;
    if is_append_only then
        execute format('revoke delete on %s from %I', relation, current_user);
    end if;
end
$$;
comment on function base.as_if_deletable(regclass, text) is 'Part of base.maintain_time_partitions: runs a statement that asks for DELETE, which the owner may have given up.';

-- Nobody reads or writes a partition directly: row-level security without a policy. What the owner may not do to the table, it may
-- not do to the partition.
create or replace function base.create_partition(relation regclass, suffix text, bound text) returns regclass
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
declare
    owner constant name := (select pg_get_userbyid(relowner) from pg_class where oid = relation);
    path constant text := (select format('%s.%I', relnamespace::regnamespace, relname || '_' || suffix) from pg_class where oid = relation);
    privilege text;
begin
    execute format('create table %s partition of %s %s', path, relation, bound);
    if owner <> current_user then
        execute format('alter table %s owner to %I', path, owner);
    end if;
    execute format('alter table %s enable row level security', path);
    foreach privilege in array array['update', 'delete', 'truncate'] loop
        if not has_table_privilege(owner, relation, privilege) then
            execute format('revoke %s on %s from %I', privilege, path, owner);
        end if;
    end loop;
    perform base.copy_statistics(relation, path::regclass);
    return path::regclass;
end
$$;
comment on function base.create_partition(regclass, text, text) is 'Part of base.maintain_time_partitions: creates one partition, closed to direct use.';

-- Which columns go with which is known to the planner of the table that it is declared for, and of no partition by itself: it would
-- multiply the chances that an organization, one of its sources and a type turn up as if they had nothing to do with each other.
create or replace function base.copy_statistics(relation regclass, partition regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    declared record;
begin
    for declared in
        select s.stxname as name, n.nspname as schema, pg_get_statisticsobjdef(s.oid) as definition,
               format('%s_%s', c.relname, s.stxname)::name as copy
        from pg_statistic_ext s
        join pg_class c on c.oid = partition
        join pg_namespace n on n.oid = c.relnamespace
        where s.stxrelid = relation
          and not exists (select from pg_statistic_ext e where e.stxrelid = partition and e.stxname = format('%s_%s', c.relname, s.stxname)::name)
        order by s.stxname
    loop
        execute format('create statistics %I.%I %s from %s', declared.schema, declared.copy,
                       substring(declared.definition from '^CREATE STATISTICS \S+ (.*) FROM \S+$'), partition);
    end loop;
end
$$;
comment on function base.copy_statistics(regclass, regclass) is
    'Gives a partition the extended statistics that are declared for its table. For a table that has partitions already call it for each.';

create or replace function base.period_name(step interval, period timestamptz) returns text
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
as $$
begin
    return to_char(period, case
        when base.months_of(step) > 0 and base.months_of(step) % 12 = 0 then 'YYYY'
        when base.months_of(step) > 0 then 'YYYY_MM'
        when step = date_trunc('day', step) then 'YYYY_MM_DD'
        else 'YYYY_MM_DD_HH24MI' end);
end
$$;
comment on function base.period_name(interval, timestamptz) is 'How the partition of a period is named: 2026_11 for a month, 2026_11_21 for a day.';

create or replace function base.drop_expired_partitions(relation regclass, moment timestamptz)
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
    set timezone = 'UTC'
    set lock_timeout = '5s'
as $$
declare
    plan base.time_partitions;
    expired record;
    has_expired_rows boolean;
begin
    select * into strict plan from base.time_partitions t where t.relation = drop_expired_partitions.relation;
    if plan.retention is null then
        return;
    end if;
    for expired in select * from base.time_partitions_of(relation) p where p.is_default or p.upper_bound <= moment - plan.retention loop
        partition := expired.partition;
        rows_affected := null;
        if not expired.is_default then
            perform base.before_drop(plan, expired.partition);
            execute format('drop table %s', expired.partition);
            action := 'dropped';
            return next;
            continue;
        end if;
        execute format('select exists (select from %s where %I < $1)', expired.partition, plan.time_column)
        into has_expired_rows using moment - plan.retention;
        if has_expired_rows then
            execute format('delete from %s where %I < $1', expired.partition, plan.time_column) using moment - plan.retention;
            get diagnostics rows_affected = row_count;
            action := 'emptied';
            return next;
        end if;
    end loop;
end
$$;
comment on function base.drop_expired_partitions(regclass, timestamptz) is 'Part of base.maintain_time_partitions: drops partitions past the retention, and such rows of the default one.';

create or replace function base.drop_expired_chunks(relation regclass, moment timestamptz)
    returns table (action text, partition text, rows_affected bigint)
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    plan base.time_partitions;
    chunk regclass;
begin
    select * into strict plan from base.time_partitions t where t.relation = drop_expired_chunks.relation;
    if plan.retention is null then
        return;
    end if;
    for chunk in execute format('select %s.show_chunks(%L, older_than => %L::timestamptz)',
                                base.timescaledb_schema(), relation, moment - plan.retention) loop
        perform base.before_drop(plan, chunk);
    end loop;
    return query execute format('select ''dropped'', %s.drop_chunks(%L, older_than => %L::timestamptz), null::bigint',
                                base.timescaledb_schema(), relation, moment - plan.retention);
end
$$;
comment on function base.drop_expired_chunks(regclass, timestamptz) is 'Part of base.maintain_time_partitions: drops a hypertable''s chunks past the retention.';

-- Unlike Citus, TimescaleDB does not put its functions into pg_catalog.
create or replace function base.timescaledb_schema() returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select extnamespace::regnamespace::text from pg_extension where extname = 'timescaledb');
end
$$;
comment on function base.timescaledb_schema() is 'The schema, quoted for SQL, that TimescaleDB is installed in; null where it is not.';

create or replace function base.before_drop(plan base.time_partitions, partition regclass) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if plan.before_drop is not null then
        execute format('select %s($1)', plan.before_drop) using partition;
    end if;
end
$$;
comment on function base.before_drop(base.time_partitions, regclass) is 'Part of base.maintain_time_partitions: calls what a table wants called before rows go.';

-- How long the rows of a table partitioned by time are kept; null for ever. Takes effect with the next maintenance.
create or replace function base.set_retention(relation regclass, retention interval) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    update base.time_partitions t set retention = set_retention.retention where t.relation = set_retention.relation;
    if not found then
        raise exception using errcode = 'GS004',
            message = format('%s is not partitioned by time, or belongs to somebody else', relation),
            hint = 'select * from base.time_partitions lists the tables that are.';
    end if;
end
$$;
comment on function base.set_retention(regclass, interval) is 'Sets how long the rows of a table partitioned by time are kept.';
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_schema_migrations', 'plain', '5000ms', 1, 7308, 0, 0, $gsdb_file$-- The record of what was done to this database, kept by the migration engine. It is the first thing in every database, so this
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
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_managed_tables', 'plain', '5000ms', 1, 4402, 0, 0, $gsdb_file$-- Says of every table how it relates to tenants, and which tables are partitioned by time. The catalog cannot say it: on plain
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
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_audit_log', 'plain', '5000ms', 1, 4300, 0, 0, $gsdb_file$-- Who changed what. Each organization has a chain of entries, each sealed by a hash over itself and the one before, so that no entry
-- can be altered, removed or moved afterwards without base.audit_log_verify() saying so.

create table base.audit_chains (
    organization_id  uuid        not null,
    sequence         bigint      not null default 0,
    hash             bytea       not null default '\x0000000000000000000000000000000000000000000000000000000000000000',
    last_occurred_at timestamptz not null default '-infinity',
    pruned_sequence  bigint      not null default 0,
    pruned_hash      bytea       not null default '\x0000000000000000000000000000000000000000000000000000000000000000',
    constraint audit_chains_pkey primary key (organization_id),
    constraint hashes_are_sha256 check (octet_length(hash) = 32 and octet_length(pruned_hash) = 32),
    constraint pruned_before_head check (pruned_sequence between 0 and sequence)
);

comment on table base.audit_chains is 'Where each organization''s audit log ends, and where what retention has left of it begins.';
comment on column base.audit_chains.organization_id is 'The organization; the nil UUID for what concerns the installation as a whole.';
comment on column base.audit_chains.sequence is 'The number of the last entry; 0 for none.';
comment on column base.audit_chains.hash is 'The hash of the last entry. Noted elsewhere, it proves that nothing up to it was rewritten.';
comment on column base.audit_chains.last_occurred_at is 'When the last entry was made; no later entry may be older.';
comment on column base.audit_chains.pruned_sequence is 'The number of the last entry that retention has dropped; 0 for none.';
comment on column base.audit_chains.pruned_hash is 'The hash of that entry.';

select base.tenant_table('base.audit_chains', privileges => 'select');

create table base.audit_log (
    organization_id uuid        not null,
    sequence        bigint      not null,
    occurred_at     timestamptz not null,
    actor           text        not null,
    database_role   text        not null,
    action          text        not null,
    subject_kind    text        not null,
    subject_id      text        not null,
    details         jsonb       not null,
    previous_hash   bytea       not null,
    hash            bytea       not null,
    constraint audit_log_pkey primary key (organization_id, sequence, occurred_at),
    constraint sequence_is_positive check (sequence > 0),
    constraint action_is_named check (btrim(action) <> '' and btrim(subject_kind) <> ''),
    constraint hashes_are_sha256 check (octet_length(hash) = 32 and octet_length(previous_hash) = 32)
);
create index audit_log_subject_idx on base.audit_log (organization_id, subject_kind, subject_id, sequence);

comment on table base.audit_log is 'Every change worth answering for. Written by base.audit() alone; nobody may update or delete.';
comment on column base.audit_log.organization_id is 'The organization; the nil UUID for what concerns the installation as a whole.';
comment on column base.audit_log.sequence is 'Number within the organization, without gaps.';
comment on column base.audit_log.occurred_at is 'When it was done, never before the entry before it.';
comment on column base.audit_log.actor is 'Who asked for it: user:<id>, api_key:<id>, or system when nobody said (setting app.actor).';
comment on column base.audit_log.database_role is 'The role that was logged in.';
comment on column base.audit_log.action is 'What was done: created, role_changed, revoked and so on.';
comment on column base.audit_log.subject_kind is 'The kind of thing it was done to, as its table: identity.api_keys.';
comment on column base.audit_log.subject_id is 'Which one.';
comment on column base.audit_log.details is 'What changed; never a secret.';
comment on column base.audit_log.previous_hash is 'The hash of the entry before; zeros for the first.';
comment on column base.audit_log.hash is 'SHA-256 over previous_hash and every other column; see base.audit_hash().';

select base.make_time_partitioned('base.audit_log', 'occurred_at', interval '1 month', before_drop => 'base.audit_log_prune');
select base.tenant_table('base.audit_log', privileges => 'select');
select base.make_append_only('base.audit_log');
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_shared_enums', 'plain', '5000ms', 1, 551, 0, 0, $gsdb_file$-- Words that several modules use in the same sense. Each database has them, so that a value means the same everywhere.
-- docs/decisions/0010 says when a set of values is an enum.

create type base.priority as enum ('low', 'normal', 'high', 'urgent', 'critical');
comment on type base.priority is 'How much something matters, from least to most.';

create type base.visibility as enum ('restricted', 'private', 'internal', 'public');
comment on type base.visibility is 'Who may see something: those named; its members; the organization; everybody.';
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_health_signals', 'plain', '5000ms', 1, 889, 911, 414, $gsdb_file$-- The words in which the health functions speak. A signal is one measurement with the values at which it worries and alarms.

create type base.health_status as enum ('healthy', 'unknown', 'warning', 'critical');
comment on type base.health_status is 'How something is, from well to badly. unknown: it could not be measured, which is not the same as well.';

create type base.health_signal as (
    component   text,
    signal      text,
    value       numeric,
    unit        text,
    warning_at  numeric,
    critical_at numeric,
    remedy      text,
    details     jsonb
);
comment on type base.health_signal is 'A measurement: what it is of, its value and unit, from which value on it is a warning or critical (null: never), what to do then, and what it was made from. Where critical_at is below warning_at, low values are the bad ones. A value of null could not be measured.';

-- migrate: rollback
drop function if exists base.system_health(), base.database_health_check(), base.database_health_summary(), base.critical_alerts(), base.health_signals(),
    base.connection_signals(), base.transaction_signals(), base.storage_signals(), base.partition_signals(), base.replication_signals(), base.statement_signals(),
    base.judge(base.health_signal);
drop type base.health_signal;
drop type base.health_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_maintenance', 'plain', '5000ms', 1, 6587, 6609, 496, $gsdb_file$-- What a database does for itself from time to time, and what came of it. base.declare_maintenance() fills the first table, base.run_maintenance()
-- the second. Whoever may execute a routine may run it as maintenance: the server does so as the login role of its module.

create type base.maintenance_cadence as enum ('frequent', 'daily', 'weekly', 'monthly');
comment on type base.maintenance_cadence is 'How often a routine runs; frequent: every minute. base.maintenance_period() says how long that is.';

create type base.maintenance_state as enum ('running', 'succeeded', 'failed');
comment on type base.maintenance_state is 'How far a run has come. One that was killed is running until the next run of its routine finds it.';

create table base.maintenance_procedures (
    routine     text                     not null,
    cadence     base.maintenance_cadence not null,
    timeout     interval                 not null,
    rows_max    bigint,
    description text                     not null,
    due_at      timestamptz              not null default now(),
    failures    integer                  not null default 0,
    constraint maintenance_procedures_pkey primary key (routine),
    constraint routine_is_qualified_name check (routine ~ '^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$'),
    constraint timeout_is_positive check (timeout > interval '0'),
    constraint rows_max_is_positive check (rows_max > 0),
    constraint description_is_not_blank check (btrim(description) <> ''),
    constraint failures_are_counted check (failures >= 0)
);

comment on table base.maintenance_procedures is 'What maintenance does in this database, how often, and when next. Written by base.declare_maintenance and base.run_maintenance.';
comment on column base.maintenance_procedures.routine is 'The function, which is called without arguments: events.cleanup_old_events.';
comment on column base.maintenance_procedures.cadence is 'How often it runs.';
comment on column base.maintenance_procedures.timeout is 'How long a run may take when the program runs it.';
comment on column base.maintenance_procedures.rows_max is 'How many rows one run affects at most: a run that affects as many is due again at once. Null when there is no such limit.';
comment on column base.maintenance_procedures.description is 'What it does.';
comment on column base.maintenance_procedures.due_at is 'When it runs next; in the past when nobody ran it.';
comment on column base.maintenance_procedures.failures is 'How many runs have failed since one succeeded. Counted when a run begins, so that a crash counts.';

create table base.maintenance_log (
    id            uuid                   not null default base.uuid_v7(),
    routine       text                   not null,
    state         base.maintenance_state not null default 'running',
    started_at    timestamptz            not null default now(),
    finished_at   timestamptz,
    rows_affected bigint,
    objects       jsonb,
    error_code    text,
    error         text,
    run_by        name                   not null default current_user,
    constraint maintenance_log_pkey primary key (id),
    constraint ended_unless_running check ((state = 'running') = (finished_at is null) and finished_at >= started_at),
    constraint success_is_counted check ((state = 'succeeded') = (rows_affected is not null) and rows_affected >= 0),
    constraint failure_is_explained check ((state = 'failed') = (error is not null) and (error_code is null or state = 'failed')),
    constraint objects_are_a_list check (jsonb_typeof(objects) = 'array')
);
create index maintenance_log_routine_idx on base.maintenance_log (routine, started_at desc);
create index maintenance_log_started_at_idx on base.maintenance_log (started_at);

comment on table base.maintenance_log is
    'Every run of maintenance in this database. Of frequent routines the last two days are kept, of the others 400, and always the newest run of each.';
comment on column base.maintenance_log.id is 'Its id.';
comment on column base.maintenance_log.routine is 'The function that was called, as in base.maintenance_procedures.';
comment on column base.maintenance_log.state is 'How far it has come.';
comment on column base.maintenance_log.started_at is 'When it began.';
comment on column base.maintenance_log.finished_at is 'When it ended; null while running.';
comment on column base.maintenance_log.rows_affected is 'How many rows it deleted, moved or wrote, as the routine says; null unless it succeeded.';
comment on column base.maintenance_log.objects is 'What it did to which tables, partitions and indexes, as rows of the routine''s result, at most 200; null when it returns a number only.';
comment on column base.maintenance_log.error_code is 'SQLSTATE of the error; null when there was none, or when the session ended before the run did.';
comment on column base.maintenance_log.error is 'Why it failed; null unless it did.';
comment on column base.maintenance_log.run_by is 'The role that ran it.';

select base.local_table('base.maintenance_procedures', 'Says when routines of this database run.');
select base.local_table('base.maintenance_log', 'What routines of this database did.');

-- The owner of a schema declares its routines; who may execute a routine may run it and sees its runs; the operator's reader sees all.
alter table base.maintenance_procedures enable row level security;
alter table base.maintenance_log enable row level security;
create policy everyone_reads on base.maintenance_procedures for select using (true);
create policy schema_owner_declares on base.maintenance_procedures for insert
    with check (pg_has_role(current_user, (select nspowner from pg_catalog.pg_namespace where nspname = split_part(routine, '.', 1)), 'usage'));
create policy schema_owner_retracts on base.maintenance_procedures for delete
    using (pg_has_role(current_user, (select nspowner from pg_catalog.pg_namespace where nspname = split_part(routine, '.', 1)), 'usage'));
create policy who_may_execute_schedules on base.maintenance_procedures for update using (base.may_maintain(routine));
create policy who_may_execute_logs on base.maintenance_log using (base.may_maintain(routine));
grant select, insert, delete, update (due_at, failures) on base.maintenance_procedures to public;
grant select, insert, update on base.maintenance_log to public;
do $$
begin
    if exists (select from pg_roles where rolname = 'analytics_readonly') then
        create policy reader_sees_all on base.maintenance_log for select to analytics_readonly using (true);
    end if;
end
$$;

-- migrate: rollback
drop procedure if exists base.run_maintenance(text, boolean), base.carry_out_maintenance(uuid, text);
drop function if exists base.declare_maintenance(text, base.maintenance_cadence, interval, text, bigint), base.maintenance_period(base.maintenance_cadence),
    base.maintenance_to_run(text, boolean), base.begin_maintenance(text, boolean), base.perform_maintenance(uuid);
drop table base.maintenance_log, base.maintenance_procedures;
drop type base.maintenance_state, base.maintenance_cadence;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'forget_dropped_tables', 'plain', '5000ms', 1, 278, 300, 65, $gsdb_file$-- An entry of a table that is dropped names nothing, so that nobody owns what it names: whoever drops tables may delete it.

create policy dropped_tables_are_forgotten on base.managed_tables for delete using (not exists (select from pg_catalog.pg_class where oid = relation));
-- migrate: rollback
drop policy dropped_tables_are_forgotten on base.managed_tables;
$gsdb_file$);
select pg_temp.gsdb_end_module();
