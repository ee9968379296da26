-- What tasks and everything around them may look like: each constraint by its name, refused and at its edge, and the states of a task.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(237);
set local app.organization_id = :acme;

-- The changes are tried on the row of acme.
create function pg_temp.tries(relation regclass, row_id uuid, change text) returns text language plpgsql as $$
begin
    return pg_temp.refused_by(format('update %s set %s where organization_id = %L and id = %L', relation, change, 'a0000000-0000-7000-8000-000000000001', row_id));
end $$;

-- Tasks.
select is(pg_temp.tries('tasks.tasks', :acme_task, change), refusal, format('task %s: %s', change, refusal))
from (values
    ('title = '' ''', 'title_is_not_blank'),
    ('title = repeat(''x'', 500)', 'nothing'),
    ('title = repeat(''x'', 501)', 'title_is_not_blank'),
    ('task_type = ''Bug fix''', 'task_type_is_a_word'),
    ('task_type = ''bug_fix''', 'nothing'),
    ('configuration = ''[]''', 'documents_are_objects'),
    ('input = ''null''', 'documents_are_objects'),
    ('output = ''3''', 'documents_are_objects'),
    ('depth = -1', 'depth_counts_from_the_root'),
    ('depth = 1', 'depth_counts_from_the_root'),
    ('workflow_node_id = ''a2100000-0000-7000-8000-000000000001''', 'node_needs_its_workflow_and_a_run'),
    ('workflow_id = ''a2000000-0000-7000-8000-000000000001'', workflow_node_id = ''a2100000-0000-7000-8000-000000000001''', 'node_needs_its_workflow_and_a_run'),
    ('schedule_id = ''a3000000-0000-7000-8000-000000000001''', 'schedule_has_a_time'),
    ('scheduled_for = now()', 'schedule_has_a_time'),
    ('schedule_id = ''a3000000-0000-7000-8000-000000000001'', scheduled_for = now()', 'nothing'),
    ('idempotency_key = '' ''', 'keys_are_not_blank'),
    ('concurrency_key = ''''', 'keys_are_not_blank'),
    ('idempotency_key = repeat(''x'', 255), concurrency_key = repeat(''x'', 255)', 'nothing'),
    ('idempotency_key = repeat(''x'', 256)', 'keys_are_short'),
    ('timeout_seconds = 0', 'timeout_is_positive'),
    ('timeout_seconds = 1', 'nothing'),
    ('attempts_max = 0', 'attempts_max_is_sane'),
    ('attempts_max = 100', 'nothing'),
    ('attempts_max = 101', 'attempts_max_is_sane'),
    ('attempts = -1', 'attempts_stay_within_their_limit'),
    ('attempts = 4, started_at = now()', 'attempts_stay_within_their_limit'),
    ('attempts = 3, started_at = now()', 'nothing'),
    ('attempts = 4, attempts_forgiven = 1, started_at = now()', 'nothing'),
    ('attempts = 1, attempts_forgiven = 2, started_at = now()', 'attempts_stay_within_their_limit'),
    ('attempts_forgiven = -1', 'attempts_stay_within_their_limit'),
    ('attempts = 1', 'started_is_an_attempt'),
    ('started_at = now()', 'started_is_an_attempt'),
    ('status = ''running'', worker_id = id, worker_epoch = 1', 'running_was_started'),
    ('status = ''running'', attempts = 1, started_at = now()', 'running_has_a_lease'),
    ('status = ''running'', attempts = 1, started_at = now(), worker_id = id', 'running_has_a_lease'),
    ('status = ''running'', attempts = 1, started_at = now(), worker_id = id, worker_epoch = 1', 'nothing'),
    ('status = ''running'', executor = ''manual'', attempts = 1, started_at = now()', 'nothing'),
    ('status = ''running'', executor = ''manual'', attempts = 1, started_at = now(), worker_id = id, worker_epoch = 1', 'running_has_a_lease'),
    ('worker_id = id', 'running_has_a_lease'),
    ('worker_epoch = 1', 'running_has_a_lease'),
    ('status = ''waiting''', 'waiting_names_its_event'),
    ('awaited_event = ''github:octo/hello#12:merged''', 'waiting_names_its_event'),
    ('status = ''waiting'', awaited_event = ''github:octo/hello#12:merged'', wait_expires_at = now()', 'nothing'),
    ('status = ''waiting'', awaited_event = repeat(''x'', 501)', 'keys_are_short'),
    ('wait_expires_at = now()', 'only_a_wait_expires'),
    ('finished_at = now()', 'finished_has_an_end'),
    ('status = ''succeeded'', attempts = 1, started_at = now(), progress_percentage = 100', 'finished_has_an_end'),
    ('status = ''succeeded'', attempts = 1, started_at = now(), progress_percentage = 100, finished_at = now()', 'nothing'),
    ('status = ''succeeded'', attempts = 1, started_at = now(), progress_percentage = 100, finished_at = now() - interval ''1 microsecond''', 'ends_after_start'),
    ('status = ''succeeded'', attempts = 1, started_at = now(), progress_percentage = 99.99, finished_at = now()', 'succeeded_is_all_done'),
    ('status = ''succeeded'', progress_percentage = 100, finished_at = now()', 'running_was_started'),
    ('status = ''succeeded'', attempts = 1, started_at = now(), progress_percentage = 100, finished_at = now(), error_class = ''timeout''', 'success_has_no_error'),
    ('progress_percentage = 100.01', 'progress_is_a_percentage'),
    ('progress_percentage = -0.01', 'progress_is_a_percentage'),
    ('progress_percentage = null', '23502'),
    ('status = ''cancelled'', finished_at = now()', 'cancelled_was_requested'),
    ('status = ''cancelled'', finished_at = now(), cancel_requested_at = now()', 'nothing'),
    ('cancel_reason = ''x''', 'cancel_reason_needs_a_request'),
    ('cancel_requested_at = now(), cancel_reason = ''x''', 'nothing'),
    ('status = ''failed'', finished_at = now()', 'failure_has_an_error'),
    ('status = ''failed'', finished_at = now(), error_class = ''invalid_input'', error_message = ''no such branch''', 'nothing'),
    ('status = ''dead'', attempts = 2, started_at = now(), finished_at = now(), error_class = ''timeout''', 'dead_has_spent_its_attempts'),
    ('status = ''dead'', attempts = 3, started_at = now(), finished_at = now(), error_class = ''timeout''', 'nothing'),
    ('status = ''dead'', attempts = 3, started_at = now(), finished_at = now()', 'failure_has_an_error'),
    ('error_message = ''x''', 'error_message_has_a_class'),
    ('error_class = ''Time out''', 'error_class_is_a_word'),
    ('status = ''done''', '22P02')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into tasks.tasks (organization_id, title, idempotency_key) select %L, ''x'', ''k'' from generate_series(1, 2)', :acme)),
          'tasks_idempotency_key', 'one idempotency key makes one task');
select is(pg_temp.refused_by(format('insert into tasks.tasks (organization_id, title, idempotency_key) values (%L, ''x'', ''k''), (%L, ''x'', ''k'')', :acme, :umbrella)),
          'nothing', 'in each organization');
select is(pg_temp.refused_by(format('insert into tasks.tasks (organization_id, title, schedule_id, scheduled_for) select %L, ''x'', %L, ''2030-01-01'' from generate_series(1, 2)', :acme, :acme_schedule)),
          'a_schedule_uses_a_time_once', 'two servers cannot both run a schedule');
select is(pg_temp.refused_by(format('insert into tasks.tasks (organization_id, title, workflow_id, workflow_node_id, parent_id, depth) select %L, ''x'', %L, %L, %L, 1 from generate_series(1, 2)', :acme, :acme_workflow, :acme_node, :acme_task)),
          'a_run_has_a_node_once', 'a run carries out a node once');
insert into tasks.workflows (organization_id, id, name) values (:acme, 'a2000000-0000-7000-8000-00000000000a', 'Other');
select is(pg_temp.refused_by(format('insert into tasks.tasks (organization_id, title, workflow_id, workflow_node_id, parent_id, depth) values (%L, ''x'', ''a2000000-0000-7000-8000-00000000000a'', %L, %L, 1)', :acme, :acme_node, :acme_task)),
          'node_is_of_the_workflow', 'and none of another workflow');
select is(pg_temp.refused_by(format('delete from tasks.%s where organization_id = %L and id = %L', relation, :acme, id)), refusal, format('%s are kept while tasks refer to them', relation))
from (values ('task_definitions', :acme_definition, 'workflow_nodes_definition_fkey'), ('decomposed_steps', :acme_step, 'tasks_decomposed_step_fkey'),
             ('requirement_decompositions', :acme_decomposition, 'tasks_decomposed_step_fkey'), ('github_projects', :acme_github_project, 'tasks_decomposed_step_fkey'),
             ('workflows', :acme_workflow, 'nothing')) as kept (relation, id, refusal);

-- The life of a job: claimed, its worker lost, claimed again, put back by a rate limit, tried to the end, replayed, done.
create function pg_temp.does(change text, condition text default 'true') returns text language plpgsql as $$
begin
    return pg_temp.answer('task_user', 'a0000000-0000-7000-8000-000000000001',
        format('update tasks.tasks set %s, updated_at = now() where id = %L and %s returning status', change, 'a8000000-0000-7000-8000-000000000001', condition));
end $$;
select is(pg_temp.does(change, condition), outcome, what)
from (values
    (1, 'status = ''running'', attempts = attempts + 1, started_at = now(), worker_id = ''c0000000-0000-7000-8000-000000000001'', worker_epoch = 7', 'status = ''queued''', 'running', 'a worker claims it; the attempt counts already'),
    (2, 'progress_percentage = 40', 'worker_epoch = 7', 'running', 'it says how far it is'),
    (3, 'status = ''queued'', worker_id = null, worker_epoch = null', 'status = ''running'' and worker_epoch = 7', 'queued', 'the worker''s lease is over: another may have it'),
    (4, 'status = ''running'', attempts = attempts + 1, started_at = now(), worker_id = ''c0000000-0000-7000-8000-000000000001'', worker_epoch = 8', 'status = ''queued''', 'running', 'it is claimed again'),
    (5, 'status = ''succeeded'', finished_at = now(), worker_id = null, worker_epoch = null, progress_percentage = 100', 'status = ''running'' and worker_epoch = 7', null, 'a completion under the old epoch comes too late'),
    (6, 'status = ''scheduled'', run_at = now() + interval ''1 minute'', attempts_forgiven = attempts_forgiven + 1, worker_id = null, worker_epoch = null, error_class = ''rate_limited''', 'worker_epoch = 8', 'scheduled', 'a rate limit puts it back'),
    (7, 'status = ''running'', attempts = attempts + 1, started_at = now(), worker_id = ''c0000000-0000-7000-8000-000000000001'', worker_epoch = 8', 'true', 'running', 'which spent no attempt: a third one'),
    (8, 'status = ''scheduled'', worker_id = null, worker_epoch = null, error_class = ''timeout''', 'true', 'scheduled', 'that fails'),
    (9, 'status = ''running'', attempts = attempts + 1, started_at = now(), worker_id = ''c0000000-0000-7000-8000-000000000001'', worker_epoch = 8', 'true', 'running', 'and a fourth'),
    (10, 'status = ''queued'', worker_id = null, worker_epoch = null', 'false', null, 'nobody else puts it back'),
    (11, 'status = ''dead'', finished_at = now(), worker_id = null, worker_epoch = null', 'worker_epoch = 8', 'dead', 'after three that count it is given up'),
    (12, 'status = ''running'', attempts = attempts + 1, started_at = now(), finished_at = null, worker_id = ''c0000000-0000-7000-8000-000000000001'', worker_epoch = 8', 'true', '23514', 'there is no fourth that counts'),
    (13, 'status = ''queued'', finished_at = null, attempts_forgiven = attempts', 'status = ''dead''', 'queued', 'a replay forgives them'),
    (14, 'status = ''running'', attempts = attempts + 1, started_at = now(), worker_id = ''c0000000-0000-7000-8000-000000000001'', worker_epoch = 8', 'status = ''queued''', 'running', 'it runs again'),
    (15, 'status = ''waiting'', worker_id = null, worker_epoch = null, awaited_event = ''github:octo/hello#12:merged''', 'worker_epoch = 8', 'waiting', 'it waits for an event and holds no worker'),
    (16, 'status = ''queued'', awaited_event = null', 'status = ''waiting'' and awaited_event = ''github:octo/hello#12:merged''', 'queued', 'the event comes'),
    (17, 'status = ''running'', attempts = attempts + 1, attempts_forgiven = attempts_forgiven + 1, started_at = now(), worker_id = ''c0000000-0000-7000-8000-000000000001'', worker_epoch = 8', 'status = ''queued''', 'running', 'going on after a wait costs nothing'),
    (18, 'status = ''succeeded'', finished_at = now(), worker_id = null, worker_epoch = null, error_class = null, error_message = null, progress_percentage = 100, output = ''{"ok": true}''', 'status = ''running'' and worker_epoch = 8', 'succeeded', 'it is done')
) as life (number, change, condition, outcome, what) order by number;

-- Definitions and their rules.
select is(pg_temp.tries('tasks.task_definitions', :acme_definition, change), refusal, format('definition %s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('version = 0', 'version_is_positive'),
    ('task_type = ''Bug fix''', 'task_type_is_a_word'),
    ('configuration = ''[]''', 'documents_are_objects'),
    ('input_schema = ''true''', 'documents_are_objects'),
    ('cpu_cores = 0', 'resources_are_positive'),
    ('memory_bytes = 0', 'resources_are_positive'),
    ('storage_bytes = 0', 'resources_are_positive'),
    ('cpu_cores = 0.5, memory_bytes = 1, storage_bytes = 1', 'nothing'),
    ('timeout_seconds = 0', 'timeout_is_positive'),
    ('attempts_max = 0', 'attempts_max_is_sane'),
    ('attempts_max = 1', 'nothing'),
    ('retry_delay_seconds = -1', 'retry_delay_grows_to_its_limit'),
    ('retry_delay_seconds = 3601', 'retry_delay_grows_to_its_limit'),
    ('retry_delay_seconds = 3600', 'nothing'),
    ('retry_backoff_factor = 0.99', 'retry_delay_grows_to_its_limit'),
    ('retry_backoff_factor = 1', 'nothing'),
    ('retry_jitter_percentage = 100.01', 'jitter_is_a_percentage'),
    ('retry_jitter_percentage = 100', 'nothing'),
    ('retired_at = created_at - interval ''1 s''', 'retired_after_creation')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into tasks.task_definitions (organization_id, name, version, executor) values (%L, ''Build'', %s, ''command'')', :acme, version)), refusal, format('version %s of a definition: %s', version, refusal))
from (values (1, 'task_definitions_version_key'), (2, 'nothing')) as versions (version, refusal);
select is(pg_temp.refused_by(format('insert into tasks.retry_rules (organization_id, definition_id, error_class, is_retried, spends_attempt, delay_seconds) values (%L, %L, %s)', :acme, :acme_definition, rule)), refusal, format('rule %s: %s', rule, refusal))
from (values
    ('''rate_limited'', true, true, null', 'retry_rules_class_key'),
    ('''Rate'', true, true, null', 'error_class_is_a_word'),
    ('''timeout'', true, true, 0', 'nothing'),
    ('''timeout'', true, true, -1', 'delay_is_not_negative'),
    ('''invalid_input'', false, true, null', 'nothing'),
    ('''invalid_input'', false, true, 5', 'delay_needs_a_retry'),
    ('''invalid_input'', false, false, null', 'free_attempt_needs_a_retry')
) as rules (rule, refusal);

-- Workflows.
select is(pg_temp.refused_by(format('insert into tasks.workflows (organization_id, name) values (%L, ''RELEASE'')', :acme)), 'workflows_name_key', 'a workflow''s name is unique whatever its case');
update tasks.workflows set retired_at = now() where organization_id = :acme and id = :acme_workflow;
select is(pg_temp.refused_by(format('insert into tasks.workflows (organization_id, name) values (%L, ''RELEASE'')', :acme)), 'nothing', 'a retired one gives it back');
update tasks.workflows set retired_at = null where organization_id = :acme and id = :acme_workflow;
select is(pg_temp.tries(relation::regclass, id::uuid, change), refusal, format('%s %s: %s', relation, change, refusal))
from (values
    ('tasks.workflows', :acme_workflow, 'name = '' ''', 'name_is_not_blank'),
    ('tasks.workflows', :acme_workflow, 'timeout_seconds = 0', 'timeout_is_positive'),
    ('tasks.workflows', :acme_workflow, 'retired_at = created_at - interval ''1 s''', 'retired_after_creation'),
    ('tasks.workflow_nodes', :acme_node, 'key = ''Build it''', 'key_is_a_word'),
    ('tasks.workflow_nodes', :acme_node, 'key = ''deploy''', 'workflow_nodes_key_key'),
    ('tasks.workflow_nodes', :acme_node, 'title = '' ''', 'title_is_not_blank'),
    ('tasks.workflow_nodes', :acme_node, 'input = ''[]''', 'input_is_object')
) as changes (relation, id, change, refusal);

-- Schedules.
select is(pg_temp.tries('tasks.schedules', :acme_schedule, change), refusal, format('schedule %s: %s', change, refusal))
from (values
    ('name = '' ''', 'name_is_not_blank'),
    ('definition_id = ''a1000000-0000-7000-8000-000000000001''', 'runs_a_definition_or_a_workflow'),
    ('workflow_id = null', 'runs_a_definition_or_a_workflow'),
    ('workflow_id = null, definition_id = ''a1000000-0000-7000-8000-000000000001''', 'nothing'),
    ('input = ''[]''', 'input_is_object'),
    ('cron = ''* * * *''', 'cron_has_five_fields'),
    ('cron = ''@daily''', 'cron_has_five_fields'),
    ('cron = ''*/5 8-18 1,15 JAN-MAR MON#2''', 'nothing'),
    ('time_zone = ''Mars/Olympus''', '22023'),
    ('time_zone = ''+02''', 'time_zone_is_known'),
    ('time_zone = ''America/Argentina/Buenos_Aires''', 'nothing'),
    ('jitter_seconds = -1', 'jitter_is_not_negative'),
    ('missed_runs_max = -1', 'missed_runs_max_is_sane'),
    ('missed_runs_max = 0', 'nothing'),
    ('missed_runs_max = 1001', 'missed_runs_max_is_sane'),
    ('next_run_at = null', 'running_schedule_has_a_next_run'),
    ('paused_at = now()', 'running_schedule_has_a_next_run'),
    ('paused_at = now(), next_run_at = null', 'nothing')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('insert into tasks.schedules (organization_id, name, workflow_id, cron, next_run_at) values (%L, ''NIGHTLY'', %L, ''0 0 * * *'', now())', :acme, :acme_workflow)), 'schedules_name_key', 'a schedule''s name is unique whatever its case');

-- The dashboard's projects: a place for each pin, whatever the order in which they are moved.
select is(pg_temp.tries('tasks.github_projects', :acme_github_project, change), refusal, format('github project %s: %s', change, refusal))
from (values
    ('pinned_at = null', 'pinned_has_an_order'),
    ('pin_order = null', 'pinned_has_an_order'),
    ('pinned_at = null, pin_order = null', 'nothing'),
    ('pinned_at = null, pin_order = null, pinned_by = id', 'only_a_pin_has_somebody_who_pinned'),
    ('pin_order = -1', 'pin_order_is_not_negative'),
    ('grid_column = 1', 'position_is_whole'),
    ('grid_column = 0, grid_row = 0', 'nothing'),
    ('grid_column = 0, grid_row = -1', 'position_is_not_negative')
) as changes (change, refusal);
insert into tasks.github_projects (organization_id, repository_id, pinned_at, pin_order)
select :acme, base.uuid_v7(), now(), n from generate_series(1, 3) n;
select is(pg_temp.refused_by(format('insert into tasks.github_projects (organization_id, repository_id) values (%L, %L)', :acme, 'ae000000-0000-7000-8000-000000000001')), 'github_projects_repository_key', 'a repository is chosen once');
select is(pg_temp.refused_by(format('update tasks.github_projects set pin_order = 2 where organization_id = %L and pin_order = 1', :acme)), 'github_projects_pin_order_key', 'two pins have two places');
select is(pg_temp.refused_by(format('update tasks.github_projects set pin_order = (pin_order + 1) %% 4 where organization_id = %L', :acme)), 'nothing', 'and all move on at once');

-- Requirements are versions.
select is(pg_temp.refused_by(format('insert into tasks.requirements (organization_id, github_project_id, version, content) values (%L, %L, %s)', :acme, :acme_github_project, version)), refusal, format('requirements %s: %s', version, refusal))
from (values ('1, ''x''', 'requirements_version_key'), ('0, ''x''', 'version_is_positive'), ('2, '' ''', 'content_is_not_blank'), ('2, ''x''', 'nothing')) as versions (version, refusal);
select is(pg_temp.outcome('task_user', :acme, statement), '42501', format('a version stays as it was: %s', statement))
from unnest(array['update tasks.requirements set content = ''x''', 'delete from tasks.requirements']) as statement;

-- Decompositions: one is worked by; what failed says why; a score belongs to a result.
select is(pg_temp.tries('tasks.requirement_decompositions', :acme_decomposition, change), refusal, format('decomposition %s: %s', change, refusal))
from (values
    ('based_on_id = id', 'not_based_on_itself'),
    ('finished_at = null', 'finished_has_an_end'),
    ('status = ''running''', 'finished_has_an_end'),
    ('finished_at = created_at - interval ''1 s''', 'ends_after_start'),
    ('status = ''failed''', 'failed_has_a_message'),
    ('error_message = ''x''', 'failed_has_a_message'),
    ('status = ''failed'', error_message = ''x''', 'nothing'),
    ('status = ''failed'', error_message = ''x'', quality_score = 1', 'only_a_result_has_a_score'),
    ('quality_score = 100.01', 'score_is_within_0_and_100'),
    ('quality_score = 100', 'nothing'),
    ('quality_findings = ''{}''', 'findings_are_a_list'),
    ('acceptance_criteria = ''{a,NULL}''', 'criteria_are_given'),
    ('acceptance_criteria = ''{a,""}''', 'criteria_are_given'),
    ('issue_key = ''ABC-1''', 'issue_is_whole'),
    ('issue_url = ''https://x.test''', 'issue_is_whole'),
    ('issue_provider = ''linear'', issue_key = ''ABC-1'', issue_url = ''https://x.test''', 'nothing'),
    ('issue_provider = ''Linear!'', issue_key = ''ABC-1''', 'issue_provider_is_a_word'),
    ('issue_provider = ''linear'', issue_key = ''ABC-1'', issue_url = ''javascript:x''', 'issue_url_is_http')
) as changes (change, refusal);
insert into tasks.requirement_decompositions (organization_id, id, requirement_id, method, status, based_on_id, finished_at)
values (:acme, 'a6000000-0000-7000-8000-00000000000a', :acme_requirement, 'person', 'proposed', :acme_decomposition, now()),
       (:acme, 'a6000000-0000-7000-8000-00000000000b', :acme_requirement, 'model', 'running', null, null);
select is(pg_temp.tries('tasks.requirement_decompositions', 'a6000000-0000-7000-8000-00000000000a', 'status = ''accepted'''), 'one_decomposition_is_accepted', 'one decomposition is worked by');
select is(pg_temp.answer('task_user', :acme, 'select tasks.accept_decomposition(''a6000000-0000-7000-8000-00000000000a'')'), '', 'which can be another one');
select results_eq(format('select id, status from tasks.requirement_decompositions where organization_id = %L order by id', :acme),
                  $$values ('a6000000-0000-7000-8000-000000000001'::uuid, 'superseded'::tasks.decomposition_status), ('a6000000-0000-7000-8000-00000000000a', 'accepted'), ('a6000000-0000-7000-8000-00000000000b', 'running')$$, 'and then is');
select is(pg_temp.answer('task_user', :acme, format('select tasks.accept_decomposition(%L)', id)), outcome, what)
from (values ('a6000000-0000-7000-8000-00000000000b', 'GS302', 'one that is not finished cannot be accepted'),
             (:umbrella_decomposition, 'GS302', 'nor one of another organization'),
             (:acme_decomposition, '', 'one can go back')) as accepted (id, outcome, what);

-- Steps.
select is(pg_temp.tries('tasks.decomposed_steps', :acme_step, change), refusal, format('step %s: %s', change, refusal))
from (values
    ('step_number = 0', 'step_number_is_positive'),
    ('step_number = 2', 'decomposed_steps_number_key'),
    ('name = '' ''', 'name_is_not_blank'),
    ('acceptance_criteria = ''{a,NULL}''', 'criteria_are_given'),
    ('acceptance_criteria = ''{a,""}''', 'criteria_are_given'),
    ('acceptance_criteria = ''{a,b}''', 'nothing'),
    ('estimated_hours = -0.01', 'estimate_is_not_negative'),
    ('estimated_hours = 0', 'nothing'),
    ('complexity_score = 0', 'complexity_is_within_1_and_10'),
    ('complexity_score = 11', 'complexity_is_within_1_and_10'),
    ('complexity_score = 10', 'nothing'),
    ('issue_key = ''ABC-1''', 'issue_is_whole'),
    ('issue_provider = ''L'', issue_key = ''ABC-1''', 'issue_provider_is_a_word'),
    ('pull_request_url = ''ftp://x''', 'urls_are_http'),
    ('pull_request_url = ''https://x.test/1''', 'nothing')
) as changes (change, refusal);
select is(pg_temp.refused_by(format('update tasks.decomposed_steps set step_number = 3 - step_number where organization_id = %L', :acme)), 'nothing', 'steps change places at once');

-- Usage and logs of attempts.
select is(pg_temp.refused_by(format('insert into tasks.task_resource_usage (organization_id, task_id, attempt, started_at, finished_at, cpu_seconds) values (%L, %L, %s)', :acme, :acme_task, attempt)), refusal, format('usage %s: %s', attempt, refusal))
from (values ('1, now(), now(), 0', 'task_resource_usage_attempt_key'), ('0, now(), now(), 0', 'attempt_is_positive'), ('2, now(), now() - interval ''1 s'', 0', 'ends_after_start'),
             ('2, now(), now(), -0.001', 'usage_is_not_negative'), ('2, now(), now(), 0', 'nothing')) as attempts (attempt, refusal);
select is(pg_temp.refused_by(format('insert into tasks.task_resource_usage (organization_id, task_id, attempt, started_at, finished_at, error_class) values (%L, %L, 2, now(), now(), ''Out of memory'')', :acme, :acme_task)), 'error_class_is_a_word', 'an error''s class is a word');
select is(pg_temp.refused_by(format('insert into tasks.task_execution_logs (organization_id, task_id, attempt, line_number, stream, message) values (%L, %L, %s)', :acme, :acme_task, line)), refusal, format('line %s: %s', left(line, 30), refusal))
from (values ('0, 1, ''stdout'', ''x''', 'attempt_is_positive'), ('1, 0, ''stdout'', ''x''', 'line_number_is_positive'), ('1, 2, ''std out'', ''x''', 'stream_is_a_word'),
             ('1, 2, ''stdout'', repeat(''x'', 65536)', 'nothing'), ('1, 2, ''stdout'', repeat(''x'', 65537)', 'message_is_bounded')) as lines (line, refusal);
select is(pg_temp.outcome('task_user', :acme, statement), '42501', format('lines stay as they were: %s', statement))
from unnest(array['update tasks.task_execution_logs set message = ''x''', 'delete from tasks.task_execution_logs']) as statement;

-- Limits and workers.
select is(pg_temp.refused_by(format('insert into tasks.task_limits (organization_id, concurrency_key, running_max, starts_max, starts_window_seconds) values (%L, %s)', :acme, task_limit)), refusal, format('limit %s: %s', task_limit, refusal))
from (values ('''deploy'', 1, null, null', 'task_limits_concurrency_key'), (''' '', 1, null, null', 'concurrency_key_is_not_blank'), ('''x'', null, null, null', 'limits_something'),
             ('''x'', -1, null, null', 'running_max_is_not_negative'), ('''x'', 0, null, null', 'nothing'), ('''x'', null, 5, null', 'rate_is_whole'),
             ('''x'', null, 5, 60', 'nothing'), ('''x'', null, 0, 60', 'rate_is_positive')) as limits (task_limit, refusal);
select is(pg_temp.refused_by(format('insert into tasks.workers (host, process_id, epoch, lease_expires_at) values (%s)', worker)), refusal, format('worker %s: %s', worker, refusal))
from (values ('''h'', 1, 1, now() + interval ''5 s''', 'nothing'), (''' '', 1, 1, now() + interval ''5 s''', 'host_is_not_blank'), ('''h'', 0, 1, now() + interval ''5 s''', 'process_id_is_positive'),
             ('''h'', 1, 0, now() + interval ''5 s''', 'epoch_is_positive'), ('''h'', 1, 1, now()', 'lease_ends_after_start')) as workers (worker, refusal);

-- Maintenance by the login role, also for lines that came late.
insert into tasks.task_execution_logs (organization_id, task_id, attempt, line_number, message, logged_at)
values (:acme, :acme_task, 1, 3, 'late', now() - interval '30 days'), (:acme, :acme_task, 1, 4, 'too late', now() - interval '200 days');
select is(pg_temp.answer('task_user', null, 'select string_agg(action, '' '' order by action) from tasks.maintain_partitions()'), 'created emptied filled', 'the login role has a partition made for late lines, and old ones dropped');
select is((select count(*) from tasks.task_execution_logs where organization_id = :acme), 2::bigint, 'the late one is there, the old one gone');

select * from finish();
rollback;
