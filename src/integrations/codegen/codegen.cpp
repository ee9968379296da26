#include "integrations/codegen/codegen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "integrations/codegen/answers.hpp"
#include "integrations/codegen/pacing.hpp"

namespace gsdb::codegen {

namespace json = boost::json;
using http::Method;
using web_service::Call;
using web_service::CallFailed;
using web_service::Outcome;

namespace {

constexpr std::int64_t page_items_max = 100;  // Codegen gives no more at once

std::int64_t number(RunId id) {
    return static_cast<std::int64_t>(id);
}

json::object body_of(const RunOrder& order) {
    auto metadata = order.metadata;
    metadata[key_name] = order.key;
    json::object body{{"prompt", order.prompt}, {"metadata", std::move(metadata)}};
    if (order.repository) body["repo_id"] = static_cast<std::int64_t>(*order.repository);
    if (!order.model.empty()) body["model"] = order.model;
    if (!order.agent_type.empty()) body["agent_type"] = order.agent_type;
    return body;
}

web_service::Options options_of(Settings& settings) {
    const auto token = std::make_shared<const crypto::Secret>(std::move(settings.token));
    return {.name = "codegen",
            .base_url = settings.base_url,
            .headers = {{"Accept", "application/json"}},
            .authorize = [token]() -> Task<web_service::Headers> {
                web_service::Headers headers{{"Authorization", fmt::format("Bearer {}", token->reveal())}};
                co_return headers;
            },
            .credential_hint = "store a token of Codegen that may use this organization",
            .rules = settings.rules,
            .http = {.guard = settings.guard},
            .message_of = message_of,
            .on_attempt = settings.on_attempt};
}

CallFailed overdue(RunId id, const std::string& status) {
    return {{.code = "codegen.timed_out",
             .message = fmt::format("run {} of codegen has not ended in time", number(id)),
             .detail = status.empty() ? "" : fmt::format("its status is {}", status),
             .hint = "wait for it again, or stop it",
             .exit_code = ExitCode::unavailable},
            Outcome::timed_out,
            0,
            std::nullopt};
}

}  // namespace

bool is_terminal(std::string_view status) {
    static constexpr std::array<std::string_view, 5> ends{"COMPLETE", "FAILED", "ERROR", "CANCELLED", "STOPPED"};
    return std::ranges::any_of(ends, [&](std::string_view end) { return http::equal_ignoring_case(status, end); });
}

bool is_success(std::string_view status) {
    return http::equal_ignoring_case(status, "COMPLETE");
}

struct Codegen::State {
    explicit State(Settings settings)
        : organization(static_cast<std::int64_t>(settings.organization)),
          pacing(settings.pace),
          creation_pacing(settings.creation_pace),
          service(options_of(settings)) {}

    std::string path(std::string_view rest) const { return fmt::format("/v1/organizations/{}{}", organization, rest); }

    Task<json::value> call(Call call) {
        co_await pacing.wait_for_turn();
        auto answer = co_await service.call(std::move(call));
        co_return std::move(answer.body);
    }

    Task<json::value> get(std::string path, std::string type) {
        co_return co_await call({.path = std::move(path), .type = std::move(type)});
    }

    Task<json::value> runs(std::int64_t skip) {
        auto target = path(fmt::format("/agent/runs?skip={}&limit={}", skip, page_items_max));
        co_return co_await get(std::move(target), "agent_run.list");
    }

    /// All items of a list.
    Task<std::vector<json::value>> all(std::string path, std::string type) {
        constexpr std::size_t items_max = 10'000;
        std::vector<json::value> items;
        while (items.size() < items_max) {
            const auto body =
                co_await get(fmt::format("{}?skip={}&limit={}", path, items.size(), page_items_max), type);
            const auto page = page_of(body);
            items.insert(items.end(), page.items->begin(), page.items->end());
            if (page.items->empty() || static_cast<std::int64_t>(items.size()) >= page.total) break;
        }
        co_return items;
    }

    std::int64_t organization;
    Pacing pacing, creation_pacing;
    web_service::WebService service;
};

Codegen::Codegen(Settings settings) : state_(std::make_unique<State>(std::move(settings))) {}
Codegen::~Codegen() = default;
Codegen::Codegen(Codegen&&) noexcept = default;
Codegen& Codegen::operator=(Codegen&&) noexcept = default;

Task<Run> Codegen::create_run(RunOrder order) const {
    if (auto known = co_await find_run(order.key)) co_return std::move(*known);
    co_await state_->creation_pacing.wait_for_turn();
    const auto body = co_await state_->call({.method = Method::post,
                                             .path = state_->path("/agent/run"),
                                             .body = body_of(order),
                                             .type = "agent_run.create"});
    auto created = run_of(body);
    created.key = order.key;
    co_return created;
}

namespace {

std::optional<Run> run_with_key(const json::array& items, std::string_view key) {
    for (const auto& item : items)
        if (auto run = run_of(item); run.key == key) return run;
    return std::nullopt;
}

// The list's order is not described: ids grow, so its ends tell.
bool begins_with_oldest(const json::array& items) {
    return items.size() > 1 && number(run_of(items.front()).id) < number(run_of(items.back()).id);
}

}  // namespace

Task<std::optional<Run>> Codegen::find_run(std::string key) const {
    constexpr int pages_max = 10;
    auto body = co_await state_->runs(0);
    auto page = page_of(body);
    const bool is_backwards = begins_with_oldest(*page.items);
    auto found = run_with_key(*page.items, key);
    for (int number = 1; number < pages_max && !found; ++number) {
        const auto seen = number * page_items_max;
        if (page.items->empty() || seen >= page.total) break;
        body = co_await state_->runs(is_backwards ? std::max<std::int64_t>(0, page.total - seen) : seen);
        page = page_of(body);
        found = run_with_key(*page.items, key);
    }
    co_return found;
}

Task<Run> Codegen::run(RunId id) const {
    co_return run_of(co_await state_->get(state_->path(fmt::format("/agent/run/{}", number(id))), "agent_run.get"));
}

Task<Run> Codegen::resume(RunId id, std::string prompt) const {
    json::object body{{"agent_run_id", number(id)}, {"prompt", std::move(prompt)}};
    co_return run_of(co_await state_->call({.method = Method::post,
                                            .path = state_->path("/agent/run/resume"),
                                            .body = std::move(body),
                                            .type = "agent_run.resume"}));
}

Task<LogPage> Codegen::logs(RunId id, std::int64_t skip, int limit) const {
    auto path = fmt::format("/v1/alpha/organizations/{}/agent/run/{}/logs?skip={}&limit={}", state_->organization,
                            number(id), skip, std::clamp<std::int64_t>(limit, 1, page_items_max));
    co_return log_page_of(co_await state_->get(std::move(path), "agent_run.logs"));
}

Task<bool> Codegen::ban(RunId id) const {
    try {
        co_await state_->call({.method = Method::post,
                               .path = state_->path("/agent/run/ban"),
                               .body = json::object{{"agent_run_id", number(id)}},
                               .type = "agent_run.ban",
                               .is_repeatable = true});
        co_return true;
    } catch (const CallFailed& failure) {
        if (failure.outcome() != Outcome::not_found) throw;
        co_return false;
    }
}

namespace {

/// The entries of a run's log that have not been given on.
class LogFollower {
  public:
    LogFollower(const Codegen& codegen, RunId id, std::function<void(const LogEntry&)> on_log, std::int64_t first)
        : codegen_(codegen), id_(id), on_log_(std::move(on_log)), seen_(first) {}

    /// The log is a by-product of an interface that Codegen calls alpha: a run is not given up for it.
    Task<> catch_up() {
        constexpr std::int64_t entries_max = 100'000;
        try {
            while (on_log_ && !is_missing_ && seen_ < entries_max) {
                const auto page = co_await codegen_.logs(id_, seen_);
                for (const auto& entry : page.entries) {
                    ++seen_;
                    on_log_(entry);
                }
                if (static_cast<std::int64_t>(page.entries.size()) < page_items_max) co_return;
            }
        } catch (const CallFailed& failure) {
            is_missing_ = !web_service::may_pass(failure.outcome());
        }
    }

  private:
    const Codegen& codegen_;
    RunId id_;
    std::function<void(const LogEntry&)> on_log_;
    std::int64_t seen_;
    bool is_missing_ = false;
};

Task<std::optional<Run>> run_if_reachable(const Codegen* codegen, RunId id) {
    try {
        co_return co_await codegen->run(id);
    } catch (const CallFailed& failure) {
        if (!web_service::may_pass(failure.outcome())) throw;
        co_return std::nullopt;
    }
}

}  // namespace

Task<Run> Codegen::wait_for(RunId id, WaitRules rules, std::function<void(const LogEntry&)> on_log,
                            std::int64_t first_log) const {
    const auto until = std::chrono::steady_clock::now() + rules.deadline;
    LogFollower follower(*this, id, std::move(on_log), first_log);
    auto pause = std::chrono::duration<double, std::milli>(rules.first_pause);
    std::string status;
    while (true) {
        auto run = co_await run_if_reachable(this, id);
        // After the status: what was written before the end is there then.
        co_await follower.catch_up();
        if (run && run->has_ended()) co_return std::move(*run);
        if (run) status = run->status;
        const auto now = std::chrono::steady_clock::now();
        if (now >= until) throw overdue(id, status);
        const auto wait = std::min<std::chrono::steady_clock::duration>(
            std::chrono::ceil<std::chrono::milliseconds>(pause), until - now);
        SteadyTimer timer(co_await asio::this_coro::executor, wait);
        co_await timer.async_wait(use_task);
        pause = std::min(pause * rules.growth, std::chrono::duration<double, std::milli>(rules.pause_max));
    }
}

Task<std::vector<Organization>> Codegen::organizations() const {
    std::vector<Organization> all;
    for (const auto& item : co_await state_->all("/v1/organizations", "organization.list"))
        all.push_back(organization_of(item));
    co_return all;
}

Task<std::vector<Repository>> Codegen::repositories() const {
    std::vector<Repository> all;
    for (const auto& item : co_await state_->all(state_->path("/repos"), "repository.list"))
        all.push_back(repository_of(item));
    co_return all;
}

}  // namespace gsdb::codegen
