#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>
#include <type_traits>

#include "crypto/api_key.hpp"
#include "crypto/digest.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/secret_file.hpp"

namespace gsdb::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string hex(const Digest& digest) {
    return to_hex(digest);
}
Bytes repeated(std::uint8_t byte, std::size_t count) {
    return Bytes(count, byte);
}

// FIPS 180-4's examples: 4 vectors.
TEST(Sha256, PublishedVectors) {
    auto hash = [](std::string_view text) { return hex(sha256(as_bytes(text))); };
    EXPECT_EQ(hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(hash(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

// RFC 4231: 7 vectors; the fifth is published truncated to 128 bits.
TEST(HmacSha256, PublishedVectors) {
    auto mac = [](const Bytes& key, std::string_view message) { return hex(hmac_sha256(key, as_bytes(message))); };
    auto bytes = [](std::string_view text) { return Bytes(text.begin(), text.end()); };
    EXPECT_EQ(mac(repeated(0x0b, 20), "Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(mac(bytes("Jefe"), "what do ya want for nothing?"),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(mac(repeated(0xaa, 20), std::string(50, '\xdd')),
              "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    EXPECT_EQ(mac(*from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819"), std::string(50, '\xcd')),
              "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    EXPECT_EQ(mac(repeated(0x0c, 20), "Test With Truncation").substr(0, 32), "a3b6167473100ee06e0c796c2955552b");
    EXPECT_EQ(mac(repeated(0xaa, 131), "Test Using Larger Than Block-Size Key - Hash Key First"),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    EXPECT_EQ(
        mac(repeated(0xaa, 131),
            "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
            "hashed before being used by the HMAC algorithm."),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// draft-irtf-cfrg-xchacha-03, A.3.1: 1 vector.
TEST(XChaCha20Poly1305, PublishedVector) {
    auto key = *from_hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    auto nonce = *from_hex("404142434445464748494a4b4c4d4e4f5051525354555657");
    std::string_view plain =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would "
        "be it.";
    EXPECT_EQ(to_hex(encrypt_xchacha20poly1305(key, nonce, *from_hex("50515253c0c1c2c3c4c5c6c7"), as_bytes(plain))),
              "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
              "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
              "21f9664c97637da9768812f615c68b13b52e"
              "c0875924c1c7987947deafd8780acf49");
}

TEST(ConstantTime, ComparesContentAndSize) {
    EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
    EXPECT_TRUE(equal_in_constant_time({}, {}));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
}

template <class T>
concept Streamable = requires(std::ostream& stream, const T& value) { stream << value; };

TEST(SecretText, NeverPrints) {
    static_assert(!Streamable<Secret>);
    static_assert(!std::is_copy_constructible_v<Secret> && !std::is_convertible_v<std::string, Secret>);
    Secret secret("hunter2");
    EXPECT_EQ(fmt::format("{} {:>5}", secret, secret), "***   ***");
    EXPECT_THAT(testing::PrintToString(secret), Not(HasSubstr("hunter2")));
}

TEST(SecretText, MovesWithoutLeavingACopy) {
    Secret first("hunter2");
    const char* at = first.reveal().data();
    Secret second(std::move(first));
    EXPECT_EQ(second.reveal().data(), at) << "moved by pointer, whatever its size";
    EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is what is tested
    first = second.copy();
    EXPECT_TRUE(first == second);
    EXPECT_FALSE(first == Secret("hunter3"));
}

class CryptoFiles : public testing::Test {
  protected:
    void SetUp() override {
        auto pattern = (std::filesystem::path(testing::TempDir()) / "crypto_XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path path(std::string_view name = "secrets/encryption.key") const { return folder_ / name; }
    static unsigned mode(const std::filesystem::path& path) {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 0777;
    }

    std::filesystem::path folder_;
};

TEST_F(CryptoFiles, SecretFileIsPrivateAndWhole) {
    ASSERT_TRUE(create_secret_file(path(), Secret("one")));
    EXPECT_EQ(mode(path()), 0600);
    EXPECT_EQ(mode(path().parent_path()), 0700);
    EXPECT_EQ(read_secret_file(path())->reveal(), "one");
    EXPECT_EQ(create_secret_file(path(), Secret("two")).error().code, "crypto.secret_file_exists");
    EXPECT_EQ(read_secret_file(path())->reveal(), "one");
    ASSERT_TRUE(replace_secret_file(path(), Secret("two")));
    EXPECT_EQ(mode(path()), 0600);
    EXPECT_EQ(read_secret_file(path())->reveal(), "two");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(path().parent_path()), {}), 1) << "nothing left over";
}

TEST_F(CryptoFiles, RefusesAFileThatOthersCouldHaveRead) {
    ASSERT_TRUE(create_secret_file(path(), Secret("one")));
    for (auto exposed : {0640U, 0604U, 0620U, 0602U, 0666U}) {
        ::chmod(path().c_str(), exposed);
        auto refused = read_secret_file(path());
        ASSERT_FALSE(refused) << exposed;
        EXPECT_EQ(refused.error().code, "crypto.secret_file_exposed");
        EXPECT_THAT(refused.error().hint, HasSubstr("chmod 600"));
    }
}

TEST_F(CryptoFiles, RefusesWhatIsNoFile) {
    EXPECT_EQ(read_secret_file(path()).error().code, "crypto.secret_file_missing");
    EXPECT_EQ(read_secret_file(folder_).error().code, "crypto.secret_file_unreadable");
    ASSERT_TRUE(create_secret_file(path("real"), Secret("one")));
    std::filesystem::create_symlink(path("real"), path("link"));
    EXPECT_THAT(read_secret_file(path("link")).error().detail, HasSubstr("symbolic link"));
    ASSERT_TRUE(create_secret_file(path("large"), Secret(std::string(64 * 1024 + 1, 'x'))));
    EXPECT_THAT(read_secret_file(path("large")).error().message, HasSubstr("larger than 64 KiB"));
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(read_secret_file(path("pipe")).error().code, "crypto.secret_file_unreadable")
        << "and does not wait for a writer";
    std::ofstream(path("file"));
    EXPECT_EQ(create_secret_file(path("file/below"), Secret("x")).error().code, "crypto.secret_file_unwritable");
}

TEST_F(CryptoFiles, KeyFileIsMadeOnceEvenByManyAtOnce) {
    std::vector<std::string> ids(8);
    {
        std::vector<std::jthread> threads;
        for (auto& id : ids) threads.emplace_back([&] { id = KeyRing::open_or_create(path())->active_key_id(); });
    }
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 1);
    EXPECT_EQ(mode(path()), 0600);
}

TEST_F(CryptoFiles, RotationKeepsOldKeysUntilTheyAreRetired) {
    auto before = *KeyRing::open_or_create(path());
    auto sealed = before.seal(Secret("token"), {"a"});
    auto after = *add_key_to_file(path());
    EXPECT_NE(after.active_key_id(), before.active_key_id());
    EXPECT_EQ(KeyRing::open_or_create(path())->key_ids(), after.key_ids());
    EXPECT_EQ(after.open(sealed, {"a"})->reveal(), "token");
    EXPECT_EQ(retire_keys_of_file(path(), {before.active_key_id()})->key_ids(), after.key_ids());
    auto retired = *retire_keys_of_file(path(), {});
    EXPECT_EQ(retired.key_ids(), std::vector{after.active_key_id()});
    auto refused = retired.open(sealed, {"a"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "crypto.unknown_key");
    EXPECT_THAT(refused.error().message, HasSubstr(before.active_key_id()));
}

constexpr std::string_view key_a = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr std::string_view key_b = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

KeyRing ring_of(std::string_view text) {
    return value_or_throw(KeyRing::parse(Secret(text), "the test"));
}

TEST(KeyRings, AreReadFromLinesOrCommas) {
    auto lines = ring_of("# comment, with a comma\n" + std::string(key_a) + "\r\n\n  " + std::string(key_b) + "  \n");
    EXPECT_EQ(lines.key_ids().size(), 2);
    EXPECT_EQ(lines.key_ids(), ring_of(std::string(key_a) + "," + std::string(key_b)).key_ids());
    EXPECT_EQ(lines.active_key_id(), ring_of(key_a).active_key_id());
    EXPECT_EQ(ring_of(std::string(key_a) + "," + std::string(key_a)).key_ids().size(), 1);
    EXPECT_EQ(ring_of(lines.to_text().reveal()).key_ids(), lines.key_ids());
}

TEST(KeyRings, FaultsNameTheSourceAndNotTheKey) {
    auto fault = [](std::string_view text) { return KeyRing::parse(Secret(text), "GSDB_ENCRYPTION_KEY").error(); };
    EXPECT_THAT(fault("").message, HasSubstr("no key in GSDB_ENCRYPTION_KEY"));
    EXPECT_THAT(fault("  \n# nothing\n").message, HasSubstr("no key in"));
    for (auto text :
         {"c0ffee", "my secret pass phrase", "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}) {
        auto error = fault(text);
        EXPECT_EQ(error.code, "crypto.bad_key");
        EXPECT_THAT(error.message + error.detail + error.hint, Not(HasSubstr(text)));
        EXPECT_THAT(error.hint, HasSubstr("openssl rand -hex 32"));
    }
}

TEST(Sealing, RoundTripsWhateverTheSize) {
    auto ring = ring_of(key_a);
    for (std::size_t size : {0UZ, 1UZ, 63UZ, 64UZ, 65UZ, 65536UZ}) {
        Secret secret(std::string(size, 'x'));
        auto sealed = ring.seal(secret, {"organization", "credential", "name"});
        EXPECT_EQ(sealed.ciphertext.size(), size + 16);
        EXPECT_TRUE(*ring.open(sealed, {"organization", "credential", "name"}) == secret);
    }
    EXPECT_NE(ring.seal(Secret("a"), {}).nonce, ring.seal(Secret("a"), {}).nonce);
}

TEST(Sealing, AnyChangedBitIsNoticed) {
    auto ring = ring_of(key_a);
    auto sealed = ring.seal(Secret("the token of a code host"), {"o", "c", "n"});
    auto expect_refused = [&](const Sealed& changed) {
        auto opened = ring.open(changed, {"o", "c", "n"});
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().code, "crypto.unsealable");
    };
    for (auto member : {&Sealed::nonce, &Sealed::ciphertext})
        for (std::size_t i = 0; i < (sealed.*member).size(); ++i)
            for (int bit = 0; bit < 8; ++bit) {
                auto changed = sealed;
                (changed.*member)[i] ^= static_cast<std::uint8_t>(1 << bit);
                expect_refused(changed);
            }
    for (std::size_t size = 0; size < sealed.ciphertext.size(); ++size) {
        auto cut = sealed;
        cut.ciphertext.resize(size);
        expect_refused(cut);
    }
    auto short_nonce = sealed;
    short_nonce.nonce.pop_back();
    expect_refused(short_nonce);
    auto longer = sealed;
    longer.ciphertext.push_back(0);
    expect_refused(longer);
}

TEST(Sealing, ACiphertextDoesNotOpenInAnotherPlaceOrUnderAnotherKey) {
    auto both = ring_of(std::string(key_a) + "," + std::string(key_b));
    auto sealed = both.seal(Secret("token"), {"ab", "c"});
    EXPECT_TRUE(both.open(sealed, {"ab", "c"}));
    EXPECT_FALSE(both.open(sealed, {"a", "bc"}));
    EXPECT_FALSE(both.open(sealed, {"abc"}));
    EXPECT_FALSE(both.open(sealed, {"ab", "c", ""}));
    EXPECT_FALSE(both.open(sealed, {}));
    auto renamed = sealed;
    renamed.key_id = ring_of(key_b).active_key_id();
    EXPECT_EQ(both.open(renamed, {"ab", "c"}).error().code, "crypto.unsealable");
}

TEST(ApiKeys, HaveAFormThatIsRecognised) {
    auto key = ApiKey::make();
    EXPECT_THAT(std::string(key.text().reveal()), testing::MatchesRegex("gsdb_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}"));
    EXPECT_EQ(key.prefix(), key.text().reveal().substr(0, 13));
    auto parsed = ApiKey::parse(key.text().reveal());
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->prefix(), key.prefix());
    EXPECT_EQ(parsed->hash(), sha256(key.text().reveal_bytes()));
    EXPECT_FALSE(ApiKey::make().text() == key.text());
}

TEST(ApiKeys, EveryChangedCharacterIsNoticed) {
    std::string text(ApiKey::make().text().reveal());
    for (std::size_t i = 0; i < text.size(); ++i)
        for (char other : {'0', 'a', 'Z', '_', '-', ' ', '\0'}) {
            auto changed = text;
            changed[i] = other;
            if (changed != text) EXPECT_FALSE(ApiKey::parse(changed)) << i << " " << other;
        }
    for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(ApiKey::parse(text.substr(0, size)));
    EXPECT_FALSE(ApiKey::parse(text + "0"));
}

}  // namespace
}  // namespace gsdb::crypto
