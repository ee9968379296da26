// What the services that tests run against have in common: an HTTP server whose first line of output is its URL, and a
// control interface below /_test/ that takes and gives JSON.
import { createServer } from "node:http";

async function readBody(request) {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    return Buffer.concat(pieces).toString("utf8");
}

export function sendJson(response, status, value, headers = {}) {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(value));
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Faults for the next requests: {count, status, retry_after, body, delay_ms, no_answer, skip, ...}. `skip` lets so many
// pass before. What else a fault says is for the service.
export class Faults {
    constructor() {
        this.list = [];
    }
    add(fault) {
        this.list.push({ count: 1, skip: 0, ...fault });
    }
    next() {
        const fault = this.list[0];
        if (!fault) return {};
        if (fault.skip > 0) {
            fault.skip -= 1;
            return {};
        }
        fault.count -= 1;
        if (fault.count <= 0) this.list.shift();
        return fault;
    }
}

// True when the fault took the answer's place.
export async function applyFault(fault, response, errorBody) {
    if (fault.delay_ms) await sleep(fault.delay_ms);
    if (fault.no_answer) {
        response.socket.destroy();
        return true;
    }
    if (!fault.status) return false;
    const headers = fault.retry_after === undefined ? {} : { "Retry-After": String(fault.retry_after) };
    sendJson(response, fault.status, fault.body ?? errorBody(fault.status), headers);
    return true;
}

// `control` maps the words behind /_test/ to functions from the posted JSON to what is answered.
export function serve(handle, control) {
    const server = createServer(async (request, response) => {
        try {
            const text = await readBody(request);
            const url = new URL(request.url, "http://stub");
            const word = url.pathname.startsWith("/_test/") ? url.pathname.slice("/_test/".length) : null;
            if (word === null) {
                await handle({ method: request.method, url, headers: request.headers, text }, response);
            } else if (control[word]) {
                sendJson(response, 200, (await control[word](text ? JSON.parse(text) : {})) ?? {});
            } else {
                sendJson(response, 404, { message: `no control is called ${word}` });
            }
        } catch (problem) {
            console.error(problem);
            if (!response.headersSent) sendJson(response, 500, { message: String(problem) });
            else response.destroy();
        }
    });
    server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
    return server;
}
