-- What rows of the schema may look like: every constraint refuses by its name, and accepts at its edge.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir two_tenants.psql
\ir ../../../migrate/sql/tests/refused_by.psql
select plan(285);
set local app.organization_id = :acme;

-- Changes to the row of acme: table, change, constraint.
create function pg_temp.changes(relation regclass, changes text[]) returns setof text language plpgsql as $$
declare
    i integer := 1;
begin
    while i < array_length(changes, 1) loop
        return next is(pg_temp.refused_by(format('update %s set %s where organization_id = ''a0000000-0000-7000-8000-000000000001''', relation, changes[i])),
                       changes[i + 1], format('%s: %s', relation, changes[i]));
        i := i + 2;
    end loop;
end $$;

-- Templates.
select pg_temp.changes('workflows.workflow_templates', array[
    'slug = ''Short''', 'slug_is_lowercase_words_with_hyphens', 'slug = ''''', 'slug_is_lowercase_words_with_hyphens', 'slug = ''a-b2''', 'nothing',
    'name = '' ''', 'name_is_not_blank', 'archived_at = now()', 'default_is_in_use', 'archived_at = now(), is_default = false', 'nothing']);
select is(pg_temp.refused_by(format('insert into workflows.workflow_templates (organization_id, slug, name) values (%L, ''short'', ''x'')', :acme)), 'slug_is_unique', 'a slug belongs to one template of the organization');
select is(pg_temp.refused_by(format('insert into workflows.workflow_templates (organization_id, slug, name, is_default) values (%L, ''x'', ''x'', true)', :acme)), 'an_organization_has_one_default_template', 'one template is the default one');
select is(pg_temp.refused_by(format('insert into workflows.template_versions (organization_id, template_id, version_number) values (%L, %L, %s)', :acme, :acme_template, number)), refusal, format('version %s: %s', number, refusal))
from (values (0, 'version_number_is_positive'), (1, 'version_number_is_unique'), (2, 'nothing')) as v (number, refusal);
create function pg_temp.stage(place integer, key text, timeout text, stall text, attempts integer, validations text, integrations text) returns text language plpgsql as $$
begin
    return pg_temp.refused_by(format($i$insert into workflows.template_stages (organization_id, template_version_id, position, stage_key, name, timeout, stall_after, attempts_max, exit_validations, required_integrations)
        values ('a0000000-0000-7000-8000-000000000001', 'a4000000-0000-7000-8000-000000000001', %L, %L, 'x', %L, %L, %L, %L, %L)$i$, place, key, timeout, stall, attempts, validations, integrations));
end $$;
select is(pg_temp.stage(place, key, timeout, stall, attempts, validations, integrations), refusal, format('stage %s %s %s %s %s %s %s: %s', place, key, timeout, stall, attempts, validations, integrations, refusal))
from (values
    (4, 'x', '1 s', '1 s', 1, '{a,b_2}', '{agent,issues,code_host}', 'nothing'), (4, 'x', '1 s', '1 s', 100, '{}', '{}', 'nothing'),
    (0, 'x', '1 s', '1 s', 1, '{}', '{}', 'position_is_positive'), (1, 'x', '1 s', '1 s', 1, '{}', '{}', 'template_stages_pkey'),
    (4, 'plan', '1 s', '1 s', 1, '{}', '{}', 'stage_key_is_unique'), (4, 'Plan', '1 s', '1 s', 1, '{}', '{}', 'stage_key_is_a_word'),
    (4, 'x', '0 s', '1 s', 1, '{}', '{}', 'times_are_positive'), (4, 'x', '1 s', '-1 s', 1, '{}', '{}', 'times_are_positive'),
    (4, 'x', '1 s', '1 s', 0, '{}', '{}', 'attempts_are_few'), (4, 'x', '1 s', '1 s', 101, '{}', '{}', 'attempts_are_few'),
    (4, 'x', '1 s', '1 s', 1, '{a,NULL}', '{}', 'validations_are_words'), (4, 'x', '1 s', '1 s', 1, '{"a b",""}', '{}', 'validations_are_words'),
    (4, 'x', '1 s', '1 s', 1, '{A}', '{}', 'validations_are_words'), (4, 'x', '1 s', '1 s', 1, '{}', '{NULL}', 'integrations_are_given')
) as v (place, key, timeout, stall, attempts, validations, integrations, refusal);
select is(pg_temp.stage(4, 'x', '1 s', '1 s', 1, '{}', '{codegen_sdk}'), '22P02', 'an integration is one that the program knows');

-- Versions and their stages are written once, by their owner, too.
grant usage on schema workflows to workflows_owner;
select is(pg_temp.outcome('workflows_owner', null, statement), '42501', statement)
from unnest(array['update workflows.template_versions set version_number = 9', 'delete from workflows.template_versions',
                  'update workflows.template_stages set timeout = ''1 s''', 'delete from workflows.template_stages']) as statement;

-- Runs.
select pg_temp.changes('workflows.workflow_executions', array[
    'name = ''''', 'name_is_not_blank',
    'status = ''paused'', status_reason = ''x''', 'paused_says_since_when', 'paused_at = now()', 'paused_says_since_when',
    'status = ''paused'', paused_at = now()', 'stopped_says_why', 'status = ''paused'', paused_at = now(), status_reason = '' ''', 'stopped_says_why',
    'status = ''paused'', paused_at = now(), status_reason = ''x''', 'nothing', 'status_reason = ''x''', 'stopped_says_why',
    'status = ''completed''', 'finished_has_an_end', 'finished_at = now()', 'finished_has_an_end',
    'status = ''completed'', finished_at = now()', 'nothing', 'status = ''completed'', finished_at = now(), status_reason = ''x''', 'stopped_says_why',
    'status = ''failed'', finished_at = now()', 'stopped_says_why', 'status = ''cancelled'', finished_at = now(), status_reason = ''x''', 'nothing',
    'status = ''completed'', finished_at = started_at - interval ''1 s''', 'ends_after_start', 'status = ''completed'', finished_at = started_at', 'nothing',
    'base_branch = ''''', 'branches_are_not_blank', 'dev_branch = '' ''', 'branches_are_not_blank', 'dev_branch = ''dev''', 'nothing',
    'parameters = ''[]''', 'parameters_is_object', 'cost_usd_max = 0', 'cost_limit_is_positive', 'cost_usd_max = 0.000001', 'nothing',
    'idempotency_key = ''''', 'idempotency_key_is_short', 'idempotency_key = repeat(''x'', 256)', 'idempotency_key_is_short', 'idempotency_key = repeat(''x'', 255)', 'nothing']);
select is(pg_temp.refused_by($$update workflows.workflow_executions set status = 'active'$$), '22P02', 'a status is no free text');

-- Stages.
select pg_temp.changes('workflows.workflow_stage_executions', array[
    'attempt = 0', 'attempt_is_positive', 'attempt = 2', 'nothing',
    'status = ''pending''', 'pending_has_not_begun', 'status = ''pending'', started_at = null, deadline_at = null', 'nothing',
    'started_at = null, deadline_at = null', 'only_pending_and_cancelled_have_not_begun',
    'status = ''cancelled'', started_at = null, deadline_at = null, finished_at = now()', 'nothing',
    'deadline_at = null', 'begun_has_a_deadline', 'deadline_at = started_at', 'deadline_after_start',
    'status = ''completed''', 'finished_has_an_end', 'finished_at = now()', 'finished_has_an_end', 'status = ''completed'', finished_at = now()', 'nothing',
    'status = ''completed'', finished_at = started_at - interval ''1 s''', 'ends_after_start',
    'status = ''failed'', finished_at = now()', 'failed_says_why', 'status = ''failed'', finished_at = now(), error_message = ''x''', 'nothing',
    'status = ''completed'', finished_at = now(), error_message = ''x''', 'failed_says_why', 'error_message = ''x''', 'failed_says_why',
    'status = ''timed_out'', finished_at = deadline_at - interval ''1 s'', error_message = ''x''', 'timed_out_after_its_deadline',
    'status = ''timed_out'', finished_at = deadline_at, error_message = ''x''', 'nothing',
    'output = ''{"a": 1}''', 'only_completed_has_output', 'status = ''completed'', finished_at = now(), output = ''{"a": 1}''', 'nothing',
    'status = ''completed'', finished_at = now(), output = ''1''', 'output_is_object',
    'position = 9', 'stage_is_in_the_template', 'template_version_id = base.uuid_v7()', 'stage_follows_the_version_of_its_execution']);
create function pg_temp.stage_execution(place integer, attempt integer, version uuid default 'a4000000-0000-7000-8000-000000000001') returns text language plpgsql as $$
begin
    return pg_temp.refused_by(format($i$insert into workflows.workflow_stage_executions (organization_id, execution_id, template_version_id, position, attempt, status, finished_at)
        values ('a0000000-0000-7000-8000-000000000001', 'a5000000-0000-7000-8000-000000000001', %L, %s, %s, 'cancelled', now())$i$, version, place, attempt));
end $$;
select is(pg_temp.stage_execution(1, 1), 'an_attempt_at_a_stage_is_made_once', 'one row for a stage and an attempt');
select is(pg_temp.stage_execution(1, 2), 'nothing', 'and another one for the next attempt');
select is(pg_temp.refused_by(format('insert into workflows.workflow_stage_executions (organization_id, execution_id, template_version_id, position) values (%L, %L, %L, 2)', :acme, :acme_execution, :acme_version)), 'an_execution_is_in_one_stage', 'a run is in one stage');
insert into workflows.template_versions (organization_id, id, template_id, version_number) values (:acme, 'a4000000-0000-7000-8000-00000000000f', :acme_template, 2);
insert into workflows.template_stages (organization_id, template_version_id, position, stage_key, name, timeout) values (:acme, 'a4000000-0000-7000-8000-00000000000f', 1, 'other', 'Other', interval '1 hour');
select is(pg_temp.stage_execution(1, 5, 'a4000000-0000-7000-8000-00000000000f'), 'stage_follows_the_version_of_its_execution', 'a run keeps its version, so no stage of another one is in it');

-- Steps and waits.
select pg_temp.changes('workflows.workflow_steps', array[
    'step_key = ''Plan''', 'step_key_is_a_path', 'step_key = ''a//b''', 'step_key_is_a_path', 'step_key = ''a.b/c-1/d''', 'nothing',
    'occurrence = 0', 'occurrence_is_positive', 'input_hash = ''x''', 'input_hash_is_sha256', 'committed_at = started_at - interval ''1 s''', 'committed_after_start',
    'result = ''null''', 'nothing']);
select is(pg_temp.refused_by(format('insert into workflows.workflow_steps (organization_id, execution_id, step_key, occurrence, input_hash, started_at) values (%L, %L, ''plan/read'', %s, sha256(''x''), now())',
          :acme, :acme_execution, occurrence)), refusal, format('a step that committed, occurrence %s: %s', occurrence, refusal))
from (values (1, 'a_step_commits_once'), (2, 'nothing')) as v (occurrence, refusal);
select pg_temp.changes('workflows.workflow_events_awaited', array[
    'step_key = '' ''', 'step_key_is_a_path', 'occurrence = 0', 'occurrence_is_positive',
    'correlation_key = ''''', 'only_time_is_not_correlated', 'kind = ''time'', event_type = ''''', 'only_time_is_not_correlated', 'kind = ''time'', event_type = '''', correlation_key = ''''', 'nothing',
    'kind = ''signal''', 'only_an_event_has_a_type', 'event_type = ''''', 'only_an_event_has_a_type', 'event_type = ''Issue''', 'event_type_is_dotted_words',
    'status = ''fulfilled''', 'finished_has_an_end', 'finished_at = now()', 'finished_has_an_end', 'status = ''fulfilled'', finished_at = now(), event_id = base.uuid_v7(), answer = ''{"a": 1}''', 'nothing',
    'status = ''expired'', finished_at = now()', 'expired_after_its_deadline', 'status = ''expired'', finished_at = deadline_at', 'nothing',
    'kind = ''time'', event_type = '''', correlation_key = '''', status = ''expired'', finished_at = deadline_at', 'time_does_not_expire',
    'kind = ''time'', event_type = '''', correlation_key = '''', status = ''fulfilled'', finished_at = now()', 'time_comes_at_its_deadline',
    'status = ''cancelled'', finished_at = now(), answer = ''{"a": 1}''', 'only_fulfilled_is_answered', 'event_id = base.uuid_v7()', 'only_fulfilled_is_answered',
    'status = ''fulfilled'', finished_at = now(), answer = ''[]''', 'answer_is_object']);
select is(pg_temp.refused_by(format('insert into workflows.workflow_events_awaited (organization_id, execution_id, stage_execution_id, step_key, kind, deadline_at) values (%L, %L, %L, ''plan/review'', ''time'', now())', :acme, :acme_execution, :acme_stage)), 'a_step_waits_once', 'a step waits once');

-- Operations: three tables, one shape.
create function pg_temp.shared_shape(relation regclass) returns setof text language plpgsql as $$
begin
    return query
    select concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum))
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = relation and not a.attisdropped
      and a.attnum between 1 and (select u.attnum from pg_attribute u where u.attrelid = relation and u.attname = 'updated_at')
    union all
    select c.conname || ' ' || pg_get_constraintdef(c.oid) from pg_constraint c
    where c.conrelid = relation and c.contype = 'c' and c.conname in (
        select o.conname from pg_constraint o where o.contype = 'c' and o.conrelid in ('workflows.codegen_operations'::regclass, 'workflows.linear_operations'::regclass, 'workflows.github_operations'::regclass)
        group by o.conname having count(*) > 1);
end $$;
select cmp_ok((select count(*) from pg_temp.shared_shape('workflows.codegen_operations')), '=', 37::bigint, 'the three tables of operations share columns and checks');
select set_eq('select * from pg_temp.shared_shape(''workflows.codegen_operations'')', format('select * from pg_temp.shared_shape(%L)', other), format('so does %s', other))
from unnest(array['workflows.linear_operations', 'workflows.github_operations']) as other;
select pg_temp.changes(relation, array[
    'provider = ''Codegen''', 'provider_is_a_word', 'operation_type = ''create issue''', 'operation_type_is_dotted_words', 'idempotency_key = ''''', 'idempotency_key_is_given',
    'request = ''[]''', 'request_is_object', 'response = ''"x"''', 'response_is_a_document', 'response = ''[]''', 'nothing',
    'response_code = 99', 'response_code_is_of_http', 'response_code = 600', 'response_code_is_of_http', 'response_code = 599', 'nothing',
    'attempts = 6', 'attempts_stay_below_their_limit', 'attempts = -1', 'attempts_stay_below_their_limit', 'attempts = 5', 'nothing', 'attempts_max = 0', 'attempts_stay_below_their_limit',
    'status = ''running''', 'started_was_attempted', 'status = ''running'', attempts = 1, started_at = now()', 'nothing',
    'status = ''succeeded'', attempts = 1, started_at = now(), outcome = ''done''', 'finished_has_an_end', 'finished_at = now()', 'finished_has_an_end',
    'status = ''succeeded'', attempts = 1, started_at = now(), finished_at = now()', 'succeeded_is_done',
    'status = ''succeeded'', attempts = 1, started_at = now(), finished_at = now(), outcome = ''conflict''', 'succeeded_is_done',
    'status = ''succeeded'', attempts = 1, started_at = now(), finished_at = now(), outcome = ''done''', 'nothing',
    'status = ''succeeded'', attempts = 1, started_at = now(), finished_at = now(), outcome = ''already_done''', 'nothing',
    'outcome = ''done''', 'succeeded_is_done', 'outcome = ''rate_limited'', next_attempt_at = now()', 'nothing',
    'status = ''failed'', attempts = 1, started_at = now(), finished_at = now(), error_message = ''x''', 'failed_has_an_outcome',
    'status = ''failed'', attempts = 1, started_at = now(), finished_at = now(), outcome = ''not_found''', 'failed_says_why',
    'status = ''failed'', attempts = 1, started_at = now(), finished_at = now(), outcome = ''not_found'', error_message = ''x''', 'nothing',
    'status = ''running'', attempts = 1, started_at = now(), next_attempt_at = now()', 'only_pending_is_due_again',
    'status = ''cancelled'', finished_at = created_at - interval ''1 s''', 'ends_after_start', 'status = ''cancelled'', finished_at = now()', 'nothing',
    'latency_ms = -1', 'measures_are_not_negative', 'cost_usd = -0.000001', 'measures_are_not_negative'])
from unnest(array['workflows.codegen_operations'::regclass, 'workflows.linear_operations', 'workflows.github_operations']) as relation;
select pg_temp.changes('workflows.codegen_operations', array['agent_run_url = ''javascript:1''', 'agent_run_url_is_http', 'input_tokens = -1', 'tokens_are_not_negative']);
select pg_temp.changes('workflows.linear_operations', array['issue_url = ''x''', 'issue_url_is_http', 'issue_id = ''1'', parent_issue_id = ''1''', 'an_issue_is_not_its_own_parent', 'issue_id = ''1'', parent_issue_id = ''2''', 'nothing']);
select pg_temp.changes('workflows.github_operations', array['branch = ''''', 'branch_is_not_blank', 'commit_id = ''HEAD''', 'commit_id_is_a_git_id', 'pull_request_number = 0', 'pull_request_number_is_positive', 'pull_request_url = ''x''', 'pull_request_url_is_http']);
select is(pg_temp.refused_by(format('insert into workflows.%s (organization_id, execution_id, provider, operation_type, idempotency_key) values (%L, %L, ''x'', ''x'', %L)', relation, :acme, :acme_execution, key)), refusal, format('%s once', relation))
from (values ('codegen_operations', 'plan/1', 'an_agent_is_called_once_for_a_key'), ('linear_operations', 'plan/2', 'an_issue_tracker_is_called_once_for_a_key'),
             ('github_operations', 'plan/3', 'a_code_host_is_called_once_for_a_key'), ('github_operations', 'plan/4', 'nothing')) as v (relation, key, refusal);

select is(pg_temp.refused_by(format('update workflows.%s set status = ''pending?''', relation)), '22P02', format('no status of %s is free text', relation))
from unnest(array['codegen_operations', 'linear_operations', 'github_operations']) as relation;

-- Gates and validations.
select pg_temp.changes('workflows.quality_gates', array[
    'metric = ''Test coverage''', 'metric_is_a_word', 'unit = '' ''', 'unit_is_not_blank', 'unit = ''percent'', threshold = 100.0001', 'percentages_end_at_100', 'unit = ''percent'', threshold = 100', 'nothing', 'threshold = 1000', 'nothing']);
select is(pg_temp.refused_by(format('insert into workflows.quality_gates (organization_id, project_id, metric, comparison, threshold, unit) values (%L, null, ''complexity'', ''at_most'', 1, ''points'')', :acme)), 'an_organization_has_one_gate_for_a_metric', 'one gate of the organization for a metric');
insert into workflows.quality_gates (organization_id, project_id, metric, comparison, threshold, unit) values (:acme, :acme_project, 'complexity', 'at_most', 12, 'points');
select is(pg_temp.refused_by(format('insert into workflows.quality_gates (organization_id, project_id, metric, comparison, threshold, unit) values (%L, %L, ''complexity'', ''at_most'', 1, ''points'')', :acme, :acme_project)), 'a_project_has_one_gate_for_a_metric', 'and one of a project');
select pg_temp.changes('workflows.workflow_validations', array[
    'validation_key = ''A b''', 'validation_key_is_a_word', 'attempt = 0', 'attempt_is_positive', 'criteria = ''[]''', 'criteria_is_object', 'findings = ''{}''', 'findings_is_array',
    'threshold = 7', 'threshold_has_a_side', 'comparison = ''at_most''', 'threshold_has_a_side', 'measured_value = 7', 'measured_against_a_threshold',
    'threshold = 7, comparison = ''at_most''', 'nothing', 'threshold = 7, comparison = ''at_most'', status = ''passed'', finished_at = now()', 'result_against_a_threshold_was_measured',
    'threshold = 7, comparison = ''at_most'', measured_value = 7.0001, status = ''passed'', finished_at = now()', 'result_follows_from_the_measurement',
    'threshold = 7, comparison = ''at_most'', measured_value = 7, status = ''passed'', finished_at = now()', 'nothing',
    'threshold = 7, comparison = ''at_most'', measured_value = 7, status = ''failed'', finished_at = now()', 'result_follows_from_the_measurement',
    'threshold = 80, comparison = ''at_least'', measured_value = 79.9999, status = ''passed'', finished_at = now()', 'result_follows_from_the_measurement',
    'threshold = 80, comparison = ''at_least'', measured_value = 79.9999, status = ''failed'', finished_at = now()', 'nothing',
    'threshold = 80, comparison = ''at_least'', measured_value = 80, status = ''passed'', finished_at = now()', 'nothing',
    'status = ''passed''', 'finished_has_an_end', 'finished_at = now()', 'finished_has_an_end', 'status = ''passed'', finished_at = now()', 'nothing',
    'status = ''passed'', finished_at = created_at - interval ''1 s''', 'ends_after_start',
    'status = ''passed'', finished_at = now(), score = 100.01', 'score_is_of_100', 'status = ''passed'', finished_at = now(), score = 100', 'nothing', 'score = 5', 'only_results_have_a_score',
    'status = ''skipped'', finished_at = now(), skip_reason = ''x'', score = 5', 'only_results_have_a_score',
    'status = ''failed'', finished_at = now()', 'failed_says_what', 'status = ''failed'', finished_at = now(), findings = ''[{"message": "x"}]''', 'nothing',
    'status = ''skipped'', finished_at = now()', 'skipped_says_why', 'skip_reason = ''x''', 'skipped_says_why', 'status = ''skipped'', finished_at = now(), skip_reason = ''x''', 'nothing']);
select is(pg_temp.refused_by(format('insert into workflows.workflow_validations (organization_id, stage_execution_id, validation_key, attempt, checkpoint) values (%L, %L, ''plan_is_complete'', %s, %L)', :acme, :acme_stage, attempt, checkpoint)),
          refusal, format('the validation, attempt %s on %s: %s', attempt, checkpoint, refusal))
from (values (1, 'exit', 'a_validation_is_made_once_in_an_attempt'), (2, 'exit', 'nothing'), (1, 'entry', 'nothing')) as v (attempt, checkpoint, refusal);

-- Transitions, metrics, the merge queue.
select pg_temp.changes('workflows.workflow_transitions', array['actor = '' ''', 'actor_is_not_blank']);
select pg_temp.changes('workflows.workflow_metrics', array['metric_name = ''Plan steps''', 'metric_name_is_dotted_words', 'unit = ''''', 'unit_is_not_blank', 'labels = ''[]''', 'labels_is_object']);
select pg_temp.changes('workflows.merge_queue_entries', array[
    'source_branch = ''dev''', 'branches_differ', 'target_branch = '' ''', 'branches_differ', 'head_commit = ''main''', 'commits_are_git_ids',
    'status = ''merged'', finished_at = now(), merged_commit = ''x''', 'commits_are_git_ids', 'status = ''merged'', finished_at = now()', 'merged_has_a_commit', 'merged_commit = repeat(''b'', 40)', 'merged_has_a_commit',
    'status = ''merged'', finished_at = now(), merged_commit = repeat(''b'', 64)', 'nothing', 'status = ''merged'', merged_commit = repeat(''b'', 40)', 'finished_has_an_end', 'finished_at = now()', 'finished_has_an_end',
    'conflicts_returned = 4', 'a_conflict_goes_back_three_times', 'conflicts_returned = 3', 'nothing', 'status = ''conflicted'', status_reason = ''x''', 'conflicted_went_back',
    'status = ''conflicted'', status_reason = ''x'', conflicts_returned = 1', 'nothing', 'status = ''needs_person''', 'stopped_says_why', 'status_reason = ''x''', 'stopped_says_why',
    'status = ''cancelled'', status_reason = ''x'', finished_at = created_at - interval ''1 s''', 'ends_after_start']);
create function pg_temp.queue(source text, status text) returns text language plpgsql as $$
begin
    return pg_temp.refused_by(format($i$insert into workflows.merge_queue_entries (organization_id, execution_id, repository_id, source_branch, target_branch, head_commit, status)
        values ('a0000000-0000-7000-8000-000000000001', 'a5000000-0000-7000-8000-000000000001', 'a2000000-0000-7000-8000-000000000001', %L, 'dev', repeat('a', 40), %L)$i$, source, status));
end $$;
select is(pg_temp.queue('step-1', 'queued'), 'a_branch_is_queued_once', 'a branch is queued once');
update workflows.merge_queue_entries set status = 'validating';
select is(pg_temp.queue('step-2', status), refusal, format('beside a change that is validated, one that is %s: %s', status, refusal))
from (values ('queued', 'nothing'), ('rebasing', 'a_branch_takes_one_change_at_a_time'), ('merging', 'a_branch_takes_one_change_at_a_time')) as v (status, refusal);

-- A run takes what is its own with it.
delete from workflows.workflow_executions where organization_id = :acme;
select is((select count(*) from workflows.workflow_stage_executions where organization_id = :acme)
          + (select count(*) from workflows.operations where organization_id = :acme) + (select count(*) from workflows.workflow_transitions where organization_id = :acme)
          + (select count(*) from workflows.workflow_validations where organization_id = :acme) + (select count(*) from workflows.merge_queue_entries where organization_id = :acme), 0::bigint, 'a run that is deleted leaves nothing');

select * from finish();
rollback;
