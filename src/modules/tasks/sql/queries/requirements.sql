-- name: add_github_project :exec
-- param project_id: nullable
insert into tasks.github_projects (organization_id, repository_id, project_id)
values (:organization_id, :repository_id, :project_id)
on conflict (organization_id, repository_id) do nothing;

-- name: find_github_project :optional
select id from tasks.github_projects where organization_id = :organization_id and repository_id = :repository_id;

-- name: find_requirement :optional
-- type github_project_id: Uuid
-- The newest version, when it says the same.
select q.id, q.version from tasks.requirements q
where q.organization_id = :organization_id and q.github_project_id = :github_project_id and q.content = :content
  and not exists (select from tasks.requirements n
                  where n.organization_id = q.organization_id and n.github_project_id = q.github_project_id and n.version > q.version);

-- name: add_requirement :optional
-- type github_project_id: Uuid
-- The next version; none when another one took its number meanwhile.
insert into tasks.requirements (organization_id, github_project_id, version, content)
select :organization_id, :github_project_id, coalesce(max(q.version), 0) + 1, :content
from tasks.requirements q
where q.organization_id = :organization_id and q.github_project_id = :github_project_id
on conflict (organization_id, github_project_id, version) do nothing
returning id, version;

-- name: add_decomposition :one
-- param based_on_id: nullable
-- param created_by: nullable
-- type created_by: UserId
insert into tasks.requirement_decompositions (organization_id, requirement_id, based_on_id, method, status, quality_score, quality_findings, title, acceptance_criteria, created_by, finished_at)
values (:organization_id, :requirement_id, :based_on_id, :method, 'proposed', :quality_score, :quality_findings, :title, :acceptance_criteria, :created_by, now())
returning id;

-- name: lock_plan :optional
-- Whoever changes which version of a plan is worked by holds the first one.
select requirement_id from tasks.requirement_decompositions where organization_id = :organization_id and id = :first_id for update;

-- name: list_plan_versions :many
-- column id: not null
-- column number: not null
-- column title: nullable
-- column created_by: nullable
-- type created_by: UserId
-- A decomposition and those that were edited from it, one after the other.
with recursive versions (id, number) as (
    select d.id, 1 from tasks.requirement_decompositions d where d.organization_id = :organization_id and d.id = :first_id
    union all
    select n.id, v.number + 1 from versions v join tasks.requirement_decompositions n on n.organization_id = :organization_id and n.based_on_id = v.id
)
select v.id, v.number, d.method, d.status, d.quality_score::float8 as quality_score, d.title, d.acceptance_criteria, d.created_by, d.created_at
from versions v
join tasks.requirement_decompositions d on d.organization_id = :organization_id and d.id = v.id
order by v.number;

-- name: supersede_plan :exec
update tasks.requirement_decompositions set status = 'superseded', updated_at = now()
where organization_id = :organization_id and id = :decomposition_id and status = 'proposed';

-- name: add_steps :many
-- One after the other; criteria are a JSON array of text for each step, what is not estimated is below 0. Returns the ids in their order.
with added as (
    insert into tasks.decomposed_steps (organization_id, decomposition_id, step_number, name, description, acceptance_criteria, implementation_approach, technical_requirements,
                                        estimated_hours, complexity_score)
    select :organization_id, :decomposition_id, s.number, s.name, s.description, array(select jsonb_array_elements_text(s.criteria::jsonb)), s.approach, s.technical,
           case when s.hours >= 0 then s.hours::numeric end, case when s.complexity >= 0 then s.complexity end
    from unnest(:names::text[], :descriptions::text[], :criteria::text[], :approaches::text[], :technical_requirements::text[], :estimated_hours::float8[],
                :complexity_scores::integer[]) with ordinality as s (name, description, criteria, approach, technical, hours, complexity, number)
    returning id, step_number
)
select id, step_number from added order by step_number;

-- name: add_step_dependency :one
-- column id: not null
select tasks.add_step_dependency(:step_id, :depends_on_step_id) as id;

-- name: accept_decomposition :exec
select tasks.accept_decomposition(:decomposition_id);

-- name: list_steps :many
-- column depends_on: not null
-- In the order of their numbers, with the numbers of those that each depends on.
select s.id, s.step_number, s.name, s.description, s.acceptance_criteria, s.implementation_approach, s.technical_requirements, s.estimated_hours::float8 as estimated_hours,
       s.complexity_score, s.issue_key,
       array(select o.step_number from tasks.step_dependencies d
             join tasks.decomposed_steps o on o.organization_id = d.organization_id and o.id = d.depends_on_step_id
             where d.organization_id = s.organization_id and d.decomposition_id = s.decomposition_id and d.step_id = s.id order by 1) as depends_on
from tasks.decomposed_steps s
where s.organization_id = :organization_id and s.decomposition_id = :decomposition_id
order by s.step_number;

-- name: name_step_issue :exec
-- param issue_url: nullable
update tasks.decomposed_steps set issue_provider = :issue_provider, issue_key = :issue_key, issue_url = :issue_url, updated_at = now()
where organization_id = :organization_id and id = :step_id;

-- name: name_main_issue :exec
-- param issue_url: nullable
update tasks.requirement_decompositions set issue_provider = :issue_provider, issue_key = :issue_key, issue_url = :issue_url, updated_at = now()
where organization_id = :organization_id and id = :decomposition_id;
