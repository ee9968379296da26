#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace gsdb {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, BeginningEndsAtTheEndOfACharacter) {
    EXPECT_EQ(utf8_beginning("ab\xC3\xA4", 4), "ab\xC3\xA4");
    EXPECT_EQ(utf8_beginning("ab\xC3\xA4", 3), "ab");
    EXPECT_EQ(utf8_beginning("\xF0\x9F\x98\x80x", 3), "");
    EXPECT_EQ(utf8_beginning("", 0), "");
}

TEST(Utf8, WhatIsNoCharacterIsReplacedByteByByte) {
    EXPECT_EQ(printable_utf8("plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80\t"),
              "plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80\t");
    EXPECT_EQ(printable_utf8("a\0b"sv),
              "a\xEF\xBF\xBD"
              "b");
    // A continuation alone, an overlong form, a surrogate, beyond the last character, a character that is cut.
    for (auto bad : {"\x80"sv, "\xC0"sv, "\xF5"sv, "\xFF"sv, "\xC3"sv}) EXPECT_EQ(printable_utf8(bad), "\xEF\xBF\xBD");
    for (auto bad : {"\xC0\xAF"sv, "\xE2\x82"sv}) EXPECT_EQ(printable_utf8(bad), "\xEF\xBF\xBD\xEF\xBF\xBD");
    for (auto bad : {"\xE0\x80\xAF"sv, "\xED\xA0\x80"sv})
        EXPECT_EQ(printable_utf8(bad), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace gsdb
