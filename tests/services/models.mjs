// Plays language models: OpenAI's chat completions (base URL + /v1) and Anthropic's Messages API.
//
//     node models.mjs [SCRIPT.json]
//
// A script is {"answers": [ANSWER...]}. The first ANSWER whose "match" is in the last message is given, again and again;
// those without "match" are given once each, in order. When none is left the answer is made from the request, the same
// for the same request. ANSWER:
//     text, stop_reason ("finished", "token_limit", "refused"), input_tokens, output_tokens, request_id
//     piece_characters  how much text an event has      piece_delay_ms  between events
//     leave_out         of "usage", "done", "stop_reason", "model", "stream" (an answer that is no stream)
// Control (POST, JSON):
//     /_test/script {answers}    /_test/key {key}    /_test/state -> {requests, faults}    /_test/reset
//     /_test/faults {count, skip, status, retry_after, body, delay_ms, no_answer,
//                    cut_at, malformed_at, stall_at, error_at: N (of the events), error: {type, message}}
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Faults, applyFault, sendJson, serve, sleep } from "./stub.mjs";

const state = { answers: [], key: "test-key", requests: [], faults: new Faults() };
if (process.argv[2]) state.answers = JSON.parse(readFileSync(process.argv[2], "utf8")).answers;

const tokensOf = (text) => Math.ceil(Buffer.byteLength(text) / 4);

// Repeatable and harmless: words that depend on what was asked.
function madeUpText(prompt) {
    const digest = createHash("sha256").update(prompt).digest("hex");
    return `Answer ${digest.slice(0, 8)} to a question of ${prompt.length} characters.`;
}

function chooseAnswer(body) {
    const prompt = body.messages.at(-1).content;
    const index = state.answers.findIndex((answer) => answer.match === undefined || prompt.includes(answer.match));
    const answer = index < 0 ? {} : state.answers[index];
    if (index >= 0 && answer.match === undefined) state.answers.splice(index, 1);
    const text = answer.text ?? madeUpText(prompt);
    return {
        stop_reason: "finished",
        input_tokens: tokensOf(JSON.stringify(body.messages)),
        output_tokens: tokensOf(text),
        piece_characters: 7,
        leave_out: [],
        ...answer,
        text,
    };
}

function piecesOf(answer) {
    const characters = [...answer.text];
    const pieces = [];
    for (let at = 0; at < characters.length; at += answer.piece_characters)
        pieces.push(characters.slice(at, at + answer.piece_characters).join(""));
    return pieces;
}

const openai = {
    reasons: { finished: "stop", token_limit: "length", refused: "content_filter" },
    problemOf(request, body) {
        if (request.headers.authorization !== `Bearer ${state.key}`)
            return [401, "invalid_request_error", `Incorrect API key provided: ${request.headers.authorization ?? ""}`];
        if (!body.model) return [400, "invalid_request_error", "you must provide a model parameter"];
        if (!body.messages?.length) return [400, "invalid_request_error", "messages is empty"];
        return null;
    },
    errorBody: (type, message) => ({ error: { message, type, param: null, code: type } }),
    errorTypeOf: (status) => ({ 429: "rate_limit_exceeded", 400: "invalid_request_error" })[status] ?? "server_error",
    errorEvent: (error) => ({ data: { error } }),
    events(answer, body) {
        const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: body.model };
        if (answer.leave_out.includes("model")) delete head.model;
        const chunk = (delta, reason = null) => ({
            data: { ...head, choices: [{ index: 0, delta, finish_reason: reason, logprobs: null }] },
        });
        const events = [chunk({ role: "assistant", content: "" })];
        events.push(...piecesOf(answer).map((content) => chunk({ content })));
        if (!answer.leave_out.includes("stop_reason")) events.push(chunk({}, this.reasons[answer.stop_reason]));
        if (body.stream_options?.include_usage && !answer.leave_out.includes("usage"))
            events.push({ data: { ...head, choices: [], usage: this.usage(answer) } });
        if (!answer.leave_out.includes("done")) events.push({ data: "[DONE]" });
        return events;
    },
    usage: (answer) => ({
        prompt_tokens: answer.input_tokens,
        completion_tokens: answer.output_tokens,
        total_tokens: answer.input_tokens + answer.output_tokens,
    }),
    whole(answer, body) {
        const message = { role: "assistant", content: answer.text };
        const choice = { index: 0, message, finish_reason: this.reasons[answer.stop_reason] };
        return { id: "chatcmpl-1", object: "chat.completion", created: 1, model: body.model, choices: [choice], usage: this.usage(answer) };
    },
};

const anthropic = {
    reasons: { finished: "end_turn", token_limit: "max_tokens", refused: "refusal" },
    problemOf(request, body) {
        if (request.headers["x-api-key"] !== state.key) return [401, "authentication_error", "invalid x-api-key"];
        if (!request.headers["anthropic-version"]) return [400, "invalid_request_error", "anthropic-version: header is required"];
        if (!body.model || !body.max_tokens || !body.messages?.length)
            return [400, "invalid_request_error", "model, max_tokens and messages are required"];
        return null;
    },
    errorBody: (type, message) => ({ type: "error", error: { type, message } }),
    errorTypeOf: (status) => ({ 429: "rate_limit_error", 529: "overloaded_error", 400: "invalid_request_error" })[status] ?? "api_error",
    errorEvent: (error) => ({ name: "error", data: { type: "error", error } }),
    events(answer, body) {
        const usage = { input_tokens: answer.input_tokens, output_tokens: 1 };
        const named = (type, rest) => ({ name: type, data: { type, ...rest } });
        return [
            named("message_start", { message: { ...this.message(answer, body), content: [], stop_reason: null, usage } }),
            named("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
            named("ping", {}),
            ...piecesOf(answer).map((text) => named("content_block_delta", { index: 0, delta: { type: "text_delta", text } })),
            named("content_block_stop", { index: 0 }),
            named("message_delta", {
                delta: { stop_reason: this.reasons[answer.stop_reason], stop_sequence: null },
                usage: { output_tokens: answer.output_tokens },
            }),
            ...(answer.leave_out.includes("done") ? [] : [named("message_stop", {})]),
        ];
    },
    message: (answer, body) => ({ id: "msg_1", type: "message", role: "assistant", model: body.model, stop_sequence: null }),
    whole(answer, body) {
        const usage = { input_tokens: answer.input_tokens, output_tokens: answer.output_tokens };
        const content = [{ type: "text", text: answer.text }];
        return { ...this.message(answer, body), content, stop_reason: this.reasons[answer.stop_reason], usage };
    },
};

function textOf(event) {
    const data = typeof event.data === "string" ? event.data : JSON.stringify(event.data);
    return `${event.name ? `event: ${event.name}\n` : ""}data: ${data}\n\n`;
}

async function sendStream(response, api, events, answer, fault) {
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", "request-id": answer.request_id ?? "req_1" });
    for (const [at, event] of events.entries()) {
        if (at === fault.cut_at) return response.end();
        if (at === fault.stall_at) return;
        if (at === fault.error_at) return response.end(textOf(api.errorEvent(fault.error)));
        response.write(at === fault.malformed_at ? textOf(event).replace("}", ",") : textOf(event));
        if (answer.piece_delay_ms) await sleep(answer.piece_delay_ms);
    }
    response.end();
}

async function handle(request, response) {
    const api = { "/v1/chat/completions": openai, "/v1/messages": anthropic }[request.url.pathname];
    if (!api || request.method !== "POST") return sendJson(response, 404, openai.errorBody("not_found_error", "no such path"));
    const body = JSON.parse(request.text);
    state.requests.push({ path: request.url.pathname, headers: request.headers, body });
    const fault = state.faults.next();
    if (await applyFault(fault, response, (status) => api.errorBody(api.errorTypeOf(status), `failing with ${status}`))) return;
    const problem = api.problemOf(request, body);
    if (problem) return sendJson(response, problem[0], api.errorBody(problem[1], problem[2]));
    const answer = chooseAnswer(body);
    if (!body.stream || answer.leave_out.includes("stream")) return sendJson(response, 200, api.whole(answer, body));
    await sendStream(response, api, api.events(answer, body), answer, fault);
}

serve(handle, {
    script: ({ answers }) => void (state.answers = answers),
    key: ({ key }) => void (state.key = key),
    faults: (fault) => state.faults.add(fault),
    state: () => ({ requests: state.requests, faults: state.faults.list }),
    reset: () => void Object.assign(state, { answers: [], key: "test-key", requests: [], faults: new Faults() }),
});
