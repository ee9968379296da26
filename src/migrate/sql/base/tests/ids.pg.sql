-- base.uuid_v7() is a UUID of RFC 9562 version 7, and the fixed ids are fixed.
begin;
select plan(5);

create temporary table made as select base.uuid_v7() as id, clock_timestamp() as at, n from generate_series(1, 1000) as n;

select is((select count(distinct id) from made), 1000::bigint, 'ids are unique');
select is((select count(*) from made where id::text !~ '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'), 0::bigint,
          'every id has version 7 and the variant of RFC 9562');
select is((select count(*) from made
           where abs(extract(epoch from at) * 1000 - ('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint) > 1000), 0::bigint,
          'the first 48 bits are the time in milliseconds');
select ok((select max(id::text) < (select base.uuid_v7()::text from pg_sleep(0.002)) from made), 'a later id sorts after all earlier ones');
select is(base.default_organization_id(), '00000000-0000-7000-8000-000000000001'::uuid, 'the default organization has its fixed id');

select * from finish();
rollback;
