-- The words in which the health functions speak. A signal is one measurement with the values at which it worries and alarms.

create type base.health_status as enum ('healthy', 'unknown', 'warning', 'critical');
comment on type base.health_status is 'How something is, from well to badly. unknown: it could not be measured, which is not the same as well.';

create type base.health_signal as (
    component   text,
    signal      text,
    value       numeric,
    unit        text,
    warning_at  numeric,
    critical_at numeric,
    remedy      text,
    details     jsonb
);
comment on type base.health_signal is 'A measurement: what it is of, its value and unit, from which value on it is a warning or critical (null: never), what to do then, and what it was made from. Where critical_at is below warning_at, low values are the bad ones. A value of null could not be measured.';

-- migrate: rollback
drop function if exists base.system_health(), base.database_health_check(), base.database_health_summary(), base.critical_alerts(), base.health_signals(),
    base.connection_signals(), base.transaction_signals(), base.storage_signals(), base.partition_signals(), base.replication_signals(), base.statement_signals(),
    base.judge(base.health_signal);
drop type base.health_signal;
drop type base.health_status;
