-- The life of an execution. Rows are added by INSERT, ended ones too (an import, a batch); what is added is changed only here, so an
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
