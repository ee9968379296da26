#include "app/encryption.hpp"

#include "app/database_server.hpp"
#include "settings/declarations.hpp"

namespace gsdb::app {

std::shared_ptr<const crypto::KeyRing> encryption_keys(const Program& program) {
    const std::string given(program.settings.get(settings::encryption_key));
    auto keys = given.empty() ? crypto::KeyRing::open_or_create(home_of(program).secrets() / "encryption.key")
                              : crypto::KeyRing::parse(crypto::Secret(std::string_view{given}), "encryption.key");
    return std::make_shared<const crypto::KeyRing>(value_or_throw(std::move(keys)));
}

identity::Credentials credentials(const Program& program, pg::Pool identity) {
    return {pg::Database<identity::Database>(std::move(identity)), encryption_keys(program)};
}

}  // namespace gsdb::app
