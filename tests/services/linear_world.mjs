// What there is in the Linear of the tests, and how queries and changes meet it.

import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';

const uuidV4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/// As Linear writes an error; it answers 200 with it unless `status` says otherwise.
export function refusal(code, type, message, said = message, more = {}) {
    return new GraphQLError(message, { extensions: { code, type, userError: true, userPresentableMessage: said, ...more } });
}
const notFound = (kind) =>
    refusal('INPUT_ERROR', 'invalid input', `Entity not found: ${kind}`, `Could not find referenced ${kind}.`, { statusCode: 400 });
const invalid = (message) => refusal('INVALID_INPUT', 'invalid input', 'Argument Validation Error', message);

export class World {
    users = [{ id: randomUUID(), name: 'Ada Lovelace', displayName: 'ada', email: 'ada@example.test' }];
    organization = { id: randomUUID(), name: 'Example', urlKey: 'example' };
    teams = [];
    issues = [];
    comments = [];
    pageMax = 250;
    /// What is said of an id that is taken.
    takenError = { code: 'INPUT_ERROR', type: 'invalid input', message: 'Entity with this id exists already' };

    constructor() {
        this.addTeam({ key: 'ENG', name: 'Engineering', states: [
            ['Triage', 'triage', 0], ['Backlog', 'backlog', 1], ['Todo', 'unstarted', 2], ['In Review', 'started', 1002],
            ['In Progress', 'started', 3], ['Done', 'completed', 4], ['Canceled', 'canceled', 5], ['Duplicate', 'duplicate', 6]] });
    }

    addTeam({ key, name = key, states }) {
        const team = { id: randomUUID(), key, name, issueCount: 0 };
        team.all = states.map(([name, type, position]) => ({ id: randomUUID(), name, type, position, team }));
        team.states = (args) => this.page(team.all, args);
        this.teams.push(team);
        return { id: team.id, states: team.all.map(({ team, ...state }) => state) };
    }

    /// A page of a list in the way of Relay.
    page(all, { first = 50, after }) {
        if (first > this.pageMax) throw invalid(`first must not be greater than ${this.pageMax}`);
        const start = after ? all.findIndex(({ id }) => id === after) + 1 : 0;
        const nodes = all.slice(start, start + first);
        return { nodes, pageInfo: { hasNextPage: start + first < all.length, endCursor: nodes.at(-1)?.id ?? null } };
    }

    find(list, kind, id) {
        const found = list.find((one) => one.id === id || (one.identifier && one.identifier === id));
        if (!found) throw notFound(kind);
        return found;
    }
    issue(id) { return this.find(this.issues, 'Issue', id); }
    state(team, id) {
        const state = this.find(this.teams.flatMap(({ all }) => all), 'WorkflowState', id);
        if (state.team !== team) throw invalid('the state is not one of the team of the issue');
        return state;
    }

    checkId(id, list) {
        if (id !== undefined && !uuidV4.test(id)) throw invalid('id must be a UUID');
        const { message, code, type, ...more } = this.takenError;
        if (list.some((one) => one.id === id)) throw refusal(code, type, message, message, more);
        return id ?? randomUUID();
    }

    createIssue({ id, teamId, title, description = null, parentId, stateId, labelIds = [] }) {
        if (!title) throw invalid('title must not be empty');
        const team = this.find(this.teams, 'Team', teamId);
        const parent = parentId ? this.issue(parentId) : null;
        const state = stateId ? this.state(team, stateId) : (team.all.find(({ type }) => type === 'backlog') ?? team.all[0]);
        const issue = { id: this.checkId(id, this.issues), identifier: `${team.key}-${++team.issueCount}`, number: team.issueCount,
                        title, description, team, parent, state, labelIds, assignee: null, archivedAt: null };
        issue.url = `https://linear.example.test/example/issue/${issue.identifier}`;
        issue.children = (args) => this.page(this.issues.filter((one) => one.parent === issue && !one.archivedAt), args);
        issue.createdAt = issue.updatedAt = new Date().toISOString();
        this.issues.push(issue);
        return issue;
    }

    updateIssue(id, { title, description, stateId, parentId, assigneeId }) {
        const issue = this.issue(id);
        if (title !== undefined) issue.title = title;
        if (description !== undefined) issue.description = description;
        if (stateId) issue.state = this.state(issue.team, stateId);
        if (parentId !== undefined) issue.parent = parentId && this.issue(parentId);
        if (assigneeId !== undefined) issue.assignee = assigneeId && this.find(this.users, 'User', assigneeId);
        issue.updatedAt = new Date().toISOString();
        return issue;
    }

    archiveIssue(id) {
        const issue = this.issue(id);
        issue.archivedAt ??= new Date().toISOString();
        return issue;
    }

    createComment({ id, issueId, body }) {
        if (!body) throw invalid('body must not be empty');
        const issue = this.issue(issueId);
        const comment = { id: this.checkId(id, this.comments), issue, issueId: issue.id, body, user: this.users[0] };
        comment.url = `${issue.url}#comment-${comment.id.slice(0, 8)}`;
        this.comments.push(comment);
        return comment;
    }

    teamsLike(filter) {
        const { id, key } = filter ?? {};
        return this.teams.filter((team) => (!id || team.id === id.eq) &&
                                           (!key || team.key.toLowerCase() === (key.eq ?? key.eqIgnoreCase).toLowerCase()));
    }

    /// For who reads back what exists.
    told() {
        return {
            users: this.users,
            teams: this.teams.map(({ id, key, name }) => ({ id, key, name })),
            issues: this.issues.map(({ team, parent, state, children, ...issue }) => (
                { ...issue, team: team.key, parent: parent?.identifier ?? null, state: state.name })),
            comments: this.comments.map(({ issue, user, ...comment }) => ({ ...comment, issue: issue.identifier })),
        };
    }
}

/// How fields of the schema are answered, by the world of then.
export const resolversOf = (world) => ({
    Query: {
        viewer: () => ({ ...world().users[0], organization: world().organization }),
        teams: (_, args) => world().page(world().teamsLike(args.filter), args),
        team: (_, { id }) => world().find(world().teams, 'Team', id),
        issue: (_, { id }) => world().issue(id),
        comment: (_, { id }) => world().find(world().comments, 'Comment', id),
    },
    Mutation: {
        issueCreate: (_, { input }) => ({ success: true, issue: world().createIssue(input) }),
        issueUpdate: (_, { id, input }) => ({ success: true, issue: world().updateIssue(id, input) }),
        issueArchive: (_, { id }) => ({ success: true, entity: world().archiveIssue(id) }),
        commentCreate: (_, { input }) => ({ success: true, comment: world().createComment(input) }),
    },
});
