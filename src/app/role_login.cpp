#include "app/role_login.hpp"

#include "migrate/secret_store.hpp"

namespace gsdb::app {

pg::ConnectOptions as_role(pg::ConnectOptions administrator, std::string_view role, const cluster::Home* passwords) {
    administrator.user = role;
    if (passwords)
        if (auto secret = migrate::FileSecretStore(passwords->secrets()).get(role))
            administrator.password = secret->reveal();
    return administrator;
}

}  // namespace gsdb::app
