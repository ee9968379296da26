#pragma once
// A self-signed certificate in a folder of its own, until destroyed.

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "http/server.hpp"

namespace gsdb::http {

class TestCertificate {
  public:
    /// `names` as OpenSSL has subject alternative names: "DNS:localhost,IP:127.0.0.1".
    explicit TestCertificate(const char* names = "DNS:localhost", long valid_seconds = 3600) {
        std::string name = (std::filesystem::temp_directory_path() / "gsdb-tls.XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        write(names, valid_seconds);
    }
    ~TestCertificate() { std::filesystem::remove_all(folder_); }
    TestCertificate(const TestCertificate&) = delete;
    TestCertificate& operator=(const TestCertificate&) = delete;

    /// Replaces the files by those of another key.
    void write(const char* names, long valid_seconds = 3600) const {
        std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
        X509_set_version(certificate.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), valid_seconds);
        X509_set_pubkey(certificate.get(), key.get());
        auto* subject = X509_get_subject_name(certificate.get());
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                                   0);
        X509_set_issuer_name(certificate.get(), subject);
        std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names), X509_EXTENSION_free);
        X509_add_ext(certificate.get(), extension.get(), -1);
        X509_sign(certificate.get(), key.get(), EVP_sha256());
        with_file(files().certificate, [&](FILE* file) { PEM_write_X509(file, certificate.get()); });
        with_file(files().private_key,
                  [&](FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    }

    TlsFiles files() const { return {(folder_ / "cert.pem").string(), (folder_ / "key.pem").string()}; }
    std::filesystem::path folder() const { return folder_; }

  private:
    template <class Write>
    static void with_file(const std::string& path, Write write) {
        auto* file = std::fopen(path.c_str(), "w");
        write(file);
        std::fclose(file);
    }

    std::filesystem::path folder_;
};

}  // namespace gsdb::http
