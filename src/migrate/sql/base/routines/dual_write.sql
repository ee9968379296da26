-- Changes without downtime: while old and new programs run side by side, a trigger keeps an old column and its successor saying the
-- same. Called by an expand migration, ended by the switch or contract one. An index or view that needs both works meanwhile.

-- `forward` and `backward` are SQL expressions over the row `new`, from the old column to the new one and back: new.title,
-- split_part(new.name, ' ', 1). Without `backward` the new column is derived and old programs are not told of changes to it.
-- A writer that sets both columns is believed.
create or replace function base.dual_write(
    relation regclass, old_column name, new_column name, forward text default null, backward text default null)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $function$
declare
    path constant text := base.dual_write_function(relation, new_column);
begin
    perform base.refuse_dual_write(relation, old_column, new_column);
    execute format($sql$
        create or replace function %1$s() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $trigger$
        begin
            if tg_op = 'INSERT' then
                if new.%3$I is null then
                    new.%3$I := %4$s;
                %5$s
                end if;
            elsif new.%3$I is not distinct from old.%3$I and new.%2$I is distinct from old.%2$I then
                new.%3$I := %4$s;
            %6$s
            end if;
            return new;
        end
        $trigger$
        $sql$,
        path, old_column, new_column,
        coalesce(forward, format('new.%I', old_column)),
        case when backward is not null then format('elsif new.%I is null then new.%I := %s;', old_column, old_column, backward) end,
        case when backward is not null then format('elsif new.%2$I is not distinct from old.%2$I and new.%1$I is distinct from old.%1$I then new.%2$I := %3$s;',
                                                   new_column, old_column, backward) end);
    execute format('comment on function %s() is %L', path, format('Keeps %I and %I of %s equal until base.end_dual_write.', old_column, new_column, relation));
    execute format('create or replace trigger %I before insert or update on %s for each row execute function %s()',
                   'dual_write_' || new_column, relation, path);
end
$function$;
comment on function base.dual_write(regclass, name, name, text, text) is 'Keeps a column and its successor equal by a trigger while old and new programs write.';

create or replace function base.end_dual_write(relation regclass, new_column name) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('drop trigger if exists %I on %s', 'dual_write_' || new_column, relation);
    execute format('drop function if exists %s()', base.dual_write_function(relation, new_column));
end
$$;
comment on function base.end_dual_write(regclass, name) is 'Ends what base.dual_write began.';

create or replace function base.dual_write_function(relation regclass, new_column name) returns text
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return (select format('%s.%I', relnamespace::regnamespace, format('dual_write_%s_%s', relname, new_column)) from pg_class where oid = relation);
end
$$;
comment on function base.dual_write_function(regclass, name) is 'Part of base.dual_write: the name of the trigger''s function.';

create or replace function base.refuse_dual_write(relation regclass, old_column name, new_column name) returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    missing name;
begin
    if base.has_extension('citus') then
        raise exception using errcode = 'GS005',
            message = format('%s cannot be written twice by a trigger under Citus', relation),
            hint = 'Let the program write both columns until the switch.';
    end if;
    select wanted into missing from unnest(array[old_column, new_column]) as wanted
    where not exists (select from pg_attribute where attrelid = relation and attname = wanted and not attisdropped and attgenerated = '');
    if missing is not null then
        raise exception using errcode = 'GS005',
            message = format('%s has no column %I that can be written', relation, missing),
            hint = 'Add the new column first, in the same migration.';
    end if;
end
$$;
comment on function base.refuse_dual_write(regclass, name, name) is 'Part of base.dual_write: error GS005 when it cannot be done.';
