// Verifies deliveries, read as a JSON array of {body, headers} from stdin, with the reference library of Standard Webhooks.
// usage: node verify_webhooks.mjs SECRET; prints how many are genuine
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";

const {Webhook} = createRequire(import.meta.url)("standardwebhooks");
const webhook = new Webhook(process.argv[2]);
let genuine = 0;
for (const {body, headers} of JSON.parse(readFileSync(0, "utf8"))) {
  webhook.verify(body, headers);
  ++genuine;
}
console.log(genuine);
