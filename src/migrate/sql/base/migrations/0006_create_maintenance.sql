-- What a database does for itself from time to time, and what came of it. base.declare_maintenance() fills the first table, base.run_maintenance()
-- the second. Whoever may execute a routine may run it as maintenance: the server does so as the login role of its module.

create type base.maintenance_cadence as enum ('frequent', 'daily', 'weekly', 'monthly');
comment on type base.maintenance_cadence is 'How often a routine runs; frequent: every minute. base.maintenance_period() says how long that is.';

create type base.maintenance_state as enum ('running', 'succeeded', 'failed');
comment on type base.maintenance_state is 'How far a run has come. One that was killed is running until the next run of its routine finds it.';

create table base.maintenance_procedures (
    routine     text                     not null,
    cadence     base.maintenance_cadence not null,
    timeout     interval                 not null,
    rows_max    bigint,
    description text                     not null,
    due_at      timestamptz              not null default now(),
    failures    integer                  not null default 0,
    constraint maintenance_procedures_pkey primary key (routine),
    constraint routine_is_qualified_name check (routine ~ '^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$'),
    constraint timeout_is_positive check (timeout > interval '0'),
    constraint rows_max_is_positive check (rows_max > 0),
    constraint description_is_not_blank check (btrim(description) <> ''),
    constraint failures_are_counted check (failures >= 0)
);

comment on table base.maintenance_procedures is 'What maintenance does in this database, how often, and when next. Written by base.declare_maintenance and base.run_maintenance.';
comment on column base.maintenance_procedures.routine is 'The function, which is called without arguments: events.cleanup_old_events.';
comment on column base.maintenance_procedures.cadence is 'How often it runs.';
comment on column base.maintenance_procedures.timeout is 'How long a run may take when the program runs it.';
comment on column base.maintenance_procedures.rows_max is 'How many rows one run affects at most: a run that affects as many is due again at once. Null when there is no such limit.';
comment on column base.maintenance_procedures.description is 'What it does.';
comment on column base.maintenance_procedures.due_at is 'When it runs next; in the past when nobody ran it.';
comment on column base.maintenance_procedures.failures is 'How many runs have failed since one succeeded. Counted when a run begins, so that a crash counts.';

create table base.maintenance_log (
    id            uuid                   not null default base.uuid_v7(),
    routine       text                   not null,
    state         base.maintenance_state not null default 'running',
    started_at    timestamptz            not null default now(),
    finished_at   timestamptz,
    rows_affected bigint,
    objects       jsonb,
    error_code    text,
    error         text,
    run_by        name                   not null default current_user,
    constraint maintenance_log_pkey primary key (id),
    constraint ended_unless_running check ((state = 'running') = (finished_at is null) and finished_at >= started_at),
    constraint success_is_counted check ((state = 'succeeded') = (rows_affected is not null) and rows_affected >= 0),
    constraint failure_is_explained check ((state = 'failed') = (error is not null) and (error_code is null or state = 'failed')),
    constraint objects_are_a_list check (jsonb_typeof(objects) = 'array')
);
create index maintenance_log_routine_idx on base.maintenance_log (routine, started_at desc);
create index maintenance_log_started_at_idx on base.maintenance_log (started_at);

comment on table base.maintenance_log is
    'Every run of maintenance in this database. Of frequent routines the last two days are kept, of the others 400, and always the newest run of each.';
comment on column base.maintenance_log.id is 'Its id.';
comment on column base.maintenance_log.routine is 'The function that was called, as in base.maintenance_procedures.';
comment on column base.maintenance_log.state is 'How far it has come.';
comment on column base.maintenance_log.started_at is 'When it began.';
comment on column base.maintenance_log.finished_at is 'When it ended; null while running.';
comment on column base.maintenance_log.rows_affected is 'How many rows it deleted, moved or wrote, as the routine says; null unless it succeeded.';
comment on column base.maintenance_log.objects is 'What it did to which tables, partitions and indexes, as rows of the routine''s result, at most 200; null when it returns a number only.';
comment on column base.maintenance_log.error_code is 'SQLSTATE of the error; null when there was none, or when the session ended before the run did.';
comment on column base.maintenance_log.error is 'Why it failed; null unless it did.';
comment on column base.maintenance_log.run_by is 'The role that ran it.';

select base.local_table('base.maintenance_procedures', 'Says when routines of this database run.');
select base.local_table('base.maintenance_log', 'What routines of this database did.');

-- The owner of a schema declares its routines; who may execute a routine may run it and sees its runs; the operator's reader sees all.
alter table base.maintenance_procedures enable row level security;
alter table base.maintenance_log enable row level security;
create policy everyone_reads on base.maintenance_procedures for select using (true);
create policy schema_owner_declares on base.maintenance_procedures for insert
    with check (pg_has_role(current_user, (select nspowner from pg_catalog.pg_namespace where nspname = split_part(routine, '.', 1)), 'usage'));
create policy schema_owner_retracts on base.maintenance_procedures for delete
    using (pg_has_role(current_user, (select nspowner from pg_catalog.pg_namespace where nspname = split_part(routine, '.', 1)), 'usage'));
create policy who_may_execute_schedules on base.maintenance_procedures for update using (base.may_maintain(routine));
create policy who_may_execute_logs on base.maintenance_log using (base.may_maintain(routine));
grant select, insert, delete, update (due_at, failures) on base.maintenance_procedures to public;
grant select, insert, update on base.maintenance_log to public;
do $$
begin
    if exists (select from pg_roles where rolname = 'analytics_readonly') then
        create policy reader_sees_all on base.maintenance_log for select to analytics_readonly using (true);
    end if;
end
$$;

-- migrate: rollback
drop procedure if exists base.run_maintenance(text, boolean), base.carry_out_maintenance(uuid, text);
drop function if exists base.declare_maintenance(text, base.maintenance_cadence, interval, text, bigint), base.maintenance_period(base.maintenance_cadence),
    base.maintenance_to_run(text, boolean), base.begin_maintenance(text, boolean), base.perform_maintenance(uuid);
drop table base.maintenance_log, base.maintenance_procedures;
drop type base.maintenance_state, base.maintenance_cadence;
