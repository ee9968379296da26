-- The errors that the routines of events raise. The code is the API; the words may improve.

create or replace function events.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS701', 'source_unknown', 'The organization has no such source of events, or has deleted it.', 'Take an id from events.event_sources.'),
        ('GS702', 'source_paused', 'The source takes no events at present.', 'Set its paused_at to null.'),
        ('GS703', 'log_of_another_server', 'The log has positions that this server has not reached: it was restored from a dump of another one.',
         'As the owner, call events.adopt_restored_log() before anything is stored.'),
        ('GS704', 'dead_letter_unknown', 'The organization has no such dead letter, or it is settled.', 'Take an id from events.dead_letters.'),
        ('GS705', 'anomaly_unknown', 'The organization has no such anomaly.', 'Take an id from events.event_anomalies.'),
        ('GS706', 'not_to_be_archived', 'The events are not archived by the organization''s rules, or are not past their retention yet.', 'Take what events.due_archives() tells.');
end
$$;
comment on function events.error_codes() is 'The errors of schema events: SQLSTATE, name, meaning, remedy.';
