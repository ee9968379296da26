#include "integrations/llm/model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/redaction.hpp"
#include "integrations/llm/answer_reader.hpp"

namespace gsdb::llm {

namespace json = boost::json;
using web_service::Outcome;

namespace {

constexpr std::int64_t bytes_per_token = 4;

std::int64_t tokens_in(std::size_t bytes) {
    return (static_cast<std::int64_t>(bytes) + bytes_per_token - 1) / bytes_per_token;
}

struct Count {
    Tokens tokens;
    bool is_estimated = false;
};

// Of a broken answer the server has not said the last count.
Count count_of(const Request& request, const Gathered& gathered) {
    std::size_t input_bytes = request.system.size();
    for (const auto& message : request.messages) input_bytes += message.text.size();
    const auto estimated_output = tokens_in(gathered.text.size() + gathered.refusal.size());
    Count count{.tokens = {.input = gathered.input_tokens.value_or(tokens_in(input_bytes)),
                           .output = gathered.output_tokens.value_or(estimated_output)},
                .is_estimated = !gathered.input_tokens || !gathered.output_tokens};
    const bool is_broken = !gathered.has_ended && !gathered.stop_reason;
    if (is_broken && estimated_output > count.tokens.output) {
        count.tokens.output = estimated_output;
        count.is_estimated = true;
    }
    return count;
}

/// One request, through all its attempts.
class Asking {
  public:
    Asking(const Dialect& dialect, const Request& request, const Watcher& watcher, const Redactor& without_secrets,
           Spending* spending)
        : dialect_(dialect),
          request_(request),
          watcher_(watcher),
          without_secrets_(without_secrets),
          spending_(spending) {}
    ~Asking() { settle(); }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    std::shared_ptr<AnswerReader> begin_attempt() {
        const bool is_restart = reader_ && reader_->has_given_on();
        settle();
        if (spending_ != nullptr)
            if (auto refusal = spending_->refusal(request_.model)) throw Failure(std::move(*refusal));
        if (is_restart) watcher_.on_restart();
        reader_ = std::make_shared<AnswerReader>(dialect_, watcher_, without_secrets_);
        return reader_;
    }

    Reply reply(const web_service::Answer& answer) const {
        const auto& gathered = reader_->gathered();
        const auto count = count_of(request_, gathered);
        const auto request_id = answer.header("request-id").or_else([&] { return answer.header("x-request-id"); });
        const bool is_refusal = gathered.text.empty() && !gathered.refusal.empty();
        return {.text = is_refusal ? gathered.refusal : gathered.text,
                .stop_reason = is_refusal ? StopReason::refused : gathered.stop_reason.value_or(StopReason::other),
                .input_tokens = count.tokens.input,
                .output_tokens = count.tokens.output,
                .are_tokens_estimated = count.is_estimated,
                .model = gathered.model.empty() ? request_.model : gathered.model,
                .request_id = request_id ? std::string(*request_id) : gathered.id};
    }

  private:
    // What was refused before it began costs nothing.
    void settle() {
        if (spending_ != nullptr && reader_ && reader_->has_begun()) {
            const auto count = count_of(request_, reader_->gathered());
            spending_->add(request_.model, count.tokens, count.is_estimated);
        }
        reader_.reset();
    }

    const Dialect& dialect_;
    const Request& request_;
    const Watcher& watcher_;
    const Redactor& without_secrets_;
    Spending* spending_;
    std::shared_ptr<AnswerReader> reader_;
};

Redactor redactor_of(const crypto::Secret& key) {
    std::vector<std::string> known;
    if (!key.empty()) known.emplace_back(key.reveal());
    return Redactor(std::move(known));
}

// Too many requests pass; a quota that is used up does not.
std::optional<web_service::Verdict> judge_quota(const web_service::Answer& answer) {
    constexpr int too_many_requests = 429;
    if (answer.status != too_many_requests || !answer.body.is_object()) return std::nullopt;
    const auto* error = object_at(answer.body.get_object(), "error");
    constexpr std::string_view quota = "insufficient_quota";
    if (error == nullptr || (text_or_empty(*error, "code") != quota && text_or_empty(*error, "type") != quota))
        return std::nullopt;
    return verdict_of(json::value(*error));
}

std::string max_tokens_field_of(const Settings& settings, const std::string& base_url) {
    if (!settings.max_tokens_field.empty()) return settings.max_tokens_field;
    const bool is_openai = settings.api == Api::openai && base_url.starts_with("https://api.openai.com/");
    return is_openai ? "max_completion_tokens" : "max_tokens";
}

class ServedModel final : public Model {
  public:
    ServedModel(const Dialect& dialect, Settings settings)
        : dialect_(dialect),
          spending_(std::move(settings.spending)),
          key_(std::make_shared<const crypto::Secret>(std::move(settings.key))),
          without_secrets_(std::make_shared<const Redactor>(redactor_of(*key_))),
          service_(options(settings)) {
        max_tokens_field_ = max_tokens_field_of(settings, service_.options().base_url);
    }

    Task<Reply> ask(Request request, Watcher watcher) const override {
        if (spending_)
            if (const auto left = spending_->output_tokens_left(request.model); left && *left > 0)
                request.max_tokens = static_cast<int>(std::min<std::int64_t>(*left, request.max_tokens));
        Asking asking(dialect_, request, watcher, *without_secrets_, spending_.get());
        const auto answer =
            co_await service_.call({.method = http::Method::post,
                                    .path = std::string(dialect_.path),
                                    .body = dialect_.request(request, max_tokens_field_),
                                    .headers = {{"Accept", "text/event-stream, application/json"}},
                                    .type = "model.ask",
                                    .is_repeatable = true,
                                    .body_reader = [&asking]() -> std::shared_ptr<web_service::BodyReader> {
                                        return asking.begin_attempt();
                                    }});
        co_return asking.reply(answer);
    }

  private:
    web_service::Options options(const Settings& settings) const {
        auto base_url = settings.base_url.empty() ? std::string(dialect_.base_url) : settings.base_url;
        return {
            .name = "llm",
            .base_url = std::move(base_url),
            .authorize = [key = key_, headers = dialect_.headers]() -> Task<web_service::Headers> {
                co_return headers(*key);
            },
            .credential_hint = "store a key that this service accepts for the model",
            .rules = settings.rules,
            .http = {.guard = settings.guard,
                     .read_deadline = settings.read_deadline,
                     .total_deadline = settings.total_deadline,
                     .response_bytes_max = settings.answer_bytes_max},
            .judge = judge_quota,
            .message_of = [without_secrets = without_secrets_](
                              const json::value& body) { return (*without_secrets)(web_service::usual_message(body)); },
            .on_attempt = settings.on_attempt};
    }

    const Dialect& dialect_;
    std::string max_tokens_field_;
    std::shared_ptr<Spending> spending_;
    std::shared_ptr<const crypto::Secret> key_;
    std::shared_ptr<const Redactor> without_secrets_;
    web_service::WebService service_;
};

}  // namespace

std::unique_ptr<Model> make_model(Settings settings) {
    const auto& dialect = settings.api == Api::openai ? openai_dialect : anthropic_dialect;
    return std::make_unique<ServedModel>(dialect, std::move(settings));
}

std::optional<Api> api_named(std::string_view name) {
    if (name == openai_dialect.name) return Api::openai;
    if (name == anthropic_dialect.name) return Api::anthropic;
    return std::nullopt;
}

}  // namespace gsdb::llm
