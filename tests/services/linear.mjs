// A service that plays Linear in tests: a GraphQL server of Linear's own schema, whose fields hold made-up values but
// for teams, states, issues and comments, which it keeps. Prints its URL; the token it takes at first is lin_api_test.
//
// Steered by POST with JSON:
//   /_test/reset     {}                          a new world, no faults, no record
//   /_test/fault     {times, after, ...}         the next requests go wrong: {status, headers, body} is answered, or the
//                                                answer is held back {delay_ms}, broken off {cut} or left out {drop};
//                                                with `after` what was asked for happens first
//   /_test/limit     {remaining, reset_ms}       so many more requests until then (milliseconds since 1970)
//   /_test/token     {token}                     the only one that is accepted from now on
//   /_test/team      {key, name, states: [[name, type, position]]}
//   /_test/issue     {id, ...}                   a change made by somebody else, as issueUpdate takes it
//   /_test/world     {pageMax, takenError}       what the world is like
//   /_test/told      {}                          what exists, and what was asked
//   /_test/validate  {query}                     the errors of a document in each schema at hand, and its complexity

import { createServer } from 'node:http';
import { addMocksToSchema } from '@graphql-tools/mock';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { Kind, buildSchema, execute, parse, validate } from 'graphql';
import { publishedSchema, sdkSchema } from './linear_schema.mjs';
import { World, refusal, resolversOf } from './linear_world.mjs';

const typeDefs = publishedSchema() ?? sdkSchema();
if (!typeDefs) {
    console.error('there is neither a copy of the schema of Linear nor the package @linear/sdk: npm ci --ignore-scripts');
    process.exit(1);
}

let world, faults, limit, token, asked;
function reset() {
    [world, faults, limit, token, asked] = [new World(), [], undefined, 'lin_api_test', []];
}
reset();
const mocks = { DateTime: () => '2026-01-01T00:00:00.000Z', JSONObject: () => ({}) };
const schema = addMocksToSchema({ schema: makeExecutableSchema({ typeDefs, assumeValidSDL: true }), mocks, resolvers: resolversOf(() => world) });

/// Null for a schema that is not at hand. Built when a document is first held against it.
const schemas = {};
function errorsIn(name, textOf, document) {
    schemas[name] ??= [textOf()].map((text) => text && buildSchema(text, { assumeValidSDL: true }));
    const [held] = schemas[name];
    return held ? validate(held, document).map(({ message }) => message) : null;
}

/// Linear's points: 0.1 for a property, 1 for an object, what a list holds as often as its page is long.
function complexityOf(node, fragments) {
    if (node.kind === Kind.FRAGMENT_SPREAD) return complexityOf(fragments.get(node.name.value), fragments);
    const inside = (node.selectionSet?.selections ?? []).reduce((sum, one) => sum + complexityOf(one, fragments), 0);
    if (node.kind !== Kind.FIELD) return inside;
    const first = node.arguments.find(({ name }) => name.value === 'first');
    return node.selectionSet ? 1 + inside * Number(first?.value.value ?? 1) : 0.1;
}

function judged({ query }) {
    const document = parse(query);
    const fragments = new Map(document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
                                                  .map((one) => [one.name.value, one]));
    const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return { published: errorsIn('published', publishedSchema, document), sdk: errorsIn('sdk', sdkSchema, document),
             complexity: Math.ceil(complexityOf(operation, fragments)) };
}

const control = {
    reset,
    fault: (fault) => faults.push({ times: 1, ...fault }),
    limit: (wanted) => { limit = wanted; },
    token: (wanted) => { token = wanted.token; },
    team: (team) => world.addTeam(team),
    issue: ({ id, ...changes }) => void world.updateIssue(id, changes),
    world: (changes) => void Object.assign(world, changes),
    told: () => ({ ...world.told(), asked }),
    validate: judged,
};

const failed = (status, error, headers = {}) => ({ status, headers, body: JSON.stringify({ errors: [error], data: null }) });

/// What stands between a request and its execution: the credential and the rate.
function hindrance(authorization) {
    const isPersonal = token.startsWith('lin_api_');
    if (/^Bearer lin_api_/.test(authorization))
        return failed(400, refusal('INPUT_ERROR', 'invalid input', 'Bearer token', 'An API key is sent without "Bearer".'));
    if (authorization !== (isPersonal ? token : `Bearer ${token}`))
        return failed(401, refusal('AUTHENTICATION_ERROR', 'authentication error', 'Authentication required, not authenticated',
                                   'You need to authenticate to access this operation.'));
    if (limit && Date.now() < limit.reset_ms && limit.remaining-- <= 0)
        return failed(400, refusal('RATELIMITED', 'ratelimited', 'Rate limit exceeded'),
                      { 'X-RateLimit-Requests-Remaining': '0', 'X-RateLimit-Requests-Reset': String(limit.reset_ms),
                        'X-RateLimit-Complexity-Remaining': '250000' });
    return undefined;
}

async function answerTo(request, { query, variables, operationName }) {
    const hindered = hindrance(request.headers.authorization);
    if (hindered) return hindered;
    const document = parse(query);
    const errors = validate(schema, document);
    if (errors.length)
        return failed(400, { ...errors[0].toJSON(), extensions: { code: 'GRAPHQL_VALIDATION_FAILED', type: 'graphql error' } });
    const result = await execute({ schema, document, variableValues: variables, operationName });
    return { status: 200, headers: {}, body: JSON.stringify(result) };
}

function send(response, { status = 200, headers = {}, body }, { cut = false } = {}) {
    const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
    response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers });
    if (!cut) return response.end(bytes);
    response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

async function serve(request, response) {
    let text = '';
    for await (const piece of request) text += piece;
    const body = JSON.parse(text || '{}');
    const [, area, name] = request.url.split('/');
    if (area === '_test') return send(response, { body: await control[name](body) });
    if (request.url !== '/graphql' || request.method !== 'POST') return send(response, { status: 404, body: {} });
    asked.push({ operation: body.operationName, variables: body.variables, authorization: request.headers.authorization });
    const fault = faults[0];
    if (!fault) return send(response, await answerTo(request, body));
    if (--fault.times <= 0) faults.shift();
    const answer = fault.after || fault.cut || fault.delay_ms ? await answerTo(request, body) : undefined;
    if (fault.delay_ms) await new Promise((resolve) => setTimeout(resolve, fault.delay_ms));
    if (fault.drop) return response.destroy();
    send(response, fault.status ? fault : answer, fault);
}

const server = createServer((request, response) => serve(request, response).catch((problem) => {
    console.error(problem);
    send(response, { status: 500, body: { message: String(problem) } });
}));
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
