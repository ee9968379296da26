#include "modules/codebase/source/blob_id.hpp"

#include <gtest/gtest.h>

namespace gsdb::codebase::source {
namespace {

// What `git hash-object --stdin` prints, in repositories of either object format.
TEST(BlobId, EqualsGits) {
    EXPECT_EQ(to_string(hash_blob({})), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    EXPECT_EQ(to_string(hash_blob(as_bytes("hello\n"))), "ce013625030ba8dba906f756967f9e9ca394464a");
    EXPECT_EQ(to_string(hash_blob({}, HashAlgorithm::sha256)),
              "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813");
    EXPECT_EQ(to_string(hash_blob(as_bytes("hello\n"), HashAlgorithm::sha256)),
              "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4");
}

TEST(BlobId, IsTheSameInPieces) {
    Bytes bytes(100'000);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    for (auto algorithm : {HashAlgorithm::sha1, HashAlgorithm::sha256}) {
        BlobHasher hasher(algorithm, bytes.size());
        for (std::size_t at = 0; at < bytes.size();) {
            const auto length = std::min<std::size_t>(1 + at % 977, bytes.size() - at);
            hasher.update(ByteView(bytes).subspan(at, length));
            at += length;
        }
        EXPECT_EQ(hasher.finish(), hash_blob(bytes, algorithm));
    }
}

TEST(ObjectId, ParsesFortyOrSixtyFourDigits) {
    const std::string sha1 = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    ASSERT_TRUE(ObjectId::parse(sha1));
    EXPECT_EQ(to_string(*ObjectId::parse(sha1)), sha1);
    EXPECT_EQ(ObjectId::parse(std::string(64, 'a'))->algorithm, HashAlgorithm::sha256);
    for (const auto& bad : {std::string(), sha1.substr(1), sha1 + "0", std::string(40, 'g'), std::string(63, 'a')}) {
        EXPECT_FALSE(ObjectId::parse(bad)) << bad;
    }
    EXPECT_TRUE(ObjectId{}.is_null());
    EXPECT_FALSE(ObjectId::parse(sha1)->is_null());
}

}  // namespace
}  // namespace gsdb::codebase::source
