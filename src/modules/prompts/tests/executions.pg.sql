-- The life of an execution, what it may look like, feedback, and what the views make of both.
begin;
\ir ../../../migrate/sql/tests/as_role.psql
\ir ../../../migrate/sql/tests/refused_by.psql
\ir two_tenants.psql
select plan(79);
set local app.organization_id = :acme;

-- States.
create function pg_temp.add(columns text, row_values text) returns text language plpgsql as $$
begin
    return format('insert into prompts.executions (organization_id, prompt%s) values (''a0000000-0000-7000-8000-000000000001'', ''x''%s)', columns, row_values);
end $$;
select is(pg_temp.refused_by(pg_temp.add(columns, row_values)), refusal, format('execution (%s): %s', row_values, refusal))
from (values
    ('', '', 'nothing'),
    (', started_at, provider, model', ', now(), ''openai'', ''m''', 'started_when_it_ran'),
    (', status', ', ''running''', 'started_when_it_ran'),
    (', status, started_at', ', ''running'', now()', 'what_started_names_its_model'),
    (', status, started_at, provider, model', ', ''running'', now(), ''openai'', '' ''', 'what_started_names_its_model'),
    (', status, started_at, provider, model', ', ''running'', now(), ''openai'', ''m''', 'nothing'),
    (', status, started_at, finished_at, provider, model', ', ''running'', now(), now(), ''openai'', ''m''', 'finished_has_an_end'),
    (', status, started_at, provider, model, response', ', ''completed'', now(), ''openai'', ''m'', ''y''', 'finished_has_an_end'),
    (', status, started_at, finished_at, provider, model, response', ', ''completed'', now(), now(), ''openai'', ''m'', ''y''', 'nothing'),
    (', status, started_at, finished_at, provider, model, response', ', ''completed'', now(), now() - interval ''1 ms'', ''openai'', ''m'', ''y''', 'ends_after_start'),
    (', status, started_at, finished_at, provider, model', ', ''completed'', now(), now(), ''openai'', ''m''', 'completed_has_a_response'),
    (', status, started_at, finished_at, provider, model, response, error_code, error_message', ', ''completed'', now(), now(), ''openai'', ''m'', ''y'', ''e'', ''f''', 'failure_says_why'),
    (', status, finished_at', ', ''failed'', now()', 'failure_says_why'),
    (', status, finished_at, error_code', ', ''failed'', now(), ''e''', 'failure_says_why'),
    (', status, finished_at, error_message', ', ''failed'', now(), ''e''', 'failure_says_why'),
    (', status, finished_at, error_code, error_message', ', ''failed'', now(), ''no_template'', ''f''', 'nothing'),
    (', status, finished_at, error_code, error_message', ', ''timed_out'', now(), ''timeout'', ''f''', 'started_when_it_ran'),
    (', status, finished_at', ', ''cancelled'', now()', 'nothing'),
    (', provider', ', ''Open AI''', 'provider_is_a_word'),
    (', retries', ', -1', 'retries_are_not_negative'),
    (', input_tokens', ', -1', 'tokens_are_not_negative'),
    (', output_tokens', ', -1', 'tokens_are_not_negative'),
    (', input_tokens, cached_input_tokens', ', 10, 11', 'cached_tokens_are_part_of_the_input'),
    (', input_tokens, cached_input_tokens', ', 10, 10', 'nothing'),
    (', cached_input_tokens', ', 1', 'cached_tokens_are_part_of_the_input'),
    (', cost_usd', ', -0.000001', 'cost_is_not_negative'),
    (', cost_usd', ', ''NaN''', 'cost_is_not_negative'),
    (', cost_usd', ', 0', 'nothing'),
    (', variables', ', ''[]''', 'documents_are_objects'),
    (', workflow_stage', ', ''Stage 1''', 'workflow_stage_is_a_word')
) as attempts (columns, row_values, refusal);
select is(pg_temp.refused_by(format('insert into prompts.executions (organization_id, prompt) values (%L, '' '')', :acme)), 'prompt_is_not_blank', 'a prompt says something');
select is(pg_temp.refused_by(pg_temp.add(columns, format(row_values, :acme_template, :acme_control, :acme_challenger))), refusal, format('%s: %s', row_values, refusal))
from (values
    (', template_id', ', %1$L', 'version_is_of_a_template'),
    (', template_version', ', 1', 'version_is_of_a_template'),
    (', variant_id', ', %2$L', 'variant_is_of_a_template'),
    (', template_id, template_version', ', %1$L, 1', 'nothing'),
    (', template_id, template_version', ', %1$L, 3', 'executions_version_fkey'),
    (', template_id, template_version, variant_id', ', %1$L, 2, %3$L', 'nothing'),
    (', template_id, template_version, variant_id', ', %1$L, 1, %3$L', 'executions_run_the_version_of_their_variant')
) as attempts (columns, row_values, refusal);
select is(pg_temp.refused_by(pg_temp.add(', id', format(', %L', :acme_execution))), 'executions_pkey', 'asking twice with one id runs once');
select is((select duration_ms from prompts.executions where organization_id = :acme and id = :acme_execution), 2000::bigint, 'the duration follows from start and end');
select throws_ok('update prompts.executions set duration_ms = 1', '428C9', null, 'and cannot be said otherwise');

-- The routines are the only way on.
insert into prompts.executions (organization_id, id, prompt) select :acme, ('a8000000-0000-7000-8000-0000000000a' || n)::uuid, 'x' from generate_series(1, 3) as n;
select is(pg_temp.outcome('prompts_user', :acme, 'update prompts.executions set status = ''running'''), '42501', 'an execution is not changed otherwise');
select is(pg_temp.outcome('prompts_user', :acme, 'delete from prompts.executions'), '42501', 'nor deleted');
select is(pg_temp.answer('prompts_user', :acme, statement), answer, format('%s: %s', statement, answer))
from (values
    ('select prompts.finish_execution(''a8000000-0000-7000-8000-0000000000a1'', ''completed'', ''y'')', '23514'),
    ('select prompts.start_execution(''a8000000-0000-7000-8000-0000000000a1'', ''openai'', ''m'', ''{"top_p": 1}'', ''x, and be brief'')', ''),
    ('select prompts.start_execution(''a8000000-0000-7000-8000-0000000000a1'', ''openai'', ''m'')', 'GS406'),
    ('select prompts.finish_execution(''a8000000-0000-7000-8000-0000000000a1'', ''running'')', '23514'),
    ('select prompts.finish_execution(''a8000000-0000-7000-8000-0000000000a1'', ''failed'')', '23514'),
    ('select prompts.finish_execution(''a8000000-0000-7000-8000-0000000000a1'', ''completed'', ''y'', ''stop'', input_tokens => 10, output_tokens => 2, cost_usd => 0.0001, external_id => ''run-1'', moment => now() + interval ''1.5 s'')', ''),
    ('select prompts.finish_execution(''a8000000-0000-7000-8000-0000000000a1'', ''failed'', error_code => ''e'', error_message => ''f'')', 'GS406'),
    ('select prompts.start_execution(''a8000000-0000-7000-8000-0000000000a1'', ''openai'', ''m'')', 'GS406'),
    ('select prompts.finish_execution(''a8000000-0000-7000-8000-0000000000a2'', ''cancelled'')', ''),
    ('select prompts.finish_execution(''a8000000-0000-7000-8000-0000000000a3'', ''failed'', error_code => ''no_template'', error_message => ''f'')', ''),
    ('select prompts.start_execution(''a8000000-0000-7000-8000-0000000000a3'', ''openai'', ''m'')', 'GS406'),
    ('select prompts.start_execution(''a8000000-0000-7000-8000-0000000000af'', ''openai'', ''m'')', 'GS406')
) as steps (statement, answer);
select results_eq('select status, enhanced_prompt, response, duration_ms, external_id from prompts.executions where id = ''a8000000-0000-7000-8000-0000000000a1''',
                  $$values ('completed'::prompts.execution_status, 'x, and be brief', 'y', 1500::bigint, 'run-1')$$, 'what was given is there');
select is(pg_temp.refused_by(pg_temp.add(', provider, external_id', ', ''openai'', ''run-1''')), 'executions_external_id_key', 'a provider''s run is one execution');
select is(pg_temp.refused_by(pg_temp.add(', provider, external_id', ', ''anthropic'', ''run-1''')), 'nothing', 'two providers may call theirs alike');

-- Which enhancements were applied is rows, so a wrong id is refused when it is written, and breaks no view later.
select is(pg_temp.refused_by(format('insert into prompts.execution_enhancements values (%L, %L, %s, %L)', :acme, :acme_execution, position, enhancement)), refusal, format('enhancement %s: %s', position, refusal))
from (values (2, :acme_enhancement, 'an_enhancement_is_applied_once'), (0, :acme_enhancement, 'position_counts_from_one'),
             (2, 'a2000000-0000-7000-8000-0000000000ff', 'execution_enhancements_enhancement_fkey')) as attempts (position, enhancement, refusal);

-- Feedback: factual accuracy is an aspect somebody judged, not a flag on the execution.
select is(pg_temp.refused_by(format('insert into prompts.feedback (organization_id, execution_id, source, aspect, score, comment, user_id, judge) values (%L, %L, %s)', :acme, :acme_execution, format(row_values, :acme_user))), refusal,
          format('feedback (%s): %s', row_values, refusal))
from (values
    ('''reviewer'', ''factual_accuracy'', 1, '''', %L, null', 'nothing'),
    ('''judge'', ''factual_accuracy'', 0, '''', null, ''model-2''', 'nothing'),
    ('''judge'', ''factual_accuracy'', 1.0001, '''', null, ''model-2''', 'score_is_from_0_to_1'),
    ('''judge'', ''factual_accuracy'', ''NaN'', '''', null, ''model-2''', 'score_is_from_0_to_1'),
    ('''judge'', ''factual_accuracy'', null, '''', null, ''model-2''', 'something_is_said'),
    ('''judge'', ''factual_accuracy'', null, ''No source.'', null, ''model-2''', 'nothing'),
    ('''judge'', ''Facts!'', 1, '''', null, ''model-2''', 'aspect_is_a_word'),
    ('''judge'', ''quality'', 1, '''', null, null', 'person_or_judge_is_named'),
    ('''reviewer'', ''quality'', 1, '''', null, null', 'person_or_judge_is_named'),
    ('''reviewer'', ''quality'', 1, '''', %L, ''model-2''', 'person_or_judge_is_named'),
    ('''user'', ''quality'', 1, '''', %L, null', 'one_voice_on_each_aspect'),
    ('''user'', ''helpfulness'', 1, '''', %L, null', 'nothing')
) as attempts (row_values, refusal);

-- Views do not multiply: version 1 has four executions, one of them with three enhancements, two contexts and three voices.
insert into prompts.prompt_enhancements (organization_id, id, name, enhancement_type, position, content)
select :acme, ('a2000000-0000-7000-8000-0000000000a' || n)::uuid, 'Rule ' || n, 'format', n, 'x' from generate_series(1, 2) as n;
insert into prompts.execution_enhancements select :acme, :acme_execution, n + 1, ('a2000000-0000-7000-8000-0000000000a' || n)::uuid from generate_series(1, 2) as n;
insert into prompts.execution_contexts (organization_id, execution_id, position, context_source_id, content_sha256, tokens) values (:acme, :acme_execution, 2, :acme_source, sha256('x'), 1);
insert into prompts.feedback (organization_id, execution_id, source, aspect, score, judge)
values (:acme, :acme_execution, 'judge', 'quality', 0.6, 'model-2'), (:acme, :acme_execution, 'judge', 'factual_accuracy', 0.25, 'model-2');
insert into prompts.executions (organization_id, template_id, template_version, status, prompt, provider, model, response, error_code, error_message, started_at, finished_at, input_tokens, output_tokens, cost_usd, retries)
values (:acme, :acme_template, 1, 'completed', 'x', 'anthropic', 'model-1', 'y', null, null, now() - interval '1 second', now(), 50, 20, 0.003, 1),
       (:acme, :acme_template, 1, 'failed', 'x', 'anthropic', 'model-1', null, 'overloaded', 'x', now() - interval '9 seconds', now(), null, null, null, 2),
       (:acme, :acme_template, 1, 'cancelled', 'x', 'anthropic', 'model-1', null, null, null, now(), now(), null, null, null, 0);
select results_eq(format('select executions, completed, failed, success_percentage, input_tokens, output_tokens, cost_usd, mean_cost_usd, duration_ms_p50, duration_ms_p95, feedback, quality_score, factual_accuracy_score, is_current
                          from prompts.template_performance where organization_id = %L and template_id = %L and version = 1', :acme, :acme_template),
                  $$values (4::bigint, 2::bigint, 1::bigint, 66.67, 150::bigint, 30::bigint, 0.004, 0.002000, 1500::double precision, 1950::double precision, 3::bigint, 0.7000, 0.2500, true)$$,
                  'template_performance counts each thing once; success is not quality');
select results_eq(format('select executions, success_percentage, cost_usd, quality_score, is_current from prompts.template_performance where organization_id = %L and template_id = %L and version = 2', :acme, :acme_template),
                  $$values (0::bigint, null::numeric, 0::numeric, null::numeric, false)$$, 'a version that nobody used is there, without a rate');
select results_eq(format('select name, executions, success_percentage, quality_score, factual_accuracy_score from prompts.enhancement_performance where organization_id = %L order by name', :acme),
                  $$values ('Facts only', 1::bigint, 100.00, 0.7000, 0.2500), ('Rule 1', 1, 100.00, 0.7000, 0.2500), ('Rule 2', 1, 100.00, 0.7000, 0.2500)$$, 'so does enhancement_performance');
select results_eq(format('select executions, completed, failed, cancelled, open, success_percentage, retries, input_tokens, cost_usd, duration_ms_p50 from prompts.execution_analytics
                          where organization_id = %L and model = ''model-1'' and day = (now() at time zone ''UTC'')::date', :acme),
                  $$values (4::bigint, 2::bigint, 1::bigint, 1::bigint, 0::bigint, 66.67, 3::bigint, 150::bigint, 0.004, 1500::double precision)$$, 'and execution_analytics');
select is((select sum(executions) from prompts.execution_analytics where organization_id = :acme), (select count(*) from prompts.executions where organization_id = :acme)::numeric, 'which has every execution once');
update prompts.feedback set score = 1 where organization_id = :acme and source = 'user';
select is((select quality_score from prompts.template_performance where organization_id = :acme and template_id = :acme_template and version = 1), 0.8000, 'a changed rating changes the mean at once');

select * from finish();
rollback;
