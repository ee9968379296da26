-- The default organization has the eight stages and the quality gates from the start; for others the same routines are called when
-- they are created.

select workflows.install_default_template(base.default_organization_id());
select workflows.install_default_quality_gates(base.default_organization_id());

-- migrate: rollback
delete from workflows.quality_gates g
where g.organization_id = base.default_organization_id() and g.project_id is null
  and g.metric in (select d.metric from workflows.default_quality_gates() d);
-- The template goes unless somebody has used it or made another version of it.
grant delete on workflows.template_versions, workflows.template_stages to workflows_owner;
create temporary table unused on commit drop as
select t.id as template_id, v.id as version_id
from workflows.workflow_templates t
join workflows.template_versions v on v.organization_id = t.organization_id and v.template_id = t.id
where t.organization_id = base.default_organization_id() and t.slug = 'github-project'
  and not exists (select from workflows.workflow_executions e where e.organization_id = v.organization_id and e.template_version_id = v.id)
  and not exists (select from workflows.template_versions o where o.organization_id = t.organization_id and o.template_id = t.id and o.id <> v.id);
delete from workflows.template_stages where organization_id = base.default_organization_id() and template_version_id in (select version_id from unused);
delete from workflows.template_versions where organization_id = base.default_organization_id() and id in (select version_id from unused);
delete from workflows.workflow_templates where organization_id = base.default_organization_id() and id in (select template_id from unused);
drop table unused;
revoke delete on workflows.template_versions, workflows.template_stages from workflows_owner;
