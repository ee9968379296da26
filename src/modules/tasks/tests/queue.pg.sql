-- How workers take tasks, how attempts end, and what goes on by itself, as the login role does it across organizations.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
select plan(75);
\set acme '''a0000000-0000-7000-8000-000000000001'''
\set umbrella '''b0000000-0000-7000-8000-000000000002'''
\set worker '''c0000000-0000-7000-8000-000000000001'''
\set other '''c0000000-0000-7000-8000-000000000002'''
\set definition '''d0000000-0000-7000-8000-000000000001'''
delete from tasks.tasks;
delete from tasks.workers;

-- Tasks are named by their title, e. g. `a1`.
create function pg_temp.id_of(name text) returns uuid language plpgsql as $$
begin
    return (md5(name)::uuid);
end $$;
create function pg_temp.add(names text[], organization uuid default 'a0000000-0000-7000-8000-000000000001', executor tasks.executor default 'builtin',
                            priority base.priority default 'normal', since interval default '0', key text default null, definition uuid default null, status tasks.task_status default 'queued')
    returns void language plpgsql as $$
begin
    insert into tasks.tasks (organization_id, id, title, status, executor, priority, run_at, concurrency_key, definition_id)
    select organization, pg_temp.id_of(n), n, status, executor, priority, now() - since - interval '1 second' + o * interval '1 millisecond', key, definition
    from unnest(names) with ordinality as u (n, o);
end $$;
create function pg_temp.claim(wanted integer, executors tasks.executor[] default '{builtin}', worker uuid default 'c0000000-0000-7000-8000-000000000001', epoch bigint default 1)
    returns text[] language plpgsql as $$
declare
    claimed text[];
begin
    set local role task_user;
    select coalesce(array_agg(c.title order by c.title), '{}') into claimed from tasks.claim_tasks(worker, epoch, executors, wanted, 1) c;
    reset role;
    return claimed;
end $$;
create function pg_temp.how(name text) returns text language plpgsql as $$
begin
    return (select concat_ws(' ', t.status, t.attempts, t.attempts_forgiven, t.error_class) from tasks.tasks t where t.id = pg_temp.id_of(name));
end $$;
-- Runs a statement as the login role and for no organization.
create function pg_temp.as_program(statement text) returns text language plpgsql as $$
declare
    answer text;
begin
    set local role task_user;
    execute statement into answer;
    reset role;
    return answer;
exception when others then
    reset role;
    return sqlstate;
end $$;
create function pg_temp.ending(routine text, names text[], more text, attempts integer default 1, epoch bigint default 1) returns text language plpgsql as $$
begin
    return pg_temp.as_program(format('select r::text from tasks.%I(%L, %s, %L::uuid[], %L::uuid[], %L::integer[]%s) r limit 1', routine, 'c0000000-0000-7000-8000-000000000001', epoch,
        (select array_agg(t.organization_id order by t.id) from tasks.tasks t where t.title = any (names)),
        (select array_agg(t.id order by t.id) from tasks.tasks t where t.title = any (names)),
        array_fill(attempts, array[cardinality(names)]), more));
end $$;
-- The error of one task; retried and spending as the reporter says, null for nothing said.
create function pg_temp.fail(name text, class text, retried text default 'null', spending text default 'null', pause text default 'null', die float default 0, attempts integer default 1)
    returns text language plpgsql as $$
begin
    return pg_temp.ending('fail_tasks', array[name], format(', array[%L], array[''it broke''], array[%s]::boolean[], array[%s]::boolean[], array[%s]::interval[], array[%s]::float[]',
                                                            class, retried, spending, pause, die), attempts);
end $$;
create function pg_temp.pause_of(name text) returns numeric language plpgsql as $$
begin
    return (select round(extract(epoch from t.run_at - now()), 1) from tasks.tasks t where t.id = pg_temp.id_of(name));
end $$;

insert into tasks.workers (id, host, process_id, started_at, lease_expires_at)
values (:worker, 'here', 1, now() - interval '1 hour', now() + interval '1 minute'), (:other, 'here', 2, now() - interval '1 hour', now() - interval '1 minute');
insert into tasks.task_definitions (organization_id, id, name, executor, configuration, retry_delay_seconds, retry_delay_seconds_max, retry_backoff_factor, retry_jitter_percentage)
values (:acme, :definition, 'Build', 'builtin', '{"a": 1, "b": 1}', 10, 35, 3, 50);
insert into tasks.retry_rules (organization_id, definition_id, error_class, is_retried, spends_attempt, delay_seconds)
values (:acme, :definition, 'rate_limited', true, false, 60), (:acme, :definition, 'invalid_input', false, true, null), (:acme, :definition, 'wait_expired', true, true, null);

-- Claiming: order.
select pg_temp.add('{a1,a2,a3}');
select is(pg_temp.claim(2), '{a1,a2}', 'the first come first');
select is(pg_temp.how('a1'), 'running 1 0', 'an attempt counts before it runs');
select is(pg_temp.claim(5), '{a3}', 'what is taken is not taken again');
select is(pg_temp.claim(5), '{}', 'nothing is left');
select is(pg_temp.as_program(format('select count(*) from tasks.claim_tasks(%L, 2, ''{builtin}'', 1, 1)', :worker)), 'GS306', 'under another epoch nothing is given');
select is(pg_temp.as_program(format('select count(*) from tasks.claim_tasks(%L, 1, ''{builtin}'', 1, 1)', :other)), 'GS306', 'nor after the end of the lease');
delete from tasks.tasks;

select pg_temp.add('{low}', priority => 'low'), pg_temp.add('{normal}'), pg_temp.add('{high}', priority => 'high'), pg_temp.add('{urgent}', priority => 'urgent'), pg_temp.add('{critical}', priority => 'critical');
select is(pg_temp.claim(1) || pg_temp.claim(1) || pg_temp.claim(1) || pg_temp.claim(1) || pg_temp.claim(1), '{critical,urgent,high,normal,low}', 'what matters more comes first');
delete from tasks.tasks;
select pg_temp.add('{old_low}', priority => 'low', since => '9 hours'), pg_temp.add('{critical}', priority => 'critical'), pg_temp.add('{old_normal}', since => '25 minutes'), pg_temp.add('{high}', priority => 'high');
select is(pg_temp.claim(1) || pg_temp.claim(1) || pg_temp.claim(1) || pg_temp.claim(1), '{old_low,critical,old_normal,high}', 'what has waited long comes before what matters more');
delete from tasks.tasks;

select pg_temp.add('{b1}'), pg_temp.add('{c1}', executor => 'command'), pg_temp.add('{m1}', executor => 'manual'), pg_temp.add('{g1}', executor => 'agent', since => '1 hour');
select is(pg_temp.claim(5, '{builtin}'), '{b1}', 'only what the worker can do');
select is(pg_temp.claim(5, '{manual}'), '{}', 'what a person does is nobody else''s');
select is(pg_temp.claim(5, '{agent,command}'), '{c1,g1}', 'several executors at once');
delete from tasks.tasks;
select pg_temp.add('{b1,b2,b3}'), pg_temp.add('{c1}', executor => 'command', since => '1 minute'), pg_temp.add('{k1}', key => 'free', since => '2 minutes');
select is(pg_temp.claim(1, '{builtin,command}'), '{k1}', 'over all lanes what stands first comes first');
select is(pg_temp.claim(2, '{builtin,command}'), '{b1,c1}', 'and so on');
delete from tasks.tasks;

-- Claiming: organizations.
select pg_temp.add(array(select 'a' || n from generate_series(1, 50) n), since => '1 hour'), pg_temp.add('{u1,u2,u3}', organization => :umbrella);
select is((select count(*)::integer from unnest(pg_temp.claim(6)) c where c like 'a%'), 3, 'a long queue of one organization does not keep the other from its share');
select is(cardinality(pg_temp.claim(50)), 47, 'what one leaves goes to the others');
delete from tasks.tasks;

-- Claiming: limits.
insert into tasks.task_limits (organization_id, concurrency_key, running_max, starts_max, starts_window_seconds)
values (:acme, 'deploy', 2, null, null), (:acme, 'stopped', 0, null, null), (:acme, 'hourly', null, 3, 3600);
select pg_temp.add('{d1,d2,d3}', key => 'deploy'), pg_temp.add('{s1,s2}', key => 'stopped', since => '1 hour'), pg_temp.add('{h1,h2,h3,h4}', key => 'hourly'), pg_temp.add('{f1}', key => 'free'), pg_temp.add('{n1}'),
       pg_temp.add('{x1,x2,x3}', key => 'deploy', organization => :umbrella);
select is(pg_temp.claim(50), '{d1,d2,f1,h1,h2,h3,n1,x1,x2,x3}', 'of a key with limits so many begin as may, in its organization');
select is(pg_temp.claim(50), '{}', 'and no more');
select is(pg_temp.ending('complete_tasks', '{d1,h1}', ', array[''{}'',''{}'']'), '(2,0)', 'two end');
select is(pg_temp.claim(50), '{d3}', 'a place that is free is taken; what has begun within the time counts, ended or not');
delete from tasks.tasks;
select pg_temp.add('{d1}', key => 'deploy', executor => 'command'), pg_temp.add('{d2}', key => 'deploy', since => '1 minute'), pg_temp.add('{d3}', key => 'deploy');
select is(cardinality(pg_temp.claim(50, '{builtin,command}')), 2, 'executors share the limits of a key');
delete from tasks.tasks;

-- A definition's configuration is completed by the task's.
select pg_temp.add('{a1}', definition => :definition);
update tasks.tasks set configuration = '{"b": 2, "c": 3}' where title = 'a1';
select is(pg_temp.as_program(format('select configuration from tasks.claim_tasks(%L, 1, ''{builtin}'', 1, 1)', :worker)), '{"a": 1, "b": 2, "c": 3}', 'the task''s configuration completes and overrules the definition''s');
delete from tasks.tasks;

-- Ending.
select pg_temp.add('{a1,a2}'), pg_temp.add('{u1}', organization => :umbrella);
select pg_temp.claim(9);
select is(pg_temp.ending('complete_tasks', '{a1,u1}', ', array[''{"n": 1}'', ''{"n": 1}'']'), '(2,0)', 'tasks of two organizations are done');
select is(pg_temp.how('a1'), 'succeeded 1 0', 'done');
select is((select output from tasks.tasks where title = 'u1'), '{"n": 1}', 'with what came of it');
select is(pg_temp.ending('complete_tasks', '{a1}', ', array[''{}'']'), '(0,0)', 'what is done is not done again');
select is(pg_temp.ending('complete_tasks', '{a2}', ', array[''{}'']', attempts => 2), '(0,0)', 'another attempt''s end is not this one''s');
select is(pg_temp.ending('complete_tasks', '{a2}', ', array[''{}'']', epoch => 2), '(0,0)', 'nor is another epoch''s');
update tasks.tasks set started_at = now() + interval '1 day' where title = 'a2';
select is(pg_temp.ending('complete_tasks', '{a2}', ', array[''{}'']'), '(1,0)', 'a clock that was put back does not keep a task from ending');
delete from tasks.tasks;

-- Failing.
select pg_temp.add('{plain,ruled,limited,wrong,hinted,said,never,last}', definition => :definition);
update tasks.tasks set definition_id = null where title in ('plain', 'hinted');
update tasks.tasks set attempts_max = 1 where title in ('last', 'limited');
select pg_temp.claim(20);
select matches(pg_temp.fail('plain', 'network'), 'scheduled', 'a failure is tried again');
select is(pg_temp.pause_of('plain'), 10.0, 'after ten seconds where nothing is said');
select is(pg_temp.how('plain'), 'scheduled 1 0 network', 'the attempt has counted');
select pg_temp.fail('ruled', 'network', die => 1.0);
select is(pg_temp.pause_of('ruled'), 15.0, 'lengthened by what the definition says at most');
select matches(pg_temp.fail('limited', 'rate_limited'), 'scheduled', 'a rate limit puts off even a last attempt');
select is(pg_temp.how('limited') || ' ' || pg_temp.pause_of('limited'), 'scheduled 1 1 rate_limited 60.0', 'and does not count, with the pause of the rule');
select matches(pg_temp.fail('wrong', 'invalid_input', 'true'), 'failed', 'the definition''s rule overrules the reporter');
select matches(pg_temp.fail('hinted', 'invalid_input', 'false'), 'failed', 'where there is no rule the reporter decides');
select pg_temp.fail('said', 'rate_limited', pause => '''7 seconds''');
select is(pg_temp.pause_of('said'), 7.0, 'what the error says of the pause comes before the rule');
select matches(pg_temp.fail('last', 'network'), 'dead', 'after the last attempt it is a dead letter');
select is(pg_temp.how('last'), 'dead 1 0 network', 'which has spent its attempts');
update tasks.tasks set cancel_requested_at = now() where title = 'never';
select matches(pg_temp.fail('never', 'network'), 'cancelled', 'what is called off is not tried again');
-- Growing pauses.
create function pg_temp.third_pause() returns numeric language plpgsql as $$
begin
    for attempt in 2..3 loop
        update tasks.tasks set status = 'queued', run_at = now() where title = 'ruled';
        perform pg_temp.claim(1);
        perform pg_temp.fail('ruled', 'network', attempts => attempt);
        exit when attempt = 3 or pg_temp.pause_of('ruled') <> 30.0;
    end loop;
    return pg_temp.pause_of('ruled');
end $$;
select is(pg_temp.how('ruled'), 'scheduled 1 0 network', 'one attempt');
update tasks.tasks set attempts_max = 9 where title = 'ruled';
select is(pg_temp.third_pause(), 35.0, 'pauses grow by the factor, up to the longest');
delete from tasks.tasks;

-- Waiting.
select pg_temp.add('{w1,w2,w3,w4}', definition => :definition);
update tasks.tasks set definition_id = null where title = 'w3';
select pg_temp.claim(20);
update tasks.tasks set cancel_requested_at = now() where title = 'w4';
select is(pg_temp.ending('suspend_tasks', '{w1}', ', ''{merged}'', array[now() + interval ''1 hour'']'), '1', 'one waits');
select is(pg_temp.ending('suspend_tasks', '{w2,w3}', ', ''{merged,merged}'', array[now() - interval ''1 second'', now() - interval ''1 second'']'), '2', 'two wait in vain');
select is(pg_temp.ending('suspend_tasks', '{w4}', ', ''{merged}'', array[null]::timestamptz[]'), '1', 'one is called off');
select is(pg_temp.how('w1'), 'waiting 1 1', 'the attempt that ends in a wait does not count');
select is(pg_temp.how('w4'), 'cancelled 1 1', 'what is called off does not wait');
select is(pg_temp.as_program('select count(*) from tasks.expire_waits(10)'), '2', 'waits that have lasted too long end');
select is(pg_temp.how('w3') || ', ' || pg_temp.how('w2'), 'failed 1 1 wait_expired, queued 1 1 wait_expired', 'in a failure, or in another attempt where the definition says so');
delete from tasks.tasks;

-- Handing back.
select pg_temp.add('{a1,a2}');
select pg_temp.claim(2);
update tasks.tasks set cancel_requested_at = now() where title = 'a2';
select is(pg_temp.ending('hand_back_tasks', '{a1,a2}', ''), '2', 'what a worker gives back');
select is(pg_temp.how('a1') || ', ' || pg_temp.how('a2'), 'queued 1 1, cancelled 1 1', 'is in the queue again, the attempt not counted');
delete from tasks.tasks;

-- Due.
select pg_temp.add('{s1,s2}', status => 'scheduled'), pg_temp.add('{s3}', status => 'scheduled', since => '-1 hour'), pg_temp.add('{t1}', status => 'scheduled', organization => :umbrella);
select is(pg_temp.as_program('select queued || '' '' || round(extract(epoch from next_run_at - now())) from tasks.queue_due_tasks(100)'), '3 3599', 'what is due goes to the queue; it says when the next is');
select is(pg_temp.claim(9), '{s1,s2,t1}', 'and can be taken');
select is(pg_temp.as_program('select queued from tasks.queue_due_tasks(100)'), '0', 'once');
delete from tasks.tasks;

-- Workers that are gone.
select pg_temp.add('{a1,a2,a3,a4}'), pg_temp.add('{u1}', organization => :umbrella);
update tasks.tasks set attempts_max = 1 where title = 'a2';
update tasks.workers set lease_expires_at = now() + interval '1 minute' where id = :other;
select pg_temp.claim(9, worker => :other);
update tasks.tasks set cancel_requested_at = now() where title = 'a3';
insert into tasks.tasks (organization_id, id, title, status) values (:acme, pg_temp.id_of('next'), 'next', 'blocked');
insert into tasks.task_dependencies (organization_id, source_task_id, target_task_id, kind, condition) values (:acme, pg_temp.id_of('a2'), pg_temp.id_of('next'), 'triggers', 'failed');
select is(pg_temp.as_program('select count(*) from tasks.take_back_tasks(100)'), '0', 'who holds a lease keeps the tasks');
update tasks.workers set lease_expires_at = now() - interval '1 second' where id = :other;
select is(pg_temp.as_program('select count(*) from tasks.take_back_tasks(2)'), '2', 'from one that does not they are taken, in pages');
select is((select epoch from tasks.workers where id = :other), 2::bigint, 'its lease is gone for good');
select is(pg_temp.as_program('select count(*) from tasks.take_back_tasks(100)'), '3', 'until all are');
select is(pg_temp.how('a1') || ', ' || pg_temp.how('u1'), 'queued 1 0 worker_lost, queued 1 0 worker_lost', 'they go back to the queue, the attempt counted');
select is(pg_temp.how('a2') || ', ' || pg_temp.how('next'), 'dead 1 0 worker_lost, queued 0 0', 'or become dead letters, which others may have waited for');
select is(pg_temp.how('a3'), 'cancelled 1 0 worker_lost', 'or end, where they were called off');
select is((select count(*) from tasks.workers where id = :other), 0::bigint, 'the worker''s row goes');
select is((select count(*) from tasks.workers where id = :worker), 1::bigint, 'the other one''s stays');
-- A claim that was committed after the worker's row had gone.
update tasks.tasks set status = 'running', worker_id = :other, worker_epoch = 1, attempts = attempts + 1, started_at = now() where title = 'a1';
select is(pg_temp.as_program('select count(*) from tasks.take_back_tasks(100)'), '1', 'tasks of a worker without a row are taken back, too');
update tasks.workers set epoch = 2 where id = :worker;
update tasks.tasks set status = 'running', worker_id = :worker, worker_epoch = 1, attempts = attempts + 1, started_at = now() where title = 'a1';
update tasks.tasks set status = 'running', worker_id = :worker, worker_epoch = 2, attempts = attempts + 1, started_at = now() where title = 'u1';
select is(pg_temp.as_program('select task_id from tasks.take_back_tasks(100)')::uuid, pg_temp.id_of('a1'), 'and so are those of an earlier lease');
select is(pg_temp.as_program(format('select count(*) from tasks.tasks_of_worker(%L, 2, false)', :worker)), '1', 'a worker sees what it holds');
select is(pg_temp.as_program(format('select count(*) from tasks.tasks_of_worker(%L, 2, true)', :worker)), '0', 'and what of it is to be called off');

-- Calling off and trying again.
delete from tasks.tasks;
select pg_temp.add('{q1}'), pg_temp.add('{r1}'), pg_temp.add('{d1,f1,c1}');
update tasks.tasks set status = 'running', worker_id = :worker, worker_epoch = 2, attempts = 1, started_at = now() where title = 'r1';
update tasks.tasks set status = 'dead', attempts = 3, started_at = now(), finished_at = now(), error_class = 'timeout' where title = 'd1';
update tasks.tasks set status = 'failed', attempts = 1, started_at = now(), finished_at = now(), error_class = 'timeout' where title = 'f1';
update tasks.tasks set status = 'cancelled', finished_at = now(), cancel_requested_at = now() where title = 'c1';
set local app.organization_id = :acme;
select is(pg_temp.as_program(format('select string_agg(status::text, '' '' order by status) from tasks.cancel_tasks(%L, ''not needed'')', array[pg_temp.id_of('q1'), pg_temp.id_of('r1'), pg_temp.id_of('f1')])),
          'running cancelled failed', 'what nobody has ends, what is running is asked to, what has ended stays');
select is(pg_temp.as_program(format('select count(*) from tasks.tasks_of_worker(%L, 2, true)', :worker)), '1', 'the worker sees it');
select is(pg_temp.as_program(format('select count(*) from tasks.replay_tasks(%L)', array[pg_temp.id_of('d1'), pg_temp.id_of('f1'), pg_temp.id_of('c1')])), '2', 'dead and failed ones can be tried again');
select is(pg_temp.how('d1') || ', ' || pg_temp.how('c1'), 'queued 3 3 timeout, cancelled 0 0', 'with all their attempts');
set local app.organization_id = :umbrella;
select is(pg_temp.as_program(format('select count(*) from tasks.cancel_tasks(%L, ''not needed'')', array[pg_temp.id_of('d1')])), '0', 'another organization''s tasks are not there');

-- New ones with what they wait for.
set local app.organization_id = :acme;
select pg_temp.add('{n1,n2,n3}', status => 'draft');
select is(pg_temp.as_program(format('select tasks.add_dependencies_of_new(%1$L, array[(%1$L::uuid[])[2], (%1$L::uuid[])[3]], array[(%1$L::uuid[])[1], (%1$L::uuid[])[2]], ''{blocks,depends_on}'', ''{succeeded,ended}'', ''{t,t}'', ''{0,0}'')',
          array[pg_temp.id_of('n1'), pg_temp.id_of('n2'), pg_temp.id_of('n3')])), '2', 'a chain');
select is(pg_temp.as_program(format('select string_agg(status::text, '' '' order by status) from tasks.submit_tasks(%L)', array[pg_temp.id_of('n1'), pg_temp.id_of('n2'), pg_temp.id_of('n3')])),
          'blocked blocked queued', 'only the first can begin');
select pg_temp.add('{o1,o2}', status => 'draft');
select is(pg_temp.as_program(format('select tasks.add_dependencies_of_new(%1$L, array[(%1$L::uuid[])[1]], array[(%1$L::uuid[])[2]], ''{blocks}'', ''{succeeded}'', ''{t}'', ''{0}'')',
          array[pg_temp.id_of('o1'), pg_temp.id_of('o2')])), 'GS301', 'out of order it is refused');

select * from finish();
rollback;
