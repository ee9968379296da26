-- What becomes of events that could not be processed.

-- The caller holds the consumer's cursor. Each wait is twice the one before, from a minute; after five attempts only a person helps. They
-- were counted in the rollups when they failed, so only the projection is made up for.
create or replace function events.retry_waiting_dead_letters(letters_max integer) returns integer
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    attempts_max constant integer := 5;
    letter record;
    tried integer := 0;
begin
    for letter in
        select d.organization_id, d.id, d.attempts, e.id as event_id, e.log_position, e.received_at
        from events.dead_letters d
        left join events.events e on e.organization_id = d.organization_id and e.id = d.event_id and e.received_at = d.event_received_at
        where d.next_attempt_at <= now() and d.consumer_name = 'processing'
        order by d.next_attempt_at
        limit letters_max
    loop
        tried := tried + 1;
        begin
            perform events.project_events(letter.log_position, letter.event_id, letter.organization_id, 1, letter.received_at, letter.received_at);
            update events.dead_letters d
            set status = case when letter.event_id is null then 'discarded' else 'resolved' end::events.dead_letter_status,
                next_attempt_at = null, settled_at = now(), attempts = letter.attempts + 1, updated_at = now()
            where d.organization_id = letter.organization_id and d.id = letter.id;
        exception when others then
            if not events.is_fault_of_the_event(sqlstate) then
                raise;
            end if;
            update events.dead_letters d
            set status = case when letter.attempts + 1 < attempts_max then 'waiting' else 'dead' end::events.dead_letter_status,
                next_attempt_at = case when letter.attempts + 1 < attempts_max then now() + interval '1 minute' * (2 ^ letter.attempts) end,
                attempts = letter.attempts + 1, error_sqlstate = sqlstate, error_message = sqlerrm, failed_at = now(), updated_at = now()
            where d.organization_id = letter.organization_id and d.id = letter.id;
        end;
    end loop;
    return tried;
end
$$;
comment on function events.retry_waiting_dead_letters(integer) is 'Part of process_pending_events: tries dead letters again that are due, and returns how many.';

create or replace function events.retry_dead_letter(dead_letter uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update events.dead_letters d
    set status = 'waiting', next_attempt_at = now(), settled_at = null, updated_at = now()
    where d.organization_id = organization and d.id = dead_letter and d.status <> 'resolved';
    if not found then
        raise exception using errcode = 'GS704',
            message = format('there is no dead letter %s that could be tried again', dead_letter),
            hint = 'Take an id from events.dead_letters.';
    end if;
end
$$;
comment on function events.retry_dead_letter(uuid) is 'Has a dead letter of the transaction''s organization tried again by the next process_pending_events. Error GS704 when there is none.';
revoke execute on function events.retry_dead_letter(uuid) from public;
grant execute on function events.retry_dead_letter(uuid) to events_user;

create or replace function events.discard_dead_letter(dead_letter uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    organization constant uuid := base.require_organization_id();
begin
    update events.dead_letters d
    set status = 'discarded', next_attempt_at = null, settled_at = now(), updated_at = now()
    where d.organization_id = organization and d.id = dead_letter and d.settled_at is null;
    if not found then
        raise exception using errcode = 'GS704',
            message = format('there is no open dead letter %s', dead_letter),
            hint = 'Take an id from events.dead_letters.';
    end if;
end
$$;
comment on function events.discard_dead_letter(uuid) is 'Gives up a dead letter of the transaction''s organization. Error GS704 when there is none open.';
revoke execute on function events.discard_dead_letter(uuid) from public;
grant execute on function events.discard_dead_letter(uuid) to events_user;
