// Reads a SARIF log on stdin and holds it against the JSON schema of which the first argument is the path.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';

const text = readFileSync(0, 'utf8');
const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(process.argv[2], 'utf8')));
if (!validate(JSON.parse(text))) {
  console.error(JSON.stringify(validate.errors, null, 2));
  process.exit(1);
}
