-- Figures about code. Those that a content alone decides hang on it, like its other facts; those that need the graph
-- hang on symbols, with ranges of runs; those of a whole codebase or package are kept run by run, for trends.
-- Nothing is stored that a formula makes of other columns: views show Halstead's volume, the maintainability index and
-- scores, and so the formula can be read.
--
-- blob_metrics and symbol_metrics have no foreign keys, for the reason that 0003 gives.

create table codebase.blob_metrics (
    organization_id       uuid not null,
    blob_id               uuid not null,
    ordinal               integer not null,
    lines                 integer not null,
    code_lines            integer not null,
    logical_lines         integer not null,
    comment_lines         integer not null,
    cyclomatic_complexity integer not null,
    cognitive_complexity  integer not null,
    nesting_max           integer not null,
    parameters            integer not null,
    operators_distinct    integer not null,
    operands_distinct     integer not null,
    operators_total       integer not null,
    operands_total        integer not null,
    documentable          integer not null,
    documented            integer not null,
    annotatable           integer not null,
    annotated             integer not null,
    cohesion_groups       integer,
    constraint blob_metrics_pkey primary key (organization_id, blob_id, ordinal),
    constraint ordinal_counts_from_0_or_is_the_whole check (ordinal >= -1),
    constraint lines_are_no_more_than_there_are check (least(code_lines, comment_lines, logical_lines) >= 0 and greatest(code_lines, comment_lines) <= lines),
    constraint complexity_is_not_negative check (least(cyclomatic_complexity, cognitive_complexity, nesting_max, parameters) >= 0),
    constraint distinct_are_no_more_than_all check (operators_distinct between 0 and operators_total and operands_distinct between 0 and operands_total),
    constraint covered_are_no_more_than_all check (documented between 0 and documentable and annotated between 0 and annotatable),
    constraint groups_are_not_negative check (cohesion_groups >= 0)
);
select base.tenant_table('codebase.blob_metrics');

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

create table codebase.duplicates (
    organization_id uuid not null,
    codebase_id     uuid not null,
    digest          uuid not null,
    path            text collate "C" not null,
    start_line      integer not null,
    first_run       integer not null,
    end_line        integer not null,
    tokens          integer not null,
    last_run        integer,
    constraint duplicates_pkey primary key (organization_id, codebase_id, digest, path, start_line, first_run),
    constraint runs_are_in_order check (first_run > 0 and last_run >= first_run),
    constraint lines_are_in_order check (start_line > 0 and end_line >= start_line),
    constraint has_tokens check (tokens > 0)
);
create index duplicates_by_file on codebase.duplicates (organization_id, codebase_id, path) where last_run is null;
select base.tenant_table('codebase.duplicates');
alter table codebase.duplicates
    add constraint duplicate_belongs_to_codebase foreign key (organization_id, codebase_id)
    references codebase.codebases (organization_id, id) on delete cascade;

create table codebase.run_metrics (
    organization_id uuid not null,
    run_id          uuid not null,
    scope           text collate "C" not null default '',
    metric          text collate "C" not null,
    value           double precision not null,
    constraint run_metrics_pkey primary key (organization_id, run_id, metric, scope),
    constraint metric_is_a_word check (metric ~ '^[a-z][a-z0-9_.]*$'),
    constraint value_is_a_number check (value <> 'NaN' and abs(value) <> 'infinity')
);
select base.tenant_table('codebase.run_metrics');
alter table codebase.run_metrics
    add constraint metric_belongs_to_run foreign key (organization_id, run_id)
    references codebase.analysis_runs (organization_id, id) on delete cascade;

create table codebase.quality_parts (
    organization_id uuid not null,
    run_id          uuid not null,
    scope           text collate "C" not null default '',
    part            text collate "C" not null,
    measured        double precision not null,
    points          double precision not null,
    weight          double precision not null,
    formula         text not null,
    constraint quality_parts_pkey primary key (organization_id, run_id, scope, part),
    constraint part_is_a_word check (part ~ '^[a-z][a-z0-9_]*$'),
    constraint points_are_of_100 check (points between 0 and 100),
    constraint weight_is_positive check (weight > 0 and weight < 'infinity'),
    constraint measured_is_a_number check (measured <> 'NaN' and abs(measured) <> 'infinity'),
    constraint formula_is_not_blank check (btrim(formula) <> '')
);
select base.tenant_table('codebase.quality_parts');
alter table codebase.quality_parts
    add constraint part_belongs_to_run foreign key (organization_id, run_id)
    references codebase.analysis_runs (organization_id, id) on delete cascade;

comment on table codebase.blob_metrics is 'Figures about a content and its functions and types that the content alone decides';
comment on column codebase.blob_metrics.organization_id is 'Tenant that owns the row';
comment on column codebase.blob_metrics.blob_id is 'The content';
comment on column codebase.blob_metrics.ordinal is 'The element (codebase.blob_elements); -1 for the content as a whole';
comment on column codebase.blob_metrics.lines is 'Lines in all (LOC)';
comment on column codebase.blob_metrics.code_lines is 'Lines with code (SLOC)';
comment on column codebase.blob_metrics.logical_lines is 'Statements and declarations (LLOC)';
comment on column codebase.blob_metrics.comment_lines is 'Lines with nothing but comment, docstrings included';
comment on column codebase.blob_metrics.cyclomatic_complexity is 'Decisions plus one (McCabe 1976); of types and contents the sum over their functions';
comment on column codebase.blob_metrics.cognitive_complexity is 'SonarSource 2023; of types and contents the sum over their functions';
comment on column codebase.blob_metrics.nesting_max is 'Deepest nesting of control structures';
comment on column codebase.blob_metrics.parameters is 'Parameters; of types and contents the sum over their functions';
comment on column codebase.blob_metrics.operators_distinct is 'n1 of Halstead 1977';
comment on column codebase.blob_metrics.operands_distinct is 'n2 of Halstead 1977';
comment on column codebase.blob_metrics.operators_total is 'N1 of Halstead 1977';
comment on column codebase.blob_metrics.operands_total is 'N2 of Halstead 1977';
comment on column codebase.blob_metrics.documentable is 'Elements in it, itself included, that ought to have documentation';
comment on column codebase.blob_metrics.documented is 'Those that have';
comment on column codebase.blob_metrics.annotatable is 'Parameters and results that can carry a type';
comment on column codebase.blob_metrics.annotated is 'Those that do';
comment on column codebase.blob_metrics.cohesion_groups is 'LCOM4 of a type: groups of methods that share no field and no call; null for what is no type';
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
comment on table codebase.duplicates is 'Stretches of code that stand in more than one place, from which run to which run';
comment on column codebase.duplicates.organization_id is 'Tenant that owns the row';
comment on column codebase.duplicates.codebase_id is 'The codebase they are in';
comment on column codebase.duplicates.digest is 'Version 8 UUID of the tokens with identifiers made alike: the same in all places';
comment on column codebase.duplicates.path is 'File of this place';
comment on column codebase.duplicates.start_line is 'First line, from 1';
comment on column codebase.duplicates.first_run is 'Number of the first run in which this held';
comment on column codebase.duplicates.end_line is 'Last line';
comment on column codebase.duplicates.tokens is 'Length of the stretch, in tokens';
comment on column codebase.duplicates.last_run is 'Number of the last run in which this held; null while it does';
comment on table codebase.run_metrics is 'Figures about a codebase or a part of it, run by run';
comment on column codebase.run_metrics.organization_id is 'Tenant that owns the row';
comment on column codebase.run_metrics.run_id is 'The run that measured it';
comment on column codebase.run_metrics.scope is 'Folder that it is about; empty for the whole codebase';
comment on column codebase.run_metrics.metric is 'What was measured, with its unit: debt_minutes, duplicated_lines';
comment on column codebase.run_metrics.value is 'The figure';
comment on table codebase.quality_parts is 'What the quality score of a codebase or a part of it is made of, run by run; codebase.quality_scores adds it up';
comment on column codebase.quality_parts.organization_id is 'Tenant that owns the row';
comment on column codebase.quality_parts.run_id is 'The run that measured it';
comment on column codebase.quality_parts.scope is 'Folder that it is about; empty for the whole codebase';
comment on column codebase.quality_parts.part is 'What was judged: complexity, duplication, documentation';
comment on column codebase.quality_parts.measured is 'The figure that was judged';
comment on column codebase.quality_parts.points is 'What it is worth, 0 to 100';
comment on column codebase.quality_parts.weight is 'How much it counts';
comment on column codebase.quality_parts.formula is 'How points come of the figure, in words a reader can check';

-- migrate: rollback
drop view if exists codebase.element_metrics, codebase.file_metrics, codebase.quality_scores, codebase.duplicate_code, codebase.hotspots;
drop table codebase.quality_parts, codebase.run_metrics, codebase.duplicates, codebase.symbol_metrics, codebase.blob_metrics;
