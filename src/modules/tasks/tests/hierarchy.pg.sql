-- Tasks within tasks: a tree, whoever writes it and in whatever statement.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
select plan(17);
set local app.organization_id = :acme;

create function pg_temp.task(number integer) returns uuid language plpgsql immutable as $$
begin
    return ('ac000000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid;
end $$;
create function pg_temp.set_parent(task integer, parent integer) returns text language plpgsql as $$
begin
    return pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001', format('select tasks.set_parent(%L, %L)', pg_temp.task(task), pg_temp.task(parent)));
end $$;
create function pg_temp.depths(variadic numbers integer[]) returns text language plpgsql as $$
begin
    return (select string_agg(t.depth::text, ' ' order by t.id) from tasks.tasks t
            where t.organization_id = 'a0000000-0000-7000-8000-000000000001' and t.id in (select pg_temp.task(n) from unnest(numbers) n));
end $$;

-- A row of 50, each within the one before.
insert into tasks.tasks (organization_id, id, title, parent_id, depth)
select :acme, pg_temp.task(n), 'x', case when n > 1 then pg_temp.task(n - 1) end, n - 1 from generate_series(1, 50) n;
select is(pg_temp.depths(1, 50), '0 49', 'a row of 50 tasks');
select is(pg_temp.set_parent(1, 50), 'GS301', 'does not end in itself');
select is(pg_temp.set_parent(25, 25), 'GS301', 'no task is a part of itself');
-- Past the routine: the foreign key has no gap.
select is(pg_temp.outcome('task_user', :acme, statement), '23503', what)
from (values
    (format('update tasks.tasks set parent_id = %L, depth = 50 where id = %L', pg_temp.task(50), pg_temp.task(1)), 'nor can it be written that way: the depths above would have to change'),
    (format('update tasks.tasks set parent_id = coalesce(parent_id, %L), depth = depth + 50 where id::text like ''ac%%''', pg_temp.task(50)), 'also not all at once'),
    (format('insert into tasks.tasks (organization_id, id, title, parent_id, depth) values (%1$L, %2$L, ''x'', %3$L, 1), (%1$L, %3$L, ''x'', %2$L, 1)', :acme, pg_temp.task(61), pg_temp.task(62)), 'two new tasks do not contain each other'),
    (format('insert into tasks.tasks (organization_id, id, title, parent_id, depth) values (%L, %L, ''x'', %L, 2)', :acme, pg_temp.task(61), pg_temp.task(1)), 'the depth is the parent''s and one')
) as attempts (statement, what);

-- Moving.
insert into tasks.tasks (organization_id, id, title) values (:acme, pg_temp.task(70), 'x');
select is(pg_temp.set_parent(40, 70), '', 'a task moves');
select is(pg_temp.depths(39, 40, 41, 50), '38 1 2 11', 'with all below it');
select is(pg_temp.set_parent(40, null), '', 'and becomes one of its own');
select is(pg_temp.depths(39, 40, 41, 50), '38 0 1 10', 'with all below it');
select is(pg_temp.set_parent(1, 50), '', 'what was below may now be above');
select is(pg_temp.depths(1, 39, 40, 50), '11 49 0 10', 'at the right depth');
select is(pg_temp.set_parent(99, 1), 'GS302', 'a task that is not there does not move');
select is(pg_temp.set_parent(1, 99), 'GS302', 'nor to one that is not there');
select is(pg_temp.answer('task_user', :acme, format('select tasks.set_parent(%L, %L)', pg_temp.task(70), :umbrella_task)), 'GS302', 'another tenant''s task is not there');

delete from tasks.tasks where organization_id = :acme and id = pg_temp.task(40);
select is((select count(*) from tasks.tasks where organization_id = :acme and id::text like 'ac%'), 1::bigint, 'a task is deleted with its parts');

select * from finish();
rollback;
