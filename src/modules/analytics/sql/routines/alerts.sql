-- Alerts are opened, fired and resolved here and nowhere else. Each series that a rule matches is an alert of its own.

-- What has to be looked at: every series for which a condition holds, and every open instance, whether its condition holds or not.
create or replace function analytics.alert_conditions(moment timestamptz)
    returns table (organization_id uuid, alert_rule_id uuid, series_id uuid, value double precision, is_met boolean,
                   severity analytics.alert_severity, threshold double precision, for_seconds integer, notification_targets text[],
                   alert_instance_id uuid, status analytics.alert_status, opened_at timestamptz)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    with pairs as (
        select r.organization_id, r.id as alert_rule_id, s.id as series_id
        from analytics.alert_rules r
        join analytics.metric_series s on s.organization_id = r.organization_id and s.metric_id = r.metric_id
        union
        select i.organization_id, i.alert_rule_id, i.series_id
        from analytics.alert_instances i
        where i.status <> 'resolved'
    ), watched as (
        select p.organization_id, p.alert_rule_id, p.series_id, r.aggregate, r.comparison, r.window_seconds,
               r.threshold, r.for_seconds, r.severity, r.notification_targets,
               i.id as alert_instance_id, i.status, i.opened_at,
               r.disabled_at is null and s.metric_id = r.metric_id and s.labels @> r.labels
                   and r.subject_kind in ('', s.subject_kind) and r.subject_id in ('', s.subject_id) as is_watched
        from pairs p
        join analytics.alert_rules r on r.organization_id = p.organization_id and r.id = p.alert_rule_id
        join analytics.metric_series s on s.organization_id = p.organization_id and s.id = p.series_id
        left join analytics.alert_instances i on i.organization_id = p.organization_id and i.alert_rule_id = p.alert_rule_id and i.series_id = p.series_id and i.status <> 'resolved'
        where i.evaluated_at is null or i.evaluated_at <= moment
    ), measured as (
        select w.*,
               case w.aggregate when 'average' then a.average when 'minimum' then a.minimum when 'maximum' then a.maximum
                                when 'sum' then a.total when 'count' then a.value_count else a.percentile end as value
        from watched w
        left join lateral (
            select avg(m.value) as average, min(m.value) as minimum, max(m.value) as maximum, sum(m.value) as total, count(*)::double precision as value_count,
                   percentile_disc(case w.aggregate when 'p95' then 0.95 when 'p99' then 0.99 else 0.5 end)
                       within group (order by m.value) filter (where w.aggregate in ('p50', 'p95', 'p99')) as percentile
            from analytics.metrics m
            where m.organization_id = w.organization_id and m.series_id = w.series_id
              and m.measured_at > moment - make_interval(secs => w.window_seconds) and m.measured_at <= moment
        ) a on w.is_watched
        where w.is_watched or w.alert_instance_id is not null
    ), judged as (
        select m.*,
               coalesce(m.is_watched and case m.comparison when 'below' then m.value < m.threshold when 'at_most' then m.value <= m.threshold
                                                           when 'at_least' then m.value >= m.threshold else m.value > m.threshold end, false) as is_met
        from measured m
    )
    select j.organization_id, j.alert_rule_id, j.series_id, j.value, j.is_met,
           j.severity, j.threshold, j.for_seconds, j.notification_targets, j.alert_instance_id, j.status, j.opened_at
    from judged j
    where j.is_met or j.alert_instance_id is not null;
end
$$;
comment on function analytics.alert_conditions(timestamptz) is 'Part of analytics.evaluate_alert_rules: rules and series whose condition holds or that have an open instance.';

create or replace function analytics.evaluate_alert_rules(moment timestamptz default now())
    returns table (organization_id uuid, alert_rule_id uuid, alert_instance_id uuid, status analytics.alert_status)
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    condition record;
    next_status analytics.alert_status;
begin
    perform pg_advisory_xact_lock('analytics.alert_instances'::regclass::oid::integer, 1);
    for condition in select * from analytics.alert_conditions(moment) loop
        next_status := case
            when condition.is_met and (condition.status = 'firing'
                                       or moment >= coalesce(condition.opened_at, moment) + make_interval(secs => condition.for_seconds)) then 'firing'::analytics.alert_status
            when condition.is_met then 'pending'
            when condition.status = 'firing' then 'resolved' end;
        organization_id := condition.organization_id;
        alert_rule_id := condition.alert_rule_id;
        alert_instance_id := condition.alert_instance_id;
        status := next_status;
        if next_status is null then
            delete from analytics.alert_instances i
            where i.organization_id = condition.organization_id and i.id = condition.alert_instance_id;
            continue;
        end if;
        if condition.alert_instance_id is null then
            insert into analytics.alert_instances (organization_id, alert_rule_id, series_id, status, severity, threshold, value, opened_at, fired_at, evaluated_at)
            values (condition.organization_id, condition.alert_rule_id, condition.series_id, next_status, condition.severity, condition.threshold, condition.value,
                    moment, case next_status when 'firing' then moment end, moment)
            returning id into alert_instance_id;
        else
            update analytics.alert_instances i
            set status = next_status, severity = condition.severity, threshold = condition.threshold,
                value = case when condition.is_met then condition.value else i.value end,
                fired_at = case when next_status = 'firing' then coalesce(i.fired_at, moment) else i.fired_at end,
                resolved_at = case next_status when 'resolved' then moment end,
                evaluated_at = moment
            where i.organization_id = condition.organization_id and i.id = condition.alert_instance_id;
        end if;
        if next_status is distinct from condition.status then
            perform analytics.notify_of_alert(condition.organization_id, alert_instance_id, next_status, condition.notification_targets, moment);
            return next;
        end if;
    end loop;
end
$$;
comment on function analytics.evaluate_alert_rules(timestamptz) is
    'Evaluates the alert rules of every organization as of a moment; returns the instances that opened, fired or resolved. Where a window has no values, a condition holds only for a count.';
revoke execute on function analytics.evaluate_alert_rules(timestamptz) from public;
grant execute on function analytics.evaluate_alert_rules(timestamptz) to analytics_user;
select base.declare_maintenance('analytics.evaluate_alert_rules', 'frequent', interval '10 minutes', 'Evaluates the alert rules of every organization.');

create or replace function analytics.notify_of_alert(organization uuid, instance uuid, status analytics.alert_status, targets text[], moment timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into analytics.alert_notifications (organization_id, alert_instance_id, occasion, target, next_attempt_at)
    select organization, instance, case status when 'firing' then 'fired' else 'resolved' end::analytics.alert_occasion, t.target, moment
    from (select distinct unnest(targets) as target) t
    where status <> 'pending';
end
$$;
comment on function analytics.notify_of_alert(uuid, uuid, analytics.alert_status, text[], timestamptz) is 'Part of analytics.evaluate_alert_rules: adds what has to be told to whom.';
