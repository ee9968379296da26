-- From payloads to typed columns. Each routine takes a stretch of the log: its first event, how many there are, and the times between which
-- they were received, so that one partition is looked at instead of all. The limit tells the planner that the stretch is
-- short, and offset 0 makes it look each source up: it cannot know how much of a table row-level security lets the owner see. Doing it again changes nothing.
-- jsonb_to_record takes a payload apart once; an operator for each column would unpack it as often. A value that does not fit its column
-- is an error, and process_pending_events then makes a dead letter of that event alone.

create or replace function events.project_github_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.github_events (
        organization_id, event_id, received_at, event_name, action, repository, number, title, state, author, is_draft, is_merged, merge_commit_sha,
        ref, base_ref, commit_sha, commit_message, commit_count, review_state, workflow, run_id, job_id, run_status, run_conclusion, release_tag, url)
    select e.organization_id, e.id, e.received_at, split_part(e.event_type, '.', 1), p.action, repository.full_name,
           coalesce(pull.number, issue.number), coalesce(pull.title, issue.title, release.name), coalesce(pull.state, issue.state),
           coalesce(pull."user" ->> 'login', issue."user" ->> 'login', release.author ->> 'login', p.head_commit #>> '{author,name}'),
           coalesce(pull.draft, release.draft), pull.merged, pull.merge_commit_sha,
           coalesce(pull.head ->> 'ref', run.head_branch, p.ref, p.deployment ->> 'ref'), pull.base ->> 'ref',
           coalesce(pull.head ->> 'sha', run.head_sha, p.head_commit ->> 'id', p.deployment ->> 'sha', p.sha),
           p.head_commit ->> 'message', jsonb_array_length(p.commits), p.review ->> 'state',
           coalesce(run.name, p.context),
           case when p.workflow_run is not null or coalesce(p.workflow_job, p.check_run) is null then run.id
                else coalesce(run.run_id, (run.check_suite ->> 'id')::bigint) end,
           case when p.workflow_run is null and coalesce(p.workflow_job, p.check_run) is not null then run.id end,
           run.status, coalesce(run.conclusion, case when p.context is not null then p.state end), release.tag_name,
           coalesce(p.comment ->> 'html_url', p.review ->> 'html_url', pull.html_url, issue.html_url, release.html_url, run.html_url, p.compare, p.target_url)
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'github' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (
        action text, ref text, sha text, state text, context text, compare text, target_url text, repository jsonb, pull_request jsonb, issue jsonb, comment jsonb,
        review jsonb, release jsonb, head_commit jsonb, commits jsonb, workflow_run jsonb, workflow_job jsonb, check_run jsonb, check_suite jsonb, deployment jsonb)
    cross join lateral jsonb_to_record(p.repository) as repository (full_name text)
    cross join lateral jsonb_to_record(p.pull_request) as pull (
        number integer, title text, state text, "user" jsonb, draft boolean, merged boolean, merge_commit_sha text, head jsonb, base jsonb, html_url text)
    cross join lateral jsonb_to_record(p.issue) as issue (number integer, title text, state text, "user" jsonb, html_url text)
    cross join lateral jsonb_to_record(p.release) as release (name text, tag_name text, draft boolean, author jsonb, html_url text)
    cross join lateral jsonb_to_record(coalesce(p.workflow_run, p.workflow_job, p.check_run, p.check_suite)) as run (
        id bigint, run_id bigint, name text, status text, conclusion text, head_sha text, head_branch text, check_suite jsonb, html_url text)
    on conflict on constraint github_events_pkey do nothing;
end
$$;
comment on function events.project_github_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills github_events from a stretch of the log.';

create or replace function events.project_linear_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.linear_events (
        organization_id, event_id, received_at, entity_type, action, entity_id, issue_identifier, team_key, title, body, state, priority, assignee_id, project_id, parent_id,
        labels, previous_values, entity_updated_at, url)
    select e.organization_id, e.id, e.received_at, p.type, p.action, d.id,
           coalesce(d.identifier, d.issue ->> 'identifier', case when p.type = 'Issue' then d.team ->> 'key' || '-' || d.number end), d.team ->> 'key',
           coalesce(d.title, d.name), d.body, d.state ->> 'name', d.priority, d."assigneeId", d."projectId", coalesce(d."parentId", d."issueId"),
           array(select label ->> 'name' from jsonb_array_elements(d.labels) as label), coalesce(p."updatedFrom", '{}'), d."updatedAt", p.url
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'linear' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (action text, type text, data jsonb, "updatedFrom" jsonb, url text)
    cross join lateral jsonb_to_record(p.data) as d (
        id text, identifier text, number integer, title text, name text, body text, state jsonb, priority smallint, team jsonb, "assigneeId" text, "projectId" text, "parentId" text,
        issue jsonb, "issueId" text, labels jsonb, "updatedAt" timestamptz)
    where p.type is not null and p.action is not null
    on conflict on constraint linear_events_pkey do nothing;
end
$$;
comment on function events.project_linear_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills linear_events from a stretch of the log.';

-- A user, channel or message is an id in some events and an object in others.
create or replace function events.project_slack_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.slack_events (
        organization_id, event_id, received_at, slack_type, subtype, workspace_id, channel_id, channel_type, user_id, bot_id, message_ts, thread_ts, message, reaction, file_count)
    select e.organization_id, e.id, e.received_at, coalesce(d.type, p.type), d.subtype, p.team_id,
           coalesce(case jsonb_typeof(d.channel) when 'string' then d.channel #>> '{}' else d.channel ->> 'id' end, d.item ->> 'channel'), d.channel_type,
           coalesce(case jsonb_typeof(d."user") when 'string' then d."user" #>> '{}' else d."user" ->> 'id' end, m."user"), coalesce(d.bot_id, m.bot_id),
           coalesce(m.ts, d.deleted_ts, d.item ->> 'ts', d.ts), coalesce(m.thread_ts, d.thread_ts, m.ts, d.deleted_ts, d.item ->> 'ts', d.ts),
           coalesce(m.text, d.text), d.reaction, coalesce(jsonb_array_length(coalesce(m.files, d.files)), 0)
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'slack' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (type text, team_id text, event jsonb)
    cross join lateral jsonb_to_record(p.event) as d (
        type text, subtype text, "user" jsonb, bot_id text, channel jsonb, channel_type text, ts text, thread_ts text, deleted_ts text, text text, reaction text, item jsonb, files jsonb, message jsonb)
    cross join lateral jsonb_to_record(case when jsonb_typeof(d.message) = 'object' then d.message end) as m ("user" text, bot_id text, ts text, thread_ts text, text text, files jsonb)
    where coalesce(d.type, p.type) is not null
    on conflict on constraint slack_events_pkey do nothing;
end
$$;
comment on function events.project_slack_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills slack_events from a stretch of the log.';

create or replace function events.project_notion_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.notion_events (
        organization_id, event_id, received_at, notion_type, workspace_id, entity_type, entity_id, parent_type, parent_id, author_ids, updated_properties, attempt_number)
    select e.organization_id, e.id, e.received_at, p.type, p.workspace_id, p.entity ->> 'type', p.entity ->> 'id', p.data #>> '{parent,type}', p.data #>> '{parent,id}',
           array(select author ->> 'id' from jsonb_array_elements(p.authors) as author),
           array(select jsonb_array_elements_text(p.data -> 'updated_properties')), p.attempt_number
    from (select o.*
          from events.events o
          where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
          order by o.log_position, o.id, o.organization_id
          limit event_count) e
    cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id and k.kind = 'notion' offset 0) s
    cross join lateral jsonb_to_record(e.payload) as p (type text, workspace_id text, entity jsonb, data jsonb, authors jsonb, attempt_number integer)
    where p.type is not null and p.entity is not null
    on conflict on constraint notion_events_pkey do nothing;
end
$$;
comment on function events.project_notion_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills notion_events from a stretch of the log.';

-- Two dialects: GitHub's deployment_status, and ours for deployment tools and build servers, which the README describes. A status that is
-- none of these words is an error of its event. The end of a GitHub deployment is the time of the status that ended it.
create or replace function events.project_deployment_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into events.deployment_events (
        organization_id, event_id, received_at, status, environment, deployment_key, repository, version, commit_sha, is_rollback, started_at, finished_at, logs_url)
    select d.organization_id, d.id, d.received_at, d.status, coalesce(d.environment, 'production'), d.deployment_key, d.repository, d.version, d.commit_sha, coalesce(d.is_rollback, false),
           case when d.status in ('succeeded', 'failed', 'cancelled') and d.started_at > d.ended_at then null else d.started_at end,
           case when d.status in ('succeeded', 'failed', 'cancelled') then d.ended_at end, d.logs_url
    from (
        select e.organization_id, e.id, e.received_at,
               (case lower(coalesce(github.state, p.status, case when p.deployment is not null then 'queued' end))
                    when 'pending' then 'queued' when 'waiting' then 'queued' when 'running' then 'in_progress'
                    when 'success' then 'succeeded' when 'failure' then 'failed' when 'error' then 'failed' when 'canceled' then 'cancelled'
                    else lower(coalesce(github.state, p.status, case when p.deployment is not null then 'queued' end)) end)::events.deployment_status as status,
               coalesce(github.environment, p.deployment ->> 'environment', p.environment) as environment,
               coalesce(p.deployment ->> 'id', p.id) as deployment_key,
               case jsonb_typeof(p.repository) when 'string' then p.repository #>> '{}' else p.repository ->> 'full_name' end as repository,
               coalesce(p.deployment ->> 'ref', p.version) as version, coalesce(p.deployment ->> 'sha', p.commit) as commit_sha, p.rollback as is_rollback,
               coalesce((p.deployment ->> 'created_at')::timestamptz, p.started_at) as started_at,
               coalesce(github.created_at, p.finished_at, e.occurred_at) as ended_at,
               coalesce(github.log_url, p.logs_url) as logs_url
        from (select o.*
              from events.events o
              where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
              order by o.log_position, o.id, o.organization_id
              limit event_count) e
        cross join lateral (select k.kind from events.event_sources k where k.organization_id = e.organization_id and k.id = e.source_id offset 0) s
        cross join lateral jsonb_to_record(e.payload) as p (
            id text, status text, environment text, repository jsonb, version text, commit text, rollback boolean, started_at timestamptz, finished_at timestamptz, logs_url text,
            deployment jsonb, deployment_status jsonb)
        cross join lateral jsonb_to_record(p.deployment_status) as github (state text, environment text, created_at timestamptz, log_url text)
        where (s.kind = 'deployment' or (s.kind in ('github', 'ci') and split_part(e.event_type, '.', 1) in ('deployment', 'deployment_status')))
    ) as d
    where d.status is not null
    on conflict on constraint deployment_events_pkey do nothing;
end
$$;
comment on function events.project_deployment_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills deployment_events from a stretch of the log.';

-- Only what the stretch has: each projection reads it once more.
create or replace function events.project_events(first_position bigint, first_id uuid, first_organization uuid, event_count integer, received_from timestamptz, received_to timestamptz)
    returns void
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
declare
    kinds events.source_kind[];
    has_deployments boolean;
begin
    select array_agg(distinct k.kind), coalesce(bool_or(k.kind = 'deployment' or (k.kind in ('github', 'ci') and d.is_deployment)), false)
    into kinds, has_deployments
    from (select distinct e.organization_id, e.source_id, split_part(e.event_type, '.', 1) in ('deployment', 'deployment_status') as is_deployment
          from (select o.organization_id, o.id, o.source_id, o.event_type
                from events.events o
                where (o.log_position, o.id, o.organization_id) >= (first_position, first_id, first_organization) and o.received_at between received_from and received_to
                order by o.log_position, o.id, o.organization_id
                limit event_count) e) d
    cross join lateral (select s.kind from events.event_sources s where s.organization_id = d.organization_id and s.id = d.source_id offset 0) k;
    if 'github' = any (kinds) then
        perform events.project_github_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if 'linear' = any (kinds) then
        perform events.project_linear_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if 'slack' = any (kinds) then
        perform events.project_slack_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if 'notion' = any (kinds) then
        perform events.project_notion_events(first_position, first_id, first_organization, event_count, received_from, received_to);
        perform events.want_notion_entities(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
    if has_deployments then
        perform events.project_deployment_events(first_position, first_id, first_organization, event_count, received_from, received_to);
    end if;
end
$$;
comment on function events.project_events(bigint, uuid, uuid, integer, timestamptz, timestamptz) is 'Part of process_pending_events: fills the projections of the kinds of sources that a stretch of the log has.';
