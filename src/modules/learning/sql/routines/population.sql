-- Leaving the population.

create or replace function openevolve.evict_program(session_id uuid, program_id uuid) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    delete from openevolve.island_members m
    where m.organization_id = organization and m.session_id = evict_program.session_id and m.program_id = evict_program.program_id;
    delete from openevolve.archive_members m
    where m.organization_id = organization and m.session_id = evict_program.session_id and m.program_id = evict_program.program_id;
    delete from openevolve.feature_map_cells c
    where c.organization_id = organization and c.session_id = evict_program.session_id and c.program_id = evict_program.program_id;
    update openevolve.programs p
    set evicted_at = now()
    where p.organization_id = organization and p.session_id = evict_program.session_id and p.id = evict_program.program_id and p.evicted_at is null;
end
$$;
comment on function openevolve.evict_program(uuid, uuid) is 'Takes a program out of the population, its island, the archive and its cell; its row stays.';
