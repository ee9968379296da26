#include "modules/events/line_file.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/error.hpp"

namespace gsdb::events {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LineFile : public testing::Test {
  protected:
    LineFile() { std::filesystem::create_directory(folder_); }
    ~LineFile() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    std::string write(const std::string& name, std::string_view content) const {
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }
    std::string content(const std::string& name) const {
        std::ifstream file(path(name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static std::vector<std::string> read(const std::string& file) {
        LineReader reader(file);
        std::vector<std::string> lines;
        while (const auto line = reader.next()) lines.emplace_back(*line);
        return lines;
    }
    static std::string code_of(auto&& action) {
        try {
            action();
        } catch (const Failure& failure) {
            return failure.error().code;
        }
        return "";
    }

  private:
    std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("gsdb-lines-" + std::to_string(getpid()));
};

TEST_F(LineFile, GivesLinesWhateverTheyEndWith) {
    EXPECT_THAT(read(write("a", "one\ntwo\r\n\nlast")), ElementsAre("one", "two", "", "last"));
    EXPECT_THAT(read(write("b", "one\n")), ElementsAre("one"));
    EXPECT_THAT(read(write("c", "")), IsEmpty());
}

TEST_F(LineFile, ReadsBackWhatItWritesInEveryCompression) {
    std::vector<std::string> lines;
    std::mt19937 random{20261127};
    for (int i = 0; i < 20'000; ++i)
        lines.push_back("line " + std::to_string(random()) + std::string(random() % 200, 'x'));
    for (const auto* name : {"plain.jsonl", "a.jsonl.gz", "a.jsonl.zst"}) {
        {
            LineWriter writer(path(name), compression_of_name(name));
            for (const auto& line : lines) writer.write(line);
            EXPECT_FALSE(std::filesystem::exists(path(name))) << "not before it is complete";
            writer.finish();
        }
        EXPECT_EQ(read(path(name)), lines) << name;
    }
    EXPECT_LT(std::filesystem::file_size(path("a.jsonl.zst")), std::filesystem::file_size(path("plain.jsonl")) / 3);
}

TEST_F(LineFile, ReadsSeveralCompressedFilesOneAfterTheOther) {
    for (const auto* name : {"x.gz", "x.zst"}) {
        LineWriter writer(path(name), compression_of_name(name));
        writer.write("part");
        writer.finish();
        const auto one = content(name);
        EXPECT_THAT(read(write("two", one + one)), ElementsAre("part", "part")) << name;
    }
}

TEST_F(LineFile, NamesWhatIsWrongWithAFile) {
    EXPECT_EQ(code_of([&] { read(path("none")); }), "file.not_readable");
    EXPECT_EQ(code_of([&] { read(path("")); }), "file.not_readable") << "a folder";
    EXPECT_EQ(code_of([&] { LineWriter(path("none/x"), Compression::none); }), "file.not_writable");
    for (const auto* name : {"x.gz", "x.zst"}) {
        LineWriter writer(path(name), compression_of_name(name));
        for (int i = 0; i < 1000; ++i) writer.write(std::to_string(i * 7919));
        writer.finish();
        auto bytes = content(name);
        EXPECT_EQ(code_of([&] { read(write("cut", bytes.substr(0, bytes.size() / 2))); }), "file.damaged") << name;
        for (auto i = bytes.size() / 2; i < bytes.size() / 2 + 20; ++i) bytes[i] = '\x55';
        EXPECT_EQ(code_of([&] { read(write("wrong", bytes)); }), "file.damaged") << name;
    }
}

TEST_F(LineFile, RefusesALineThatWouldFillTheMemory) {
    LineWriter writer(path("bomb.zst"), Compression::zstd);
    writer.write(std::string(100 << 20, 'a'));
    writer.finish();
    EXPECT_EQ(code_of([&] { read(path("bomb.zst")); }), "file.line_too_long");
}

}  // namespace
}  // namespace gsdb::events
