#pragma once
// A web service that speaks JSON over HTTP: headers, credential, repeated calls, and what went wrong in one vocabulary.

#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/task.hpp"
#include "crypto/secret.hpp"
#include "http/client.hpp"
#include "integrations/web_service/outcome.hpp"

namespace gsdb::web_service {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
    int status = 0;
    Headers headers;
    boost::json::value body;  ///< null for an empty body

    std::optional<std::string_view> header(std::string_view name) const;
};

/// What is to be thought of an answer, where its status does not tell.
struct Verdict {
    Outcome outcome = Outcome::error;
    std::string message;  ///< what the service says was wrong
    std::optional<Timestamp> retry_at{};
    /// Whether the same call may succeed soon; nothing: as the outcome and the status say.
    std::optional<bool> may_pass{};
};

/// Reads the body of one 2xx answer as it comes, in the place of the answer's own.
class BodyReader {
  public:
    virtual ~BodyReader() = default;

    virtual void read(const http::IncomingResponse& head, std::string_view piece) = 0;
    /// Once, when the body has ended: what is to be thought of it. Nothing when it is whole.
    virtual std::optional<Verdict> end() = 0;
    /// When the call has failed, before or after the end: whether it may be repeated although some was read.
    virtual bool may_repeat() const { return true; }
};

struct Call {
    http::Method method = http::Method::get;
    std::string path;  ///< behind the base URL, with its query: "/repos/octo/hello/pulls?state=open"
    std::optional<boost::json::value> body{};
    Headers headers{};
    std::string type;  ///< what it does, subject first: "pull_request.create"
    /// A POST or PATCH that acts once however often it comes.
    bool is_repeatable = false;
    /// Makes the reader of an attempt's answer; what it throws ends the call before the attempt. None: the body is
    /// JSON, in the answer.
    std::function<std::shared_ptr<BodyReader>()> body_reader{};
};

/// An attempt at a call, for who records them. Without secrets; texts may hold what the service was told.
struct Attempt {
    std::string_view service;
    std::string type;
    http::Method method = http::Method::get;
    std::string path;
    int number = 1;
    int status = 0;  ///< 0: no answer
    Outcome outcome = Outcome::done;
    std::string message;  ///< empty when it is done
    std::chrono::milliseconds latency{0};
};

struct Rules {
    int attempts_max = 4;
    std::chrono::milliseconds first_pause{500};
    double growth = 2;
    std::chrono::milliseconds pause_max{30'000};     ///< of those that the service did not ask for
    std::chrono::milliseconds waiting_max{120'000};  ///< of all pauses of a call together
};

/// The headers that carry the credential, asked for before each attempt. Throws a Failure when there is none.
using Authorize = std::function<Task<Headers>()>;

struct Options {
    std::string name;      ///< a word, the first part of error codes: "github"
    std::string base_url;  ///< "https://api.github.com"
    Headers headers{};     ///< of every call
    Authorize authorize{};
    std::string credential_hint{};  ///< the remedy when the credential is refused
    Rules rules{};
    http::ClientOptions http{};
    /// Asked about every answer; nothing leaves it to the status.
    std::function<std::optional<Verdict>(const Answer&)> judge{};
    /// What the service says was wrong, of the body of an answer that refuses; empty for nothing. The default looks for
    /// "message", "error" and "detail".
    std::function<std::string(const boost::json::value&)> message_of{};
    std::function<void(const Attempt&)> on_attempt{};
};

class WebService {
  public:
    /// Throws a Failure client.url_invalid.
    explicit WebService(Options options);

    /// The answer, whose status is 2xx or 304 and which the judge did not object to. Throws CallFailed.
    Task<Answer> call(Call call) const;

    const Options& options() const { return options_; }

  private:
    struct Outcomes;
    Task<Outcomes> attempt(Call call, int number) const;
    Task<http::OutgoingRequest> request_of(Call call) const;
    void take(http::IncomingResponse response, BodyReader* reader, Outcomes& outcomes) const;
    Verdict judge(const Answer& answer) const;
    CallFailed failure(const Call& call, const Verdict& verdict, int status) const;

    Options options_;
    http::Client client_;
};

/// What a service says was wrong in the usual places of a JSON body.
std::string usual_message(const boost::json::value& body);

}  // namespace gsdb::web_service
