#include "app/outside_services.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>

#include "app/encryption.hpp"
#include "base/run_task.hpp"
#include "modules/events/api.hpp"
#include "pg/sql_error.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

http::AddressGuard guard_of(const std::string& networks) {
    std::vector<http::Network> allowed;
    std::stringstream list(networks);
    for (std::string one; std::getline(list, one, ',');) {
        const auto begin = one.find_first_not_of(' '), end = one.find_last_not_of(' ');
        if (begin == std::string::npos) continue;
        allowed.push_back(value_or_throw(http::Network::parse(one.substr(begin, end - begin + 1))));
    }
    return http::AddressGuard(std::move(allowed));
}

namespace {

/// Opened when a service is first called: a run that is local only needs neither the key nor the database.
class StoredCredentials {
  public:
    StoredCredentials(const Program& program, const DatabaseServer& server) : program_(program), server_(server) {}

    identity::Credentials get() {
        const std::lock_guard lock(opening_);
        if (!opened_) opened_.emplace(credentials(program_, server_.pool("identity", 2)));
        return *opened_;
    }

  private:
    const Program& program_;
    const DatabaseServer& server_;
    std::mutex opening_;
    std::optional<identity::Credentials> opened_;
};

Task<crypto::Secret> read_credential(std::shared_ptr<StoredCredentials> stored, OrganizationId organization,
                                     std::string service) {
    auto secret = co_await stored->get().read(organization, service, std::string(service_credential));
    if (secret) co_return std::move(*secret);
    auto error = secret.error();
    if (error.code == "identity.credential_unknown")
        error = {.code = "services.not_connected",
                 .message = fmt::format("there is no credential for {}", service),
                 .detail = fmt::format("gsdb service connect {} stores one", service),
                 .hint = "",
                 .exit_code = ExitCode::usage};
    throw Failure(std::move(error));
}

/// Among the newest events: whoever asks every half second misses none but in a flood, and then looks a little later.
bool has_heard(const pg::Database<events::Database>& database, OrganizationId organization, const std::string& service,
               Timestamp since) {
    constexpr int newest = 50;
    try {
        const auto events = run_task(events::list_events(database, organization, {}, std::nullopt, newest));
        return std::ranges::any_of(events, [&](const events::KnownEvent& event) {
            return event.source_kind == service && event.received_at > since;
        });
    } catch (const pg::SqlError&) {
        return false;  // events are not set up, or away: it is looked at in time
    }
}

}  // namespace

engine::Services outside_services(const Program& program, const DatabaseServer& server) {
    const auto& settings = program.settings;
    return {
        .credential = [stored = std::make_shared<StoredCredentials>(program, server)](
                          OrganizationId organization,
                          std::string service) { return read_credential(stored, organization, std::move(service)); },
        .heard = [events = pg::Database<events::Database>(server.pool("events", 1))](
                     OrganizationId organization, const std::string& service,
                     Timestamp since) { return has_heard(events, organization, service, since); },
        .guard = guard_of(settings.get(settings::services_networks)),
        .look_pause = std::chrono::milliseconds(settings.get(settings::services_look_milliseconds)),
        .github_url = settings.get(settings::services_github_url),
        .linear_url = settings.get(settings::services_linear_url),
        .codegen_url = settings.get(settings::services_codegen_url),
        .openai_url = settings.get(settings::services_openai_url),
        .anthropic_url = settings.get(settings::services_anthropic_url),
        .codegen_organization = settings.get(settings::services_codegen_organization)};
}

}  // namespace gsdb::app
