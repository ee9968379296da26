-- Figures of symbols that need the graph are made of relationships when they are asked for, which takes less than a
-- millisecond a symbol; nothing ever filled their table. What they were is told by the ranges of runs of relationships.
drop view if exists codebase.element_metrics;
drop table codebase.symbol_metrics;

-- migrate: rollback
drop view if exists codebase.element_metrics, codebase.file_coupling, codebase.folder_coupling, codebase.file_dependencies, codebase.file_duplication;
create table codebase.symbol_metrics (
    organization_id   uuid not null,
    symbol_id         bigint not null,
    first_run         integer not null,
    last_run          integer,
    fan_in            integer not null,
    fan_out           integer not null,
    inheritance_depth integer,
    subtypes          integer,
    coupling          integer,
    constraint symbol_metrics_pkey primary key (organization_id, symbol_id, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint counts_are_not_negative check (least(fan_in, fan_out, inheritance_depth, subtypes, coupling) >= 0)
);
select base.tenant_table('codebase.symbol_metrics');
create unique index symbol_is_measured_once on codebase.symbol_metrics (organization_id, symbol_id) where last_run is null;
comment on table codebase.symbol_metrics is 'Figures about symbols that need the graph, from which run to which run';
comment on column codebase.symbol_metrics.organization_id is 'Tenant that owns the row';
comment on column codebase.symbol_metrics.symbol_id is 'The symbol';
comment on column codebase.symbol_metrics.first_run is 'Number of the first run in which this held';
comment on column codebase.symbol_metrics.last_run is 'Number of the last run in which this held; null while it does';
comment on column codebase.symbol_metrics.fan_in is 'Other symbols that call or instantiate it';
comment on column codebase.symbol_metrics.fan_out is 'Other symbols that it calls or instantiates';
comment on column codebase.symbol_metrics.inheritance_depth is 'DIT: longest way up to a type without a supertype; null for what is no type';
comment on column codebase.symbol_metrics.subtypes is 'NOC: types that inherit from it directly; null for what is no type';
comment on column codebase.symbol_metrics.coupling is 'CBO: other types that it uses or that use it; null for what is no type';
