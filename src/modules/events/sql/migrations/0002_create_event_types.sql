-- What can happen: the types we know, what each is about, and how long its events are kept. Types that nobody described are stored
-- all the same. Names are those of the senders, in lower-case words: pull_request.opened, issue.create, page.content_updated.

-- A domain costs an insert less than a check constraint, which is parsed anew for every statement.
create domain events.event_type_name as text
    constraint event_type_is_dotted_words check (value ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' and length(value) <= 200);
comment on domain events.event_type_name is 'What happened: words with dots between them. The first word names the family, as pull_request does for pull_request.opened.';

create type events.event_category as enum ('code', 'review', 'issue', 'message', 'document', 'build', 'release', 'deployment', 'security', 'administration', 'other');
comment on type events.event_category is 'What an event is about.';

create table events.event_types (
    source_kind    events.source_kind    not null,
    name           text                  not null,
    category       events.event_category not null,
    description    text                  not null default '',
    retention_days integer,
    constraint event_types_pkey primary key (source_kind, name),
    constraint name_is_a_type_or_all check (name = '*' or (name ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' and length(name) <= 200)),
    constraint retention_is_a_day_or_more check (retention_days between 1 and 36500)
);

comment on table events.event_types is 'The types that are known, for every organization. A type is classified by its own row, or its family''s, or that of * where senders make up the types.';
comment on column events.event_types.source_kind is 'The kind of the sources that send it.';
comment on column events.event_types.name is 'The type, the family of types, or * for every type of the kind.';
comment on column events.event_types.category is 'What such events are about.';
comment on column events.event_types.description is 'When it is sent.';
comment on column events.event_types.retention_days is 'How many days such events are kept; null for ever.';

create table events.event_type_retentions (
    organization_id uuid               not null,
    source_kind     events.source_kind not null,
    name            text               not null,
    retention_days  integer,
    created_at      timestamptz        not null default now(),
    updated_at      timestamptz        not null default now(),
    constraint event_type_retentions_pkey primary key (organization_id, source_kind, name),
    constraint name_is_a_type_or_all check (name = '*' or (name ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' and length(name) <= 200)),
    constraint retention_is_a_day_or_more check (retention_days between 1 and 36500)
);

comment on table events.event_type_retentions is 'How long an organization keeps events where event_types does not suit it.';
comment on column events.event_type_retentions.organization_id is 'The organization whose events it is about.';
comment on column events.event_type_retentions.source_kind is 'The kind of the sources that send them.';
comment on column events.event_type_retentions.name is 'The type, known or not, the family of types, or * for every type of the kind.';
comment on column events.event_type_retentions.retention_days is 'How many days such events are kept; null for ever.';
comment on column events.event_type_retentions.created_at is 'When it was created.';
comment on column events.event_type_retentions.updated_at is 'When it was last changed.';

select base.tenant_table('events.event_types', reference => true);
select base.tenant_table('events.event_type_retentions');

insert into events.event_types (source_kind, name, category, retention_days, description)
values ('github', 'push', 'code', 400, 'Commits or a tag were pushed.'),
       ('github', 'create', 'code', 400, 'A branch or tag was created.'),
       ('github', 'delete', 'code', 400, 'A branch or tag was deleted.'),
       ('github', 'commit_comment', 'review', 400, 'A commit was commented on.'),
       ('github', 'pull_request', 'review', 400, 'A pull request was opened, changed, merged or closed.'),
       ('github', 'pull_request_review', 'review', 400, 'A review was submitted, edited or dismissed.'),
       ('github', 'pull_request_review_comment', 'review', 400, 'A line of a pull request was commented on.'),
       ('github', 'pull_request_review_thread', 'review', 400, 'A thread of review comments was resolved or not.'),
       ('github', 'issues', 'issue', 400, 'An issue was opened, changed or closed.'),
       ('github', 'issue_comment', 'issue', 400, 'An issue or pull request was commented on.'),
       ('github', 'label', 'issue', 90, 'A label was created, edited or deleted.'),
       ('github', 'milestone', 'issue', 400, 'A milestone was created, changed or closed.'),
       ('github', 'discussion', 'message', 400, 'A discussion was created or changed.'),
       ('github', 'discussion_comment', 'message', 400, 'A discussion was commented on.'),
       ('github', 'check_run', 'build', 90, 'A check was created or completed.'),
       ('github', 'check_suite', 'build', 90, 'The checks of a commit were requested or completed.'),
       ('github', 'status', 'build', 90, 'The status of a commit changed.'),
       ('github', 'workflow_run', 'build', 400, 'A workflow run was requested, began or completed.'),
       ('github', 'workflow_job', 'build', 90, 'A job of a workflow was queued, began or completed.'),
       ('github', 'release', 'release', 800, 'A release was published, changed or deleted.'),
       ('github', 'deployment', 'deployment', 800, 'A deployment was created.'),
       ('github', 'deployment_status', 'deployment', 800, 'A deployment got on.'),
       ('github', 'code_scanning_alert', 'security', 800, 'Code scanning found something, or it was settled.'),
       ('github', 'dependabot_alert', 'security', 800, 'A vulnerable dependency was found or settled.'),
       ('github', 'secret_scanning_alert', 'security', 800, 'A secret was found in the code, or it was settled.'),
       ('github', 'repository', 'administration', 800, 'A repository was created, renamed, archived or deleted.'),
       ('github', 'installation', 'administration', 800, 'An app was installed or removed.'),
       ('github', 'installation_repositories', 'administration', 800, 'Repositories were added to an installation or removed.'),
       ('github', 'member', 'administration', 800, 'A collaborator was added, changed or removed.'),
       ('github', 'organization', 'administration', 800, 'Somebody joined or left the organization.'),
       ('github', 'team', 'administration', 800, 'A team was created, changed or deleted.'),
       ('github', 'fork', 'other', 400, 'A repository was forked.'),
       ('github', 'star', 'other', 400, 'A repository was starred or not any more.'),
       ('github', 'watch', 'other', 400, 'A repository was starred, in the older form.'),
       ('github', 'ping', 'administration', 30, 'A webhook was created.'),
       ('linear', 'issue', 'issue', 400, 'An issue was created, updated or removed.'),
       ('linear', 'comment', 'issue', 400, 'A comment was created, updated or removed.'),
       ('linear', 'issue_label', 'issue', 90, 'A label was created, updated or removed.'),
       ('linear', 'attachment', 'issue', 400, 'An attachment was created, updated or removed.'),
       ('linear', 'reaction', 'message', 90, 'Somebody reacted to a comment.'),
       ('linear', 'cycle', 'issue', 400, 'A cycle was created, updated or removed.'),
       ('linear', 'project', 'issue', 400, 'A project was created, updated or removed.'),
       ('linear', 'project_update', 'message', 400, 'A status of a project was posted.'),
       ('linear', 'initiative', 'issue', 400, 'An initiative was created, updated or removed.'),
       ('linear', 'document', 'document', 400, 'A document was created, updated or removed.'),
       ('linear', 'issue_sla', 'issue', 400, 'A promised time of an issue was set, is near or was missed.'),
       ('slack', 'message', 'message', 180, 'A message was posted, changed or deleted.'),
       ('slack', 'app_mention', 'message', 180, 'The app was mentioned.'),
       ('slack', 'reaction_added', 'message', 90, 'Somebody reacted to a message.'),
       ('slack', 'reaction_removed', 'message', 90, 'A reaction was taken back.'),
       ('slack', 'member_joined_channel', 'administration', 180, 'Somebody joined a channel.'),
       ('slack', 'member_left_channel', 'administration', 180, 'Somebody left a channel.'),
       ('slack', 'channel_created', 'administration', 400, 'A channel was created.'),
       ('slack', 'channel_archive', 'administration', 400, 'A channel was archived.'),
       ('slack', 'team_join', 'administration', 400, 'Somebody joined the workspace.'),
       ('slack', 'app_rate_limited', 'administration', 90, 'Slack held events back because there were too many.'),
       ('notion', 'page', 'document', 400, 'A page was created, changed, moved, deleted or restored.'),
       ('notion', 'comment', 'message', 400, 'A comment was created, updated or deleted.'),
       ('notion', 'database', 'document', 400, 'A database was created, changed, moved, deleted or restored.'),
       ('notion', 'data_source', 'document', 400, 'A data source was created, changed, moved, deleted or restored.'),
       ('notion', 'view', 'document', 180, 'A view was created, changed or deleted.'),
       ('ci', '*', 'build', 400, 'Whatever a build server says.'),
       ('deployment', '*', 'deployment', 800, 'Whatever a deployment tool says.'),
       ('generic', '*', 'other', 400, 'Whatever else is sent.');

-- migrate: rollback
drop view if exists events.recent_events, events.event_summary, events.github_activity, events.linear_activity,
    events.slack_activity, events.notion_activity, events.deployment_activity;
drop table events.event_type_retentions, events.event_types;
drop type events.event_category;
drop domain events.event_type_name;
