-- What every organization begins with. Each routine can be called again and changes nothing that is there.

create or replace function workflows.install_default_template(organization uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform workflows.refuse_other_organization(organization);
    if exists (select from workflows.workflow_templates t where t.organization_id = organization and t.slug = 'github-project') then
        return;
    end if;
    perform workflows.add_template_version(organization, 'github-project', 'GitHub project', workflows.default_stages(),
                                           'From a requirement to a merged change, in eight stages.', 'The first version.', null, null);
    update workflows.workflow_templates t set is_default = true, updated_at = now()
    where t.organization_id = organization and t.slug = 'github-project'
      and not exists (select from workflows.workflow_templates o where o.organization_id = organization and o.is_default);
end
$$;
comment on function workflows.install_default_template(uuid) is 'Gives an organization the template of eight stages, as its default one unless it has one.';

create or replace function workflows.default_stages() returns jsonb
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return $json$[
        {"stage_key": "project_selection", "name": "Project selection", "timeout": "30 minutes",
         "description": "The project and its repository are chosen and indexed.",
         "exit_validations": ["repository_is_indexed"]},
        {"stage_key": "requirements_input", "name": "Requirements input", "timeout": "60 minutes",
         "description": "The requirements are written and saved as a version.",
         "exit_validations": ["requirements_are_saved"]},
        {"stage_key": "requirements_decomposition", "name": "Requirements decomposition", "timeout": "45 minutes",
         "description": "The requirements become steps with dependencies and acceptance criteria.",
         "required_integrations": ["agent"],
         "exit_validations": ["plan_has_no_cycle", "plan_covers_the_requirements"]},
        {"stage_key": "issue_creation", "name": "Issue creation", "timeout": "45 minutes",
         "description": "One main issue, and a sub-issue for each step.",
         "required_integrations": ["issues"],
         "exit_validations": ["every_step_has_an_issue"]},
        {"stage_key": "task_execution", "name": "Task execution", "timeout": "480 minutes",
         "description": "Agents carry out the steps, each on a branch of its own.",
         "required_integrations": ["agent", "code_host"],
         "exit_validations": ["every_step_has_a_change"]},
        {"stage_key": "pull_request_validation", "name": "Pull request validation", "timeout": "60 minutes",
         "description": "The changes are held against checks, quality gates and acceptance criteria.",
         "required_integrations": ["code_host"],
         "exit_validations": ["checks_pass", "quality_gates_pass", "acceptance_criteria_are_met"]},
        {"stage_key": "dev_branch_management", "name": "Dev branch management", "timeout": "120 minutes",
         "description": "The changes are rebased, validated again and merged into the dev branch.",
         "required_integrations": ["code_host"],
         "entry_validations": ["changes_are_approved"],
         "exit_validations": ["every_change_is_merged"]},
        {"stage_key": "completion", "name": "Completion", "timeout": "15 minutes",
         "description": "What is no longer needed is removed, and the outcome is reported.",
         "exit_validations": ["nothing_is_left_behind"]}
    ]$json$::jsonb;
end
$$;
comment on function workflows.default_stages() is 'The eight stages of the default template, as workflows.publish_template takes them.';

create or replace function workflows.install_default_quality_gates(organization uuid) returns void
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform workflows.refuse_other_organization(organization);
    insert into workflows.quality_gates (organization_id, metric, description, comparison, threshold, unit, is_blocking)
    select organization, d.metric, d.description, d.comparison, d.threshold, d.unit, false from workflows.default_quality_gates() d
    on conflict do nothing;
end
$$;
comment on function workflows.install_default_quality_gates(uuid) is 'Gives an organization the quality gates that it has none of its own for; they do not block.';

create or replace function workflows.default_quality_gates()
    returns table (metric text, comparison workflows.comparison, threshold numeric, unit text, description text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('complexity',       'at_most'::workflows.comparison, 7.0, 'points', 'Mean cyclomatic complexity of the functions that the change adds or touches.'),
        ('documentation',    'at_least', 70.0, 'percent',  'Public functions and types that the change adds or touches and that are described.'),
        ('duplication',      'at_most',   5.0, 'percent',  'Lines that the change adds and that stand elsewhere, too.'),
        ('new_issues',       'at_most',   0.0, 'issues',   'Issues that the change brings.'),
        ('new_risks',        'at_most',   0.0, 'issues',   'Issues of the category risk that the change brings.'),
        ('recent_failures',  'at_most',   3.0, 'failures', 'Attempts at stages that failed in other runs on the repository in the last seven days.'),
        ('tested_functions', 'at_least', 80.0, 'percent',  'Functions that the change adds or touches and that a test reaches.');
end
$$;
comment on function workflows.default_quality_gates() is 'The quality gates that an organization begins with.';

-- Whoever creates an organization may do it without being in a transaction of one.
create or replace function workflows.refuse_other_organization(organization uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if organization <> base.current_organization_id() then
        raise exception using errcode = 'GS917',
            message = format('a transaction of organization %s cannot install anything in %s', base.current_organization_id(), organization),
            hint = 'Do it in a transaction of that organization.';
    end if;
end
$$;
comment on function workflows.refuse_other_organization(uuid) is 'Error GS917 when the transaction is another organization''s.';

revoke execute on function workflows.install_default_template(uuid), workflows.install_default_quality_gates(uuid) from public;
grant execute on function workflows.install_default_template(uuid), workflows.install_default_quality_gates(uuid) to workflows_user;
