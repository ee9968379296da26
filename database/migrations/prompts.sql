-- Made of the modules' SQL by ./dev gen; not to be edited.
\ir ../sql/engine.sql
select pg_temp.gsdb_take_lock();
select pg_temp.gsdb_begin_module('prompts', array['prompts']::name[], 'prompts_owner', 8, '0.1.0');
insert into pg_temp.gsdb_routine values ('context_cache', $gsdb_file$-- The cache of what context sources answered.

-- Works for all organizations at once: it is maintenance, and what it deletes is decided by the rows themselves.
create or replace function prompts.cleanup_expired_context_data() returns integer
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    deleted integer;
begin
    delete from prompts.context_data d where d.expires_at <= now();
    get diagnostics deleted = row_count;
    return deleted;
end
$$;
comment on function prompts.cleanup_expired_context_data() is 'Deletes what context sources answered and may not be used any more, of all organizations; returns the number of rows.';
revoke execute on function prompts.cleanup_expired_context_data() from public;
grant execute on function prompts.cleanup_expired_context_data() to prompts_user;
select base.declare_maintenance('prompts.cleanup_expired_context_data', 'frequent', interval '10 minutes', 'Deletes what context sources answered and may not be used any more.');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('error_codes', $gsdb_file$-- The errors that the routines of prompts raise. The code is the API; the words may improve.

create or replace function prompts.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS401', 'version_not_found', 'The template has no such version, or there is no such template.', 'List the versions of the template.'),
        ('GS402', 'template_archived', 'A version of a template out of use was to be published.', 'Take the template out of the archive first.'),
        ('GS403', 'template_not_found', 'There is no such template in the organization.', 'List the templates of the organization.'),
        ('GS404', 'fallback_cycle', 'A chain of fallbacks would lead back to where it began.', 'Choose a template whose chain does not lead back.'),
        ('GS405', 'enhancement_not_in_use', 'There is no such enhancement, or it is retired already.', 'List the enhancements that are not retired.'),
        ('GS406', 'execution_not_open', 'The execution is not in a state that can change so.', 'Read it again: it may have been started or ended.'),
        ('GS407', 'experiment_not_open', 'The experiment is not in a state that can change so.', 'Read it again; a finished experiment stays finished.'),
        ('GS408', 'experiment_not_ready', 'The experiment has fewer than two variants with a weight.', 'Add variants, or give them weights.');
end
$$;
comment on function prompts.error_codes() is 'The errors of schema prompts: SQLSTATE, name, meaning, remedy.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('executions', $gsdb_file$-- The life of an execution. Rows are added by INSERT, ended ones too (an import, a batch); what is added is changed only here, so an
-- end stays an end.

create or replace function prompts.start_execution(
    execution uuid, provider text, model text, model_parameters jsonb default '{}', enhanced_prompt text default null,
    moment timestamptz default now())
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update prompts.executions e
    set status = 'running', provider = start_execution.provider, model = start_execution.model,
        model_parameters = start_execution.model_parameters,
        enhanced_prompt = coalesce(start_execution.enhanced_prompt, e.enhanced_prompt), started_at = moment, updated_at = now()
    where e.organization_id = organization and e.id = execution and e.status = 'pending';
    if not found then
        perform prompts.raise_execution_not_open(execution, 'pending');
    end if;
end
$$;
comment on function prompts.start_execution(uuid, text, text, jsonb, text, timestamptz) is 'Says that a pending execution has been sent to a model.';

create or replace function prompts.finish_execution(
    execution uuid, status prompts.execution_status, response text default null, finish_reason text default null,
    error_code text default null, error_message text default null,
    input_tokens integer default null, cached_input_tokens integer default null, output_tokens integer default null,
    cost_usd numeric default null, external_id text default null, retries integer default 0, moment timestamptz default now())
    returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update prompts.executions e
    set status = finish_execution.status, response = finish_execution.response, finish_reason = finish_execution.finish_reason,
        error_code = finish_execution.error_code, error_message = finish_execution.error_message,
        input_tokens = finish_execution.input_tokens, cached_input_tokens = finish_execution.cached_input_tokens,
        output_tokens = finish_execution.output_tokens, cost_usd = finish_execution.cost_usd,
        external_id = coalesce(finish_execution.external_id, e.external_id), retries = finish_execution.retries,
        finished_at = moment, updated_at = now()
    where e.organization_id = organization and e.id = execution and e.status in ('pending', 'running');
    if not found then
        perform prompts.raise_execution_not_open(execution, 'pending or running');
    end if;
end
$$;
comment on function prompts.finish_execution(uuid, prompts.execution_status, text, text, text, text, integer, integer, integer, numeric, text, integer, timestamptz) is
    'Ends an execution as completed, failed, cancelled or timed out, with what it gave and took.';

revoke execute on function
    prompts.start_execution(uuid, text, text, jsonb, text, timestamptz),
    prompts.finish_execution(uuid, prompts.execution_status, text, text, text, text, integer, integer, integer, numeric, text, integer, timestamptz)
from public;
grant execute on function
    prompts.start_execution(uuid, text, text, jsonb, text, timestamptz),
    prompts.finish_execution(uuid, prompts.execution_status, text, text, text, text, integer, integer, integer, numeric, text, integer, timestamptz)
to prompts_user;

create or replace function prompts.raise_execution_not_open(execution uuid, wanted text) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'GS406',
        message = format('there is no execution %s that is %s', execution, wanted),
        hint = 'Somebody else may have started or ended it; read it again.';
end
$$;
comment on function prompts.raise_execution_not_open(uuid, text) is 'Part of prompts.start_execution and finish_execution: error GS406.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('experiments', $gsdb_file$-- The life of an experiment: draft -> running <-> paused -> completed, or cancelled from any of them.

create or replace function prompts.start_experiment(experiment uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    choices bigint;
begin
    perform prompts.lock_experiment(organization, experiment, array['draft', 'paused']::prompts.experiment_status[]);
    select count(*) into choices
    from prompts.variants v where v.organization_id = organization and v.experiment_id = experiment and v.weight > 0;
    if choices < 2 then
        raise exception using errcode = 'GS408',
            message = format('experiment %s has %s variants with a weight', experiment, choices),
            hint = 'It takes two to compare.';
    end if;
    update prompts.ab_experiments e
    set status = 'running', started_at = coalesce(e.started_at, now()), updated_at = now()
    where e.organization_id = organization and e.id = experiment;
end
$$;
comment on function prompts.start_experiment(uuid) is 'Lets an experiment take subjects, for the first time or again after a pause.';

create or replace function prompts.pause_experiment(experiment uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    perform prompts.lock_experiment(organization, experiment, array['running']::prompts.experiment_status[]);
    update prompts.ab_experiments e set status = 'paused', updated_at = now()
    where e.organization_id = organization and e.id = experiment;
end
$$;
comment on function prompts.pause_experiment(uuid) is 'Lets an experiment take no new subjects for a while; those it has keep their variants.';

create or replace function prompts.finish_experiment(experiment uuid, status prompts.experiment_status, conclusion text, winner uuid default null)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    present prompts.ab_experiments;
    winning_version integer;
begin
    present := prompts.lock_experiment(organization, experiment,
        case finish_experiment.status when 'completed' then array['running', 'paused']::prompts.experiment_status[]
                                      else array['draft', 'running', 'paused']::prompts.experiment_status[] end);
    update prompts.ab_experiments e
    set status = finish_experiment.status, conclusion = finish_experiment.conclusion, winner_variant_id = winner,
        finished_at = greatest(now(), e.started_at), updated_at = now()
    where e.organization_id = organization and e.id = experiment;
    if present.promotes_winner and winner is not null then
        select v.template_version into winning_version
        from prompts.variants v where v.organization_id = organization and v.id = winner;
        perform prompts.publish_version(present.template_id, winning_version, format('experiment %s', experiment));
    end if;
end
$$;
comment on function prompts.finish_experiment(uuid, prompts.experiment_status, text, uuid) is
    'Ends an experiment as completed, with a winner or without, or cancelled. The winner''s version is published when the experiment says so.';

create or replace function prompts.lock_experiment(organization uuid, experiment uuid, wanted prompts.experiment_status[])
    returns prompts.ab_experiments
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    present prompts.ab_experiments;
begin
    select * into present from prompts.ab_experiments e
    where e.organization_id = organization and e.id = experiment and e.status = any (wanted) for update;
    if not found then
        raise exception using errcode = 'GS407',
            message = format('there is no experiment %s that is %s', experiment, array_to_string(wanted, ' or ')),
            hint = 'A finished experiment stays finished: draw up a new one.';
    end if;
    return present;
end
$$;
comment on function prompts.lock_experiment(uuid, uuid, prompts.experiment_status[]) is
    'Part of the routines that change an experiment: its row, locked until the transaction ends; error GS407 when its status is none of those.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('health', $gsdb_file$-- What the health functions say of prompts, with the rights of the caller. Counting stops at 100,000 rows.
--
-- Policies make the planner expect a hundredth of the rows that come (docs/decisions/0013), so what reads an organization at a time is told to
-- follow the indexes.

create or replace function prompts.health_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
as $$
begin
    if base.reading_scope('prompts.executions') = 'none' then
        return next base.unread_signal('prompts', 'prompts.executions');
        return;
    end if;
    return query
    with counted (signal, found, example, warning_at, critical_at, remedy) as (
        select 'executions_without_outcome', count(*), min(s.id::text), 1, 100, 'Their program ended without a word: finish them with prompts.finish_execution as failed.'
        from (select e.id from prompts.executions e where e.finished_at is null and e.created_at < now() - interval '1 hour' limit 100000) s
        union all
        select 'expired_context_data', count(*), min(s.cache_key), 10000, 100000, 'Let the server run, or select cleanup_expired_context_data().'
        from (select d.cache_key from prompts.context_data d where d.expires_at < now() - interval '1 hour' limit 100000) s
    )
    select 'prompts', c.signal, c.found::numeric, 'rows', c.warning_at::numeric, c.critical_at::numeric, c.remedy, jsonb_strip_nulls(jsonb_build_object('example', c.example))
    from counted c;
    return query select * from prompts.outcome_signals(interval '1 hour');
end
$$;
comment on function prompts.health_signals() is 'Signals of executions that never ended, of the cache of contexts, and of how executions end.';

-- Few executions say nothing of a rate: it is judged from 20 on.
create or replace function prompts.outcome_signals(span interval) returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    return query
    select 'prompts', 'failure_rate', round(coalesce(100.0 * s.failed / nullif(s.ended, 0), 0), 2), '%',
           case when s.ended >= 20 then 10::numeric end, case when s.ended >= 20 then 50::numeric end,
           'Look at error_code of the executions that failed: a model that is overloaded, a key that expired.',
           jsonb_build_object('ended', s.ended, 'failed', s.failed, 'seconds', extract(epoch from span))
    from (select count(*) filter (where e.status in ('failed', 'timed_out')) as failed, count(*) filter (where e.status in ('completed', 'failed', 'timed_out')) as ended
          from base.organizations_in('prompts.executions') o
          cross join lateral (
              select x.status from prompts.executions x where x.organization_id = o and x.created_at >= now() - span order by x.created_at desc limit 100000
          ) e) s;
end
$$;
comment on function prompts.outcome_signals(interval) is 'The share of the executions asked for within a span of time that failed.';

create or replace function prompts.quality_signals() returns setof base.health_signal
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_sort = off
as $$
begin
    if base.reading_scope('prompts.executions') = 'none' then
        return next base.unread_signal('prompts.executions', 'prompts.executions');
        return;
    end if;
    return query
    with recent as materialized (
        select e.*
        from base.organizations_in('prompts.executions') o
        cross join lateral (
            select x.status, x.input_tokens, x.output_tokens, x.cost_usd, x.created_at, x.finished_at from prompts.executions x
            where x.organization_id = o and x.created_at >= now() - interval '7 days' order by x.created_at desc limit 1000
        ) e
    ), counted (signal, missing, among, warning_at, critical_at, remedy) as (
        select 'executions_without_outcome', count(*) filter (where r.finished_at is null), count(*), 1, 10, 'Finish them with prompts.finish_execution.'
        from recent r where r.created_at < now() - interval '1 hour'
        union all
        select 'completed_without_tokens', count(*) filter (where r.input_tokens is null or r.output_tokens is null), count(*), 5, 50, 'Let the provider report usage.'
        from recent r where r.status = 'completed'
        union all
        select 'completed_without_cost', count(*) filter (where r.cost_usd is null), count(*), 20, null, 'Give the model a price in the settings.'
        from recent r where r.status = 'completed'
    )
    select 'prompts.executions', c.signal, round(coalesce(100.0 * c.missing / nullif(c.among, 0), 0), 2), '%',
           case when c.among >= 20 then c.warning_at::numeric end, case when c.among >= 20 then c.critical_at::numeric end, c.remedy,
           jsonb_build_object('rows', c.missing, 'of', c.among, 'window', '7 days, newest 1000 of each organization')
    from counted c;
end
$$;
comment on function prompts.quality_signals() is 'How complete the records of executions are, of those of the last seven days.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('publish_version', $gsdb_file$-- Which version of a template is current changes here, and the audit log has who changed it from what to what.

create or replace function prompts.publish_version(template uuid, version integer, reason text default '') returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    present record;
begin
    select t.status, t.current_version into present
    from prompts.prompt_templates t where t.organization_id = organization and t.id = template for update;
    if not found or not exists (
        select from prompts.template_versions v
        where v.organization_id = organization and v.template_id = template and v.version = publish_version.version)
    then
        raise exception using errcode = 'GS401',
            message = format('there is no version %s of template %s', version, template),
            hint = 'List the versions of the template.';
    end if;
    if present.status = 'archived' then
        raise exception using errcode = 'GS402',
            message = format('template %s is archived', template),
            hint = 'Take it out of the archive first.';
    end if;
    if present.current_version is not distinct from version and present.status = 'active' then
        return;
    end if;
    update prompts.prompt_templates t
    set current_version = publish_version.version, status = 'active', published_at = now(), updated_at = now()
    where t.organization_id = organization and t.id = template;
    perform base.audit('published', 'prompts.prompt_templates', template::text, jsonb_build_object(
        'version', version, 'previous_version', present.current_version, 'reason', reason));
end
$$;
comment on function prompts.publish_version(uuid, integer, text) is
    'Makes a version, newer or older, the current one of its template, and the template active; doing it again changes nothing.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('references', $gsdb_file$-- What this module's tables refer to, for data_integrity_checks().

select base.show_module_references('prompts');
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('retire_enhancement', $gsdb_file$-- The one thing that changes in an enhancement: that it goes out of use.

create or replace function prompts.retire_enhancement(enhancement uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update prompts.prompt_enhancements e
    set retired_at = greatest(now(), e.created_at)
    where e.organization_id = organization and e.id = enhancement and e.retired_at is null;
    if not found then
        raise exception using errcode = 'GS405',
            message = format('there is no enhancement %s in use', enhancement),
            hint = 'List the enhancements of the organization that are not retired.';
    end if;
end
$$;
comment on function prompts.retire_enhancement(uuid) is 'Takes an enhancement out of use for ever. Add a later version of its name in the same transaction to replace it.';
revoke execute on function prompts.retire_enhancement(uuid) from public;
grant execute on function prompts.retire_enhancement(uuid) to prompts_user;
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('set_fallback_template', $gsdb_file$-- The one way to write template_fallbacks, because a cycle is more than one row and no constraint sees it.

-- The lock lets one change at a time look at an organization's chains. The template's row is written and the rows of the chain are
-- locked, so that a transaction that still sees the chain of before (repeatable read) fails instead of closing a cycle.
create or replace function prompts.set_fallback_template(template uuid, fallback uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
    link uuid := fallback;
begin
    perform pg_advisory_xact_lock(hashtextextended('prompts.template_fallbacks of ' || organization, 0));
    update prompts.prompt_templates t set updated_at = now() where t.organization_id = organization and t.id = template;
    if not found then
        perform prompts.raise_template_not_found(template);
    end if;
    while link is not null loop
        if link = template then
            raise exception using errcode = 'GS404',
                message = format('template %s is a fallback of %s already, directly or through others', template, fallback),
                hint = 'Choose a template whose chain of fallbacks does not lead back.';
        end if;
        perform from prompts.prompt_templates t where t.organization_id = organization and t.id = link for share;
        if not found then
            perform prompts.raise_template_not_found(link);
        end if;
        select f.fallback_template_id into link
        from prompts.template_fallbacks f where f.organization_id = organization and f.template_id = link;
    end loop;
    if fallback is null then
        delete from prompts.template_fallbacks f where f.organization_id = organization and f.template_id = template;
    else
        insert into prompts.template_fallbacks (organization_id, template_id, fallback_template_id)
        values (organization, template, fallback)
        on conflict (organization_id, template_id) do update set fallback_template_id = excluded.fallback_template_id;
    end if;
end
$$;
comment on function prompts.set_fallback_template(uuid, uuid) is
    'Says which template is asked when another does not apply; null for none. Error GS404 when that would lead back to it, at whatever length.';
revoke execute on function prompts.set_fallback_template(uuid, uuid) from public;
grant execute on function prompts.set_fallback_template(uuid, uuid) to prompts_user;

create or replace function prompts.raise_template_not_found(template uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'GS403',
        message = format('there is no template %s', template),
        hint = 'List the templates of the organization.';
end
$$;
comment on function prompts.raise_template_not_found(uuid) is 'Part of prompts.set_fallback_template: error GS403.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('template_variables', $gsdb_file$-- What a version may declare of its variables. Part of a constraint, so it looks at nothing but the document.

create or replace function prompts.are_template_variables(variables jsonb) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
declare
    variable jsonb;
    names text[] := array[]::text[];
begin
    if jsonb_typeof(variables) is distinct from 'array' then
        return false;
    end if;
    for variable in select * from jsonb_array_elements(variables) loop
        if jsonb_typeof(variable) <> 'object' or not variable ?& array['name', 'type']
           or variable - array['name', 'type', 'required', 'default', 'description'] <> '{}'
           or jsonb_typeof(variable -> 'name') <> 'string' or variable ->> 'name' !~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'
           or variable ->> 'name' = any (names)
           or jsonb_typeof(coalesce(variable -> 'required', 'true')) <> 'boolean'
           or jsonb_typeof(coalesce(variable -> 'description', '""')) <> 'string'
           -- What is required has no default; what is not, may have one.
           or variable ? 'default' and variable -> 'required' = 'true'
           or not prompts.is_value_of_type(coalesce(variable -> 'default', 'null'), variable ->> 'type')
        then
            return false;
        end if;
        names := names || (variable ->> 'name');
    end loop;
    return true;
end
$$;
comment on function prompts.are_template_variables(jsonb) is 'Whether a document declares variables: an array of objects with name, type and maybe required, default, description.';

-- Null is a value of every known type: a default may be nothing.
create or replace function prompts.is_value_of_type(value jsonb, type_name text) returns boolean
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(case type_name
        when 'text' then jsonb_typeof(value) in ('string', 'null')
        when 'integer' then case jsonb_typeof(value) when 'number' then value::numeric = trunc(value::numeric) when 'null' then true end
        when 'number' then jsonb_typeof(value) in ('number', 'null')
        when 'boolean' then jsonb_typeof(value) in ('boolean', 'null')
        when 'list' then jsonb_typeof(value) in ('array', 'null')
        when 'object' then jsonb_typeof(value) in ('object', 'null')
    end, false);
end
$$;
comment on function prompts.is_value_of_type(jsonb, text) is 'Whether a value can be given to a variable of the named type: text, integer, number, boolean, list or object.';
$gsdb_file$);
insert into pg_temp.gsdb_routine values ('views', $gsdb_file$-- Views that are an API. Each counts in a sub-select of its own, grouped before it is joined, so that no count multiplies another.
-- Success is completed executions among those that completed, failed or timed out; quality is a mean of scores, and never called success.

create or replace view prompts.template_performance as
select t.organization_id, t.id as template_id, t.slug, t.name, t.status, v.version,
       coalesce(v.version = t.current_version, false) as is_current,
       e.executions,
       e.completed,
       e.failed,
       round(100.0 * e.completed / nullif(e.completed + e.failed, 0), 2) as success_percentage,
       coalesce(e.input_tokens, 0) as input_tokens,
       coalesce(e.output_tokens, 0) as output_tokens,
       coalesce(e.cost_usd, 0) as cost_usd,
       round(e.mean_cost_usd, 6) as mean_cost_usd,
       e.duration_ms[1] as duration_ms_p50,
       e.duration_ms[2] as duration_ms_p95,
       e.duration_ms[3] as duration_ms_p99,
       f.feedback,
       f.quality_score,
       f.factual_accuracy_score,
       e.last_used_at
from prompts.prompt_templates t
join prompts.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
-- Each version asks for its own rows: grouped first, they would all be counted again for every version.
cross join lateral (
    select count(*) as executions,
           count(*) filter (where x.status = 'completed') as completed,
           count(*) filter (where x.status in ('failed', 'timed_out')) as failed,
           sum(x.input_tokens) as input_tokens,
           sum(x.output_tokens) as output_tokens,
           sum(x.cost_usd) as cost_usd,
           avg(x.cost_usd) as mean_cost_usd,
           percentile_cont(array[0.5, 0.95, 0.99]) within group (order by x.duration_ms) filter (where x.status = 'completed') as duration_ms,
           max(x.created_at) as last_used_at
    from prompts.executions x
    where x.organization_id = v.organization_id and x.template_id = v.template_id and x.template_version = v.version
) e
cross join lateral (
    select count(*) as feedback,
           round(avg(j.score) filter (where j.aspect = 'quality'), 4) as quality_score,
           round(avg(j.score) filter (where j.aspect = 'factual_accuracy'), 4) as factual_accuracy_score
    from prompts.executions x
    join prompts.feedback j on j.organization_id = x.organization_id and j.execution_id = x.id
    where x.organization_id = v.organization_id and x.template_id = v.template_id and x.template_version = v.version
) f;
comment on view prompts.template_performance is 'Every version of every template with how often it was used, how that ended, what it cost and took, and how it was judged. Durations are of completed executions; scores are means, null without any.';
select base.tenant_view('prompts.template_performance');

create or replace view prompts.enhancement_performance as
select n.organization_id, n.id as enhancement_id, n.name, n.version, n.enhancement_type, n.position, n.retired_at,
       coalesce(e.executions, 0) as executions,
       coalesce(e.completed, 0) as completed,
       coalesce(e.failed, 0) as failed,
       round(100.0 * e.completed / nullif(e.completed + e.failed, 0), 2) as success_percentage,
       f.quality_score,
       f.factual_accuracy_score,
       e.last_used_at
from prompts.prompt_enhancements n
left join (
    select a.organization_id, a.enhancement_id,
           count(*) as executions,
           count(*) filter (where e.status = 'completed') as completed,
           count(*) filter (where e.status in ('failed', 'timed_out')) as failed,
           max(e.created_at) as last_used_at
    from prompts.execution_enhancements a
    join prompts.executions e on e.organization_id = a.organization_id and e.id = a.execution_id
    group by a.organization_id, a.enhancement_id
) e on e.organization_id = n.organization_id and e.enhancement_id = n.id
left join (
    select a.organization_id, a.enhancement_id,
           round(avg(f.score) filter (where f.aspect = 'quality'), 4) as quality_score,
           round(avg(f.score) filter (where f.aspect = 'factual_accuracy'), 4) as factual_accuracy_score
    from prompts.execution_enhancements a
    join prompts.feedback f on f.organization_id = a.organization_id and f.execution_id = a.execution_id
    group by a.organization_id, a.enhancement_id
) f on f.organization_id = n.organization_id and f.enhancement_id = n.id;
comment on view prompts.enhancement_performance is 'Every version of every enhancement with how often it was applied, how that ended and how it was judged. Not a comparison: that takes an experiment.';
select base.tenant_view('prompts.enhancement_performance');

-- With one look for each variant and metric, the last; the verdict is made from all of them.
create or replace view prompts.experiment_progress as
select x.organization_id, x.id as experiment_id, x.name, x.status, v.id as variant_id, v.name as variant_name, v.template_version,
       v.id = x.control_variant_id as is_control,
       v.id = x.winner_variant_id as is_winner,
       v.weight,
       coalesce(s.subjects, 0) as subjects,
       round(100.0 * coalesce(s.subjects, 0) / nullif(sum(s.subjects) over (partition by x.organization_id, x.id, m.id), 0), 2) as subjects_percentage,
       round(100.0 * v.weight / nullif(sum(v.weight) over (partition by x.organization_id, x.id, m.id), 0), 2) as weight_percentage,
       m.id as metric_id, m.name as metric_name,
       coalesce(m.id = x.primary_metric_id, false) as is_primary,
       m.is_guardrail,
       coalesce(o.outcomes, 0) as outcomes,
       coalesce(o.value_sum, 0) as value_sum,
       o.value_mean,
       o.value_variance,
       coalesce(o.outcomes, 0) >= x.sample_size_min as has_enough_outcomes,
       a.analysed_at, a.effect, a.effect_lower, a.effect_upper, a.p_value, a.best_probability, a.sample_ratio_p_value
from prompts.ab_experiments x
join prompts.variants v on v.organization_id = x.organization_id and v.experiment_id = x.id
left join prompts.experiment_metrics m on m.organization_id = x.organization_id and m.experiment_id = x.id
left join (
    select organization_id, experiment_id, variant_id, count(*) as subjects
    from prompts.assignments
    group by organization_id, experiment_id, variant_id
) s on s.organization_id = v.organization_id and s.experiment_id = v.experiment_id and s.variant_id = v.id
left join (
    select organization_id, experiment_id, metric_id, variant_id,
           count(*) as outcomes, sum(value) as value_sum, avg(value) as value_mean, var_samp(value) as value_variance
    from prompts.outcomes
    group by organization_id, experiment_id, metric_id, variant_id
) o on o.organization_id = v.organization_id and o.experiment_id = v.experiment_id and o.metric_id = m.id and o.variant_id = v.id
left join (
    select distinct on (organization_id, experiment_id, metric_id, variant_id) *
    from prompts.experiment_analyses
    order by organization_id, experiment_id, metric_id, variant_id, analysed_at desc
) a on a.organization_id = v.organization_id and a.experiment_id = v.experiment_id and a.metric_id = m.id and a.variant_id = v.id;
comment on view prompts.experiment_progress is 'Every variant of every experiment by metric: subjects beside what the weights say, what was measured (number, sum, mean and variance are what the tests need), and the last look.';
select base.tenant_view('prompts.experiment_progress');

create or replace view prompts.context_source_usage as
select s.organization_id, s.id as context_source_id, s.name, s.source_type, s.disabled_at,
       coalesce(t.templates, 0) as templates,
       coalesce(u.uses, 0) as uses,
       coalesce(u.executions, 0) as executions,
       coalesce(u.tokens, 0) as tokens,
       coalesce(u.tokens_left_out, 0) as tokens_left_out,
       u.cache_hit_percentage,
       u.fetch_ms_p95,
       u.relevance_score,
       coalesce(d.cached_answers, 0) as cached_answers,
       coalesce(d.expired_answers, 0) as expired_answers,
       coalesce(d.cached_bytes, 0) as cached_bytes,
       d.last_fetched_at
from prompts.context_sources s
left join (
    select organization_id, context_source_id, count(*) as templates
    from prompts.template_context_sources
    group by organization_id, context_source_id
) t on t.organization_id = s.organization_id and t.context_source_id = s.id
left join (
    select organization_id, context_source_id,
           count(*) as uses,
           count(distinct execution_id) as executions,
           sum(tokens) as tokens,
           sum(tokens_left_out) as tokens_left_out,
           round(100.0 * count(*) filter (where fetch_ms is null) / count(*), 2) as cache_hit_percentage,
           percentile_cont(0.95) within group (order by fetch_ms) as fetch_ms_p95,
           round(avg(relevance_score), 4) as relevance_score
    from prompts.execution_contexts
    group by organization_id, context_source_id
) u on u.organization_id = s.organization_id and u.context_source_id = s.id
left join (
    select organization_id, context_source_id,
           count(*) as cached_answers,
           count(*) filter (where expires_at <= now()) as expired_answers,
           sum(size_bytes) as cached_bytes,
           max(fetched_at) as last_fetched_at
    from prompts.context_data
    group by organization_id, context_source_id
) d on d.organization_id = s.organization_id and d.context_source_id = s.id;
comment on view prompts.context_source_usage is 'Every context source with who uses it, how much of it went into prompts, how often the cache had it, and what the cache holds.';
select base.tenant_view('prompts.context_source_usage');

create or replace view prompts.execution_analytics as
select organization_id,
       (created_at at time zone 'UTC')::date as day,
       workflow_stage, provider, model,
       count(*) as executions,
       count(*) filter (where status = 'completed') as completed,
       count(*) filter (where status in ('failed', 'timed_out')) as failed,
       count(*) filter (where status = 'cancelled') as cancelled,
       count(*) filter (where finished_at is null) as open,
       round(100.0 * count(*) filter (where status = 'completed')
             / nullif(count(*) filter (where status in ('completed', 'failed', 'timed_out')), 0), 2) as success_percentage,
       coalesce(sum(retries), 0) as retries,
       coalesce(sum(input_tokens), 0) as input_tokens,
       coalesce(sum(cached_input_tokens), 0) as cached_input_tokens,
       coalesce(sum(output_tokens), 0) as output_tokens,
       coalesce(sum(cost_usd), 0) as cost_usd,
       percentile_cont(0.5) within group (order by duration_ms) filter (where status = 'completed') as duration_ms_p50,
       percentile_cont(0.95) within group (order by duration_ms) filter (where status = 'completed') as duration_ms_p95,
       percentile_cont(0.99) within group (order by duration_ms) filter (where status = 'completed') as duration_ms_p99
from prompts.executions
group by organization_id, (created_at at time zone 'UTC')::date, workflow_stage, provider, model;
comment on view prompts.execution_analytics is 'Executions by day (UTC), workflow stage, provider and model: how they ended, what they cost and took.';
select base.tenant_view('prompts.execution_analytics');
$gsdb_file$);
select pg_temp.gsdb_migrate(1, 'create_prompt_templates', 'plain', '5000ms', 1, 10957, 10979, 356, $gsdb_file$-- Templates, their versions, and which template stands in for which. A version is written once. Which one is current is said by its
-- template and nowhere else. Usage, success and quality are not columns: they follow from executions and feedback.

create type prompts.template_status as enum ('draft', 'active', 'deprecated', 'archived');
comment on type prompts.template_status is 'Where a template is in its life. What is deprecated still works; what is archived does not.';
create type prompts.message_role as enum ('system', 'user', 'assistant');
comment on type prompts.message_role is 'As whose message of a conversation a text is sent.';
create type prompts.template_language as enum ('plain', 'mustache', 'liquid');
comment on type prompts.template_language is 'The language a text is a template in; plain is sent as it stands.';

create table prompts.prompt_templates (
    organization_id uuid                    not null,
    id              uuid                    not null default base.uuid_v7(),
    slug            text                    not null,
    name            text                    not null,
    description     text                    not null default '',
    role            prompts.message_role    not null default 'user',
    status          prompts.template_status not null default 'draft',
    current_version integer,
    published_at    timestamptz,
    workflow_stage  text,
    is_default      boolean                 not null default false,
    tags            text[]                  not null default '{}',
    created_by      uuid,
    created_at      timestamptz             not null default now(),
    updated_at      timestamptz             not null default now(),
    constraint prompt_templates_pkey primary key (organization_id, id),
    constraint prompt_templates_slug_key unique (organization_id, slug),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint slug_is_lowercase_words_with_hyphens check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 100),
    constraint draft_has_no_current_version check (status <> 'draft' or current_version is null),
    constraint template_in_use_has_a_current_version check (status not in ('active', 'deprecated') or current_version is not null),
    constraint current_version_has_been_published check ((current_version is null) = (published_at is null)),
    constraint workflow_stage_is_a_word check (workflow_stage ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint default_is_for_a_stage check (not is_default or workflow_stage is not null),
    constraint default_is_in_use check (not is_default or status in ('active', 'deprecated')),
    constraint tags_are_given check (array_position(tags, null) is null and not '' = any (tags))
);
create unique index a_stage_has_one_default_template on prompts.prompt_templates (organization_id, workflow_stage) where is_default;
-- No trigram or GIN index on names and tags: an organization has thousands of templates at most, and reads them through the slug.
create index prompt_templates_current_version_idx on prompts.prompt_templates (organization_id, id, current_version) where current_version is not null;

comment on table prompts.prompt_templates is 'Prompts by name. What a prompt says is in its versions.';
comment on column prompts.prompt_templates.organization_id is 'The organization it belongs to.';
comment on column prompts.prompt_templates.id is 'Its id.';
comment on column prompts.prompt_templates.slug is 'The name that programs ask for it by, unique in the organization.';
comment on column prompts.prompt_templates.name is 'What people call it; need not be unique.';
comment on column prompts.prompt_templates.description is 'What it is for; Markdown.';
comment on column prompts.prompt_templates.role is 'As whose message it is sent.';
comment on column prompts.prompt_templates.status is 'Where it is in its life.';
comment on column prompts.prompt_templates.current_version is 'The version that whoever asks for the template gets; null while none was published. Set by prompts.publish_version.';
comment on column prompts.prompt_templates.published_at is 'When that version became the current one; the audit log has those before it.';
comment on column prompts.prompt_templates.workflow_stage is 'The stage of a workflow it is written for: requirements_decomposition, pr_validation and so on; null for any.';
comment on column prompts.prompt_templates.is_default is 'Whether its stage uses it when no template is named.';
comment on column prompts.prompt_templates.tags is 'Words to find it by.';
comment on column prompts.prompt_templates.created_by is 'Who made it; null for the program. Id of identity.users.';
comment on column prompts.prompt_templates.created_at is 'When it was made.';
comment on column prompts.prompt_templates.updated_at is 'When it was last changed.';

-- Archived, not deleted: executions refer to it.
select base.tenant_table('prompts.prompt_templates', privileges => 'select, insert, update');

-- Variables are one document because a version is one thing that never changes: a row of a variable could be added later.
create table prompts.template_versions (
    organization_id   uuid                      not null,
    template_id       uuid                      not null,
    version           integer                   not null,
    content           text                      not null,
    language          prompts.template_language not null default 'mustache',
    variables         jsonb                     not null default '[]',
    conditions        jsonb                     not null default '{}',
    model             text,
    temperature       numeric(3, 2),
    output_tokens_max integer,
    model_parameters  jsonb                     not null default '{}',
    change_summary    text                      not null default '',
    created_by        uuid,
    created_at        timestamptz               not null default now(),
    constraint template_versions_pkey primary key (organization_id, template_id, version),
    constraint version_counts_from_one check (version >= 1),
    constraint content_is_not_blank check (btrim(content) <> ''),
    constraint variables_are_declared_in_full check (prompts.are_template_variables(variables)),
    constraint conditions_is_object check (jsonb_typeof(conditions) = 'object'),
    constraint model_is_not_blank check (btrim(model) <> ''),
    constraint temperature_is_from_0_to_2 check (temperature between 0 and 2),
    constraint output_has_room check (output_tokens_max >= 1),
    constraint model_parameters_is_object check (jsonb_typeof(model_parameters) = 'object'),
    constraint every_parameter_has_one_place check (not model_parameters ?| array['model', 'temperature', 'max_tokens', 'max_output_tokens', 'messages', 'input'])
);

comment on table prompts.template_versions is 'What a template said at each time. Rows are added and never changed.';
comment on column prompts.template_versions.organization_id is 'The organization of the template.';
comment on column prompts.template_versions.template_id is 'The template it is a version of.';
comment on column prompts.template_versions.version is 'Counts the versions of the template from 1.';
comment on column prompts.template_versions.content is 'The text.';
comment on column prompts.template_versions.language is 'What language the text is a template in.';
comment on column prompts.template_versions.variables is 'What the text is rendered with, in order: objects with name, type (text, integer, number, boolean, list, object), and as wanted required, default, description.';
comment on column prompts.template_versions.conditions is 'When the version applies, in GrowthBook''s condition language over the attributes of who asks; otherwise the template''s fallback is asked. Empty for always.';
comment on column prompts.template_versions.model is 'The model it was written for; null when whoever asks decides.';
comment on column prompts.template_versions.temperature is 'The temperature to sample with, 0 to 2; null for the model''s own.';
comment on column prompts.template_versions.output_tokens_max is 'How many tokens the answer may have; null for the model''s own limit.';
comment on column prompts.template_versions.model_parameters is 'Further parameters of the request, by the provider''s names: top_p, stop, response_format and so on.';
comment on column prompts.template_versions.change_summary is 'What is different from the version before, and why.';
comment on column prompts.template_versions.created_by is 'Who wrote it; null for the program. Id of identity.users.';
comment on column prompts.template_versions.created_at is 'When it was written.';

select base.tenant_table('prompts.template_versions', privileges => 'select, insert');
alter table prompts.template_versions add constraint template_versions_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;
alter table prompts.prompt_templates add constraint current_version_is_one_of_its_own
    foreign key (organization_id, id, current_version) references prompts.template_versions (organization_id, template_id, version);

-- A table of its own, so that only prompts.set_fallback_template writes it: no constraint can see a cycle.
create table prompts.template_fallbacks (
    organization_id      uuid        not null,
    template_id          uuid        not null,
    fallback_template_id uuid        not null,
    created_at           timestamptz not null default now(),
    constraint template_fallbacks_pkey primary key (organization_id, template_id),
    constraint fallback_is_another_template check (fallback_template_id <> template_id)
);
create index template_fallbacks_fallback_idx on prompts.template_fallbacks (organization_id, fallback_template_id);

comment on table prompts.template_fallbacks is 'Which template is asked when another does not apply, is archived or fails; chains end, whatever their length.';
comment on column prompts.template_fallbacks.organization_id is 'The organization of both templates.';
comment on column prompts.template_fallbacks.template_id is 'The template that may not apply.';
comment on column prompts.template_fallbacks.fallback_template_id is 'The template asked instead.';
comment on column prompts.template_fallbacks.created_at is 'When the first fallback of the template was set.';

select base.tenant_table('prompts.template_fallbacks', privileges => 'select');
alter table prompts.template_fallbacks add constraint template_fallbacks_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;
alter table prompts.template_fallbacks add constraint template_fallbacks_fallback_fkey
    foreign key (organization_id, fallback_template_id) references prompts.prompt_templates (organization_id, id);

-- migrate: rollback
drop view if exists prompts.template_performance;
drop table prompts.template_fallbacks;
alter table prompts.prompt_templates drop constraint current_version_is_one_of_its_own;
drop table prompts.template_versions;
drop table prompts.prompt_templates;
drop type prompts.template_language;
drop type prompts.message_role;
drop type prompts.template_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(2, 'create_prompt_enhancements', 'plain', '5000ms', 1, 4712, 4734, 170, $gsdb_file$-- Rules that add to a prompt before it is sent: context, demands of accuracy, the form of the answer. A rule that has been applied must
-- say for ever what it added, so a rule is not changed: it is retired and a later version of it takes its place.

create type prompts.enhancement_type as enum ('context_injection', 'accuracy', 'format', 'error_reduction', 'response_quality');
comment on type prompts.enhancement_type is 'What an enhancement is meant to improve.';
create type prompts.enhancement_placement as enum ('before', 'after');
comment on type prompts.enhancement_placement is 'On which side of the prompt an enhancement''s text stands.';

create table prompts.prompt_enhancements (
    organization_id  uuid                          not null,
    id               uuid                          not null default base.uuid_v7(),
    name             text                          not null,
    version          integer                       not null default 1,
    enhancement_type prompts.enhancement_type      not null,
    position         integer                       not null,
    placement        prompts.enhancement_placement not null default 'after',
    content          text                          not null,
    language         prompts.template_language     not null default 'mustache',
    conditions       jsonb                         not null default '{}',
    template_id      uuid,
    created_by       uuid,
    created_at       timestamptz                   not null default now(),
    retired_at       timestamptz,
    constraint prompt_enhancements_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint version_counts_from_one check (version >= 1),
    constraint position_counts_from_one check (position >= 1),
    constraint content_is_not_blank check (btrim(content) <> ''),
    constraint conditions_is_object check (jsonb_typeof(conditions) = 'object'),
    constraint retired_after_it_was_made check (retired_at >= created_at)
);
create unique index prompt_enhancements_version_key on prompts.prompt_enhancements (organization_id, lower(name), version);
create unique index a_rule_has_one_version_in_use on prompts.prompt_enhancements (organization_id, lower(name)) where retired_at is null;
create index prompt_enhancements_in_use_idx on prompts.prompt_enhancements (organization_id, position, id) where retired_at is null;
create index prompt_enhancements_template_idx on prompts.prompt_enhancements (organization_id, template_id) where template_id is not null;

comment on table prompts.prompt_enhancements is 'Rules that add to prompts before they are sent, in order. Rows are added and retired, never changed.';
comment on column prompts.prompt_enhancements.organization_id is 'The organization it belongs to.';
comment on column prompts.prompt_enhancements.id is 'Its id.';
comment on column prompts.prompt_enhancements.name is 'What the rule is called, whatever its case; one version of a name is in use at a time.';
comment on column prompts.prompt_enhancements.version is 'Counts the versions of the rule from 1.';
comment on column prompts.prompt_enhancements.enhancement_type is 'What it is meant to improve.';
comment on column prompts.prompt_enhancements.position is 'When it is applied: lower ones first, the older one of two alike.';
comment on column prompts.prompt_enhancements.placement is 'Where its text goes: before or after what the prompt is by then.';
comment on column prompts.prompt_enhancements.content is 'The text that is added.';
comment on column prompts.prompt_enhancements.language is 'What language the text is a template in; it is rendered with the prompt''s variables and context.';
comment on column prompts.prompt_enhancements.conditions is 'When it applies, in GrowthBook''s condition language over workflow stage, role, model and variables. Empty for always.';
comment on column prompts.prompt_enhancements.template_id is 'The one template it applies to; null for all.';
comment on column prompts.prompt_enhancements.created_by is 'Who wrote it; null for the program. Id of identity.users.';
comment on column prompts.prompt_enhancements.created_at is 'When it was written and came into use.';
comment on column prompts.prompt_enhancements.retired_at is 'When it went out of use; null while it is in use. Set by prompts.retire_enhancement.';

select base.tenant_table('prompts.prompt_enhancements', privileges => 'select, insert');
alter table prompts.prompt_enhancements add constraint prompt_enhancements_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.enhancement_performance;
drop table prompts.prompt_enhancements;
drop type prompts.enhancement_placement;
drop type prompts.enhancement_type;
$gsdb_file$);
select pg_temp.gsdb_migrate(3, 'create_context_sources', 'plain', '5000ms', 1, 8418, 8440, 203, $gsdb_file$-- Where prompts get facts from, which templates use which source, and what was read, kept until it expires.

create type prompts.context_source_type as enum ('file', 'git', 'code_graph', 'sql', 'http', 'event');
comment on type prompts.context_source_type is 'How a context source is read.';

create table prompts.context_sources (
    organization_id uuid                        not null,
    id              uuid                        not null default base.uuid_v7(),
    name            text                        not null,
    description     text                        not null default '',
    source_type     prompts.context_source_type not null,
    repository_id   uuid,
    query           text                        not null,
    parameters      jsonb                       not null default '{}',
    credential_id   uuid,
    cache_seconds   integer                     not null default 300,
    disabled_at     timestamptz,
    created_at      timestamptz                 not null default now(),
    updated_at      timestamptz                 not null default now(),
    constraint context_sources_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint query_is_not_blank check (btrim(query) <> ''),
    constraint code_is_in_a_repository check (source_type not in ('git', 'code_graph') or repository_id is not null),
    constraint url_is_http_without_password check (source_type <> 'http' or query ~ '^https?://' and query !~ '^[a-z]+://[^/@]*@'),
    constraint parameters_is_object check (jsonb_typeof(parameters) = 'object'),
    constraint cache_seconds_is_not_negative check (cache_seconds >= 0)
);
create unique index context_sources_name_key on prompts.context_sources (organization_id, lower(name));

comment on table prompts.context_sources is 'Where prompts get facts from.';
comment on column prompts.context_sources.organization_id is 'The organization it belongs to.';
comment on column prompts.context_sources.id is 'Its id.';
comment on column prompts.context_sources.name is 'What it is called, unique in the organization whatever its case.';
comment on column prompts.context_sources.description is 'What it gives, in a few sentences; Markdown.';
comment on column prompts.context_sources.source_type is 'How it is read.';
comment on column prompts.context_sources.repository_id is 'The repository it reads; needed for git and code_graph. Id of projects.repositories.';
comment on column prompts.context_sources.query is 'What is read: a path pattern (file), revision and path (git), a query of the graph or of SQL, a URL (http), an event type (event). A template in the prompt''s variables.';
comment on column prompts.context_sources.parameters is 'What else the reader needs to know: headers without secrets, database, number of rows.';
comment on column prompts.context_sources.credential_id is 'What it is reached with; null when nothing is needed. Id of identity.credentials.';
comment on column prompts.context_sources.cache_seconds is 'How long what was read is used again; 0 for reading every time.';
comment on column prompts.context_sources.disabled_at is 'When it was taken out of use; null while it is in use.';
comment on column prompts.context_sources.created_at is 'When it was made.';
comment on column prompts.context_sources.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.context_sources');

create table prompts.template_context_sources (
    organization_id   uuid        not null,
    template_id       uuid        not null,
    context_source_id uuid        not null,
    position          integer     not null,
    variable          text        not null,
    tokens_max        integer     not null,
    conditions        jsonb       not null default '{}',
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    constraint template_context_sources_pkey primary key (organization_id, template_id, context_source_id),
    constraint template_context_sources_variable_key unique (organization_id, template_id, variable),
    constraint position_counts_from_one check (position >= 1),
    constraint variable_is_a_name check (variable ~ '^[A-Za-z_][A-Za-z0-9_]{0,62}$'),
    constraint tokens_max_is_positive check (tokens_max >= 1),
    constraint conditions_is_object check (jsonb_typeof(conditions) = 'object')
);
create index template_context_sources_source_idx on prompts.template_context_sources (organization_id, context_source_id);

comment on table prompts.template_context_sources is 'Which sources a template is given, and how much of each.';
comment on column prompts.template_context_sources.organization_id is 'The organization of both.';
comment on column prompts.template_context_sources.template_id is 'The template.';
comment on column prompts.template_context_sources.context_source_id is 'The source.';
comment on column prompts.template_context_sources.position is 'Which source comes first when the tokens do not suffice for all: the lower one.';
comment on column prompts.template_context_sources.variable is 'The variable that the template finds it in.';
comment on column prompts.template_context_sources.tokens_max is 'How many tokens of it go into a prompt at most.';
comment on column prompts.template_context_sources.conditions is 'When it is wanted, in GrowthBook''s condition language. Empty for always.';
comment on column prompts.template_context_sources.created_at is 'When it was given to the template.';
comment on column prompts.template_context_sources.updated_at is 'When that was last changed.';

select base.tenant_table('prompts.template_context_sources');
alter table prompts.template_context_sources add constraint template_context_sources_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;
alter table prompts.template_context_sources add constraint template_context_sources_source_fkey
    foreign key (organization_id, context_source_id) references prompts.context_sources (organization_id, id) on delete cascade;

create table prompts.context_data (
    organization_id   uuid        not null,
    context_source_id uuid        not null,
    cache_key         text        not null,
    content           text        not null,
    content_sha256    bytea       not null,
    size_bytes        bigint      not null generated always as (octet_length(content)) stored,
    fetched_at        timestamptz not null default now(),
    expires_at        timestamptz,
    constraint context_data_pkey primary key (organization_id, context_source_id, cache_key),
    constraint cache_key_is_short check (cache_key <> '' and length(cache_key) <= 500),
    constraint hash_is_of_the_content check (content_sha256 = sha256(convert_to(content, 'UTF8'))),
    constraint expires_after_it_was_fetched check (expires_at > fetched_at)
);
-- For prompts.cleanup_expired_context_data(), which works for all organizations at once.
create index context_data_expiry_idx on prompts.context_data (expires_at) where expires_at is not null;

comment on table prompts.context_data is 'What was read from context sources and may be used again. A cache: what a prompt was given is in execution_contexts.';
comment on column prompts.context_data.organization_id is 'The organization of the source.';
comment on column prompts.context_data.context_source_id is 'The source it was read from.';
comment on column prompts.context_data.cache_key is 'What was asked of the source: its query with the variables filled in, or a hash of it.';
comment on column prompts.context_data.content is 'What it answered.';
comment on column prompts.context_data.content_sha256 is 'The SHA-256 of the answer in UTF-8.';
comment on column prompts.context_data.size_bytes is 'The size of the answer in UTF-8, in bytes.';
comment on column prompts.context_data.fetched_at is 'When it was read.';
comment on column prompts.context_data.expires_at is 'From when on it is not used any more; null for what cannot change, such as a file of a commit.';

select base.tenant_table('prompts.context_data');
alter table prompts.context_data add constraint context_data_source_fkey
    foreign key (organization_id, context_source_id) references prompts.context_sources (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.context_source_usage;
drop table prompts.context_data;
drop table prompts.template_context_sources;
drop table prompts.context_sources;
drop type prompts.context_source_type;
$gsdb_file$);
select pg_temp.gsdb_migrate(4, 'create_collections', 'plain', '5000ms', 1, 4755, 4777, 69, $gsdb_file$-- Collections: templates that are asked one after another, some only under conditions.

create table prompts.collections (
    organization_id uuid        not null,
    id              uuid        not null default base.uuid_v7(),
    name            text        not null,
    description     text        not null default '',
    workflow_type   text,
    created_by      uuid,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now(),
    archived_at     timestamptz,
    constraint collections_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint workflow_type_is_a_word check (workflow_type ~ '^[a-z][a-z0-9_]{0,62}$')
);
create unique index collections_name_key on prompts.collections (organization_id, lower(name));

comment on table prompts.collections is 'Sequences of prompts.';
comment on column prompts.collections.organization_id is 'The organization it belongs to.';
comment on column prompts.collections.id is 'Its id.';
comment on column prompts.collections.name is 'What it is called, unique in the organization whatever its case.';
comment on column prompts.collections.description is 'What it is for; Markdown.';
comment on column prompts.collections.workflow_type is 'The kind of workflow it is for; null for any.';
comment on column prompts.collections.created_by is 'Who made it; null for the program. Id of identity.users.';
comment on column prompts.collections.created_at is 'When it was made.';
comment on column prompts.collections.updated_at is 'When it was last changed.';
comment on column prompts.collections.archived_at is 'When it was taken out of use; null while it is in use.';

select base.tenant_table('prompts.collections');

-- The position is checked at commit, so that a transaction can move items past each other.
create table prompts.collection_items (
    organization_id  uuid        not null,
    id               uuid        not null default base.uuid_v7(),
    collection_id    uuid        not null,
    position         integer     not null,
    template_id      uuid        not null,
    template_version integer,
    conditions       jsonb       not null default '{}',
    model_parameters jsonb       not null default '{}',
    created_at       timestamptz not null default now(),
    updated_at       timestamptz not null default now(),
    constraint collection_items_pkey primary key (organization_id, id),
    constraint collection_items_position_key unique (organization_id, collection_id, position) deferrable initially deferred,
    constraint position_counts_from_one check (position >= 1),
    constraint documents_are_objects check (jsonb_typeof(conditions) = 'object' and jsonb_typeof(model_parameters) = 'object')
);
create index collection_items_template_idx on prompts.collection_items (organization_id, template_id, template_version);

comment on table prompts.collection_items is 'The prompts of a collection, in order.';
comment on column prompts.collection_items.organization_id is 'The organization of the collection.';
comment on column prompts.collection_items.id is 'Its id.';
comment on column prompts.collection_items.collection_id is 'The collection it is in.';
comment on column prompts.collection_items.position is 'Its place: lower ones first.';
comment on column prompts.collection_items.template_id is 'The template that is asked; the same one may be asked again later.';
comment on column prompts.collection_items.template_version is 'The version it is held to; null for the current one.';
comment on column prompts.collection_items.conditions is 'When it is asked, in GrowthBook''s condition language over what was answered so far. Empty for always.';
comment on column prompts.collection_items.model_parameters is 'Parameters of the request that replace the version''s, by the same names.';
comment on column prompts.collection_items.created_at is 'When it was added.';
comment on column prompts.collection_items.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.collection_items');
alter table prompts.collection_items add constraint collection_items_collection_fkey
    foreign key (organization_id, collection_id) references prompts.collections (organization_id, id) on delete cascade;
alter table prompts.collection_items add constraint collection_items_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id);
alter table prompts.collection_items add constraint collection_items_version_fkey
    foreign key (organization_id, template_id, template_version) references prompts.template_versions (organization_id, template_id, version);

-- migrate: rollback
drop table prompts.collection_items;
drop table prompts.collections;
$gsdb_file$);
select pg_temp.gsdb_migrate(5, 'create_ab_experiments', 'plain', '5000ms', 1, 13980, 14002, 751, $gsdb_file$-- Experiments on a template: which of its versions does better by which metric. Subjects, outcomes and verdicts come in a later
-- migration; sample sizes, means and shares are not columns, they follow from those.

create type prompts.experiment_status as enum ('draft', 'running', 'paused', 'completed', 'cancelled');
comment on type prompts.experiment_status is 'Where an experiment is in its life.';
create type prompts.allocation_policy as enum ('fixed', 'thompson_sampling');
comment on type prompts.allocation_policy is 'Whether the weights of variants stay as they are or follow what has been seen.';
create type prompts.sequential_test as enum ('confidence_sequence', 'mixture_sprt', 'beta_binomial', 'group_sequential');
comment on type prompts.sequential_test is 'The statistics by which an experiment may be looked at, and stopped, at any time.';
create type prompts.metric_type as enum ('proportion', 'mean');
comment on type prompts.metric_type is 'Whether the values of a metric are 0 or 1, or any number.';

create table prompts.ab_experiments (
    organization_id             uuid                      not null,
    id                          uuid                      not null default base.uuid_v7(),
    template_id                 uuid                      not null,
    name                        text                      not null,
    hypothesis                  text                      not null default '',
    status                      prompts.experiment_status not null default 'draft',
    traffic_percentage          numeric(5, 2)             not null default 100,
    allocation                  prompts.allocation_policy not null default 'fixed',
    allocation_floor_percentage numeric(5, 2)             not null default 1,
    sequential_test             prompts.sequential_test   not null default 'confidence_sequence',
    confidence_percentage       numeric(5, 2)             not null default 95,
    sample_size_min             integer                   not null default 100,
    sample_size_planned         integer                   not null default 5000,
    control_variant_id          uuid,
    primary_metric_id           uuid,
    winner_variant_id           uuid,
    promotes_winner             boolean                   not null default false,
    conclusion                  text                      not null default '',
    created_by                  uuid,
    created_at                  timestamptz               not null default now(),
    updated_at                  timestamptz               not null default now(),
    started_at                  timestamptz,
    finished_at                 timestamptz,
    constraint ab_experiments_pkey primary key (organization_id, id),
    constraint ab_experiments_template_key unique (organization_id, id, template_id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint traffic_is_a_percentage check (traffic_percentage > 0 and traffic_percentage <= 100),
    constraint allocation_floor_leaves_a_choice check (allocation_floor_percentage >= 0 and allocation_floor_percentage < 50),
    constraint confidence_is_from_50_to_below_100 check (confidence_percentage >= 50 and confidence_percentage < 100),
    constraint sample_sizes_grow check (sample_size_min >= 1 and sample_size_planned >= sample_size_min),
    constraint started_when_it_ran check (case status when 'draft' then started_at is null
                                                      when 'cancelled' then true else started_at is not null end),
    constraint finished_has_an_end check ((status in ('completed', 'cancelled')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint runs_with_control_and_metric check (status in ('draft', 'cancelled')
                                                   or (control_variant_id is not null and primary_metric_id is not null)),
    constraint only_what_is_complete_has_a_winner check (winner_variant_id is null or status = 'completed')
);
create unique index ab_experiments_name_key on prompts.ab_experiments (organization_id, lower(name));
-- Whoever asks for a template must get one answer.
create unique index a_template_has_one_experiment_at_a_time on prompts.ab_experiments (organization_id, template_id) where status in ('running', 'paused');
create index ab_experiments_template_idx on prompts.ab_experiments (organization_id, template_id, id);
create index ab_experiments_control_idx on prompts.ab_experiments (organization_id, id, control_variant_id) where control_variant_id is not null;
create index ab_experiments_metric_idx on prompts.ab_experiments (organization_id, id, primary_metric_id) where primary_metric_id is not null;
create index ab_experiments_winner_idx on prompts.ab_experiments (organization_id, id, winner_variant_id) where winner_variant_id is not null;

comment on table prompts.ab_experiments is 'Experiments that compare versions of a template on live traffic.';
comment on column prompts.ab_experiments.organization_id is 'The organization it belongs to.';
comment on column prompts.ab_experiments.id is 'Its id; also what subjects are hashed with.';
comment on column prompts.ab_experiments.template_id is 'The template whose versions are compared.';
comment on column prompts.ab_experiments.name is 'What it is called, unique in the organization whatever its case.';
comment on column prompts.ab_experiments.hypothesis is 'What is expected to happen, and why; Markdown.';
comment on column prompts.ab_experiments.status is 'Where it is in its life. Changed by prompts.start_experiment, pause_experiment and finish_experiment.';
comment on column prompts.ab_experiments.traffic_percentage is 'The share of subjects that take part, above 0 up to 100; the others get the current version.';
comment on column prompts.ab_experiments.allocation is 'How subjects are shared among the variants.';
comment on column prompts.ab_experiments.allocation_floor_percentage is 'The share that each variant keeps whatever was seen, 0 to below 50; for thompson_sampling.';
comment on column prompts.ab_experiments.sequential_test is 'The statistics that decide.';
comment on column prompts.ab_experiments.confidence_percentage is 'The confidence that a verdict needs, 50 to below 100.';
comment on column prompts.ab_experiments.sample_size_min is 'Subjects of each variant before any verdict.';
comment on column prompts.ab_experiments.sample_size_planned is 'Subjects at which the test is to be sharpest: n* of a confidence sequence, the horizon of a group sequential test.';
comment on column prompts.ab_experiments.control_variant_id is 'The variant that the others are compared with; null while the experiment is being drawn up.';
comment on column prompts.ab_experiments.primary_metric_id is 'The metric that decides; null while the experiment is being drawn up.';
comment on column prompts.ab_experiments.winner_variant_id is 'The variant that was found best; null when none was.';
comment on column prompts.ab_experiments.promotes_winner is 'Whether the winner''s version becomes the template''s current one by itself.';
comment on column prompts.ab_experiments.conclusion is 'What was found, or why it was ended; Markdown.';
comment on column prompts.ab_experiments.created_by is 'Who drew it up; null for the program. Id of identity.users.';
comment on column prompts.ab_experiments.created_at is 'When it was drawn up.';
comment on column prompts.ab_experiments.updated_at is 'When it was last changed.';
comment on column prompts.ab_experiments.started_at is 'When it first took subjects; null before.';
comment on column prompts.ab_experiments.finished_at is 'When it was completed or cancelled; null before.';

select base.tenant_table('prompts.ab_experiments');
alter table prompts.ab_experiments add constraint ab_experiments_template_fkey
    foreign key (organization_id, template_id) references prompts.prompt_templates (organization_id, id) on delete cascade;

-- Two variants may have one version: that is an A/A test.
create table prompts.variants (
    organization_id  uuid          not null,
    id               uuid          not null default base.uuid_v7(),
    experiment_id    uuid          not null,
    template_id      uuid          not null,
    template_version integer       not null,
    name             text          not null,
    weight           numeric(9, 6) not null default 1,
    created_at       timestamptz   not null default now(),
    updated_at       timestamptz   not null default now(),
    constraint variants_pkey primary key (organization_id, id),
    constraint variants_experiment_key unique (organization_id, experiment_id, id),
    constraint variants_version_key unique (organization_id, id, template_id, template_version),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint weight_is_not_negative check (weight >= 0 and weight < 1000)
);
create unique index variants_name_key on prompts.variants (organization_id, experiment_id, lower(name));
create index variants_template_of_experiment_idx on prompts.variants (organization_id, experiment_id, template_id);
create index variants_template_version_idx on prompts.variants (organization_id, template_id, template_version);

comment on table prompts.variants is 'The versions that an experiment compares.';
comment on column prompts.variants.organization_id is 'The organization of the experiment.';
comment on column prompts.variants.id is 'Its id.';
comment on column prompts.variants.experiment_id is 'The experiment it is part of.';
comment on column prompts.variants.template_id is 'The template of the experiment.';
comment on column prompts.variants.template_version is 'The version that its subjects get.';
comment on column prompts.variants.name is 'What it is called, unique in the experiment whatever its case.';
comment on column prompts.variants.weight is 'Its share of new subjects relative to the other weights; 0 for none. An assignment keeps the probability it was made with.';
comment on column prompts.variants.created_at is 'When it was added.';
comment on column prompts.variants.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.variants');
alter table prompts.variants add constraint variant_is_of_the_experiments_template
    foreign key (organization_id, experiment_id, template_id) references prompts.ab_experiments (organization_id, id, template_id) on delete cascade;
alter table prompts.variants add constraint variants_template_version_fkey
    foreign key (organization_id, template_id, template_version) references prompts.template_versions (organization_id, template_id, version);
alter table prompts.ab_experiments add constraint control_is_a_variant_of_the_experiment
    foreign key (organization_id, id, control_variant_id) references prompts.variants (organization_id, experiment_id, id);
alter table prompts.ab_experiments add constraint winner_is_a_variant_of_the_experiment
    foreign key (organization_id, id, winner_variant_id) references prompts.variants (organization_id, experiment_id, id);

create table prompts.experiment_metrics (
    organization_id      uuid                not null,
    id                   uuid                not null default base.uuid_v7(),
    experiment_id        uuid                not null,
    name                 text                not null,
    metric_type          prompts.metric_type not null,
    higher_is_better     boolean             not null,
    is_guardrail         boolean             not null default false,
    tolerance_percentage numeric(5, 2)       not null default 0,
    created_at           timestamptz         not null default now(),
    updated_at           timestamptz         not null default now(),
    constraint experiment_metrics_pkey primary key (organization_id, id),
    constraint experiment_metrics_name_key unique (organization_id, experiment_id, name),
    constraint experiment_metrics_experiment_key unique (organization_id, experiment_id, id),
    constraint name_is_a_word check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint tolerance_is_a_percentage check (tolerance_percentage between 0 and 100),
    constraint tolerance_is_of_a_guardrail check (is_guardrail or tolerance_percentage = 0)
);

comment on table prompts.experiment_metrics is 'What an experiment measures of each subject.';
comment on column prompts.experiment_metrics.organization_id is 'The organization of the experiment.';
comment on column prompts.experiment_metrics.id is 'Its id.';
comment on column prompts.experiment_metrics.experiment_id is 'The experiment that measures it.';
comment on column prompts.experiment_metrics.name is 'What is measured: success, quality, cost_usd, duration_ms, or a word of one''s own.';
comment on column prompts.experiment_metrics.metric_type is 'What its values are like.';
comment on column prompts.experiment_metrics.higher_is_better is 'Whether more of it is better.';
comment on column prompts.experiment_metrics.is_guardrail is 'Whether it must not get worse, whatever the primary metric does.';
comment on column prompts.experiment_metrics.tolerance_percentage is 'How much worse than the control a guardrail may be, in percent of the control''s mean.';
comment on column prompts.experiment_metrics.created_at is 'When it was added.';
comment on column prompts.experiment_metrics.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.experiment_metrics');
alter table prompts.experiment_metrics add constraint experiment_metrics_experiment_fkey
    foreign key (organization_id, experiment_id) references prompts.ab_experiments (organization_id, id) on delete cascade;
alter table prompts.ab_experiments add constraint primary_metric_is_one_of_the_experiment
    foreign key (organization_id, id, primary_metric_id) references prompts.experiment_metrics (organization_id, experiment_id, id);

-- migrate: rollback
drop view if exists prompts.experiment_progress;
drop function if exists prompts.finish_experiment(uuid, prompts.experiment_status, text, uuid);
drop function if exists prompts.lock_experiment(uuid, uuid, prompts.experiment_status[]);
alter table prompts.ab_experiments drop constraint primary_metric_is_one_of_the_experiment;
alter table prompts.ab_experiments drop constraint winner_is_a_variant_of_the_experiment;
alter table prompts.ab_experiments drop constraint control_is_a_variant_of_the_experiment;
drop table prompts.experiment_metrics;
drop table prompts.variants;
drop table prompts.ab_experiments;
drop type prompts.metric_type;
drop type prompts.sequential_test;
drop type prompts.allocation_policy;
drop type prompts.experiment_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(6, 'create_executions', 'plain', '5000ms', 1, 13984, 14006, 461, $gsdb_file$-- Executions: prompts that were sent to a model and what came back; which enhancements and which context went into each.
--
-- Not partitioned by time, although it grows with time: an execution is looked up by its id alone, which says nothing about started_at
-- that a query could prune by, and feedback, contexts, enhancements and outcomes refer to it by foreign keys, which a partitioned table
-- could only offer with the time in every one of them. Ids of version 7 keep new rows together at the end of the primary key.

create type prompts.execution_status as enum ('pending', 'running', 'completed', 'failed', 'cancelled', 'timed_out');
comment on type prompts.execution_status is 'Where an execution is: the last four are ends.';

create table prompts.executions (
    organization_id       uuid                     not null,
    id                    uuid                     not null default base.uuid_v7(),
    template_id           uuid,
    template_version      integer,
    variant_id            uuid,
    status                prompts.execution_status not null default 'pending',
    prompt                text                     not null,
    enhanced_prompt       text,
    variables             jsonb                    not null default '{}',
    provider              text,
    model                 text,
    model_parameters      jsonb                    not null default '{}',
    external_id           text,
    response              text,
    finish_reason         text,
    error_code            text,
    error_message         text,
    retries               integer                  not null default 0,
    input_tokens          integer,
    cached_input_tokens   integer,
    output_tokens         integer,
    cost_usd              numeric(14, 6),
    workflow_stage        text,
    workflow_execution_id uuid,
    task_id               uuid,
    project_id            uuid,
    session_id            uuid,
    user_id               uuid,
    created_at            timestamptz              not null default now(),
    updated_at            timestamptz              not null default now(),
    started_at            timestamptz,
    finished_at           timestamptz,
    duration_ms           bigint generated always as (round(extract(epoch from finished_at - started_at) * 1000)) stored,
    constraint executions_pkey primary key (organization_id, id),
    constraint version_is_of_a_template check ((template_id is null) = (template_version is null)),
    constraint variant_is_of_a_template check (variant_id is null or template_id is not null),
    constraint prompt_is_not_blank check (btrim(prompt) <> ''),
    constraint documents_are_objects check (jsonb_typeof(variables) = 'object' and jsonb_typeof(model_parameters) = 'object'),
    constraint provider_is_a_word check (provider ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint started_when_it_ran check (case when status = 'pending' then started_at is null
                                               when status in ('running', 'completed', 'timed_out') then started_at is not null else true end),
    constraint what_started_names_its_model check (started_at is null or (provider is not null and btrim(model) <> '' and model is not null)),
    constraint finished_has_an_end check ((status in ('completed', 'failed', 'cancelled', 'timed_out')) = (finished_at is not null)),
    constraint ends_after_start check (finished_at >= started_at),
    constraint completed_has_a_response check (status <> 'completed' or response is not null),
    constraint failure_says_why check ((status in ('failed', 'timed_out')) = (error_code is not null)
                                       and (error_code is null) = (error_message is null)),
    constraint retries_are_not_negative check (retries >= 0),
    constraint tokens_are_not_negative check (coalesce(input_tokens, 0) >= 0 and coalesce(output_tokens, 0) >= 0),
    constraint cached_tokens_are_part_of_the_input check (cached_input_tokens is null or (input_tokens is not null and cached_input_tokens between 0 and input_tokens)),
    constraint cost_is_not_negative check (cost_usd >= 0 and cost_usd <> 'NaN'),
    constraint workflow_stage_is_a_word check (workflow_stage ~ '^[a-z][a-z0-9_]{0,62}$')
);
-- No trigram index on prompts and responses: it would cost more to write than all the others together, and nothing searches them yet.
create unique index executions_external_id_key on prompts.executions (organization_id, provider, external_id) where external_id is not null;
create index executions_version_idx on prompts.executions (organization_id, template_id, template_version, id) where template_id is not null;
create index executions_variant_idx on prompts.executions (organization_id, variant_id, template_id, template_version) where variant_id is not null;
create index executions_created_idx on prompts.executions (organization_id, created_at);
create index executions_open_idx on prompts.executions (organization_id, status, created_at) where finished_at is null;
create index executions_task_idx on prompts.executions (organization_id, task_id, id) where task_id is not null;
create index executions_workflow_idx on prompts.executions (organization_id, workflow_execution_id, id) where workflow_execution_id is not null;
create index executions_session_idx on prompts.executions (organization_id, session_id, id) where session_id is not null;

comment on table prompts.executions is 'Prompts that were sent to a model, and what came back. What people and judges thought of it is in feedback.';
comment on column prompts.executions.organization_id is 'The organization it was run for.';
comment on column prompts.executions.id is 'Its id, made by whoever asks: asking again with the same id does not run it twice.';
comment on column prompts.executions.template_id is 'The template it was made from; null for a prompt of no template.';
comment on column prompts.executions.template_version is 'The version of the template.';
comment on column prompts.executions.variant_id is 'The variant of an experiment that chose the version; null outside experiments.';
comment on column prompts.executions.status is 'Where it is. Changed by prompts.start_execution and prompts.finish_execution.';
comment on column prompts.executions.prompt is 'The text as rendered from the template, or as given.';
comment on column prompts.executions.enhanced_prompt is 'The text as sent, when enhancements or context made it differ from prompt; null when they did not.';
comment on column prompts.executions.variables is 'The values it was rendered with.';
comment on column prompts.executions.provider is 'Who was asked: anthropic, openai, codegen, command and so on; null while nobody was.';
comment on column prompts.executions.model is 'The model that was asked, as its provider calls it; null while none was.';
comment on column prompts.executions.model_parameters is 'The parameters of the request.';
comment on column prompts.executions.external_id is 'The provider''s id of the answer or run; null when it has none.';
comment on column prompts.executions.response is 'What came back; null while nothing has.';
comment on column prompts.executions.finish_reason is 'Why the model stopped, in the provider''s word: stop, length, tool_use; null when not said.';
comment on column prompts.executions.error_code is 'What went wrong, as a code; null when nothing did.';
comment on column prompts.executions.error_message is 'What went wrong, in words without secrets; null when nothing did.';
comment on column prompts.executions.retries is 'How often the request was sent again.';
comment on column prompts.executions.input_tokens is 'Tokens sent, cached ones included; null while not told.';
comment on column prompts.executions.cached_input_tokens is 'Those of them that the provider had in its cache; null while not told.';
comment on column prompts.executions.output_tokens is 'Tokens that came back, those of reasoning included; null while not told.';
comment on column prompts.executions.cost_usd is 'What it cost, in US dollars; null while not known.';
comment on column prompts.executions.workflow_stage is 'The stage of a workflow it was run for; null for none.';
comment on column prompts.executions.workflow_execution_id is 'The run of a workflow it is part of; null for none. Id of workflows.workflow_executions.';
comment on column prompts.executions.task_id is 'The task it was run for; null for none. Id of tasks.tasks.';
comment on column prompts.executions.project_id is 'The project it was run for; null for none. Id of projects.projects.';
comment on column prompts.executions.session_id is 'What executions of one conversation have in common; null outside conversations.';
comment on column prompts.executions.user_id is 'Who asked; null for the program. Id of identity.users.';
comment on column prompts.executions.created_at is 'When it was asked for.';
comment on column prompts.executions.updated_at is 'When the row was last changed.';
comment on column prompts.executions.started_at is 'When the request was first sent; null before.';
comment on column prompts.executions.finished_at is 'When it ended, one way or another; null before.';
comment on column prompts.executions.duration_ms is 'From started_at to finished_at, in milliseconds.';

select base.tenant_table('prompts.executions', privileges => 'select, insert');
alter table prompts.executions add constraint executions_version_fkey
    foreign key (organization_id, template_id, template_version) references prompts.template_versions (organization_id, template_id, version);
alter table prompts.executions add constraint executions_run_the_version_of_their_variant
    foreign key (organization_id, variant_id, template_id, template_version) references prompts.variants (organization_id, id, template_id, template_version);

create table prompts.execution_enhancements (
    organization_id uuid    not null,
    execution_id    uuid    not null,
    position        integer not null,
    enhancement_id  uuid    not null,
    constraint execution_enhancements_pkey primary key (organization_id, execution_id, position),
    constraint an_enhancement_is_applied_once unique (organization_id, enhancement_id, execution_id),
    constraint position_counts_from_one check (position >= 1)
);

comment on table prompts.execution_enhancements is 'Which enhancements were applied to a prompt, in the order in which they were.';
comment on column prompts.execution_enhancements.organization_id is 'The organization of the execution.';
comment on column prompts.execution_enhancements.execution_id is 'The execution.';
comment on column prompts.execution_enhancements.position is 'The place in the order, from 1.';
comment on column prompts.execution_enhancements.enhancement_id is 'The version of the rule that was applied.';

select base.tenant_table('prompts.execution_enhancements', privileges => 'select, insert');
alter table prompts.execution_enhancements add constraint execution_enhancements_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id) on delete cascade;
alter table prompts.execution_enhancements add constraint execution_enhancements_enhancement_fkey
    foreign key (organization_id, enhancement_id) references prompts.prompt_enhancements (organization_id, id);

create table prompts.execution_contexts (
    organization_id   uuid          not null,
    execution_id      uuid          not null,
    position          integer       not null,
    context_source_id uuid          not null,
    content_sha256    bytea         not null,
    tokens            integer       not null,
    tokens_left_out   integer       not null default 0,
    relevance_score   numeric(5, 4),
    fetch_ms          integer,
    constraint execution_contexts_pkey primary key (organization_id, execution_id, position),
    constraint position_counts_from_one check (position >= 1),
    constraint hash_is_sha256 check (octet_length(content_sha256) = 32),
    constraint tokens_are_not_negative check (tokens >= 0 and tokens_left_out >= 0),
    constraint relevance_is_from_0_to_1 check (relevance_score between 0 and 1),
    constraint fetch_time_is_not_negative check (fetch_ms >= 0)
);
create index execution_contexts_source_idx on prompts.execution_contexts (organization_id, context_source_id, execution_id);

comment on table prompts.execution_contexts is 'What a prompt was given from context sources, and how much of it.';
comment on column prompts.execution_contexts.organization_id is 'The organization of the execution.';
comment on column prompts.execution_contexts.execution_id is 'The execution.';
comment on column prompts.execution_contexts.position is 'The place in the prompt, from 1.';
comment on column prompts.execution_contexts.context_source_id is 'The source it came from.';
comment on column prompts.execution_contexts.content_sha256 is 'The SHA-256 of what the source answered, before anything was left out.';
comment on column prompts.execution_contexts.tokens is 'Tokens of it that went into the prompt.';
comment on column prompts.execution_contexts.tokens_left_out is 'Tokens of it for which there was no room.';
comment on column prompts.execution_contexts.relevance_score is 'How much it has to do with the prompt, 0 to 1; null when not judged.';
comment on column prompts.execution_contexts.fetch_ms is 'How long reading it took, in milliseconds; null when it came from the cache.';

select base.tenant_table('prompts.execution_contexts', privileges => 'select, insert');
alter table prompts.execution_contexts add constraint execution_contexts_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id) on delete cascade;
alter table prompts.execution_contexts add constraint execution_contexts_source_fkey
    foreign key (organization_id, context_source_id) references prompts.context_sources (organization_id, id);

-- migrate: rollback
drop view if exists prompts.template_performance, prompts.enhancement_performance, prompts.context_source_usage, prompts.execution_analytics;
drop function if exists prompts.finish_execution(uuid, prompts.execution_status, text, text, text, text, integer, integer, integer, numeric, text, integer, timestamptz);
drop table prompts.execution_contexts;
drop table prompts.execution_enhancements;
drop table prompts.executions;
drop type prompts.execution_status;
$gsdb_file$);
select pg_temp.gsdb_migrate(7, 'create_assignments_and_outcomes', 'plain', '5000ms', 1, 8876, 8898, 150, $gsdb_file$-- What an experiment sees: who got which variant, what was measured of them, and what each look at the figures said.

-- Sticky: a subject's row is written once, so the subject gets the same variant for as long as the experiment lasts.
create table prompts.assignments (
    organization_id uuid          not null,
    experiment_id   uuid          not null,
    subject         text          not null,
    variant_id      uuid          not null,
    probability     numeric(9, 8) not null,
    assigned_at     timestamptz   not null default now(),
    constraint assignments_pkey primary key (organization_id, experiment_id, subject),
    constraint assignments_variant_key unique (organization_id, experiment_id, variant_id, subject),
    constraint subject_is_not_blank check (btrim(subject) <> '' and length(subject) <= 200),
    constraint probability_is_above_0 check (probability > 0 and probability <= 1)
);

comment on table prompts.assignments is 'Which variant a subject of an experiment has. Rows are added and never changed.';
comment on column prompts.assignments.organization_id is 'The organization of the experiment.';
comment on column prompts.assignments.experiment_id is 'The experiment.';
comment on column prompts.assignments.subject is 'Who or what takes part, in the words of whoever asks: a task, a session, a user.';
comment on column prompts.assignments.variant_id is 'The variant it has.';
comment on column prompts.assignments.probability is 'The probability with which it had to get this variant, above 0 up to 1. Weights change, and estimates need what they were.';
comment on column prompts.assignments.assigned_at is 'When it got it, which is when it was exposed to the experiment.';

select base.tenant_table('prompts.assignments', privileges => 'select, insert');
alter table prompts.assignments add constraint assignments_variant_fkey
    foreign key (organization_id, experiment_id, variant_id) references prompts.variants (organization_id, experiment_id, id) on delete cascade;

-- A subject counts once for a metric. Several values of one subject are not independent, and every test here takes them to be.
create table prompts.outcomes (
    organization_id uuid             not null,
    experiment_id   uuid             not null,
    metric_id       uuid             not null,
    variant_id      uuid             not null,
    subject         text             not null,
    value           double precision not null,
    covariate       double precision,
    execution_id    uuid,
    observed_at     timestamptz      not null default now(),
    -- The value is in the index, so that sums over a variant read nothing else.
    constraint outcomes_pkey primary key (organization_id, experiment_id, metric_id, variant_id, subject) include (value),
    constraint values_are_finite check (value > '-Infinity' and value < 'Infinity'
                                        and coalesce(covariate, 0) > '-Infinity' and coalesce(covariate, 0) < 'Infinity')
);
create index outcomes_assignment_idx on prompts.outcomes (organization_id, experiment_id, variant_id, subject);
create index outcomes_execution_idx on prompts.outcomes (organization_id, execution_id) where execution_id is not null;

comment on table prompts.outcomes is 'What was measured of the subjects of an experiment: one value for each subject and metric. Rows are added and never changed.';
comment on column prompts.outcomes.organization_id is 'The organization of the experiment.';
comment on column prompts.outcomes.experiment_id is 'The experiment.';
comment on column prompts.outcomes.metric_id is 'The metric.';
comment on column prompts.outcomes.variant_id is 'The variant that the subject has.';
comment on column prompts.outcomes.subject is 'The subject.';
comment on column prompts.outcomes.value is 'The value: 0 or 1 for a proportion.';
comment on column prompts.outcomes.covariate is 'A value known before the subject was exposed, which takes out variance: the item''s score under the control; null for none.';
comment on column prompts.outcomes.execution_id is 'The execution that it was measured of; null when of none in particular.';
comment on column prompts.outcomes.observed_at is 'When it was measured.';

select base.tenant_table('prompts.outcomes', privileges => 'select, insert');
alter table prompts.outcomes add constraint outcomes_are_of_assigned_subjects
    foreign key (organization_id, experiment_id, variant_id, subject)
    references prompts.assignments (organization_id, experiment_id, variant_id, subject) on delete cascade;
alter table prompts.outcomes add constraint outcomes_metric_fkey
    foreign key (organization_id, experiment_id, metric_id) references prompts.experiment_metrics (organization_id, experiment_id, id) on delete cascade;
alter table prompts.outcomes add constraint outcomes_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id);

-- A sequential verdict is sticky: it is made from all looks so far (the narrowest interval, the smallest p), so every look is kept.
create table prompts.experiment_analyses (
    organization_id      uuid             not null,
    experiment_id        uuid             not null,
    metric_id            uuid             not null,
    variant_id           uuid             not null,
    analysed_at          timestamptz      not null default now(),
    control_subjects     bigint           not null,
    variant_subjects     bigint           not null,
    effect               double precision not null,
    effect_lower         double precision not null,
    effect_upper         double precision not null,
    p_value              double precision not null,
    best_probability     double precision,
    sample_ratio_p_value double precision not null,
    constraint experiment_analyses_pkey primary key (organization_id, experiment_id, metric_id, variant_id, analysed_at),
    constraint subjects_are_counted check (control_subjects >= 0 and variant_subjects >= 0),
    constraint effect_is_in_its_interval check (effect_lower <= effect and effect <= effect_upper and effect_upper <> 'NaN'
                                                and effect > '-Infinity' and effect < 'Infinity'),
    constraint probabilities_are_from_0_to_1 check (p_value between 0 and 1 and coalesce(best_probability, 0) between 0 and 1
                                                    and sample_ratio_p_value between 0 and 1)
);
create index experiment_analyses_variant_idx on prompts.experiment_analyses (organization_id, experiment_id, variant_id);

comment on table prompts.experiment_analyses is 'What each look at an experiment said of a variant and a metric, compared with the control. Rows are added and never changed.';
comment on column prompts.experiment_analyses.organization_id is 'The organization of the experiment.';
comment on column prompts.experiment_analyses.experiment_id is 'The experiment.';
comment on column prompts.experiment_analyses.metric_id is 'The metric.';
comment on column prompts.experiment_analyses.variant_id is 'The variant that is compared with the control.';
comment on column prompts.experiment_analyses.analysed_at is 'When the figures were looked at.';
comment on column prompts.experiment_analyses.control_subjects is 'Subjects of the control with a value.';
comment on column prompts.experiment_analyses.variant_subjects is 'Subjects of the variant with a value.';
comment on column prompts.experiment_analyses.effect is 'The variant''s mean less the control''s, in the unit of the metric.';
comment on column prompts.experiment_analyses.effect_lower is 'The lower end of its interval, valid whenever one looks, at the experiment''s confidence; may be minus infinity.';
comment on column prompts.experiment_analyses.effect_upper is 'The upper end; may be infinity.';
comment on column prompts.experiment_analyses.p_value is 'The p of no difference, valid whenever one looks, 0 to 1.';
comment on column prompts.experiment_analyses.best_probability is 'The probability that the variant is the best one, 0 to 1; null when not computed.';
comment on column prompts.experiment_analyses.sample_ratio_p_value is 'The p of the subjects being shared out as the weights say, 0 to 1; a small one means that the experiment is broken.';

select base.tenant_table('prompts.experiment_analyses', privileges => 'select, insert');
alter table prompts.experiment_analyses add constraint experiment_analyses_variant_fkey
    foreign key (organization_id, experiment_id, variant_id) references prompts.variants (organization_id, experiment_id, id) on delete cascade;
alter table prompts.experiment_analyses add constraint experiment_analyses_metric_fkey
    foreign key (organization_id, experiment_id, metric_id) references prompts.experiment_metrics (organization_id, experiment_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.experiment_progress;
drop table prompts.experiment_analyses;
drop table prompts.outcomes;
drop table prompts.assignments;
$gsdb_file$);
select pg_temp.gsdb_migrate(8, 'create_feedback', 'plain', '5000ms', 1, 3239, 3261, 147, $gsdb_file$-- What people, judges and checks think of an execution. Whether its facts were verified, how good it is and how it was rated are rows
-- here, by aspect, with who says so.

create type prompts.feedback_source as enum ('user', 'reviewer', 'judge', 'check');
comment on type prompts.feedback_source is 'Who gives feedback: who asked, who was asked to review, a model, a program.';

create table prompts.feedback (
    organization_id uuid                    not null,
    id              uuid                    not null default base.uuid_v7(),
    execution_id    uuid                    not null,
    source          prompts.feedback_source not null,
    aspect          text                    not null default 'quality',
    score           numeric(5, 4),
    comment         text                    not null default '',
    user_id         uuid,
    judge           text,
    created_at      timestamptz             not null default now(),
    updated_at      timestamptz             not null default now(),
    constraint feedback_pkey primary key (organization_id, id),
    constraint aspect_is_a_word check (aspect ~ '^[a-z][a-z0-9_]{0,62}$'),
    constraint score_is_from_0_to_1 check (score between 0 and 1),
    constraint something_is_said check (score is not null or btrim(comment) <> ''),
    constraint person_or_judge_is_named check (case when source in ('user', 'reviewer') then user_id is not null and judge is null
                                                    else user_id is null and judge is not null and btrim(judge) <> '' end)
);
-- Who has said something about an aspect changes it and does not say it twice; a mean then counts each voice once.
create unique index one_voice_on_each_aspect on prompts.feedback (organization_id, execution_id, aspect, source, coalesce(user_id::text, judge));
create index feedback_aspect_idx on prompts.feedback (organization_id, aspect, id);

comment on table prompts.feedback is 'What people, judges and checks think of executions.';
comment on column prompts.feedback.organization_id is 'The organization of the execution.';
comment on column prompts.feedback.id is 'Its id.';
comment on column prompts.feedback.execution_id is 'The execution it is about.';
comment on column prompts.feedback.source is 'Who gives it.';
comment on column prompts.feedback.aspect is 'What is judged: quality, factual_accuracy, format, helpfulness, or a word of one''s own.';
comment on column prompts.feedback.score is 'How good it is, 0 to 1; null when only the comment says something.';
comment on column prompts.feedback.comment is 'What there is to say; Markdown.';
comment on column prompts.feedback.user_id is 'The user or reviewer; null for a judge or check. Id of identity.users.';
comment on column prompts.feedback.judge is 'The model or program that judged, with its version; null for a person.';
comment on column prompts.feedback.created_at is 'When it was given.';
comment on column prompts.feedback.updated_at is 'When it was last changed.';

select base.tenant_table('prompts.feedback');
alter table prompts.feedback add constraint feedback_execution_fkey
    foreign key (organization_id, execution_id) references prompts.executions (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists prompts.template_performance, prompts.enhancement_performance;
drop table prompts.feedback;
drop type prompts.feedback_source;
$gsdb_file$);
select pg_temp.gsdb_end_module();
