// What ESLint, eslint-plugin-sonarjs and espree say of JavaScript and TypeScript files: a line of JSON for each file
// named on standard input. argv[2] is the folder that has them in its node_modules.
const { createRequire } = require('node:module');
const fs = require('node:fs');
const path = require('node:path');

const load = createRequire(path.join(process.argv[2], 'package.json'));
const eslint = load('eslint');
const builtin = load('eslint/use-at-your-own-risk').builtinRules;
const cognitive = load('eslint-plugin-sonarjs').rules['cognitive-complexity'];
const typescript = load('@typescript-eslint/parser');
const espree = load('espree');

// Which node a rule was called for when it reported: messages tell lines only.
function noting(rule, found) {
  return {
    meta: { ...rule.meta, fixable: undefined, hasSuggestions: false },
    create(context) {
      let current = null;
      const seeing = Object.create(context, { report: { value: (report) => found.push({ node: report.node ?? current, report }) } });
      const listeners = rule.create(seeing);
      for (const [event, listen] of Object.entries(listeners))
        listeners[event] = function (...args) {
          current = args.find((a) => a && a.type && a.range) ?? null;
          return listen.apply(this, args);
        };
      return listeners;
    },
  };
}

function functionAround(node) {
  while (node && !/Function/.test(node.type)) node = node.parent;
  return node;
}

function measure(file) {
  const text = fs.readFileSync(file, 'utf8');
  const isTypescript = /\.[cm]?tsx?$/.test(file);
  const found = { complexity: [], cognitive: [], depth: [] };
  const statements = { count: 0 };
  const functions = [];
  const counting = {
    create: () => ({
      '*'(node) {
        const isInHeader = node.type === 'VariableDeclaration' && /^For/.test(node.parent?.type) && node.parent.body !== node;
        const isStatement = /(Statement|Declaration)$/.test(node.type) && !/^(Block|Empty|Labeled)Statement$/.test(node.type);
        const isExport = /^Export/.test(node.type) && /Declaration$/.test(node.declaration?.type ?? '');
        if ((isStatement && !isExport && !isInHeader) || /^(MethodDefinition|PropertyDefinition|StaticBlock)$/.test(node.type)) statements.count++;
        if (node.type === 'Property' && (node.method || node.kind !== 'init')) statements.count++;
        if (/Function/.test(node.type) && node.body) functions.push(node);
      },
    }),
  };
  const linter = new eslint.Linter({ configType: 'flat' });
  const messages = linter.verify(text, [{
    files: ['**/*.{js,cjs,mjs,jsx,ts,tsx,mts,cts}'],
    plugins: {
      noted: {
        rules: {
          complexity: noting(builtin.get('complexity'), found.complexity),
          depth: noting(builtin.get('max-depth'), found.depth),
          cognitive: noting(cognitive, found.cognitive),
          counting,
        },
      },
    },
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
    languageOptions: {
      ...(isTypescript ? { parser: typescript } : {}),
      sourceType: /\.cjs$/.test(file) || /\bmodule\.exports\b|\brequire\(/.test(text) && !/^\s*(import|export)\b/m.test(text) ? 'commonjs' : 'module',
      parserOptions: { ecmaFeatures: { jsx: true }, range: true },
    },
    rules: { 'noted/complexity': ['error', 0], 'noted/depth': ['error', 0], 'noted/cognitive': ['error', 0], 'noted/counting': 'error' },
  }], `file${path.extname(file)}`);
  const fatal = messages.find((m) => m.fatal);
  if (fatal) return { file, error: fatal.message };

  const byte = (offset) => Buffer.byteLength(text.slice(0, offset));
  const key = (node) => node.range.join(':');
  const byNode = new Map();
  const entry = (node) => {
    if (!byNode.has(key(node))) byNode.set(key(node), { cyclomatic: 1, cognitive: 0, nesting: 0 });
    return byNode.get(key(node));
  };
  for (const { node, report } of found.complexity) if (/Function/.test(node.type)) entry(node).cyclomatic = Math.max(entry(node).cyclomatic, report.data.complexity); // a field's initializer reports again
  for (const { node, report } of found.cognitive) if (node && /Function/.test(node.type)) entry(node).cognitive = Number(/from (\d+) to/.exec(report.message ?? '')?.[1] ?? report.data?.complexityAmount);
  for (const { node, report } of found.depth) {
    const around = functionAround(node);
    if (around) entry(around).nesting = Math.max(entry(around).nesting, report.data.depth);
  }
  const seen = functions.map((node) => {
    const outer = node.parent?.type === 'MethodDefinition' || (node.parent?.type === 'Property' && node.parent.method) ? node.parent : node;
    return { start: byte(outer.range[0]), end: byte(node.range[1]), parameters: node.params.length, ...entry(node) };
  });
  return { file, statements: statements.count, functions: seen, tokens: isTypescript ? null : tokens(text) };
}

// Halstead's counts by ESTree's tokens: punctuators and keywords are operators, the closing half of a pair is none.
function tokens(text) {
  let list = null;
  for (const sourceType of ['module', 'script', 'commonjs'])
    try {
      list ??= espree.parse(text, { ecmaVersion: 'latest', sourceType, ecmaFeatures: { jsx: true }, tokens: true }).tokens;
    } catch { /* the next */ }
  if (!list || list.some((t) => t.type === 'Template' || t.type.startsWith('JSX'))) return null;
  const operators = list.filter((t) => (t.type === 'Punctuator' && !/^[)\]}]$/.test(t.value)) || t.type === 'Keyword');
  const operands = list.filter((t) => !['Punctuator', 'Keyword'].includes(t.type));
  // Words that are keywords in some places only: espree and the grammar need not agree on which they are.
  const isAmbiguous = list.some((t, i) => (t.type === 'Identifier' && /^(async|await|of|get|set|static|let|from|as|meta|target)$/.test(t.value)) || (t.type === 'Keyword' && ['.', '?.'].includes(list[i - 1]?.value)) || (t.type === 'Keyword' && list[i + 1]?.value === ':' && t.value !== 'default'));
  return { isAmbiguous, N1: operators.length, n1: new Set(operators.map((t) => t.value)).size, N2: operands.length, n2: new Set(operands.map((t) => t.value)).size };
}

for (const file of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  let answer;
  try {
    answer = measure(file);
  } catch (error) {
    answer = { file, error: String(error.message ?? error).split('\n')[0] };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
