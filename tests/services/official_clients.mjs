// What the official clients of OpenAI and Anthropic make of what a service streams:
//
//     node official_clients.mjs URL PROMPT...
//
// prints a line of JSON for each prompt and client: {client, text, stop_reason, input_tokens, output_tokens, model}.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [url, ...prompts] = process.argv.slice(2);
const request = (content) => ({ model: "example-1", max_tokens: 100, messages: [{ role: "user", content }] });

async function askOpenai(prompt) {
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "test-key", maxRetries: 0 });
    const stream = client.chat.completions.stream({ ...request(prompt), stream_options: { include_usage: true } });
    const { choices, usage, model } = await stream.finalChatCompletion();
    return {
        text: choices[0].message.content ?? "",
        stop_reason: choices[0].finish_reason,
        input_tokens: usage.prompt_tokens,
        output_tokens: usage.completion_tokens,
        model,
    };
}

async function askAnthropic(prompt) {
    const client = new Anthropic({ baseURL: url, apiKey: "test-key", maxRetries: 0 });
    const { content, stop_reason, usage, model } = await client.messages.stream(request(prompt)).finalMessage();
    const text = content.map((block) => block.text).join("");
    return { text, stop_reason, input_tokens: usage.input_tokens, output_tokens: usage.output_tokens, model };
}

for (const prompt of prompts)
    for (const [client, ask] of Object.entries({ openai: askOpenai, anthropic: askAnthropic })) {
        const outcome = await ask(prompt).catch((problem) => ({ problem: problem.constructor.name }));
        console.log(JSON.stringify({ client, ...outcome }));
    }
