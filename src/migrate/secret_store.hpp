#pragma once
// Where generated passwords are kept, and how PostgreSQL is told of them without seeing them.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "crypto/secret.hpp"

namespace gsdb::migrate {

class SecretStore {
  public:
    virtual ~SecretStore() = default;
    /// Nothing when there is no secret of that name.
    virtual std::optional<crypto::Secret> get(std::string_view name) const = 0;
    /// Durable when it returns.
    virtual void put(std::string_view name, const crypto::Secret& secret) = 0;
    virtual void remove(std::string_view name) = 0;
};

/// The files <name>.secret of a folder (crypto/secret_file.hpp). Throws Failure.
class FileSecretStore final : public SecretStore {
  public:
    explicit FileSecretStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

    std::optional<crypto::Secret> get(std::string_view name) const override;
    void put(std::string_view name, const crypto::Secret& secret) override;
    void remove(std::string_view name) override;

  private:
    std::filesystem::path file_of(std::string_view name) const;
    std::filesystem::path folder_;
};

/// 256 random bits as 43 characters that need no quoting anywhere.
crypto::Secret generate_secret();

/// What PostgreSQL stores for a password (SCRAM-SHA-256, RFC 5803). Sent instead of the password, so that it is in no
/// server log. The password is ASCII; the salt is random.
std::string scram_verifier(const crypto::Secret& password, ByteView salt, int iterations = 4096);
std::string scram_verifier(const crypto::Secret& password);

}  // namespace gsdb::migrate
