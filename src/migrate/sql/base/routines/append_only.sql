-- Tables that are only ever added to.

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
