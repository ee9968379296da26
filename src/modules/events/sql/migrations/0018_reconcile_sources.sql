-- Where a provider tells which deliveries it made, for those that do not make them again by themselves.

alter table events.event_sources
    add column reconcile_url text,
    add column reconcile_credential_id uuid,
    add column reconciled_at timestamptz,
    add column reconcile_error text,
    add constraint reconcile_url_is_http check (reconcile_url ~ '^https?://[^@/]+/'),
    add constraint reconciling_needs_a_token check ((reconcile_url is null) = (reconcile_credential_id is null)),
    add constraint only_github_is_reconciled check (reconcile_url is null or kind = 'github');
comment on column events.event_sources.reconcile_url is 'The webhook in the provider''s API, whose list of deliveries is compared with what was stored; null where that is not done.';
comment on column events.event_sources.reconcile_credential_id is 'The token for that API. Id of identity.credentials.';
comment on column events.event_sources.reconciled_at is 'When that was last done; null before.';
comment on column events.event_sources.reconcile_error is 'Why it could not be done the last time; null where it could.';

-- migrate: rollback
alter table events.event_sources drop constraint only_github_is_reconciled, drop constraint reconciling_needs_a_token, drop constraint reconcile_url_is_http,
    drop column reconcile_error, drop column reconciled_at, drop column reconcile_credential_id, drop column reconcile_url;
