// Plays GitHub's REST API for one repository, on top of a bare Git repository.
//
// usage: github.mjs FOLDER OWNER/NAME
//
// Prints its URL. Whoever asks there goes through a judge that refuses (422 and 500, with "validation" in the body)
// whatever GitHub's own description of the API does not allow, in requests and in answers. Faults that a test asks for
// come from before the judge. The control, all of it POST with JSON:
//   /_test/faults  {"faults": [{"match": "PUT /repos/.*", "status": 503, "headers": {}, "body": {}, "delay_ms": 0,
//                   "kind": "answer" | "half" (a body cut off) | "nothing" (the connection ends) | "lost" (done, then
//                   nothing)}]}: each hits one request, the next one that matches
//   /_test/tokens  {"accepted": ["token-1"]}
//   /_test/app     {"seconds": 3600} for how long tokens of the App last; the answer has its id and private key
//   /_test/facts   {"check_runs": {SHA: [...]}, "statuses": {SHA: [...]}, "reviews": {NUMBER: [...]}, "rules": {...}}
//   /_test/state   {}: what was asked since the last look, what exists
//   /_test/reset   {"folder": FOLDER}: begins anew, on another repository
import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import { answer, judged } from './github/description.mjs';
import { Refused, Repository } from './github/repository.mjs';

const [folder, fullName] = process.argv.slice(2);
const [owner, name] = fullName.split('/');
let repository = new Repository(folder, owner, name);
const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
const app = { id: '4711', private_key: keys.privateKey, seconds: 3600, tokens: [] };
const limit = { limit: 5000, remaining: 5000 };
let tokens = ['token-1'];
let faults = [];
let asked = [];
let refused = []; // by the judge
let publicUrl = '';

const repositoryPath = '/repos/{owner}/{repo}';
const routes = [
  ['get', repositoryPath, 200, () => repository.about()],
  ['get', `${repositoryPath}/git/ref/{ref}`, 200, ({ ref }) => repository.branch(ref.replace(/^heads\//, ''))],
  ['delete', `${repositoryPath}/git/refs/{ref}`, 204, ({ ref }) => repository.removeBranch(ref.replace(/^heads\//, ''))],
  ['get', `${repositoryPath}/pulls`, 200, (at, body, query) => paged(repository.list(query), query)],
  ['post', `${repositoryPath}/pulls`, 201, (at, body) => repository.open(body)],
  ['get', `${repositoryPath}/pulls/{pull_number}`, 200, ({ pull_number }) => repository.shown(repository.find(pull_number))],
  ['patch', `${repositoryPath}/pulls/{pull_number}`, 200, ({ pull_number }, body) => repository.change(pull_number, body)],
  ['put', `${repositoryPath}/pulls/{pull_number}/merge`, 200, ({ pull_number }, body) => repository.merge(pull_number, body)],
  ['get', `${repositoryPath}/pulls/{pull_number}/reviews`, 200,
    ({ pull_number }, body, query) => paged(repository.reviewsOf(pull_number), query)],
  ['get', `${repositoryPath}/issues/{issue_number}/comments`, 200,
    ({ issue_number }, body, query) => paged(repository.commentsOf(issue_number), query)],
  ['post', `${repositoryPath}/issues/{issue_number}/comments`, 201, ({ issue_number }, body) => repository.addComment(issue_number, body)],
  ['patch', `${repositoryPath}/issues/comments/{comment_id}`, 200, ({ comment_id }, body) => repository.changeComment(comment_id, body)],
  ['get', `${repositoryPath}/commits/{ref}/check-runs`, 200,
    ({ ref }, body, query) => paged(repository.checkRunsOf(ref), query, (check_runs, total_count) => ({ total_count, check_runs }))],
  ['get', `${repositoryPath}/commits/{ref}/status`, 200,
    ({ ref }, body, query) => paged(repository.statuses[ref] ?? [], query, (statuses, total_count) => ({ sha: ref, total_count, statuses }))],
  ['get', `${repositoryPath}/installation`, 200, () => ({ id: 17, app_id: Number(app.id), target_type: 'User' })],
  ['post', '/app/installations/{installation_id}/access_tokens', 201, (at, body) => installationToken(body)],
].map(([method, path, status, act]) => {
  const pattern = path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  return { method, path, status, act, pattern: new RegExp(`^${pattern}$`), byApp: /installation/.test(path) };
});

/** One page of a list, and where the next one is. */
class Page {
  constructor(body, next) {
    Object.assign(this, { body, next });
  }
}

function paged(entries, { per_page = 30, page = 1 }, shape = (part) => part) {
  const [size, number] = [Number(per_page), Number(page)];
  return new Page(shape(entries.slice((number - 1) * size, number * size), entries.length),
    number * size < entries.length ? number + 1 : null);
}

function installationToken({ repositories }) {
  if (repositories?.join() !== name) throw new Refused(422, 'The repositories are not those of the installation');
  const token = `ghs_${app.tokens.length + 1}`;
  app.tokens.push(token);
  tokens.push(token);
  return { token, expires_at: new Date(Date.now() + app.seconds * 1000).toISOString().replace(/\.\d+/, '') };
}

/** Whether it is signed by the App's key, and for a time that GitHub takes. */
function isOfApp(token) {
  const [head, claims, signature] = token.split('.');
  const read = (part) => JSON.parse(Buffer.from(part, 'base64url'));
  try {
    const { iat, exp, iss } = read(claims);
    const now = Date.now() / 1000;
    return read(head).alg === 'RS256' && iss === app.id && iat <= now && exp > now && exp - now <= 600 &&
      createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(keys.publicKey, signature, 'base64url');
  } catch {
    return false;
  }
}

/** What the API answers, before the judge sees it. */
function respond({ method, url, headers }, text) {
  const { pathname, searchParams } = new URL(url, 'http://github.test');
  const route = routes.find((each) => each.method === method.toLowerCase() && each.pattern.test(pathname));
  if (!route) throw new Refused(404, 'Not Found');
  const credential = (headers.authorization ?? '').replace(/^Bearer /, '');
  if (!(route.byApp ? isOfApp(credential) : tokens.includes(credential))) throw new Refused(401, 'Bad credentials');
  const at = Object.fromEntries(Object.entries(pathname.match(route.pattern).groups).map(([key, part]) => [key, decodeURIComponent(part)]));
  if (at.owner && (at.owner !== owner || at.repo !== name)) throw new Refused(404, 'Not Found');
  const query = Object.fromEntries(searchParams);
  repository.look();
  const result = route.act(at, text ? JSON.parse(text) : {}, query);
  const answered = { status: route.status, headers: {} };
  if (result instanceof Page && result.next) {
    const next = new URL(pathname, publicUrl);
    next.search = new URLSearchParams({ ...query, page: result.next });
    answered.headers.link = `<${publicUrl}/>; rel="first", <${next}>; rel="next"`;
  }
  if (route.status !== 204) answered.body = answer(route.path, route.method, route.status, result instanceof Page ? result.body : result);
  return answered;
}

function api(request, response, text) {
  let answered;
  try {
    answered = respond(request, text);
  } catch (problem) {
    if (!(problem instanceof Refused)) console.error(problem);
    answered = { status: problem.status ?? 500, headers: {}, body: problem.body ?? { message: String(problem) } };
  }
  const body = answered.body === undefined ? '' : JSON.stringify(answered.body);
  const etag = `W/"${createHash('sha256').update(body).digest('hex')}"`;
  const isKnown = request.method === 'GET' && answered.status === 200 && request.headers['if-none-match'] === etag;
  if (!isKnown) limit.remaining -= 1;
  response.writeHead(isKnown ? 304 : answered.status, {
    ...(body && !isKnown && { 'content-type': 'application/json; charset=utf-8' }),
    ...(answered.status === 200 && { etag }),
    'x-ratelimit-limit': limit.limit,
    'x-ratelimit-remaining': limit.remaining,
    'x-ratelimit-reset': Math.ceil(Date.now() / 1000) + 3600,
    ...answered.headers,
  });
  response.end(isKnown ? '' : body);
}

const controls = {
  reset: (wanted) => {
    repository = new Repository(wanted.folder, owner, name);
    [tokens, faults, asked, refused] = [['token-1'], [], [], []];
    limit.remaining = limit.limit;
  },
  faults: (wanted) => void faults.push(...wanted.faults),
  tokens: (wanted) => void (tokens = wanted.accepted),
  app: (wanted) => Object.assign(app, wanted),
  facts: ({ check_runs, statuses, reviews, rules }) => {
    Object.assign(repository.checkRuns, check_runs);
    Object.assign(repository.statuses, statuses);
    Object.assign(repository.reviews, reviews);
    Object.assign(repository.rules, rules);
  },
  state: () => {
    repository.look();
    const since = { requests: asked, refused };
    [asked, refused] = [[], []];
    return { ...since, remaining: limit.remaining, pulls: repository.pulls, comments: repository.comments, app_tokens: app.tokens.length };
  },
};

function control(request, response, text) {
  const act = controls[request.url.slice('/_test/'.length)];
  if (!act) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': 'application/json' });
  return response.end(JSON.stringify(act(JSON.parse(text)) ?? {}));
}

/** Hands the request on to the judge, and what comes of it back. */
function pass(request, response, text, noted, fault) {
  const options = { method: request.method, headers: { ...request.headers, connection: 'close' }, agent: false };
  const passed = http.request(new URL(request.url, judgeUrl), options, async (got) => {
    const body = await read(got);
    noted.status = got.statusCode;
    if (body.includes('stoplight.io/prism/errors')) refused.push(`${noted.line}: ${body}`);
    if (fault?.kind === 'lost') return request.socket.destroy();
    response.writeHead(got.statusCode, got.headers);
    return response.end(body);
  });
  passed.end(text);
}

function fail(request, response, { kind = 'answer', status = 200, headers = {}, body = { message: 'as the test wants it' } }) {
  if (kind === 'nothing') return request.socket.destroy();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers });
  if (kind !== 'half') return response.end(text);
  response.write(text.slice(0, text.length / 2));
  return setTimeout(() => request.socket.destroy(), 20);
}

async function read(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function front(request, response) {
  const text = await read(request);
  if (request.url.startsWith('/_test/')) return control(request, response, text);
  const line = `${request.method} ${request.url}`;
  const index = faults.findIndex(({ match }) => new RegExp(match ?? '').test(line));
  const [fault] = index < 0 ? [] : faults.splice(index, 1);
  const noted = {
    line, credential: request.headers.authorization, version: request.headers['x-github-api-version'],
    status: fault && fault.kind !== 'lost' ? (fault.status ?? 0) : null,
  };
  asked.push(noted);
  if (fault?.delay_ms) await new Promise((resolve) => setTimeout(resolve, fault.delay_ms));
  return !fault || fault.kind === 'lost' ? pass(request, response, text, noted, fault) : fail(request, response, fault);
}

function serve(handler) {
  const server = http.createServer(handler);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`)));
}

const apiUrl = await serve(async (request, response) => api(request, response, (await read(request)).toString()));
const judgeUrl = await judged(apiUrl);
publicUrl = await serve(front);
console.log(publicUrl);
