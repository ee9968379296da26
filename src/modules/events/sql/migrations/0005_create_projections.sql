-- What the payloads of each kind of source say, in typed columns. One row for an event, written by process_pending_events, so that the lookups that
-- need an index cost those who send nothing. Columns that every event has are in events alone; the views join them.

create type events.deployment_status as enum ('queued', 'in_progress', 'succeeded', 'failed', 'cancelled', 'inactive');
comment on type events.deployment_status is 'How far a deployment is; inactive when another one took its place.';

create table events.github_events (
    organization_id  uuid        not null,
    event_id         uuid        not null,
    received_at      timestamptz not null,
    event_name       text        not null,
    action           text,
    repository       text,
    number           integer,
    title            text,
    state            text,
    author           text,
    is_draft         boolean,
    is_merged        boolean,
    merge_commit_sha text,
    ref              text,
    base_ref         text,
    commit_sha       text,
    commit_message   text,
    commit_count     integer,
    review_state     text,
    workflow         text,
    run_id           bigint,
    job_id           bigint,
    run_status       text,
    run_conclusion   text,
    release_tag      text,
    url              text,
    constraint github_events_pkey primary key (organization_id, event_id, received_at)
);
create index github_events_number_idx on events.github_events (organization_id, repository, number, event_id) where number is not null;
create index github_events_commit_idx on events.github_events (organization_id, commit_sha, event_id) where commit_sha is not null;

comment on table events.github_events is 'What GitHub''s events say.';
comment on column events.github_events.organization_id is 'The organization of the event.';
comment on column events.github_events.event_id is 'The event. Id of events.events.';
comment on column events.github_events.received_at is 'When the event was received.';
comment on column events.github_events.event_name is 'GitHub''s name of the event: push, pull_request, issues, check_run and so on.';
comment on column events.github_events.action is 'What was done: opened, synchronize, completed and so on; null for events without.';
comment on column events.github_events.repository is 'The repository as owner/name; null for events of an organization.';
comment on column events.github_events.number is 'The number of the pull request or issue; null for other events.';
comment on column events.github_events.title is 'The title of the pull request, issue or release.';
comment on column events.github_events.state is 'The state of the pull request or issue: open or closed.';
comment on column events.github_events.author is 'Who wrote the pull request, issue, release or newest commit.';
comment on column events.github_events.is_draft is 'Whether the pull request or release is a draft.';
comment on column events.github_events.is_merged is 'Whether the pull request is merged.';
comment on column events.github_events.merge_commit_sha is 'The commit that merges the pull request, or would.';
comment on column events.github_events.ref is 'The branch or tag: that was pushed, that is to be merged, that was built.';
comment on column events.github_events.base_ref is 'The branch to be merged into.';
comment on column events.github_events.commit_sha is 'The commit it is about: the newest that was pushed, the head of the pull request, what was built or deployed.';
comment on column events.github_events.commit_message is 'The message of the newest commit that was pushed.';
comment on column events.github_events.commit_count is 'How many commits were pushed, at most 2048 of them.';
comment on column events.github_events.review_state is 'What the review says: approved, changes_requested, commented or dismissed.';
comment on column events.github_events.workflow is 'The name of the workflow, job or check.';
comment on column events.github_events.run_id is 'GitHub''s id of the workflow run or check suite.';
comment on column events.github_events.job_id is 'GitHub''s id of the job or check.';
comment on column events.github_events.run_status is 'How far the run, job or check is: queued, in_progress, completed and so on.';
comment on column events.github_events.run_conclusion is 'How it ended: success, failure, cancelled and so on; null while it has not.';
comment on column events.github_events.release_tag is 'The tag of the release.';
comment on column events.github_events.url is 'Where to look at what it is about.';

create table events.linear_events (
    organization_id   uuid        not null,
    event_id          uuid        not null,
    received_at       timestamptz not null,
    entity_type       text        not null,
    action            text        not null,
    entity_id         text,
    issue_identifier  text,
    team_key          text,
    title             text,
    body              text,
    state             text,
    priority          smallint,
    assignee_id       text,
    project_id        text,
    parent_id         text,
    labels            text[]      not null default '{}',
    previous_values   jsonb       not null default '{}',
    entity_updated_at timestamptz,
    url               text,
    constraint linear_events_pkey primary key (organization_id, event_id, received_at),
    constraint previous_values_is_object check (jsonb_typeof(previous_values) = 'object')
);
create index linear_events_issue_idx on events.linear_events (organization_id, issue_identifier, event_id) where issue_identifier is not null;

comment on table events.linear_events is 'What Linear''s events say.';
comment on column events.linear_events.organization_id is 'The organization of the event.';
comment on column events.linear_events.event_id is 'The event. Id of events.events.';
comment on column events.linear_events.received_at is 'When the event was received.';
comment on column events.linear_events.entity_type is 'What it is about, in Linear''s words: Issue, Comment, Project and so on.';
comment on column events.linear_events.action is 'What was done: create, update or remove.';
comment on column events.linear_events.entity_id is 'Linear''s id of it.';
comment on column events.linear_events.issue_identifier is 'The issue it is or belongs to, as people call it: ENG-123; null for none.';
comment on column events.linear_events.team_key is 'The key of the team: ENG; null for none.';
comment on column events.linear_events.title is 'The title of the issue, or the name of the project, cycle or label.';
comment on column events.linear_events.body is 'What the comment or update says.';
comment on column events.linear_events.state is 'The name of the issue''s state.';
comment on column events.linear_events.priority is 'The issue''s priority as Linear counts it: 0 none, 1 urgent to 4 low.';
comment on column events.linear_events.assignee_id is 'Linear''s id of who is to do it; null for nobody.';
comment on column events.linear_events.project_id is 'Linear''s id of the project; null for none.';
comment on column events.linear_events.parent_id is 'Linear''s id of the issue or comment above it; null for none.';
comment on column events.linear_events.labels is 'The names of the issue''s labels.';
comment on column events.linear_events.previous_values is 'What an update replaced, by Linear''s names of the fields.';
comment on column events.linear_events.entity_updated_at is 'When Linear last changed it; orders events that overtook each other.';
comment on column events.linear_events.url is 'Where to look at it.';

create table events.slack_events (
    organization_id uuid        not null,
    event_id        uuid        not null,
    received_at     timestamptz not null,
    slack_type      text        not null,
    subtype         text,
    workspace_id    text,
    channel_id      text,
    channel_type    text,
    user_id         text,
    bot_id          text,
    message_ts      text,
    thread_ts       text,
    message         text,
    reaction        text,
    file_count      integer     not null default 0,
    constraint slack_events_pkey primary key (organization_id, event_id, received_at)
);
create index slack_events_thread_idx on events.slack_events (organization_id, channel_id, thread_ts, event_id) where thread_ts is not null;

comment on table events.slack_events is 'What Slack''s events say.';
comment on column events.slack_events.organization_id is 'The organization of the event.';
comment on column events.slack_events.event_id is 'The event. Id of events.events.';
comment on column events.slack_events.received_at is 'When the event was received.';
comment on column events.slack_events.slack_type is 'Slack''s type of the event: message, reaction_added and so on.';
comment on column events.slack_events.subtype is 'What is special about a message: message_changed, bot_message and so on; null for nothing.';
comment on column events.slack_events.workspace_id is 'The workspace.';
comment on column events.slack_events.channel_id is 'The channel; null for events without.';
comment on column events.slack_events.channel_type is 'The kind of the channel: channel, group, im and so on.';
comment on column events.slack_events.user_id is 'Who did it; null for a bot without a user.';
comment on column events.slack_events.bot_id is 'The bot that did it; null for a person.';
comment on column events.slack_events.message_ts is 'The message it is about, by which Slack tells messages of a channel apart.';
comment on column events.slack_events.thread_ts is 'The message that began the thread: the message itself when it is in none.';
comment on column events.slack_events.message is 'What the message says.';
comment on column events.slack_events.reaction is 'The name of the emoji.';
comment on column events.slack_events.file_count is 'How many files the message has.';

create table events.notion_events (
    organization_id    uuid        not null,
    event_id           uuid        not null,
    received_at        timestamptz not null,
    notion_type        text        not null,
    workspace_id       text,
    entity_type        text        not null,
    entity_id          text        not null,
    parent_type        text,
    parent_id          text,
    author_ids         text[]      not null default '{}',
    updated_properties text[]      not null default '{}',
    attempt_number     integer,
    constraint notion_events_pkey primary key (organization_id, event_id, received_at)
);
create index notion_events_entity_idx on events.notion_events (organization_id, entity_id, event_id);

comment on table events.notion_events is 'What Notion''s events say, which is ids: the content is fetched by whoever needs it.';
comment on column events.notion_events.organization_id is 'The organization of the event.';
comment on column events.notion_events.event_id is 'The event. Id of events.events.';
comment on column events.notion_events.received_at is 'When the event was received.';
comment on column events.notion_events.notion_type is 'Notion''s type of the event: page.content_updated and so on.';
comment on column events.notion_events.workspace_id is 'The workspace.';
comment on column events.notion_events.entity_type is 'What it is about: page, database, data_source, comment, view.';
comment on column events.notion_events.entity_id is 'Notion''s id of it.';
comment on column events.notion_events.parent_type is 'What holds it.';
comment on column events.notion_events.parent_id is 'Notion''s id of what holds it.';
comment on column events.notion_events.author_ids is 'Notion''s ids of the people and bots who did it.';
comment on column events.notion_events.updated_properties is 'Notion''s ids of the properties that changed.';
comment on column events.notion_events.attempt_number is 'Which attempt of Notion''s this delivery was, 1 to 8.';

create table events.deployment_events (
    organization_id uuid                     not null,
    event_id        uuid                     not null,
    received_at     timestamptz              not null,
    status          events.deployment_status not null,
    environment     text                     not null,
    deployment_key  text,
    repository      text,
    version         text,
    commit_sha      text,
    is_rollback     boolean                  not null default false,
    started_at      timestamptz,
    finished_at     timestamptz,
    logs_url        text,
    constraint deployment_events_pkey primary key (organization_id, event_id, received_at),
    constraint finished_has_an_end check ((status in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
    constraint finished_after_started check (finished_at >= started_at)
);
create index deployment_events_finished_idx on events.deployment_events (organization_id, environment, finished_at) where finished_at is not null;

comment on table events.deployment_events is 'How deployments got on, whoever told: deployment tools, build servers, GitHub.';
comment on column events.deployment_events.organization_id is 'The organization of the event.';
comment on column events.deployment_events.event_id is 'The event. Id of events.events.';
comment on column events.deployment_events.received_at is 'When the event was received.';
comment on column events.deployment_events.status is 'How far it is.';
comment on column events.deployment_events.environment is 'Where to: production, staging and so on.';
comment on column events.deployment_events.deployment_key is 'The source''s id of the deployment, the same in all its events; null where it has none.';
comment on column events.deployment_events.repository is 'The repository as owner/name; null when not said.';
comment on column events.deployment_events.version is 'What was deployed, as people call it: a version, tag or branch; null when not said.';
comment on column events.deployment_events.commit_sha is 'The commit that was deployed; null when not said.';
comment on column events.deployment_events.is_rollback is 'Whether it puts an earlier version back.';
comment on column events.deployment_events.started_at is 'When it began; null when not said, or when it would be after the end.';
comment on column events.deployment_events.finished_at is 'When it succeeded, failed or was cancelled; null before. Never the time of a later change.';
comment on column events.deployment_events.logs_url is 'Where its log is; null when not said.';

select base.make_time_partitioned(relation, 'received_at', interval '1 month', retention => interval '800 days')
from unnest(array['events.github_events', 'events.linear_events', 'events.slack_events', 'events.notion_events', 'events.deployment_events']::regclass[]) as relation;
-- Written by process_pending_events alone, so that a row says what its event says.
select base.tenant_table('events.github_events', privileges => 'select');
select base.tenant_table('events.linear_events', privileges => 'select');
select base.tenant_table('events.slack_events', privileges => 'select');
select base.tenant_table('events.notion_events', privileges => 'select');
select base.tenant_table('events.deployment_events', privileges => 'select');

-- migrate: rollback
drop view if exists events.github_activity, events.linear_activity, events.slack_activity, events.notion_activity, events.deployment_activity;
drop table events.github_events, events.linear_events, events.slack_events, events.notion_events, events.deployment_events;
drop type events.deployment_status;
