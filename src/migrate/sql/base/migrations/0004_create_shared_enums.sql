-- Words that several modules use in the same sense. Each database has them, so that a value means the same everywhere.
-- docs/decisions/0010 says when a set of values is an enum.

create type base.priority as enum ('low', 'normal', 'high', 'urgent', 'critical');
comment on type base.priority is 'How much something matters, from least to most.';

create type base.visibility as enum ('restricted', 'private', 'internal', 'public');
comment on type base.visibility is 'Who may see something: those named; its members; the organization; everybody.';
