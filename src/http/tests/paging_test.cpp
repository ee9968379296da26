#include "http/paging.hpp"

#include <gtest/gtest.h>

#include "http/error.hpp"

namespace gsdb::http {
namespace {

Page page_of(std::vector<QueryParameter> parameters, std::size_t key_parts = 2) {
    Request request;
    request.query_parameters = parameters;
    return read_page(request, key_parts);
}

TEST(Paging, ACursorComesBackAsItsKeyWhateverTheBytes) {
    std::vector<std::string> key{"a/ü b\\x00\"'", "", "12"};
    EXPECT_EQ(decode_cursor(encode_cursor(key)), key);
}

TEST(Paging, TheFirstPageHasNoKeyAndTheDefaultSize) {
    auto page = page_of({});
    EXPECT_EQ(page.size, page_size_default);
    EXPECT_TRUE(page.after.empty());
}

TEST(Paging, RefusesALimitOutOfBounds) {
    for (auto text : {"0", "-1", "1001", "ten", "1x", ""}) EXPECT_THROW(page_of({{"limit", text}}), Refusal) << text;
    EXPECT_EQ(page_of({{"limit", "1000"}}).size, 1000);
}

TEST(Paging, RefusesACursorItDidNotGiveOut) {
    for (auto text : {std::string("?"), std::string("eyJhIjoxfQ"), encode_cursor({"only one"})})
        EXPECT_THROW(page_of({{"cursor", text}}), Refusal) << text;
}

}  // namespace
}  // namespace gsdb::http
