-- References between modules, which no foreign key can carry: the two tables may be in different databases. A column says whose id it
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
