-- The life of an experiment: draft -> running <-> paused -> completed, or cancelled from any of them.

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
