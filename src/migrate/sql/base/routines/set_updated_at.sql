-- A net for hand-written SQL: the product's own statements set updated_at themselves, because Citus has no triggers.

create or replace function base.set_updated_at() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    if new.updated_at is not distinct from old.updated_at and new is distinct from old then
        new.updated_at := now();
    end if;
    return new;
end
$$;
comment on function base.set_updated_at() is 'Trigger: sets updated_at when an UPDATE changed the row and left updated_at alone.';
