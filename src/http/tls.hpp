#pragma once
// TLS contexts. Version 1.2 at least.

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "http/server.hpp"

namespace gsdb::http {

/// Throws Failure http.tls_invalid that names the file and what OpenSSL says of it.
std::shared_ptr<asio::ssl::context> load_server_tls(const TlsFiles& files);

}  // namespace gsdb::http
