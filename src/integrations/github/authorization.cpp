#include "integrations/github/authorization.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <boost/json.hpp>
#include <mutex>
#include <optional>

#include "base/base64.hpp"
#include "base/moment.hpp"
#include "http/message.hpp"
#include "integrations/github/reading.hpp"

namespace gsdb::github {

namespace json = boost::json;
using web_service::Headers;

namespace {

constexpr std::chrono::minutes margin{5};          // of a token's hour, for calls under way and clocks that differ
constexpr std::chrono::seconds clock_lag{60};      // GitHub refuses what is signed in its future
constexpr std::chrono::minutes signature_time{8};  // GitHub takes up to ten

Headers bearer(std::string_view token) {
    return {{"Authorization", fmt::format("Bearer {}", token)}};
}

/// An RSA key that signs as RS256 (RFC 7518, 3.3).
class SigningKey {
  public:
    explicit SigningKey(const crypto::Secret& pem) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> text(
            BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.size())), BIO_free);
        // Without a callback OpenSSL would ask the terminal for the password of an encrypted key.
        const auto no_password = [](char*, int, int, void*) { return 0; };
        key_.reset(PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
        if (!key_ || EVP_PKEY_base_id(key_.get()) != EVP_PKEY_RSA)
            throw Failure({.code = "github.app_key_invalid",
                           .message = "the key of the GitHub App is no RSA private key in PEM without a password",
                           .detail = {},
                           .hint = "make a private key on the page of the App and give the file that GitHub sends"});
    }

    std::string sign(std::string_view text) const {
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        const auto bytes = as_bytes(text);
        std::size_t size = static_cast<std::size_t>(EVP_PKEY_size(key_.get()));
        std::string signature(size, '\0');
        if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
            EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes.data(),
                           bytes.size()) != 1)
            throw std::bad_alloc();  // a key that was read can sign
        signature.resize(size);
        return signature;
    }

  private:
    struct Free {
        void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    };
    std::unique_ptr<EVP_PKEY, Free> key_;
};

/// Tokens of an App's installation on one repository.
class Installation {
  public:
    Installation(App app, Service service, RepositoryName repository, std::shared_ptr<const Clock> clock)
        : app_id_(std::move(app.id)),
          key_(app.private_key),
          repository_(std::move(repository)),
          clock_(std::move(clock)),
          service_(options_of(std::move(service), [this]() { return signed_claim(); })) {}

    static Task<Headers> headers(std::shared_ptr<Installation> self) {
        if (auto kept = self->kept_headers()) co_return std::move(*kept);
        const auto found = co_await self->find();
        const auto asked = co_await self->service_.call(
            {.method = http::Method::post,
             .path = fmt::format("/app/installations/{}/access_tokens", found),
             .body = json::object{{"repositories", json::array{self->repository_.name}}},
             .type = "access_token.create",
             .is_repeatable = true});  // one token too many is forgotten and ends by itself
        co_return self->keep(asked.body);
    }

    bool forget() {
        const std::lock_guard lock(mutex_);
        token_ = crypto::Secret();
        return true;
    }

  private:
    Task<Headers> signed_claim() const {
        const auto seconds = [](Timestamp moment) {
            return std::chrono::duration_cast<std::chrono::seconds>(moment.time_since_epoch()).count();
        };
        const auto now = clock_->now();
        const auto claims = json::serialize(
            json::object{{"iat", seconds(now - clock_lag)}, {"exp", seconds(now + signature_time)}, {"iss", app_id_}});
        const auto text = to_base64_url(R"({"alg":"RS256","typ":"JWT"})") + "." + to_base64_url(claims);
        co_return bearer(text + "." + to_base64_url(key_.sign(text)));
    }

    /// Its number. Asked for each time: who installs the App anew gets another one.
    Task<std::int64_t> find() const {
        try {
            const auto answer = co_await service_.call(
                {.path = fmt::format("/repos/{}/installation", repository_.full()), .type = "installation.get"});
            co_return Document(answer.body).number("id");
        } catch (const web_service::CallFailed& failure) {
            if (failure.outcome() != web_service::Outcome::not_found) throw;
            auto error = failure.error();
            error.hint = fmt::format("install the GitHub App on {}", repository_.full());
            throw web_service::CallFailed(std::move(error), failure.outcome(), failure.status(), {});
        }
    }

    std::optional<Headers> kept_headers() {
        const std::lock_guard lock(mutex_);
        if (token_.empty() || clock_->now() + margin >= ends_at_) return std::nullopt;
        return bearer(token_.reveal());
    }

    Headers keep(const json::value& answer) {
        const Document document(answer);
        const auto token = document.text("token");
        const auto ends_at = parse_moment(document.text("expires_at"));
        if (!ends_at) throw_unreadable("the end of an access token is no time");
        const std::lock_guard lock(mutex_);
        token_ = crypto::Secret(token);
        ends_at_ = *ends_at;
        return bearer(token_.reveal());
    }

    std::string app_id_;
    SigningKey key_;
    RepositoryName repository_;
    std::shared_ptr<const Clock> clock_;
    web_service::WebService service_;
    std::mutex mutex_;
    crypto::Secret token_;
    Timestamp ends_at_{};
};

Task<Headers> headers_of(std::shared_ptr<const crypto::Secret> token) {
    co_return bearer(token->reveal());
}

}  // namespace

Authorization with_token(crypto::Secret token) {
    return {
        .authorize = [token = std::make_shared<const crypto::Secret>(std::move(token))] { return headers_of(token); }};
}

Authorization with_app(App app, Service service, RepositoryName repository, std::shared_ptr<const Clock> clock) {
    auto installation =
        std::make_shared<Installation>(std::move(app), std::move(service), std::move(repository), std::move(clock));
    return {.authorize = [installation] { return Installation::headers(installation); },
            .renew = [installation] { return installation->forget(); }};
}

}  // namespace gsdb::github
