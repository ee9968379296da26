#include "modules/workflows/progress.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "modules/workflows/figures.hpp"
#include "modules/workflows/queries.hpp"
#include "modules/workflows/refusals.hpp"

namespace gsdb::workflows {

namespace {

Bytes hash_of(const std::string& input) {
    Bytes hash(crypto_hash_sha256_BYTES);
    crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                       reinterpret_cast<const unsigned char*>(input.data()), input.size());
    return hash;
}

std::int32_t milliseconds_of(std::chrono::milliseconds time) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(time.count(), 0, 2'000'000'000));
}

std::optional<pg::Json> json_of(std::optional<std::string> text) {
    return text ? std::optional(pg::Json{std::move(*text)}) : std::nullopt;
}

}  // namespace

template <class Query>
Task<pg::Answer<Query>> Progress::ask(typename Query::Params params) const {
    co_return value_or_throw(co_await identity::with_refusals(
        database_.query<Query>({.organization = key_.organization}, std::move(params)), refusals));
}

Task<> Progress::begin_stage(std::string stage) {
    co_await ask<sql::BeginStage>({.execution_id = key_.execution, .stage_key = std::move(stage)});
}

Task<std::string> Progress::advance_stage(std::string stage, std::string output) {
    auto next = co_await ask<sql::AdvanceStage>(
        {.execution_id = key_.execution, .stage_key = std::move(stage), .output = pg::Json{std::move(output)}});
    co_return std::move(next.stage_key);
}

Task<> Progress::complete(std::string output) {
    co_await ask<sql::CompleteExecution>({.execution_id = key_.execution, .output = pg::Json{std::move(output)}});
}

Task<> Progress::fail_stage(std::string stage, std::string error_message, bool has_timed_out) {
    co_await ask<sql::FailStage>({.execution_id = key_.execution,
                                  .stage_key = std::move(stage),
                                  .error_message = std::move(error_message),
                                  .status = has_timed_out ? "timed_out" : "failed"});
}

Task<> Progress::pause(std::string reason) {
    co_await ask<sql::PauseExecution>({.execution_id = key_.execution, .reason = std::move(reason)});
}

Task<> Progress::note_clean_up() {
    co_await ask<sql::NoteCleanUp>({.execution_id = key_.execution});
}

Task<> Progress::set_requirement(Uuid requirement) {
    co_await ask<sql::ChangeExecution>(
        {.execution_id = key_.execution, .requirement_id = requirement, .dev_branch = std::nullopt});
}

Task<> Progress::set_dev_branch(std::string branch) {
    co_await ask<sql::ChangeExecution>(
        {.execution_id = key_.execution, .requirement_id = std::nullopt, .dev_branch = std::move(branch)});
}

Task<std::optional<std::string>> Progress::find_step(std::string step) const {
    auto row = co_await ask<sql::FindStep>(
        {.organization_id = key_.organization, .execution_id = key_.execution, .step_key = std::move(step)});
    if (!row) co_return std::nullopt;
    co_return std::move(row->result.text);
}

Task<std::string> Progress::commit_step(std::string step, std::string input, std::string result, Timestamp started_at) {
    auto row = co_await ask<sql::CommitStep>({.execution_id = key_.execution,
                                              .step_key = std::move(step),
                                              .input_hash = hash_of(input),
                                              .result = pg::Json{std::move(result)},
                                              .started_at = started_at});
    co_return std::move(row.result.text);
}

Task<> Progress::record(Uuid stage_execution, MadeValidation validation) {
    const auto& measured = validation.measured;
    co_await ask<sql::RecordValidation>(
        {.organization_id = key_.organization,
         .stage_execution_id = stage_execution,
         .checkpoint = validation.checkpoint,
         .validation_key = validation.key,
         .is_blocking = validation.is_blocking,
         .criteria = pg::Json{validation.criteria},
         .comparison = measured ? std::optional(measured->comparison) : std::nullopt,
         .threshold = measured ? std::optional(decimal(measured->threshold)) : std::nullopt,
         .measured_value = measured ? std::optional(decimal(measured->value)) : std::nullopt,
         .status = validation.status,
         .findings = pg::Json{validation.findings},
         .skip_reason = validation.skip_reason});
}

Task<> Progress::begin_call(Uuid stage_execution, AgentCall call) {
    co_await ask<sql::BeginAgentOperation>({.organization_id = key_.organization,
                                            .execution_id = key_.execution,
                                            .stage_execution_id = stage_execution,
                                            .provider = std::move(call.provider),
                                            .operation_type = std::move(call.type),
                                            .idempotency_key = std::move(call.key),
                                            .request = pg::Json{std::move(call.request)}});
}

Task<> Progress::end_call(std::string key, AgentAnswer answer) {
    co_await ask<sql::EndAgentOperation>({.status = answer.has_succeeded ? "succeeded" : "failed",
                                          .outcome = std::move(answer.outcome),
                                          .response = json_of(std::move(answer.response)),
                                          .error_message = std::move(answer.error_message),
                                          .latency_ms = milliseconds_of(answer.latency),
                                          .cost_usd = {fmt::format("{:.6f}", answer.cost_usd)},
                                          .model = std::move(answer.model),
                                          .agent_run_id = std::move(answer.run_id),
                                          .agent_run_url = std::move(answer.run_url),
                                          .input_tokens = answer.input_tokens,
                                          .output_tokens = answer.output_tokens,
                                          .organization_id = key_.organization,
                                          .idempotency_key = std::move(key)});
}

Task<> Progress::record(std::optional<Uuid> stage_execution, IssueCall call) {
    co_await ask<sql::RecordIssueOperation>({.organization_id = key_.organization,
                                             .execution_id = key_.execution,
                                             .stage_execution_id = stage_execution,
                                             .provider = std::move(call.provider),
                                             .operation_type = std::move(call.type),
                                             .idempotency_key = std::move(call.key),
                                             .request = pg::Json{std::move(call.request)},
                                             .outcome = "done",
                                             .latency_ms = milliseconds_of(call.latency),
                                             .issue_id = call.issue_id,
                                             .issue_key = call.issue_id,
                                             .issue_url = std::nullopt,
                                             .parent_issue_id = std::move(call.parent_issue_id),
                                             .decomposed_step_id = call.step});
}

Task<> Progress::record(std::optional<Uuid> stage_execution, CodeCall call) {
    const bool has_failed = call.error_message.has_value();
    co_await ask<sql::RecordCodeOperation>({.organization_id = key_.organization,
                                            .execution_id = key_.execution,
                                            .stage_execution_id = stage_execution,
                                            .provider = std::move(call.provider),
                                            .operation_type = std::move(call.type),
                                            .idempotency_key = std::move(call.key),
                                            .request = pg::Json{std::move(call.request)},
                                            .status = has_failed ? "failed" : "succeeded",
                                            .outcome = std::move(call.outcome),
                                            .error_message = std::move(call.error_message),
                                            .latency_ms = milliseconds_of(call.latency),
                                            .branch = std::move(call.branch),
                                            .commit_id = std::move(call.commit)});
}

Task<> Progress::begin_call(std::optional<Uuid> stage_execution, IssueCall call) {
    co_await ask<sql::BeginIssueOperation>({.organization_id = key_.organization,
                                            .execution_id = key_.execution,
                                            .stage_execution_id = stage_execution,
                                            .provider = std::move(call.provider),
                                            .operation_type = std::move(call.type),
                                            .idempotency_key = std::move(call.key),
                                            .request = pg::Json{std::move(call.request)},
                                            .parent_issue_id = std::move(call.parent_issue_id),
                                            .decomposed_step_id = call.step});
}

Task<> Progress::begin_call(std::optional<Uuid> stage_execution, CodeCall call) {
    co_await ask<sql::BeginCodeOperation>({.organization_id = key_.organization,
                                           .execution_id = key_.execution,
                                           .stage_execution_id = stage_execution,
                                           .provider = std::move(call.provider),
                                           .operation_type = std::move(call.type),
                                           .idempotency_key = std::move(call.key),
                                           .request = pg::Json{std::move(call.request)},
                                           .branch = std::move(call.branch),
                                           .commit_id = std::move(call.commit)});
}

Task<> Progress::end_issue_call(std::string key, CallEnd end, std::optional<IssueFound> found) {
    co_await ask<sql::EndIssueOperation>(
        {.status = end.has_succeeded() ? "succeeded" : "failed",
         .outcome = std::move(end.outcome),
         .response = json_of(std::move(end.response)),
         .response_code = end.response_code,
         .error_message = std::move(end.error_message),
         .latency_ms = milliseconds_of(end.latency),
         .repeats = end.attempts - 1,
         .issue_id = found ? std::optional(std::move(found->id)) : std::nullopt,
         .issue_key = found ? std::optional(std::move(found->key)) : std::nullopt,
         .issue_url = found && !found->url.empty() ? std::optional(std::move(found->url)) : std::nullopt,
         .organization_id = key_.organization,
         .idempotency_key = std::move(key)});
}

Task<> Progress::end_code_call(std::string key, CallEnd end, ChangeFound found) {
    co_await ask<sql::EndCodeOperation>({.status = end.has_succeeded() ? "succeeded" : "failed",
                                         .outcome = std::move(end.outcome),
                                         .response = json_of(std::move(end.response)),
                                         .response_code = end.response_code,
                                         .error_message = std::move(end.error_message),
                                         .latency_ms = milliseconds_of(end.latency),
                                         .repeats = end.attempts - 1,
                                         .commit_id = std::move(found.commit),
                                         .pull_request_number = found.pull_request,
                                         .pull_request_url = std::move(found.pull_request_url),
                                         .organization_id = key_.organization,
                                         .idempotency_key = std::move(key)});
}

Task<Uuid> Progress::await_approval(Uuid stage_execution, std::string step, Timestamp deadline) {
    const auto row = co_await ask<sql::AwaitEvent>({.execution_id = key_.execution,
                                                    .stage_execution_id = stage_execution,
                                                    .step_key = std::move(step),
                                                    .kind = "approval",
                                                    .deadline_at = deadline,
                                                    .correlation_key = approval_key(key_.execution)});
    co_return row.id;
}

Task<Progress::WaitState> Progress::wait_state(Uuid wait) const {
    auto row = co_await ask<sql::FindWait>({.organization_id = key_.organization, .wait_id = wait});
    if (!row) co_return WaitState{.status = "cancelled", .answer = "{}"};
    co_return WaitState{.status = std::move(row->status), .answer = std::move(row->answer.text)};
}

Task<> Progress::end_due_waits() {
    co_await ask<sql::EndDueWaits>({.page_size = 100});
}

Task<Uuid> Progress::enqueue_merge(RepositoryId repository, std::string source, std::string target, std::string head) {
    const auto row = co_await ask<sql::EnqueueMerge>({.execution_id = key_.execution,
                                                      .repository_id = repository,
                                                      .source_branch = std::move(source),
                                                      .target_branch = std::move(target),
                                                      .head_commit = std::move(head),
                                                      .task_id = std::nullopt});
    co_return row.id;
}

Task<bool> Progress::claim_merge(Uuid merge) {
    const auto row = co_await ask<sql::ClaimMerge>({.merge_id = merge});
    co_return row.claimed;
}

Task<std::string> Progress::move_merge(Uuid merge, std::string to, std::optional<std::string> commit,
                                       std::optional<std::string> reason) {
    auto row = co_await ask<sql::MoveMerge>(
        {.merge_id = merge, .to_status = std::move(to), .commit_id = std::move(commit), .reason = std::move(reason)});
    co_return std::move(row.status);
}

Task<std::vector<Merge>> Progress::merges() const {
    co_return value_or_throw(
        co_await Executions(database_).merges(identity::Actor::system(key_.organization), key_.execution));
}

Task<double> Progress::cost() const {
    const auto row =
        co_await ask<sql::ExecutionCost>({.organization_id = key_.organization, .execution_id = key_.execution});
    co_return row.cost_usd;
}

Task<std::vector<Progress::Gate>> Progress::gates(ProjectId project) const {
    std::vector<Gate> all;
    for (auto& row : co_await ask<sql::GatesOfProject>({.project_id = project}))
        all.push_back({.metric = std::move(row.metric),
                       .comparison = std::move(row.comparison),
                       .unit = std::move(row.unit),
                       .threshold = number_of(row.threshold),
                       .is_blocking = row.is_blocking});
    co_return all;
}

Task<std::vector<Progress::RecentFailure>> Progress::recent_failures() const {
    std::vector<RecentFailure> all;
    for (auto& row : co_await ask<sql::RecentFailures>({.execution_id = key_.execution}))
        all.push_back({.execution = row.execution_id,
                       .stage = std::move(row.stage_key),
                       .message = std::move(row.error_message)});
    co_return all;
}

}  // namespace gsdb::workflows
