#include "modules/codebase/source/path.hpp"

#include <gtest/gtest.h>

#include <random>

#include "base/utf8.hpp"

namespace gsdb::codebase::source {
namespace {

using namespace std::string_literals;

TEST(DisplayPath, LeavesOrdinaryNamesAlone) {
    for (auto path : {"src/main.cpp", "a b/c", "für/日本語.py", "🦀.rs", "%20", "'\"", ""})
        EXPECT_EQ(display_path(path), path);
}

TEST(DisplayPath, EscapesWhatCannotBeShown) {
    EXPECT_EQ(display_path("caf\xE9.c"), "caf\\xe9.c");
    EXPECT_EQ(display_path("a\\b"), "a\\\\b");
    EXPECT_EQ(display_path("line\nbreak\t\x7F"), "line\\x0abreak\\x09\\x7f");
    EXPECT_EQ(display_path("\xC2\x9B"), "\\xc2\\x9b") << "a C1 control starts terminal sequences";
    EXPECT_EQ(display_path("x\xE2\x80\xAEgpj.exe"), "x\\xe2\\x80\\xaegpj.exe") << "shows as exe.jpg otherwise";
    EXPECT_EQ(display_path("\xED\xA0\x80"), "\\xed\\xa0\\x80") << "a surrogate is no UTF-8";
    EXPECT_EQ(display_path("\xC0\xAF"), "\\xc0\\xaf") << "an overlong slash is no UTF-8";
}

TEST(DisplayPath, ComesBackByteForByte) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string alphabet = "a\\x0/\xC3\xA9\xE2\x80\xAE\xFF\x01"s;
    for (int round = 0; round < 20'000; ++round) {
        std::string path;
        for (auto length = random() % 12; length > 0; --length) {
            path += random() % 4 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
        }
        const auto shown = display_path(path);
        EXPECT_TRUE(is_valid_utf8(shown));
        ASSERT_EQ(path_of_display(shown), path) << shown;
    }
}

TEST(DisplayPath, RefusesTextThatNoPathIsShownAs) {
    for (auto text : {"\\", "\\y", "\\x4", "\\xg0", "\\x41", "\\xE9", "caf\xE9"})
        EXPECT_FALSE(path_of_display(text)) << text;
}

}  // namespace
}  // namespace gsdb::codebase::source
