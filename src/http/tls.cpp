#include "http/tls.hpp"

#include "base/error.hpp"

namespace gsdb::http {

namespace {

void check(const boost::system::error_code& error, const std::string& what, const std::string& hint) {
    if (!error) return;
    throw Failure({.code = "http.tls_invalid",
                   .message = what,
                   .detail = error.message(),
                   .hint = hint,
                   .exit_code = ExitCode::usage});
}

}  // namespace

std::shared_ptr<asio::ssl::context> load_server_tls(const TlsFiles& files) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    // Clients that renegotiate make the server work for nothing.
    SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    boost::system::error_code error;
    context->use_certificate_chain_file(files.certificate, error);
    check(error, "cannot use the TLS certificate " + files.certificate,
          "Give a readable PEM file with the server's certificate first, then its chain.");
    context->use_private_key_file(files.private_key, asio::ssl::context::pem, error);
    check(error, "cannot use the TLS private key " + files.private_key,
          "Give the readable, unencrypted PEM file of the key that belongs to the certificate.");
    return context;
}

}  // namespace gsdb::http
