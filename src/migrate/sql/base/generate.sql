-- What the generators of all modules (src/modules/*/sql/generate.sql) share; `gsdb db generate` runs it first, as administrator.
-- Everything is temporary and goes with the session. What it makes of a seed and a scale is the same in every database, so ids that
-- lead from one module to another are right, and nothing has to be looked up. `:seed`, `:scale`, `:until`, `:days` are filled in,
-- but not in what stands in quotes or dollar quotes.

set client_min_messages = warning;
set timezone = 'UTC';
-- Plans for one slice of some ten thousand rows; there are no statistics yet that would say so.
set jit = off;

-- Of a hundred organizations (fewer below scale 0.1) the n-th has 1/n of the first one's rows, as Zipf says of cities. The weights add
-- up to the scale.
create temporary table generated_organizations as
select n::integer as organization, overlay(overlay(md5(:seed || '/' || :scale || '/organization/' || n) placing '018f000000007' from 1) placing '8' from 17 for 1)::uuid as organization_id,
       :scale::double precision / n / sum(1.0 / n) over () as weight
from generate_series(1, least(100, greatest(4, ceil(:scale::double precision * 1000)))::integer) as n;
grant select on generated_organizations to public;

-- How many of the `total` rows of scale 1 an organization has: at least one.
create function pg_temp.amount(total double precision, weight double precision) returns bigint language sql stable
    return greatest(1, round(total * weight))::bigint;
-- When the n-th of the organization's `amount` rows came to be: evenly spread over the days that end at :until.
create function pg_temp.moment(n bigint, amount bigint) returns timestamptz language sql stable
    return :until::timestamptz - (:days * double precision '86400' * (1 - (n - double precision '0.5') / amount)) * interval '1 second';
create function pg_temp.days() returns integer language sql stable return :days;
create function pg_temp.until() returns timestamptz language sql stable return :until::timestamptz;
-- The id of the organization's n-th row of a kind: a UUID version 7 of that moment.
create function pg_temp.id(kind text, organization integer, n bigint, amount bigint) returns uuid language sql stable
    return overlay(overlay(md5(:seed || '/' || kind || '/' || organization || '/' || n) placing
                           lpad(to_hex(((extract(epoch from :until::timestamptz)::double precision - :days * double precision '86400' * (1 - (n - double precision '0.5') / amount)) * 1000)::bigint), 12, '0') || '7' from 1)
                   placing '8' from 17 for 1)::uuid;
-- A number below `sides`, the same for the same dice and the same question.
create function pg_temp.roll(dice bigint, question integer, sides bigint) returns bigint language sql stable
    return (hashint8extended(dice, question) & 9007199254740991) % sides;
-- The rows to make: `total` over all organizations at scale 1. Of a statement that is run in slices the present one, which is a stretch of
-- time, so that organizations' rows lie as mixed as if they had come one by one.
create function pg_temp.rows_of(total double precision)
    returns table (organization_id uuid, organization integer, weight double precision, n bigint, amount bigint, moment timestamptz, dice bigint)
    language sql stable rows 50000
begin atomic
    select o.organization_id, o.organization, o.weight, n, o.amount, pg_temp.moment(n, o.amount), hashint8extended(n, :seed::bigint * 1000 + o.organization)
    from (select g.*, pg_temp.amount(total, g.weight) as amount from generated_organizations g) o,
         generate_series(o.amount * (current_setting('generate.slice')::bigint - 1) / current_setting('generate.slices')::bigint + 1,
                         o.amount * current_setting('generate.slice')::bigint / current_setting('generate.slices')::bigint) as n;
end;
-- Whether the n-th row is of the present slice, for statements that do not read rows_of.
create function pg_temp.is_in_slice(n bigint) returns boolean language sql stable
    return n % current_setting('generate.slices')::bigint = current_setting('generate.slice')::bigint - 1;
-- The partitions of a schema's tables for the days that rows are made for. Called as their owner.
create function pg_temp.make_partitions(schema_name name) returns void language plpgsql as $$
begin
    perform base.make_period_partitions(t.relation, moment)
    from base.time_partitions t
    join pg_class c on c.oid = t.relation and c.relnamespace = to_regnamespace(quote_ident(schema_name))
    cross join generate_series(pg_temp.until() - make_interval(days => pg_temp.days() + 1), pg_temp.until(), interval '7 days') as moment
    where t.strategy = 'range';
end
$$;
