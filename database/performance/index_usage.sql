-- Indexes that nobody reads, that say the same twice, and references without one. Nothing is changed.
--   psql -d task_db -f database/performance/index_usage.sql         (or any other database of the product)
-- Uses are counted on this server only: an index that is unused here may be what a standby lives on.
\set ON_ERROR_STOP on
begin read only;
set local search_path = pg_catalog;  -- so that names come with their schema

\echo '== How long uses have been counted'
select coalesce(stats_reset, (select min(applied_at) from base.schema_migrations)) as counted_since from pg_stat_database where datname = current_database();

-- An index that guards uniqueness earns its place without a single read, so such are not named. The partitions of one index count together.
\echo '== Unused: never read, on tables with 1,000 rows or more'
with recursive parts (index, part) as (
    select i.indexrelid, i.indexrelid
    from pg_index i
    join pg_class c on c.oid = i.indexrelid and not c.relispartition and c.relnamespace = any ((select base.product_schemas(null))::oid[])
    where not i.indisunique
    union all
    select p.index, h.inhrelid from parts p join pg_inherits h on h.inhparent = p.part
), used as (
    select p.index, sum(pg_relation_size(p.part)) as bytes, sum(s.idx_scan) as reads, sum(t.n_live_tup) as rows, sum(t.n_tup_ins + t.n_tup_upd) as writes
    from parts p
    join pg_stat_all_indexes s on s.indexrelid = p.part
    join pg_stat_all_tables t on t.relid = s.relid
    group by p.index
)
select u.index::regclass as index, i.indrelid::regclass as "table", pg_size_pretty(u.bytes) as size, u.rows, u.writes as writes_it_costs, format('drop index %s;', u.index::regclass) as if_it_is_not_needed
from used u
join pg_index i on i.indexrelid = u.index
where u.reads = 0 and u.rows >= 1000
order by u.bytes desc, u.index::regclass::text;

-- The shorter of two indexes that begin alike is of use only while it is much smaller.
\echo '== Duplicate: another index of the table has the same columns, or begins with them'
with indexes as (
    select i.indexrelid, i.indrelid, i.indisunique, i.indkey::text || ' ' as columns, i.indclass::text || ' ' as classes, i.indoption::text || ' ' as options, i.indcollation::text || ' ' as collations,
           coalesce(pg_get_expr(i.indpred, i.indrelid), '') as predicate, coalesce(pg_get_expr(i.indexprs, i.indrelid), '') as expressions, c.relam, am.amname,
           exists (select from pg_constraint k where k.conindid = i.indexrelid) as is_of_constraint
    from pg_index i
    join pg_class c on c.oid = i.indexrelid and not c.relispartition and c.relnamespace = any ((select base.product_schemas(null))::oid[])
    join pg_am am on am.oid = c.relam
    where i.indisvalid
)
select s.indexrelid::regclass as index, l.indexrelid::regclass as does_its_work, s.indrelid::regclass as "table", pg_size_pretty(pg_relation_size(s.indexrelid)) as size,
       case when s.columns = l.columns then 'same columns' else 'begins alike' end as finding
from indexes s
join indexes l on l.indrelid = s.indrelid and l.indexrelid <> s.indexrelid and l.relam = s.relam and l.predicate = s.predicate and l.expressions = s.expressions
              and starts_with(l.columns, s.columns) and starts_with(l.classes, s.classes) and starts_with(l.options, s.options) and starts_with(l.collations, s.collations)
where not s.indisunique and not s.is_of_constraint and (s.amname = 'btree' or s.columns = l.columns)
  and (s.columns <> l.columns or l.indisunique or l.indexrelid < s.indexrelid)
order by s.indrelid::regclass::text, s.indexrelid::regclass::text;

-- Deleting or re-keying a referenced row looks for those that refer to it. organization_id leads nearly every index and finds little by itself,
-- so an index counts when it begins with the other columns of the reference. Without deletes, no index is the better choice.
\echo '== Missing: references that a delete of the referenced row would have to search the whole table for'
with reference as (
    select k.oid, k.conname, k.conrelid, k.confrelid, pg_get_constraintdef(k.oid) as definition,
           array(select a.attnum from unnest(k.conkey) as key (number) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number
                 where a.attname <> 'organization_id' order by a.attnum) as columns,
           (select string_agg(quote_ident(a.attname), ', ' order by key.place) from unnest(k.conkey) with ordinality as key (number, place)
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = key.number) as column_list
    from pg_constraint k
    join pg_class c on c.oid = k.conrelid and c.relnamespace = any ((select base.product_schemas(null))::oid[])
    where k.contype = 'f' and k.conparentid = 0
), leading_columns as (
    select i.indrelid, array(select a.attnum from unnest(i.indkey::smallint[]) with ordinality as key (number, place) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = key.number
                             where a.attname <> 'organization_id' and key.place <= i.indnkeyatts order by key.place) as columns
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_am am on am.oid = c.relam and am.amname = 'btree'
    where i.indisvalid
)
select r.conrelid::regclass as "table", r.conname as reference, r.confrelid::regclass as refers_to, s.n_live_tup as rows, t.n_tup_del as deletes_there,
       format('create index concurrently on %s (%s);', r.conrelid::regclass, r.column_list) as if_deletes_are_slow
from reference r
left join pg_stat_all_tables s on s.relid = r.conrelid
left join pg_stat_all_tables t on t.relid = r.confrelid
where cardinality(r.columns) > 0
  and not exists (select from leading_columns l where l.indrelid = r.conrelid
                                                   and l.columns[1:cardinality(r.columns)] @> r.columns and l.columns[1:cardinality(r.columns)] <@ r.columns)
order by s.n_live_tup desc nulls last, r.conrelid::regclass::text, r.conname;

\echo '== Invalid: left behind by a build that failed'
select i.indexrelid::regclass as index, i.indrelid::regclass as "table", format('reindex index concurrently %s;', i.indexrelid::regclass) as remedy
from pg_index i
join pg_class c on c.oid = i.indexrelid and c.relnamespace = any ((select base.product_schemas(null))::oid[])
where not i.indisvalid
order by i.indexrelid::regclass::text;
commit;
