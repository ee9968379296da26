-- Identifiers that mean the same in every database.

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
