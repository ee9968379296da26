-- Runs that somebody asked the server for: over HTTP, or by pushing to a repository that is indexed from its URL.

create type codebase.request_state as enum ('waiting', 'running', 'completed', 'failed');
comment on type codebase.request_state is 'What became of the request for a run.';
create type codebase.request_cause as enum ('api', 'push');
comment on type codebase.request_cause is 'Who asked for a run: a caller of the API, or a push.';

create table codebase.index_requests (
    organization_id uuid                   not null,
    id              uuid                   not null default base.uuid_v7(),
    location        text                   not null,
    revision        text                   not null default '',
    cause           codebase.request_cause not null,
    state           codebase.request_state not null default 'waiting',
    attempts        integer                not null default 0,
    taken_until     timestamptz,
    requested_at    timestamptz            not null default now(),
    started_at      timestamptz,
    finished_at     timestamptz,
    codebase_id     uuid,
    run_number      integer,
    error_code      text,
    error_message   text,
    constraint index_requests_pkey primary key (organization_id, id),
    constraint location_is_not_blank check (btrim(location) <> '' and length(location) <= 2000),
    constraint revision_is_short check (length(revision) <= 500),
    constraint running_is_taken check ((state = 'running') = (taken_until is not null)),
    constraint ended_says_when check ((state in ('completed', 'failed')) = (finished_at is not null)),
    constraint completed_has_a_run check ((state = 'completed') = (run_number is not null)),
    constraint failed_says_why check ((state = 'failed') = (error_code is not null and error_message is not null))
);
-- Whoever asks for what is asked for already gets that.
create unique index index_requests_waiting_key on codebase.index_requests (organization_id, location, revision) where finished_at is null and taken_until is null;
create unique index index_requests_open_key on codebase.index_requests (organization_id, id) where finished_at is null;

comment on table codebase.index_requests is 'Runs that the server was asked for, and what became of them. Kept for 90 days.';
comment on column codebase.index_requests.organization_id is 'Whose codebase it is about.';
comment on column codebase.index_requests.id is 'Its id; ids sort as the requests were made.';
comment on column codebase.index_requests.location is 'What to index: a path on the server, or a URL.';
comment on column codebase.index_requests.revision is 'Commit, branch or tag; empty for the state that the location has.';
comment on column codebase.index_requests.cause is 'Who asked.';
comment on column codebase.index_requests.state is 'What became of it.';
comment on column codebase.index_requests.attempts is 'How often it was begun; counted before.';
comment on column codebase.index_requests.taken_until is 'Until when a server has it; later another takes it over. Null while none has.';
comment on column codebase.index_requests.requested_at is 'When it was asked for first.';
comment on column codebase.index_requests.started_at is 'When it was last begun; null before.';
comment on column codebase.index_requests.finished_at is 'When it ended; null before.';
comment on column codebase.index_requests.codebase_id is 'The codebase that was indexed; null before.';
comment on column codebase.index_requests.run_number is 'The run that it became; null before.';
comment on column codebase.index_requests.error_code is 'Why it failed; null where it did not.';
comment on column codebase.index_requests.error_message is 'The same in words.';
select base.tenant_table('codebase.index_requests', privileges => 'select, insert, update');

-- migrate: rollback
drop table codebase.index_requests;
drop type codebase.request_state, codebase.request_cause;
