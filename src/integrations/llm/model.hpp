#pragma once
// Asks a language model, over the chat API that OpenAI and most local servers speak, or over Anthropic's Messages API.
// Answers are read as they come.
//
//     const auto model = llm::make_model({.api = llm::Api::anthropic, .key = std::move(key)});
//     auto reply = co_await model->ask({.model = "...", .system = rules, .messages = {{llm::Role::user, prompt}}});

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/secret.hpp"
#include "integrations/llm/spending.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::llm {

enum class Role { user, assistant };

struct Message {
    Role role = Role::user;
    std::string text;
};

struct Request {
    std::string model;
    std::string system{};
    std::vector<Message> messages;
    int max_tokens = 8'192;  ///< of the answer; less when the budget leaves less
    std::optional<double> temperature{};
};

enum class StopReason {
    finished,
    token_limit,  ///< the answer is cut off: at max_tokens, or because the context is full
    refused,      ///< by the model, or by a filter behind it
    other
};

struct Reply {
    std::string text;
    StopReason stop_reason = StopReason::other;
    std::int64_t input_tokens = 0, output_tokens = 0;
    bool are_tokens_estimated = false;  ///< the server did not count them: a token for every four bytes
    std::string model;                  ///< as the server names it; as asked where it does not
    std::string request_id;             ///< of the server, for its support; may be empty
};

/// Who watches an answer come. A text that has been given on cannot be asked for anew unless the watcher can begin
/// anew: with `on_text` and without `on_restart`, an answer that breaks off after its first text is a failure.
struct Watcher {
    std::function<void(std::string_view)> on_text{};
    std::function<void()> on_restart{};  ///< what came is void: the answer is asked for once more
};

class Model {
  public:
    virtual ~Model() = default;

    /// Throws web_service::CallFailed: rate_limited (429, 529, "overloaded"), unreachable (no connection, 503, an
    /// answer that broke off), timed_out (nothing came for `read_deadline`), unauthorized, invalid, error (500, an
    /// answer that is malformed, a quota that is used up). What may pass was tried again by the rules.
    /// Throws a Failure llm.budget_used_up or llm.price_unknown before an attempt that the budget does not allow.
    virtual Task<Reply> ask(Request request, Watcher watcher = {}) const = 0;
};

enum class Api {
    openai,    ///< POST {base_url}/chat/completions
    anthropic  ///< POST {base_url}/v1/messages
};

struct Settings {
    Api api = Api::openai;
    std::string base_url{};  ///< empty: "https://api.openai.com/v1", "https://api.anthropic.com"
    crypto::Secret key{};    ///< none for local servers
    http::AddressGuard guard{};
    web_service::Rules rules{};
    std::chrono::milliseconds read_deadline{120'000};   ///< between two pieces of the answer, and before the first
    std::chrono::milliseconds total_deadline{900'000};  ///< of an attempt
    std::size_t answer_bytes_max = 32 << 20;            ///< as it is sent, with what is around the text
    /// What the limit of the answer is called: OpenAI has "max_completion_tokens" instead of "max_tokens", which most
    /// others know. Empty: by the host.
    std::string max_tokens_field{};
    /// Every attempt is counted here, those that broke too.
    std::shared_ptr<Spending> spending{};
    std::function<void(const web_service::Attempt&)> on_attempt{};
};

/// Throws a Failure client.url_invalid.
std::unique_ptr<Model> make_model(Settings settings);

/// "openai", "anthropic". Nothing for other words.
std::optional<Api> api_named(std::string_view name);

}  // namespace gsdb::llm
