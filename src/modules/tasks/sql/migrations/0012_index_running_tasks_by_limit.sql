-- What runs under a key is counted before each claim: without reading all that ever had the key.
create index tasks_running_of_key_idx on tasks.tasks (organization_id, concurrency_key) where status = 'running' and concurrency_key is not null;

-- migrate: rollback
drop index tasks.tasks_running_of_key_idx;
