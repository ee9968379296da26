#include "integrations/git/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/base64.hpp"
#include "base/error.hpp"
#include "integrations/git/command.hpp"
#include "integrations/git/url.hpp"

namespace gsdb::git {

namespace {

constexpr std::string_view protocols = "https:http:ssh:git:file";

bool is_http(const std::string& url) {
    return url.starts_with("https://") || url.starts_with("http://");
}

bool says_unauthorized(const std::string& errors) {
    constexpr std::array words{"Authentication failed", "could not read Username", "could not read Password",
                               "Permission denied",     "returned error: 401",     "returned error: 403"};
    return std::ranges::any_of(words, [&](const char* text) { return errors.contains(text); });
}

}  // namespace

std::optional<std::string> remote_url(const std::string& repository, const std::string& name, std::stop_token stop) {
    const auto answer =
        value_or_throw(run_git({"remote", "get-url", "--push", name}, {.folder = repository, .stop = std::move(stop)}));
    if (answer.exit_status != 0) return std::nullopt;
    return answer.output.substr(0, answer.output.find('\n'));
}

Remote::Remote(RemoteSettings settings) : settings_(std::move(settings)) {
    value_or_throw(check_url(settings_.url));
}

struct Remote::Answer {
    bool has_succeeded = false;
    std::string output, errors;
};

Remote::Answer Remote::ask(std::vector<std::string> arguments) const {
    CommandOptions options{.folder = settings_.repository,
                           .allowed_protocols = std::string(protocols),
                           .time_max = settings_.time_max,
                           .stop = settings_.stop};
    if (settings_.token && is_http(settings_.url)) {
        const auto token = settings_.token();
        const auto credential = to_base64(fmt::format("x-access-token:{}", token.reveal()));
        if (!token.empty())
            options.hidden_settings = {{"credential.helper", ""},
                                       {fmt::format("http.{}.extraHeader", settings_.url),
                                        fmt::format("Authorization: Basic {}", credential)}};
    }
    auto result = value_or_throw(run_git(std::move(arguments), options));
    if (result.exit_status != 0 && says_unauthorized(result.errors))
        throw Failure({.code = "git.unauthorized",
                       .message = fmt::format("{} refuses to be written to or read", without_secrets(settings_.url)),
                       .detail = result.errors,
                       .hint = "see that the token or key is valid and may write to the repository"});
    return {.has_succeeded = result.exit_status == 0,
            .output = std::move(result.output),
            .errors = std::move(result.errors)};
}

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& url, const std::string& errors) {
    throw Failure({.code = "git.remote_failed",
                   .message = fmt::format("git {} failed with {}", what, without_secrets(url)),
                   .detail = errors,
                   .hint = "see that the address is right and its server can be reached"});
}

}  // namespace

std::optional<std::string> Remote::tip(const std::string& branch) const {
    const auto answer = ask({"ls-remote", "--heads", "--", settings_.url, "refs/heads/" + branch});
    if (!answer.has_succeeded) fail("ls-remote", settings_.url, answer.errors);
    if (answer.output.empty()) return std::nullopt;
    return answer.output.substr(0, answer.output.find('\t'));
}

bool Remote::push(const std::string& commit, const std::string& branch,
                  const std::optional<std::string>& expected) const {
    const auto answer = ask({"push", "--porcelain", "--no-verify", "--no-signed", "--recurse-submodules=no",
                             fmt::format("--force-with-lease=refs/heads/{}:{}", branch, expected.value_or("")), "--",
                             settings_.url, fmt::format("{}:refs/heads/{}", commit, branch)});
    if (answer.has_succeeded) return true;
    if (!answer.output.contains("(stale info)")) fail("push", settings_.url, answer.errors);
    return tip(branch) == commit;
}

std::optional<std::string> Remote::fetch(const std::string& branch, const std::string& into) const {
    if (!tip(branch)) return std::nullopt;
    const auto answer =
        ask({"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
             "--no-auto-maintenance", "--", settings_.url, fmt::format("+refs/heads/{}:refs/heads/{}", branch, into)});
    if (!answer.has_succeeded) fail("fetch", settings_.url, answer.errors);
    const auto commit = ask({"rev-parse", "--verify", "refs/heads/" + into});
    return commit.output.substr(0, commit.output.find('\n'));
}

void Remote::remove(const std::string& branch) const {
    const auto answer = ask({"push", "--porcelain", "--no-verify", "--", settings_.url, ":refs/heads/" + branch});
    if (!answer.has_succeeded && tip(branch)) fail("push", settings_.url, answer.errors);
}

}  // namespace gsdb::git
