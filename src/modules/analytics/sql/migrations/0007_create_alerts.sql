-- Alerts: rules over a metric, what became of them for each series (instances), and whom it is told (notifications).

create type analytics.window_aggregate as enum ('average', 'minimum', 'maximum', 'sum', 'count', 'p50', 'p95', 'p99');
comment on type analytics.window_aggregate is 'The one number that an alert rule makes of the values in its window. Without values it is 0 for a count and unknown for the others.';
create type analytics.comparison as enum ('below', 'at_most', 'at_least', 'above');
comment on type analytics.comparison is 'How that number has to stand to the threshold.';
create type analytics.alert_severity as enum ('info', 'warning', 'error', 'critical');
comment on type analytics.alert_severity is 'How bad it is when an alert fires.';
create type analytics.alert_status as enum ('pending', 'firing', 'resolved');
comment on type analytics.alert_status is 'Where an alert is: seen but not for long enough; told; over.';
create type analytics.alert_occasion as enum ('fired', 'resolved');
comment on type analytics.alert_occasion is 'What a notification tells.';
create type analytics.notification_status as enum ('pending', 'sent', 'failed');
comment on type analytics.notification_status is 'Whether a notification reached its target; failed when it will not be tried again.';

create table analytics.alert_rules (
    organization_id      uuid                       not null,
    id                   uuid                       not null default base.uuid_v7(),
    name                 text                       not null,
    description          text                       not null default '',
    metric_id            uuid                       not null,
    subject_kind         text                       not null default '',
    subject_id           text                       not null default '',
    labels               jsonb                      not null default '{}',
    aggregate            analytics.window_aggregate not null,
    comparison           analytics.comparison       not null,
    threshold            double precision           not null,
    window_seconds       integer                    not null default 300,
    for_seconds          integer                    not null default 0,
    severity             analytics.alert_severity   not null default 'warning',
    notification_targets text[]                     not null default '{}',
    disabled_at          timestamptz,
    created_at           timestamptz                not null default now(),
    updated_at           timestamptz                not null default now(),
    constraint alert_rules_pkey primary key (organization_id, id),
    constraint name_is_not_blank check (btrim(name) <> '' and length(name) <= 200),
    constraint subject_needs_a_kind check (subject_id = '' or subject_kind <> ''),
    constraint labels_are_a_small_object check (jsonb_typeof(labels) = 'object' and octet_length(labels::text) <= 1000),
    constraint threshold_is_finite check (threshold >= -1e300 and threshold <= 1e300),
    constraint window_is_a_minute_to_a_month check (window_seconds between 60 and 2678400),
    constraint for_is_at_most_a_week check (for_seconds between 0 and 604800),
    constraint targets_name_channel_and_address check (array_position(notification_targets, null) is null and not '' = any (notification_targets)
        and array_to_string(notification_targets, e'\n') ~ '^([a-z][a-z0-9_]*:[^\n]+(\n|$))*$' and cardinality(notification_targets) <= 20)
);
create unique index alert_rules_name_key on analytics.alert_rules (organization_id, lower(name));
create index alert_rules_metric_idx on analytics.alert_rules (organization_id, metric_id);

comment on table analytics.alert_rules is 'When to alert: a number made of a metric''s values over a window, compared with a threshold, for each series that matches.';
comment on column analytics.alert_rules.organization_id is 'The organization it belongs to.';
comment on column analytics.alert_rules.id is 'Its id.';
comment on column analytics.alert_rules.name is 'What people call it, unique within the organization whatever its case.';
comment on column analytics.alert_rules.description is 'What it means and what to do when it fires; Markdown.';
comment on column analytics.alert_rules.metric_id is 'The metric it watches.';
comment on column analytics.alert_rules.subject_kind is 'Only series of this kind of subject; empty for all.';
comment on column analytics.alert_rules.subject_id is 'Only series of this subject; empty for all.';
comment on column analytics.alert_rules.labels is 'Only series that have these labels; {} for all.';
comment on column analytics.alert_rules.aggregate is 'What is made of the values in the window.';
comment on column analytics.alert_rules.comparison is 'How that has to stand to the threshold for the alert.';
comment on column analytics.alert_rules.threshold is 'What it is compared with, in the unit of the metric.';
comment on column analytics.alert_rules.window_seconds is 'How far back values count, in seconds.';
comment on column analytics.alert_rules.for_seconds is 'For how long it must have been so before the alert fires, in seconds; 0 for at once.';
comment on column analytics.alert_rules.severity is 'How bad it is.';
comment on column analytics.alert_rules.notification_targets is 'Whom to tell, as channel and address: slack:#builds, log:alerts.';
comment on column analytics.alert_rules.disabled_at is 'When it was switched off; null while it is on.';
comment on column analytics.alert_rules.created_at is 'When it was created.';
comment on column analytics.alert_rules.updated_at is 'When it was last changed.';

select base.tenant_table('analytics.alert_rules');
alter table analytics.alert_rules add constraint alert_rules_metric_fkey
    foreign key (organization_id, metric_id) references analytics.metric_definitions (organization_id, id);

create table analytics.alert_instances (
    organization_id uuid                     not null,
    id              uuid                     not null default base.uuid_v7(),
    alert_rule_id   uuid                     not null,
    series_id       uuid                     not null,
    status          analytics.alert_status   not null,
    severity        analytics.alert_severity not null,
    threshold       double precision         not null,
    value           double precision         not null,
    opened_at       timestamptz              not null,
    fired_at        timestamptz,
    resolved_at     timestamptz,
    evaluated_at    timestamptz              not null,
    constraint alert_instances_pkey primary key (organization_id, id),
    constraint fired_says_when check ((status in ('firing', 'resolved')) = (fired_at is not null)),
    constraint resolved_says_when check ((status = 'resolved') = (resolved_at is not null)),
    constraint fires_after_opening check (fired_at >= opened_at),
    constraint resolves_after_firing check (resolved_at >= fired_at),
    constraint evaluated_since_opening check (evaluated_at >= opened_at)
);
create unique index a_rule_has_one_open_instance_for_a_series on analytics.alert_instances (organization_id, alert_rule_id, series_id) where status <> 'resolved';
create index alert_instances_rule_idx on analytics.alert_instances (organization_id, alert_rule_id, opened_at, id);
create index alert_instances_series_idx on analytics.alert_instances (organization_id, series_id);

comment on table analytics.alert_instances is 'Each time a rule''s condition held for a series. Written by analytics.evaluate_alert_rules() alone; one that ends before it fires is forgotten.';
comment on column analytics.alert_instances.organization_id is 'The organization of the rule.';
comment on column analytics.alert_instances.id is 'Its id.';
comment on column analytics.alert_instances.alert_rule_id is 'The rule.';
comment on column analytics.alert_instances.series_id is 'The series for which it holds: metric, subject and labels.';
comment on column analytics.alert_instances.status is 'Where it is.';
comment on column analytics.alert_instances.severity is 'How bad it is, as the rule said when it was last evaluated.';
comment on column analytics.alert_instances.threshold is 'The threshold, as the rule said when it was last evaluated.';
comment on column analytics.alert_instances.value is 'What the window''s values came to when it last held, in the unit of the metric.';
comment on column analytics.alert_instances.opened_at is 'When the condition was first seen to hold.';
comment on column analytics.alert_instances.fired_at is 'When it had held for long enough; null before.';
comment on column analytics.alert_instances.resolved_at is 'When it was first seen to hold no longer, or the rule was switched off; null before.';
comment on column analytics.alert_instances.evaluated_at is 'When it was last evaluated.';

select base.tenant_table('analytics.alert_instances', privileges => 'select');
alter table analytics.alert_instances add constraint alert_instances_rule_fkey
    foreign key (organization_id, alert_rule_id) references analytics.alert_rules (organization_id, id) on delete cascade;
alter table analytics.alert_instances add constraint alert_instances_series_fkey
    foreign key (organization_id, series_id) references analytics.metric_series (organization_id, id) on delete cascade;

create table analytics.alert_notifications (
    organization_id   uuid                          not null,
    id                uuid                          not null default base.uuid_v7(),
    alert_instance_id uuid                          not null,
    occasion          analytics.alert_occasion      not null,
    target            text                          not null,
    status            analytics.notification_status not null default 'pending',
    attempts          integer                       not null default 0,
    next_attempt_at   timestamptz,
    sent_at           timestamptz,
    error_message     text,
    created_at        timestamptz                   not null default now(),
    updated_at        timestamptz                   not null default now(),
    constraint alert_notifications_pkey primary key (organization_id, id),
    constraint target_names_channel_and_address check (target ~ '^[a-z][a-z0-9_]*:.+$'),
    constraint attempts_are_not_negative check (attempts >= 0),
    constraint pending_says_when_next check ((status = 'pending') = (next_attempt_at is not null)),
    constraint sent_says_when check ((status = 'sent') = (sent_at is not null)),
    constraint failed_says_why check (status <> 'failed' or error_message is not null),
    constraint ended_was_attempted check (status = 'pending' or attempts > 0)
);
create unique index a_target_is_told_once on analytics.alert_notifications (organization_id, alert_instance_id, occasion, target);
create index alert_notifications_pending_idx on analytics.alert_notifications (organization_id, next_attempt_at, id) where status = 'pending';

comment on table analytics.alert_notifications is 'Who has to be told that an alert fired or resolved, and whether that was done. Added in the transaction that made it fire or resolve.';
comment on column analytics.alert_notifications.organization_id is 'The organization of the alert.';
comment on column analytics.alert_notifications.id is 'Its id; what a channel is given to tell a repetition by.';
comment on column analytics.alert_notifications.alert_instance_id is 'The alert.';
comment on column analytics.alert_notifications.occasion is 'What is told.';
comment on column analytics.alert_notifications.target is 'Channel and address, as the rule said: slack:#builds.';
comment on column analytics.alert_notifications.status is 'Whether it was done.';
comment on column analytics.alert_notifications.attempts is 'How often it was tried; counted before trying.';
comment on column analytics.alert_notifications.next_attempt_at is 'Not to be tried before; null when it will not be tried again.';
comment on column analytics.alert_notifications.sent_at is 'When the channel took it; null while it has not.';
comment on column analytics.alert_notifications.error_message is 'Why the last attempt did not succeed; null when none has failed.';
comment on column analytics.alert_notifications.created_at is 'When it was added.';
comment on column analytics.alert_notifications.updated_at is 'When it was last changed.';

select base.tenant_table('analytics.alert_notifications', privileges => 'select, update');
alter table analytics.alert_notifications add constraint alert_notifications_instance_fkey
    foreign key (organization_id, alert_instance_id) references analytics.alert_instances (organization_id, id) on delete cascade;

-- migrate: rollback
drop view if exists analytics.open_alerts;
drop function if exists analytics.evaluate_alert_rules(timestamptz);
drop function if exists analytics.alert_conditions(timestamptz);
drop function if exists analytics.notify_of_alert(uuid, uuid, analytics.alert_status, text[], timestamptz);
drop table analytics.alert_notifications, analytics.alert_instances, analytics.alert_rules;
drop type analytics.notification_status, analytics.alert_occasion, analytics.alert_status, analytics.alert_severity, analytics.comparison, analytics.window_aggregate;
