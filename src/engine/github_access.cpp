#include "engine/github_access.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/run_task.hpp"
#include "engine/json_text.hpp"

namespace gsdb::engine {

namespace json = boost::json;

namespace {

std::string remote_of(RunContext& run) {
    const auto& parameters = run.parameters();
    const auto url = git::remote_url(parameters.repository, parameters.remote, run.surroundings().stop);
    if (url) return *url;
    throw Failure({.code = "workflows.no_remote",
                   .message = fmt::format("{} knows no remote {}", parameters.repository, parameters.remote),
                   .detail = "changes are to be shown on GitHub",
                   .hint = "git remote add origin URL, or start the run with --code-host local",
                   .exit_code = ExitCode::not_found});
}

github::RepositoryLocation location_of(RunContext& run, const std::string& url) {
    const auto& other = run.surroundings().services.github_url;
    // A remote that is a folder is a copy for tests and mirrors: its last two parts are the name.
    if (!other.empty() && url.starts_with("file://")) {
        const std::filesystem::path path(url.substr(std::string_view("file://").size()));
        return {.api_url = other,
                .name = {.owner = path.parent_path().filename().string(), .name = path.stem().string()}};
    }
    auto location = value_or_throw(github::parse_remote(url));
    if (!other.empty()) location.api_url = other;
    return location;
}

/// A token, or {"app_id", "private_key"} of a GitHub App, as gsdb service connect stores them.
github::Authorization authorization_of(RunContext& run, const github::Service& service,
                                       const github::RepositoryName& name) {
    const auto read = [&run] { return run.surroundings().services.credential(run.organization(), "github"); };
    const auto credential = run_task(read());
    boost::system::error_code problem;
    const auto value = json::parse(credential.reveal(), problem);
    if (!problem && value.is_object())
        return github::with_app({.id = text_in(value.get_object(), "app_id"),
                                 .private_key = crypto::Secret(text_in(value.get_object(), "private_key"))},
                                service, name);
    // Read for each call: it may have been replaced meanwhile.
    return {.authorize = [read]() -> Task<web_service::Headers> {
                const auto token = co_await read();
                co_return web_service::Headers{{"Authorization", fmt::format("Bearer {}", token.reveal())}};
            },
            .renew = {}};
}

crypto::Secret token_of(const github::Authorization& authorization) {
    for (const auto& [name, value] : run_task(authorization.authorize()))
        if (name == "Authorization") return crypto::Secret(std::string_view(value).substr(value.find(' ') + 1));
    return {};
}

}  // namespace

std::string begin_of(const std::string& branch) {
    return branch + "-base";
}

GithubAccess::GithubAccess(RunContext& run, std::function<void(const web_service::Attempt&)> on_attempt)
    : run_(run),
      url_(remote_of(run)),
      location_(location_of(run, url_)),
      service_{.api_url = location_.api_url,
               .rules = run.surroundings().services.rules,
               .http = {.guard = run.surroundings().services.guard},
               .on_attempt = std::move(on_attempt)},
      authorization_(authorization_of(run, service_, location_.name)) {}

git::Remote GithubAccess::remote() const {
    return git::Remote({.repository = run_.parameters().repository,
                        .url = url_,
                        .token = [authorization = authorization_] { return token_of(authorization); },
                        .stop = run_.surroundings().stop});
}

}  // namespace gsdb::engine
