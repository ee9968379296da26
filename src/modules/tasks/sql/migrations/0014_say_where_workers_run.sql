-- Who sees that a process of its own machine is gone need not wait for the lease to end.

alter table tasks.workers add column machine text not null default '';
comment on column tasks.workers.machine is 'Within what process_id is unique: the boot and the process namespace of the machine; empty when not known.';

-- migrate: rollback
alter table tasks.workers drop column machine;
