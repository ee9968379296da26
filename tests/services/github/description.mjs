// GitHub's own description of its API, cut down to the operations that the stub has, and the judge that it makes.
import fs from 'node:fs';
import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

const operations = {
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/installation': ['get'],
  '/repos/{owner}/{repo}/git/ref/{ref}': ['get'],
  '/repos/{owner}/{repo}/git/refs/{ref}': ['delete'],
  '/repos/{owner}/{repo}/pulls': ['get', 'post'],
  '/repos/{owner}/{repo}/pulls/{pull_number}': ['get', 'patch'],
  '/repos/{owner}/{repo}/pulls/{pull_number}/merge': ['put'],
  '/repos/{owner}/{repo}/pulls/{pull_number}/reviews': ['get'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['patch'],
  '/repos/{owner}/{repo}/commits/{ref}/check-runs': ['get'],
  '/repos/{owner}/{repo}/commits/{ref}/status': ['get'],
  '/app/installations/{installation_id}/access_tokens': ['post'],
};

const at = (document, reference) => reference.slice(2).split('/').reduce((node, key) => node[key], document);

/** The description of `operations` with all that they refer to. */
function describe() {
  const package_ = load.resolve('@octokit/openapi/package.json').replace('package.json', '');
  const whole = JSON.parse(fs.readFileSync(`${package_}generated/api.github.com.json`));
  const cut = { openapi: whole.openapi, info: whole.info, paths: {}, components: {} };
  const taken = new Set();
  const take = (node) => {
    if (node === null || typeof node !== 'object') return;
    delete node.examples; // larger than all the rest, and of no use to a judge
    if (typeof node.$ref === 'string' && !taken.has(node.$ref)) {
      taken.add(node.$ref);
      const [, , kind, name] = node.$ref.split('/');
      (cut.components[kind] ??= {})[name] = whole.components[kind][name];
      take(at(whole, node.$ref));
    }
    Object.values(node).forEach(take);
  };
  for (const [path, methods] of Object.entries(operations)) {
    cut.paths[path] = Object.fromEntries(methods.map((method) => [method, whole.paths[path][method]]));
    take(cut.paths[path]);
  }
  return cut;
}

const description = describe();

const resolved = (schema) => (schema?.$ref ? resolved(at(description, schema.$ref)) : schema);

/** `value` with the required members that it lacks, as empty as the schema allows. What it has stays as it is. */
function complete(schema_, value) {
  const schema = resolved(schema_);
  if (value === null || schema === undefined) return value;
  if (Array.isArray(value)) return value.map((entry) => complete(schema.items, entry));
  if (typeof value !== 'object') return value;
  const parts = [schema, ...(schema.allOf ?? []), ...(schema.anyOf ?? schema.oneOf ?? []).slice(0, 1)].map(resolved);
  const whole = {};
  for (const part of parts)
    for (const name of part.required ?? [])
      if (!(name in value)) whole[name] = emptiest(part.properties?.[name] ?? schema.properties[name]);
  for (const [name, member] of Object.entries(value))
    whole[name] = complete(parts.find((part) => part.properties?.[name])?.properties[name], member);
  return whole;
}

function emptiest(schema_) {
  const schema = resolved(schema_);
  if (schema.nullable) return null;
  if (schema.enum) return schema.enum[0];
  const formats = { uri: 'https://github.test/x', 'date-time': '2026-01-01T00:00:00Z' };
  if (schema.type === 'string') return formats[schema.format] ?? '';
  if (schema.type === 'integer' || schema.type === 'number') return 0;
  if (schema.type === 'boolean') return false;
  if (schema.type === 'array') return [];
  return complete(schema, {});
}

/** A whole answer of an operation, of the members that matter. */
export function answer(path, method, status, value) {
  const response = resolved(description.paths[path][method].responses[status]);
  return complete(response.content['application/json'].schema, value);
}

/** The URL of a server that hands requests on to `upstream` and refuses what is not as described, of both sides. */
export async function judged(upstream) {
  const { getHttpOperationsFromSpec } = load('@stoplight/prism-http');
  const { createServer } = load('@stoplight/prism-http-server');
  const server = createServer(await getHttpOperationsFromSpec(description), {
    cors: false,
    config: {
      isProxy: true,
      upstream: new URL(upstream),
      validateRequest: true,
      validateResponse: true,
      checkSecurity: true,
      errors: true,
      mock: { dynamic: false },
    },
    components: { logger: load('pino')({ level: 'silent' }) },
  });
  return server.listen(0, '127.0.0.1');
}
