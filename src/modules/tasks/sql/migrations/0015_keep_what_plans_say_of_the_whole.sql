-- Plans that are no longer the requirement's own text have a title and criteria of their own.

alter table tasks.requirement_decompositions
    add column title               text,
    add column acceptance_criteria text[] not null default '{}',
    add constraint criteria_are_given check (array_position(acceptance_criteria, null) is null and not '' = any (acceptance_criteria));
comment on column tasks.requirement_decompositions.title is 'What the whole is called; null in those of before, which have what the requirements say.';
comment on column tasks.requirement_decompositions.acceptance_criteria is 'How one sees that the whole is done, one criterion each.';

-- migrate: rollback
alter table tasks.requirement_decompositions drop column acceptance_criteria, drop column title;
