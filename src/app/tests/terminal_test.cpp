#include "app/terminal.hpp"

#include <gtest/gtest.h>

namespace gsdb::app {
namespace {

TEST(Format, GroupsDigits) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(1000), "1,000");
    EXPECT_EQ(format_count(-1234567), "-1,234,567");
}

TEST(Format, ScalesBytesByBinaryUnits) {
    EXPECT_EQ(format_bytes(1023), "1023 B");
    EXPECT_EQ(format_bytes(1024), "1.00 KiB");
    EXPECT_EQ(format_bytes(18'245'222), "17.4 MiB");
}

TEST(Format, ScalesSeconds) {
    EXPECT_EQ(format_seconds(0.0421), "0.042 s");
    EXPECT_EQ(format_seconds(12.34), "12.3 s");
    EXPECT_EQ(format_seconds(247), "4 min 07 s");
}

TEST(Bar, IsEmptyAtTheStartFullAtTheEndAndNeverOverflows) {
    EXPECT_EQ(bar_text(0, 10, 4), "[>   ]");
    EXPECT_EQ(bar_text(5, 10, 4), "[==> ]");
    EXPECT_EQ(bar_text(10, 10, 4), "[====]");
    EXPECT_EQ(bar_text(11, 10, 4), "[====]");
    EXPECT_EQ(bar_text(5, 0, 4), "[>   ]");
}

TEST(Table, AlignsFiguresRightAndTextLeftByCharacters) {
    Table table({"language", "files"});
    table.add({"Python", "2,697"});
    table.add({"Çelik", "12"});
    EXPECT_EQ(table.text(), "language  files\nPython    2,697\nÇelik        12\n");
}

}  // namespace
}  // namespace gsdb::app
