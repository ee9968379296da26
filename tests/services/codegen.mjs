// Plays Codegen's API (api.codegen.com) for one organization.
//
//     node codegen.mjs [BARE_REPOSITORY [OWNER/NAME]]
//
// A run goes through the statuses of its plan, one each time it is asked for. When it comes to "work", the command of
// the plan runs in a clone of the repository, on the branch that the prompt says to begin from, if it does; what it
// changed becomes a branch there, named in the run's pull requests.
// Control (POST, JSON):
//     /_test/plan {statuses: ["PENDING", "RUNNING", "COMPLETE"], work, command, logs: [ENTRY...], result, summary}
//                 for the runs to come; work: the index of the status at which the command runs (default: the last)
//     /_test/token {token}       /_test/faults {count, skip, status, retry_after, delay_ms, no_answer, after}
//                                after: true does what was asked before it fails
//     /_test/runs {count}                          that somebody else began
//     /_test/order {oldest_first}                  of the list of runs
//     /_test/state -> {requests: [{method, path, query, body}], answers: [{method, path, status, body}], runs}
//     /_test/reset {repository}                   begins anew, on another repository where one is named
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Faults, applyFault, sendJson, serve } from "./stub.mjs";

let [repository, name = "example/repository-129"] = process.argv.slice(2);
const organization = 1;
const defaults = () => ({
    plan: { statuses: ["PENDING", "RUNNING", "COMPLETE"], logs: [] },
    token: "test-token",
    isOldestFirst: false,
    faults: new Faults(),
    requests: [],
    answers: [],
    runs: [],
});
const state = defaults();

function git(folder, ...rest) {
    const identity = ["-c", "user.name=Agent", "-c", "user.email=agent@example.org"];
    return execFileSync("git", [...identity, "-C", folder, ...rest], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

// Nothing when the command fails or changes nothing.
function workInClone(run) {
    const folder = mkdtempSync(join(tmpdir(), "codegen-"));
    try {
        git(tmpdir(), "clone", "--quiet", repository, folder);
        const branch = `codegen-bot/run-${run.id}`;
        const base = /[Bb]egin from the tip of branch (\S+),/.exec(run.prompt)?.[1];
        git(folder, "checkout", "--quiet", "-b", branch, ...(base ? [`origin/${base}`] : []));
        const environment = { ...process.env, GSDB_PROMPT: run.prompt };
        execFileSync("/bin/sh", ["-c", run.plan.command], { cwd: folder, env: environment, stdio: "ignore" });
        git(folder, "add", "--all");
        if (!git(folder, "status", "--porcelain")) return null;
        git(folder, "commit", "--quiet", "-m", `Run ${run.id}`);
        git(folder, "push", "--quiet", "origin", branch);
        return branch;
    } catch (problem) {
        console.error(String(problem));
        run.failed = true;
        return null;
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function advance(run) {
    if (run.is_banned || run.step >= run.plan.statuses.length - 1) return;
    run.step += 1;
    const workAt = run.plan.work ?? run.plan.statuses.length - 1;
    if (!run.plan.command || run.step !== workAt) return;
    const branch = workInClone(run);
    if (!branch) return;
    const url = `https://example.org/pull/${run.id}`;
    run.pull_requests.push({ id: run.id, title: `Run ${run.id}`, url, created_at: run.created_at, head_branch_name: branch });
}

const statusOf = (run) => (run.is_banned ? "CANCELLED" : run.failed ? "FAILED" : run.plan.statuses[run.step]);
const isAtEnd = (run) => run.step >= run.plan.statuses.length - 1;

function describe(run) {
    return {
        id: run.id,
        organization_id: organization,
        status: statusOf(run),
        created_at: run.created_at,
        web_url: `https://example.org/runs/${run.id}`,
        result: isAtEnd(run) ? run.plan.result ?? null : null,
        summary: isAtEnd(run) ? run.plan.summary ?? null : null,
        source_type: "API",
        github_pull_requests: run.pull_requests,
        metadata: run.metadata,
    };
}

function page(items, query, name = "items") {
    const skip = Number(query.get("skip") ?? 0);
    const limit = Number(query.get("limit") ?? 100);
    if (skip < 0 || limit < 1 || limit > 100) return null;
    return { [name]: items.slice(skip, skip + limit), page: Math.floor(skip / limit) + 1, size: limit, pages: Math.ceil(items.length / limit) };
}

const refuse = (status, message) => [status, { message, status_code: status }];
const invalid = (...loc) => [422, { detail: [{ loc, msg: "Field required", type: "missing" }] }];
const noRun = () => refuse(404, "Agent run not found.");

function logsOf(run) {
    const shown = isAtEnd(run) ? run.plan.logs : run.plan.logs.slice(0, run.step);
    return shown.concat(run.messages).map((entry) => ({ agent_run_id: run.id, ...entry }));
}

function listRuns(query) {
    const runs = state.isOldestFirst ? state.runs : state.runs.toReversed();
    const shown = page(runs.map(describe), query);
    return shown ? [200, { ...shown, total: runs.length }] : invalid("query", "limit");
}

function createRun(body) {
    if (typeof body.prompt !== "string") return invalid("body", "prompt");
    const id = state.runs.length + 1;
    const created_at = new Date(1760000000000 + id * 1000).toISOString();
    state.runs.push({ id, created_at, prompt: body.prompt, metadata: body.metadata ?? null, plan: state.plan, step: 0, messages: [], pull_requests: [] });
    return [200, describe(state.runs.at(-1))];
}

function resume(body) {
    const run = state.runs[body.agent_run_id - 1];
    if (!run) return noRun();
    if (typeof body.prompt !== "string") return invalid("body", "prompt");
    run.messages.push({ message_type: "USER_MESSAGE", thought: body.prompt });
    run.step = 0;
    return [200, describe(run)];
}

function ban(body) {
    const run = state.runs[body.agent_run_id - 1];
    if (!run) return noRun();
    if (!["COMPLETE", "FAILED"].includes(statusOf(run))) run.is_banned = true;
    return [200, { message: "stopped" }];
}

function logs(id, query) {
    const run = state.runs[id - 1];
    if (!run) return noRun();
    const entries = logsOf(run);
    const shown = page(entries, query, "logs");
    if (!shown) return invalid("query", "limit");
    const { github_pull_requests, summary, source_type, ...fields } = describe(run);
    return [200, { ...fields, ...shown, total_logs: entries.length }];
}

function list(items, query) {
    const shown = page(items, query);
    return shown ? [200, { ...shown, total: items.length }] : invalid("query", "limit");
}

const organizations = [{ id: organization, name: "Example", settings: { enable_pr_creation: true, enable_rules_detection: true } }];
const repositories = Array.from({ length: 130 }, (_, i) => ({
    id: i + 1, name: `repository-${i + 1}`, full_name: `example/repository-${i + 1}`, description: null, github_id: String(1000 + i),
    organization_id: organization, visibility: "private", archived: i === 129, setup_status: "COMPLETE", language: "C++",
}));
repositories[128].full_name = name;

function answer(method, path, query, body) {
    const prefix = `/v1/organizations/${organization}`;
    const one = /^\/v1\/(alpha\/)?organizations\/1\/agent\/run\/(\d+)(\/logs)?$/.exec(path);
    if (method === "GET" && path === "/v1/organizations") return list(organizations, query);
    if (method === "GET" && path === `${prefix}/repos`) return list(repositories, query);
    if (method === "GET" && path === `${prefix}/agent/runs`) return listRuns(query);
    if (method === "POST" && path === `${prefix}/agent/run`) return createRun(body);
    if (method === "POST" && path === `${prefix}/agent/run/resume`) return resume(body);
    if (method === "POST" && path === `${prefix}/agent/run/ban`) return ban(body);
    if (method === "GET" && one && one[1] && one[3]) return logs(Number(one[2]), query);
    if (method === "GET" && one && !one[1] && !one[3]) {
        const run = state.runs[Number(one[2]) - 1];
        if (!run) return noRun();
        const seen = describe(run);
        advance(run);
        return [200, seen];
    }
    return path.startsWith("/v1/organizations/") ? refuse(403, "You do not have access to this organization.") : refuse(404, "Not Found");
}

async function handle(request, response) {
    const { method, url } = request;
    const body = request.text ? JSON.parse(request.text) : null;
    state.requests.push({ method, path: url.pathname, query: Object.fromEntries(url.searchParams), body });
    const fault = state.faults.next();
    if (fault.after) answer(method, url.pathname, url.searchParams, body);
    if (await applyFault(fault, response, (status) => ({ message: `failing with ${status}`, status_code: status }))) return;
    const isAllowed = request.headers.authorization === `Bearer ${state.token}`;
    const [status, value] = isAllowed ? answer(method, url.pathname, url.searchParams, body) : refuse(403, "You do not have access to this organization.");
    state.answers.push({ method, path: url.pathname, status, body: value });
    sendJson(response, status, value);
}

serve(handle, {
    plan: (plan) => void (state.plan = { ...defaults().plan, ...plan }),
    token: ({ token }) => void (state.token = token),
    runs: ({ count }) => void Array.from({ length: count }, () => createRun({ prompt: "x" })),
    order: ({ oldest_first }) => void (state.isOldestFirst = oldest_first),
    faults: (fault) => state.faults.add(fault),
    state: () => ({ requests: state.requests, answers: state.answers, runs: state.runs.map(describe) }),
    reset: (wanted) => {
        Object.assign(state, defaults());
        repository = wanted.repository ?? repository;
    },
});
