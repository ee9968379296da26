-- Where programs live: islands, the archive, and the cells of each island's feature map. Positions are those of the files, so that an
-- export lists programs in the order of the import; rows of our own runs have none and come after them.

create table openevolve.islands (
    organization_id uuid    not null,
    session_id      uuid    not null,
    number          integer not null,
    generation      integer not null default 0,
    best_program_id uuid,
    constraint islands_pkey primary key (organization_id, session_id, number),
    constraint counts_are_not_negative check (number >= 0 and generation >= 0)
);
create index islands_best_program_idx on openevolve.islands (organization_id, session_id, best_program_id) where best_program_id is not null;

comment on table openevolve.islands is 'Populations of an evolution that develop apart from each other.';
comment on column openevolve.islands.organization_id is 'The organization of the evolution.';
comment on column openevolve.islands.session_id is 'The evolution.';
comment on column openevolve.islands.number is 'Its number, from 0.';
comment on column openevolve.islands.generation is 'Generations it has seen.';
comment on column openevolve.islands.best_program_id is 'Its best program; null before there is one.';

select base.tenant_table('openevolve.islands');
alter table openevolve.islands add constraint islands_session_fkey
    foreign key (organization_id, session_id) references openevolve.evolution_sessions (organization_id, id) on delete cascade;
alter table openevolve.islands add constraint best_program_is_of_the_session
    foreign key (organization_id, session_id, best_program_id) references openevolve.programs (organization_id, session_id, id);

create table openevolve.island_members (
    organization_id uuid    not null,
    session_id      uuid    not null,
    island_number   integer not null,
    program_id      uuid    not null,
    position        integer,
    constraint island_members_pkey primary key (organization_id, session_id, island_number, program_id)
);
create index island_members_program_idx on openevolve.island_members (organization_id, session_id, program_id);

comment on table openevolve.island_members is 'Which programs live on an island.';
comment on column openevolve.island_members.organization_id is 'The organization of the evolution.';
comment on column openevolve.island_members.session_id is 'The evolution.';
comment on column openevolve.island_members.island_number is 'The island.';
comment on column openevolve.island_members.program_id is 'The program.';
comment on column openevolve.island_members.position is 'Its place in the list it was imported from; null when it was not.';

select base.tenant_table('openevolve.island_members');
alter table openevolve.island_members add constraint island_members_island_fkey
    foreign key (organization_id, session_id, island_number) references openevolve.islands (organization_id, session_id, number) on delete cascade;
alter table openevolve.island_members add constraint island_members_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

create table openevolve.archive_members (
    organization_id uuid    not null,
    session_id      uuid    not null,
    program_id      uuid    not null,
    position        integer,
    constraint archive_members_pkey primary key (organization_id, session_id, program_id)
);

comment on table openevolve.archive_members is 'The elite of an evolution, over all islands.';
comment on column openevolve.archive_members.organization_id is 'The organization of the evolution.';
comment on column openevolve.archive_members.session_id is 'The evolution.';
comment on column openevolve.archive_members.program_id is 'The program.';
comment on column openevolve.archive_members.position is 'Its place in the list it was imported from; null when it was not.';

select base.tenant_table('openevolve.archive_members');
alter table openevolve.archive_members add constraint archive_members_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

-- Coordinates are text, and not an array, as in the files; and because the comparison of arrays is not leakproof, which would keep it
-- out of an index scan under row-level security. The fitness of the owner stands here so that one statement decides who gets a cell:
--     insert ... on conflict on constraint feature_map_cells_pkey do update ... where excluded.fitness > feature_map_cells.fitness
create table openevolve.feature_map_cells (
    organization_id uuid             not null,
    session_id      uuid             not null,
    island_number   integer          not null,
    coordinates     text             not null,
    program_id      uuid             not null,
    fitness         double precision not null,
    constraint feature_map_cells_pkey primary key (organization_id, session_id, island_number, coordinates),
    constraint coordinates_are_bins check (coordinates ~ '^[0-9]+(-[0-9]+)*$')
);
create index feature_map_cells_program_idx on openevolve.feature_map_cells (organization_id, session_id, program_id, fitness);

comment on table openevolve.feature_map_cells is 'The map of each island: the best program for each combination of features (MAP-Elites).';
comment on column openevolve.feature_map_cells.organization_id is 'The organization of the evolution.';
comment on column openevolve.feature_map_cells.session_id is 'The evolution.';
comment on column openevolve.feature_map_cells.island_number is 'The island.';
comment on column openevolve.feature_map_cells.coordinates is 'The bin in each feature dimension, joined by hyphens: 3-7. A cell is not moved when the bounds of the bins do.';
comment on column openevolve.feature_map_cells.program_id is 'The program that owns the cell.';
comment on column openevolve.feature_map_cells.fitness is 'The fitness of that program, and no other: the foreign key sees to it.';

select base.tenant_table('openevolve.feature_map_cells');
alter table openevolve.feature_map_cells add constraint feature_map_cells_island_fkey
    foreign key (organization_id, session_id, island_number) references openevolve.islands (organization_id, session_id, number) on delete cascade;
alter table openevolve.feature_map_cells add constraint fitness_is_the_owners
    foreign key (organization_id, session_id, program_id, fitness) references openevolve.programs (organization_id, session_id, id, fitness) on delete cascade;

create table openevolve.migrations (
    organization_id uuid        not null,
    session_id      uuid        not null,
    program_id      uuid        not null,
    from_island     integer,
    to_island       integer,
    created_at      timestamptz not null default now(),
    constraint migrations_pkey primary key (organization_id, session_id, program_id),
    constraint a_migration_changes_the_island check (from_island <> to_island),
    constraint counts_are_not_negative check (least(from_island, to_island) >= 0)
);

comment on table openevolve.migrations is 'Programs that are copies of one on another island. The copy''s parent is its original.';
comment on column openevolve.migrations.organization_id is 'The organization of the evolution.';
comment on column openevolve.migrations.session_id is 'The evolution.';
comment on column openevolve.migrations.program_id is 'The copy.';
comment on column openevolve.migrations.from_island is 'The island of the original; null when no file says it.';
comment on column openevolve.migrations.to_island is 'The island of the copy; null when no file says it.';
comment on column openevolve.migrations.created_at is 'When the row was written.';

select base.tenant_table('openevolve.migrations');
alter table openevolve.migrations add constraint migrations_program_fkey
    foreign key (organization_id, session_id, program_id) references openevolve.programs (organization_id, session_id, id) on delete cascade;

-- migrate: rollback
drop view if exists openevolve.evolution_progress, openevolve.program_documents;
drop table openevolve.migrations, openevolve.feature_map_cells, openevolve.archive_members, openevolve.island_members, openevolve.islands;
