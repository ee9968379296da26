#include "engine/validations.hpp"

#include "base/run_task.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

void record(RunContext& run, workflows::MadeValidation validation) {
    run_task(run.progress().record(run.stage().execution_id.value(), std::move(validation)));
}

}  // namespace

void pass(RunContext& run, const std::string& key, json::array findings, const std::string& checkpoint) {
    record(run, {.key = key, .checkpoint = checkpoint, .status = "passed", .findings = json::serialize(findings)});
}

void fail(RunContext& run, const std::string& key, json::array findings, bool is_blocking) {
    if (findings.empty()) findings.emplace_back("it did not pass");
    record(run, {.key = key, .is_blocking = is_blocking, .status = "failed", .findings = json::serialize(findings)});
}

void skip(RunContext& run, const std::string& key, const std::string& reason, const std::string& checkpoint) {
    record(run, {.key = key, .checkpoint = checkpoint, .status = "skipped", .skip_reason = reason});
}

void skip(RunContext& run, const std::string& key, const std::string& reason, json::array findings) {
    record(run, {.key = key, .status = "skipped", .findings = json::serialize(findings), .skip_reason = reason});
}

void measure(RunContext& run, const std::string& key, workflows::MadeValidation::Measured measured,
             json::array findings, bool is_blocking) {
    const bool is_good =
        measured.comparison == "at_least" ? measured.value >= measured.threshold : measured.value <= measured.threshold;
    record(run, {.key = key,
                 .is_blocking = is_blocking,
                 .status = is_good ? "passed" : "failed",
                 .findings = json::serialize(findings),
                 .measured = measured});
}

}  // namespace gsdb::engine
