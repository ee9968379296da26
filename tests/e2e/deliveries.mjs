// Posts deliveries as the providers' own libraries sign them, and prints what came back as a JSON array.
// usage: node deliveries.mjs KIND URL SECRET
import {createRequire} from "node:module";
import {randomUUID, webcrypto} from "node:crypto";

globalThis.crypto ??= webcrypto;  // Node 18
const require = createRequire(import.meta.url);
const [kind, url, secret] = process.argv.slice(2);

async function post(name, body, headers) {
  const answer = await fetch(url, {method: "POST", body, headers: {"content-type": "application/json", ...headers}});
  return {name, status: answer.status, body: await answer.json()};
}

/** Each payload of GitHub's published corpus, twice: the second time as a redelivery. */
async function* github() {
  const {sign} = await import("@octokit/webhooks-methods");
  for (const {name, examples} of require("@octokit/webhooks-examples")) {
    for (const payload of examples) {
      const body = JSON.stringify(payload);
      const headers = {"x-github-event": name, "x-github-delivery": randomUUID(), "x-hub-signature-256": await sign(secret, body)};
      yield post(name, body, headers);
      yield post(name, body, headers);
    }
  }
}

/** Signed as Linear documents it; its SDK must agree before we are asked. */
async function* linear() {
  const {LinearWebhookClient} = await import("@linear/sdk/webhooks");
  const {createHmac} = await import("node:crypto");
  const samples = {
    Issue: {id: randomUUID(), identifier: "ENG-1", title: "One", updatedAt: new Date().toISOString(), team: {key: "ENG"}},
    Comment: {id: randomUUID(), body: "Two", issue: {identifier: "ENG-1"}, updatedAt: new Date().toISOString()},
    Project: {id: randomUUID(), name: "Three", updatedAt: new Date().toISOString()},
    Reaction: {id: randomUUID(), emoji: "tada"},
  };
  for (const [type, data] of Object.entries(samples)) {
    for (const action of ["create", "update", "remove"]) {
      const body = JSON.stringify({action, type, data, actor: {id: "u1", type: "user"}, url: "https://linear.app/x", webhookTimestamp: Date.now()});
      const signature = createHmac("sha256", secret).update(body).digest("hex");
      new LinearWebhookClient(secret).verify(Buffer.from(body), signature);
      yield post(type, body, {"linear-signature": signature, "linear-delivery": randomUUID(), "linear-event": type});
    }
  }
}

async function* notion() {
  const {signWebhookPayload} = require("@notionhq/client");
  yield post("verification", JSON.stringify({verification_token: secret}), {});
  for (const type of ["page.created", "page.content_updated", "comment.created", "database.schema_updated", "data_source.content_updated"]) {
    const entity = {id: randomUUID(), type: type.split(".")[0]};
    const body = JSON.stringify({id: randomUUID(), timestamp: new Date().toISOString(), type, workspace_id: randomUUID(), entity,
                                 authors: [{id: randomUUID(), type: "person"}], attempt_number: 1, data: {parent: {id: randomUUID(), type: "space"}}});
    yield post(type, body, {"x-notion-signature": await signWebhookPayload({body, verificationToken: secret})});
  }
}

const answers = [];
for await (const answer of {github, linear, notion}[kind]()) answers.push(answer);
console.log(JSON.stringify(answers));
