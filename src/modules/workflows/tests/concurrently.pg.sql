-- Two workers do the same at the same moment: it happens once. This needs two transactions of other sessions, so what they need is
-- committed, and deleted at the end.
begin;
set local client_min_messages = warning;
select plan(15);
create extension if not exists dblink;

select base.uuid_v7() as organization, base.uuid_v7() as repository \gset
select format('dbname=%s host=%s port=%s user=%s', :'DBNAME', :'HOST', :'PORT', :'USER') as connection \gset
select dblink_connect(name, :'connection') from unnest(array['setup', 'one', 'two']) as name;
create function pg_temp.answer(session text, statement text) returns text language plpgsql as $$
begin
    return (select answer from dblink(session, statement) as a (answer text));
end $$;
create function pg_temp.begin_both(organization uuid) returns void language plpgsql as $$
begin
    perform dblink_exec(name, format('begin; set local role workflows_user; set local app.organization_id = %L', organization)) from unnest(array['one', 'two']) as name;
end $$;
create function pg_temp.is_waiting(backend integer) returns boolean language plpgsql as $$
begin
    for attempt in 1 .. 1000 loop
        if cardinality(pg_blocking_pids(backend)) > 0 then
            return true;
        end if;
        perform pg_sleep(0.01);
    end loop;
    return false;
end $$;
-- The answer that came for what session two has sent; taken until there is no more.
create function pg_temp.late_answer() returns text language plpgsql as $$
declare
    came text;
begin
    select answer into came from dblink_get_result('two') as a (answer text);
    perform from dblink_get_result('two') as a (answer text);
    return came;
exception when others then
    perform from dblink_get_result('two') as a (answer text);
    return sqlstate;
end $$;

select pg_temp.begin_both(:'organization');
select pg_temp.answer('one', format('select workflows.install_default_template(%L)::text', :'organization'));
select pg_temp.answer('one', format('select workflows.start_execution(%L, %1$L, ''Lift-off'')', :'repository')) as run \gset
select dblink_exec('one', 'commit'), dblink_exec('two', 'rollback');
select format('insert into workflows.workflow_validations (organization_id, stage_execution_id, validation_key, status, finished_at)
               select organization_id, id, ''repository_is_indexed'', ''passed'', now() from workflows.workflow_stage_executions where execution_id = %L', :'run') as passes \gset
select dblink_exec('setup', :'passes');
select pid as second_backend from dblink('two', 'select pg_backend_pid()') as answer (pid integer) \gset

-- A start with one key.
select pg_temp.begin_both(:'organization');
select format('select workflows.start_execution(%L, %1$L, ''Again'', idempotency_key => ''x'')', :'repository') as statement \gset
select pg_temp.answer('one', :'statement') as started \gset
select is(dblink_send_query('two', :'statement'), 1, 'two start a run with one key');
select ok(pg_temp.is_waiting(:second_backend), 'the second one waits');
select dblink_exec('one', 'commit');
select is(pg_temp.late_answer(), :'started', 'and gets the run of the first one');
select dblink_exec('two', 'commit');

-- A step.
select pg_temp.begin_both(:'organization');
select is(pg_temp.answer('one', format('select workflows.commit_step(%L, ''a/b'', sha256(''in''), ''1'')', :'run')), '1', 'one commits a step');
select is(dblink_send_query('two', format('select workflows.commit_step(%L, ''a/b'', sha256(''in''), ''2'')', :'run')), 1, 'the other one does, too');
select ok(pg_temp.is_waiting(:second_backend), 'and waits');
select dblink_exec('one', 'commit');
select is(pg_temp.late_answer(), '1', 'and gets the result of the first one');
select dblink_exec('two', 'commit');

-- A stage.
select pg_temp.begin_both(:'organization');
select is(pg_temp.answer('one', format('select workflows.advance_stage(%L, ''project_selection'')', :'run')), 'requirements_input', 'one advances a run');
select is(dblink_send_query('two', format('select workflows.advance_stage(%L, ''project_selection'')', :'run')), 1, 'the other one does, too');
select ok(pg_temp.is_waiting(:second_backend), 'and waits');
select dblink_exec('one', 'commit');
select is(pg_temp.late_answer(), 'GS907', 'to learn that it is in the next stage');
select dblink_exec('two', 'rollback');

-- The merge queue: two changes, two workers, one branch.
select pg_temp.begin_both(:'organization');
select pg_temp.answer('one', format('select workflows.enqueue_merge(%L, %L, %L, ''dev'', %L)', :'run', :'repository', branch, repeat('a', 40))) from unnest(array['step-1', 'step-2']) as branch;
select dblink_exec('one', 'commit'), dblink_exec('two', 'commit');
select pg_temp.begin_both(:'organization');
select isnt(pg_temp.answer('one', format('select workflows.claim_next_merge(%L, ''dev'')', :'repository')), null, 'one takes a change');
select is(dblink_send_query('two', format('select workflows.claim_next_merge(%L, ''dev'')', :'repository')), 1, 'the other one asks for one');
select ok(pg_temp.is_waiting(:second_backend), 'and waits');
select dblink_exec('one', 'commit');
select is(pg_temp.late_answer(), null, 'and gets none');
select dblink_exec('two', 'commit');

select dblink_exec('setup', format('delete from workflows.%I where organization_id = %L', name, :'organization'))
from unnest(array['workflow_executions', 'template_stages', 'template_versions', 'workflow_templates']) as name;
select dblink_disconnect(name) from unnest(array['setup', 'one', 'two']) as name;
select * from finish();
rollback;
