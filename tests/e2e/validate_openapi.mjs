// Reads an OpenAPI document as JSON on stdin and holds it against the specification's own schema.
import { Validator } from '@seriousme/openapi-schema-validator';

const text = await new Promise((resolve) => {
  let all = '';
  process.stdin.on('data', (part) => (all += part)).on('end', () => resolve(all));
});
const result = await new Validator().validate(JSON.parse(text));
if (!result.valid) {
  console.error(JSON.stringify(result.errors, null, 2));
  process.exit(1);
}
