-- The errors that the routines of identity raise. The code is the API; the words may improve.

create or replace function identity.error_codes()
    returns table (code text, name text, meaning text, remedy text)
    language plpgsql immutable parallel safe
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('GS101', 'last_owner', 'The change would leave an organization without an active owner.',
         'Make somebody else an owner first.'),
        ('GS102', 'not_a_member', 'The person is not a member of the organization.', 'Add the person to the organization first.'),
        ('GS103', 'role_too_low', 'The caller''s role does not allow the change.', 'Ask an owner or an admin of the organization.'),
        ('GS104', 'api_key_unknown', 'The organization has no such API key.', 'List the keys of the organization.'),
        ('GS105', 'credential_unknown', 'The organization has no such credential.', 'List the credentials of the organization.'),
        ('GS106', 'user_unknown', 'There is no such user, or the user is deactivated.', 'Create or reactivate the user first.'),
        ('GS107', 'organization_unknown', 'There is no such organization.', 'Create the organization first.');
end
$$;
comment on function identity.error_codes() is 'The errors of schema identity: SQLSTATE, name, meaning, remedy.';
