// Compares what a stub of Codegen was asked and answered with Codegen's own description:
//
//     node check_codegen.mjs URL OPENAPI.json
//
// prints each difference; exits with 1 when there is one. Members that the description does not name count as differences.
import Ajv2020 from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";

const [url, file] = process.argv.slice(2);
const description = JSON.parse(readFileSync(file, "utf8"));
const posted = await fetch(`${url}/_test/state`, { method: "POST", body: "{}" });
const { requests, answers } = await posted.json();

function close(schema) {
    if (schema.properties && schema.additionalProperties === undefined) schema.additionalProperties = false;
    return schema;
}
Object.values(description.components.schemas).forEach(close);
const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: false });
ajv.addSchema({ $id: "http://description/", components: description.components });
const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll("#/components", "http://description/#/components"));

const paths = Object.entries(description.paths).map(([template, operations]) => ({
    pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`),
    operations,
}));
function operationOf({ method, path }) {
    const name = method.toLowerCase();
    return paths.find(({ pattern, operations }) => operations[name] && pattern.test(path))?.operations[name];
}

const findings = [];
function check(schema, value, where) {
    if (!schema) return findings.push(`${where}: not described`);
    const validate = ajv.compile(absolute(schema));
    if (!validate(value)) findings.push(`${where}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`);
}

for (const request of requests) {
    const where = `${request.method} ${request.path}`;
    const operation = operationOf(request);
    if (!operation) {
        findings.push(`${where}: no such operation`);
        continue;
    }
    for (const [name, text] of Object.entries(request.query)) {
        const parameter = operation.parameters?.find((known) => known.in === "query" && known.name === name);
        check(parameter?.schema, /^\d+$/.test(text) ? Number(text) : text, `${where}?${name}`);
    }
    const body = operation.requestBody?.content["application/json"].schema;
    if (body || request.body !== null) check(body, request.body, `${where} body`);
}
for (const answer of answers) {
    const described = operationOf(answer)?.responses[answer.status];
    check(described?.content["application/json"].schema, answer.body, `${answer.method} ${answer.path} ${answer.status}`);
}
findings.forEach((finding) => console.log(finding));
console.log(`${requests.length} requests and ${answers.length} answers compared`);
process.exit(findings.length ? 1 : 0);
