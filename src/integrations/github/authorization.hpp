#pragma once
// What calls of GitHub carry to be let in: a token, or tokens that a GitHub App asks for.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "crypto/secret.hpp"
#include "integrations/github/repository_name.hpp"
#include "integrations/github/service.hpp"
#include "integrations/web_service/web_service.hpp"

namespace gsdb::github {

struct Authorization {
    web_service::Authorize authorize;
    /// Called after 401: forgets what was refused. Whether `authorize` may give another one now; then the call is made
    /// once more.
    std::function<bool()> renew{};
};

/// A personal access token, or one that somebody else keeps fresh. It is the same for every call.
Authorization with_token(crypto::Secret token);

struct App {
    std::string id;  ///< its number, or its client id
    /// PEM, as GitHub gives it out (PKCS #1) or PKCS #8.
    crypto::Secret private_key;
};

/// Tokens of the App's installation for that one repository. One is kept until shortly before it ends and shared by all
/// copies of what is returned, on any thread. Throws a Failure github.app_key_invalid; what the calls for a token throw
/// is thrown by the call that needs it.
Authorization with_app(App app, Service service, RepositoryName repository,
                       std::shared_ptr<const Clock> clock = std::make_shared<SystemClock>());

}  // namespace gsdb::github
