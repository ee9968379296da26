#pragma once
// Reads the answer of a model as it comes. What the two APIs have in common is here; how each says it is its dialect.

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_text.hpp"
#include "base/redaction.hpp"
#include "http/event_reader.hpp"
#include "integrations/llm/model.hpp"

namespace gsdb::llm {

/// What has come of an answer.
struct Gathered {
    std::string text;
    std::string refusal;  ///< what the model says instead of a text
    std::optional<StopReason> stop_reason;
    std::optional<std::int64_t> input_tokens, output_tokens;
    std::string model, id;
    bool has_ended = false;                       ///< the API said so
    std::optional<web_service::Verdict> failure;  ///< the API said so
};

/// How an API says things.
struct Dialect {
    std::string_view name;
    std::string_view base_url;
    std::string_view path;
    boost::json::object (*request)(const Request&, std::string_view max_tokens_field);
    web_service::Headers (*headers)(const crypto::Secret& key);
    /// An event whose data is JSON. Adds to what was gathered.
    void (*take_event)(const boost::json::object& data, Gathered& gathered);
    /// The answer of a server that does not stream although it was asked to.
    void (*take_whole)(const boost::json::object& body, Gathered& gathered);
    bool may_leave_out_end;  ///< an answer that has a reason for its end is whole
};

extern const Dialect openai_dialect, anthropic_dialect;

/// What to think of an error of this kind, by its type or code.
web_service::Verdict verdict_of(std::string_view kind, std::string message);
/// Of {"type": ..., "code": ..., "message": ...}.
web_service::Verdict verdict_of(const boost::json::value& error);

/// Null where there is no such object.
const boost::json::object* object_at(const boost::json::object& object, std::string_view name);
/// Nothing where there is no such count, or a negative one.
std::optional<std::int64_t> count_at(const boost::json::object& object, std::string_view name);

class AnswerReader final : public web_service::BodyReader {
  public:
    /// All three outlive it. `without_secrets` is for what the service says.
    AnswerReader(const Dialect& dialect, const Watcher& watcher, const Redactor& without_secrets)
        : dialect_(dialect), watcher_(watcher), without_secrets_(without_secrets) {}

    void read(const http::IncomingResponse& head, std::string_view piece) override;
    std::optional<web_service::Verdict> end() override;
    bool may_repeat() const override { return !has_given_on() || watcher_.on_restart; }

    const Gathered& gathered() const { return gathered_; }
    bool has_begun() const { return has_begun_; }
    bool has_given_on() const { return watcher_.on_text && given_on_ > 0; }

  private:
    void take(const http::Event& event);
    void give_on();
    std::optional<web_service::Verdict> judge();
    std::optional<web_service::Verdict> judge_whole();

    const Dialect& dialect_;
    const Watcher& watcher_;
    const Redactor& without_secrets_;
    http::EventReader events_{8 << 20};
    Gathered gathered_;
    std::string whole_;  // the body, when it is no stream
    bool has_begun_ = false, is_whole_ = false;
    std::size_t given_on_ = 0;  // bytes of the text
};

}  // namespace gsdb::llm
