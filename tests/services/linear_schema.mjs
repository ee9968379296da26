// Linear's GraphQL schema as SDL: the published one where there is a copy of it (GSDB_LINEAR_SCHEMA, or beside the
// project), and the one that the type declarations of @linear/sdk amount to. Those name the same types, fields,
// arguments and nullability, but lack descriptions and defaults, and write the names of types in one way (IdComparator
// for IDComparator).

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const beside = fileURLToPath(new URL('../../../shared/data/linear_schema.graphql', import.meta.url));
const declarationsFolder = fileURLToPath(new URL('../../node_modules/@linear/sdk/dist/', import.meta.url));

/// Nothing when there is no copy.
export function publishedSchema() {
    const path = process.env.GSDB_LINEAR_SCHEMA ?? beside;
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/// Nothing when the package is not installed.
export function sdkSchema() {
    if (!existsSync(declarationsFolder)) return undefined;
    const name = readdirSync(declarationsFolder).find((file) => /^index-.*\.d\.mts$/.test(file));
    return name && schemaOf(readDeclarations(readFileSync(declarationsFolder + name, 'utf8')));
}

/// What is declared: name -> {members: [[name, type]], parents: [name]}, {union: [name]} or {values: [text]}.
function readDeclarations(text) {
    const declared = new Map();
    let open;
    for (const line of text.split('\n')) {
        let match;
        if (open && /^\}/.test(line)) open = undefined;
        else if (open && (match = /^ {2}(\w+)\??: (.+);$/.exec(line))) open.members?.push([match[1], match[2]]);
        else if (open && (match = /^ {2}\w+ = "(\w+)",$/.exec(line))) open.values?.push(match[1]);
        else if ((match = /^type (\w+) = ((?:\w+ & )*)\{$/.exec(line)))
            declared.set(match[1], (open = { members: [], parents: match[2].match(/\w+/g) ?? [] }));
        else if ((match = /^declare enum (\w+) \{$/.exec(line))) declared.set(match[1], (open = { values: [] }));
        else if ((match = /^type (\w+) = (\w+(?: \| \w+)*);$/.exec(line)))
            declared.set(match[1], { union: match[2].split(' | ') });
    }
    return declared;
}

/// The SDL of all that can be reached from Query and Mutation.
function schemaOf(declared) {
    const written = new Map();
    const scalars = new Set();
    const waiting = [['Query', 'type'], ['Mutation', 'type']];

    const typeOf = (text, position) => {
        let match;
        if ((match = /^(?:Input)?Maybe<(.*)>$/.exec(text))) return typeOf(match[1], position).replace(/!$/, '');
        if ((match = /^Array<(.*)>$/.exec(text))) return `[${typeOf(match[1], position)}]!`;
        if ((match = /^Scalars\["(\w+)"\]$/.exec(text))) return scalars.add(match[1]) && `${match[1]}!`;
        waiting.push([text, position]);
        return `${text}!`;
    };
    const argumentsOf = (type, field) => {
        const members = declared.get(`${type}${field[0].toUpperCase()}${field.slice(1)}Args`)?.members ?? [];
        const list = members.map(([name, text]) => `${name}: ${typeOf(text, 'input')}`);
        return list.length ? `(${list.join(', ')})` : '';
    };
    const write = (name, position) => {
        const { members, parents, union, values } = declared.get(name);
        if (values) return `enum ${name} { ${values.join(' ')} }`;
        if (union) return union.forEach((one) => typeOf(one, 'type')) ?? `union ${name} = ${union.join(' | ')}`;
        parents.forEach((parent) => typeOf(parent, 'type'));
        const isObject = members.some(([field]) => field === '__typename');
        const kind = position === 'input' ? 'input' : isObject ? 'type' : 'interface';
        const fields = members.filter(([field]) => field !== '__typename').map(
            ([field, text]) => `  ${field}${kind === 'input' ? '' : argumentsOf(name, field)}: ${typeOf(text, position)}`);
        const implemented = parents.length ? ` implements ${parents.join(' & ')}` : '';
        return `${kind} ${name}${implemented} {\n${fields.join('\n')}\n}`;
    };
    while (waiting.length) {
        const [name, position] = waiting.pop();
        if (!written.has(name)) written.set(name, '') && written.set(name, write(name, position));
    }
    const builtIn = new Set(['ID', 'String', 'Boolean', 'Int', 'Float']);
    return [...[...scalars].filter((name) => !builtIn.has(name)).map((name) => `scalar ${name}`),
            ...written.values()].join('\n');
}
