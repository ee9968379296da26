#include "backup/archive_file.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "backup/log_archive.hpp"

namespace gsdb::backup {
namespace {

namespace fs = std::filesystem;

class ArchiveFile : public testing::Test {
  protected:
    ArchiveFile() { fs::create_directories(folder_); }
    ~ArchiveFile() override { fs::remove_all(folder_); }

    Bytes some_bytes(std::size_t count) {
        Bytes bytes(count);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_() % 16);
        return bytes;
    }
    FileFacts write(const fs::path& path, const Bytes& content, const FileForm& form) {
        fs::remove(path);
        ArchiveWriter writer(path, form);
        writer.write(ByteView(content).first(content.size() / 3));
        writer.write(ByteView(content).subspan(content.size() / 3));
        return writer.finish();
    }
    static Bytes read(const fs::path& path, const FileForm& form) {
        ArchiveReader reader(path, form);
        Bytes all, room(1000);
        while (const auto count = reader.read(room))
            all.insert(all.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(count));
        return all;
    }
    static std::string code_of(const std::function<void()>& act) {
        try {
            act();
        } catch (const Failure& failure) {
            return failure.error().code;
        }
        return "";
    }

    fs::path folder_ = fs::temp_directory_path() / ("gsdb-archive-" + std::to_string(getpid()));
    fs::path file_ = folder_ / "a.dump.zst";
    crypto::KeyRing keys_ = value_or_throw(crypto::KeyRing::parse(crypto::Secret(std::string(64, 'a')), "test"));
    std::mt19937 random_{1};
};

TEST_F(ArchiveFile, gives_back_what_it_took_whatever_its_size) {
    for (const crypto::KeyRing* keys :
         {static_cast<const crypto::KeyRing*>(nullptr), static_cast<const crypto::KeyRing*>(&keys_)})
        for (auto compression : {Compression::none, Compression::zstd})
            for (std::size_t size : {0UL, 1UL, 65535UL, 65536UL, 65537UL, 131072UL, 1'000'000UL}) {
                const FileForm form{.compression = compression, .keys = keys, .backup_id = "id"};
                const auto content = some_bytes(size);
                const auto facts = write(file_, content, form);
                EXPECT_EQ(facts, facts_of_file(file_)) << size;
                EXPECT_EQ(read(file_, form), content) << size;
            }
}

TEST_F(ArchiveFile, never_takes_the_place_of_another) {
    write(file_, {1}, {.backup_id = {}});
    EXPECT_EQ(code_of([&] { ArchiveWriter(file_, {.backup_id = {}}); }), "backup.not_writable");
}

TEST_F(ArchiveFile, notices_an_end_that_is_missing_or_was_added) {
    for (const crypto::KeyRing* keys :
         {static_cast<const crypto::KeyRing*>(nullptr), static_cast<const crypto::KeyRing*>(&keys_)}) {
        const FileForm form{.keys = keys, .backup_id = "id"};
        const auto whole = write(file_, some_bytes(300'000), form).bytes;
        for (std::int64_t cut : {1L, 17L, whole / 2}) {
            write(file_, some_bytes(300'000), form);
            fs::resize_file(file_, static_cast<std::uintmax_t>(whole - cut));
            EXPECT_EQ(code_of([&] { read(file_, form); }), "backup.damaged") << cut;
        }
        write(file_, some_bytes(300'000), form);
        std::ofstream(file_, std::ios::app | std::ios::binary) << "more";
        EXPECT_EQ(code_of([&] { read(file_, form); }), "backup.damaged");
    }
}

TEST_F(ArchiveFile, opens_only_with_its_key_under_its_name_and_in_its_backup) {
    const FileForm form{.keys = &keys_, .backup_id = "id"};
    write(file_, some_bytes(1000), form);
    EXPECT_EQ(code_of([&] { read(file_, {.backup_id = "id"}); }), "backup.key_needed");
    EXPECT_EQ(code_of([&] { read(file_, {.keys = &keys_, .backup_id = "other"}); }), "backup.damaged");
    const auto wrong = value_or_throw(crypto::KeyRing::parse(crypto::Secret(std::string(64, 'b')), "test"));
    EXPECT_EQ(code_of([&] { read(file_, {.keys = &wrong, .backup_id = "id"}); }), "backup.wrong_key");
    const auto newer = keys_.with_new_key();
    EXPECT_EQ(read(file_, {.keys = &newer, .backup_id = "id"}).size(), 1000U) << "an older key of the ring opens it";
    fs::rename(file_, folder_ / "b.dump.zst");
    EXPECT_EQ(code_of([&] { read(folder_ / "b.dump.zst", form); }), "backup.damaged");
}

TEST(LogPosition, reads_what_postgresql_prints) {
    EXPECT_EQ(LogPosition::parse("0/1A2B3C4")->value, 0x1A2B3C4U);
    EXPECT_EQ(LogPosition::parse("1F/0")->value, 0x1F00000000U);
    for (auto bad : {"", "/", "0", "0/", "/0", "0/G", "0/1/2", "0/123456789"})
        EXPECT_FALSE(LogPosition::parse(bad)) << bad;
}

}  // namespace
}  // namespace gsdb::backup
