#pragma once
// Ids that are a function of what they stand for.

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string_view>
#include <type_traits>

#include "base/uuid.hpp"

namespace gsdb::codebase {

/// SHA-256 of numbers and texts, one after the other, as a version 8 UUID.
class Digest {
  public:
    Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
    template <class T>
        requires std::is_trivially_copyable_v<T>
    void add(const T& value) {
        EVP_DigestUpdate(context_.get(), &value, sizeof value);
    }
    void add_text(std::string_view text) {
        add(text.size());
        EVP_DigestUpdate(context_.get(), text.data(), text.size());
    }
    Uuid finish() {
        std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest;
        EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
        return Uuid::v8(digest);
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace gsdb::codebase
