#include "migrate/secret_store.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <set>

#include "base/error.hpp"
#include "crypto/digest.hpp"

namespace gsdb::migrate {
namespace {

namespace fs = std::filesystem;

class FileSecrets : public ::testing::Test {
  protected:
    FileSecrets() {
        std::string name = (fs::temp_directory_path() / "gsdb-secrets-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~FileSecrets() override { fs::remove_all(folder_); }
    fs::path folder_;
};

TEST_F(FileSecrets, are_kept_in_private_files) {
    FileSecretStore store(folder_ / "new" / "secrets");
    EXPECT_FALSE(store.get("task_user"));
    store.put("task_user", crypto::Secret("first"));
    store.put("task_user", crypto::Secret("second"));
    EXPECT_EQ(store.get("task_user")->reveal(), "second");
    struct stat status{};
    ASSERT_EQ(::stat((folder_ / "new/secrets/task_user.secret").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600);
    ASSERT_EQ(::stat((folder_ / "new/secrets").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700);
    store.remove("task_user");
    store.remove("task_user");
    EXPECT_FALSE(store.get("task_user"));
}

TEST_F(FileSecrets, that_others_may_read_are_refused) {
    FileSecretStore store(folder_);
    store.put("task_user", crypto::Secret("x"));
    ::chmod((folder_ / "task_user.secret").c_str(), 0644);
    EXPECT_THROW(store.get("task_user"), Failure);
}

TEST_F(FileSecrets, may_be_written_with_an_editor) {
    FileSecretStore store(folder_);
    store.put("graph_sitter_admin", crypto::Secret("typed\r\n"));
    EXPECT_EQ(store.get("graph_sitter_admin")->reveal(), "typed");
}

TEST(GeneratedSecrets, are_long_distinct_and_need_no_quotes) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto secret = generate_secret();
        EXPECT_EQ(secret.size(), 43);
        EXPECT_EQ(secret.reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
                  std::string_view::npos);
        EXPECT_TRUE(seen.insert(std::string(secret.reveal())).second);
    }
}

/// The exchange of RFC 7677, section 3: with the verifier's keys, a server accepts that client's proof and signs so.
TEST(ScramVerifier, fits_the_exchange_of_rfc_7677) {
    const Bytes salt{0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e, 0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};
    const auto verifier = scram_verifier(crypto::Secret("pencil"), salt, 4096);
    EXPECT_EQ(verifier,
              "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
              "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
}

}  // namespace
}  // namespace gsdb::migrate
