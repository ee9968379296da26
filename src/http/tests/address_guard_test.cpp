#include "http/address_guard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/url.hpp"

namespace gsdb::http {
namespace {

std::string judge(std::string_view address) {
    return std::string(special_purpose(asio::ip::make_address(std::string(address))).value_or("public"));
}

struct Judged {
    std::string_view address;
    std::string_view verdict;
};

TEST(AddressGuard, JudgesAddresses) {
    constexpr Judged table[] = {
        {"8.8.8.8", "public"},
        {"1.1.1.1", "public"},
        {"223.255.255.255", "public"},
        {"172.15.255.255", "public"},
        {"172.32.0.0", "public"},
        {"100.63.255.255", "public"},
        {"100.128.0.0", "public"},
        {"0.0.0.0", "this network"},
        {"0.1.2.3", "this network"},
        {"10.0.0.1", "private"},
        {"100.64.0.1", "shared address space"},
        {"100.127.255.255", "shared address space"},
        {"100.100.100.200", "cloud metadata"},
        {"127.0.0.1", "loopback"},
        {"127.255.255.254", "loopback"},
        {"169.254.169.254", "cloud metadata"},
        {"169.254.0.1", "link-local"},
        {"172.16.0.1", "private"},
        {"172.31.255.255", "private"},
        {"192.0.0.1", "protocol assignments"},
        {"192.0.2.1", "documentation"},
        {"192.168.1.1", "private"},
        {"198.19.255.255", "benchmarking"},
        {"198.51.100.1", "documentation"},
        {"203.0.113.1", "documentation"},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "broadcast"},
        {"2606:4700:4700::1111", "public"},
        {"2a00:1450:4001::1", "public"},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"::2", "reserved"},
        {"::ffff:8.8.8.8", "public"},
        {"::ffff:127.0.0.1", "loopback"},
        {"::ffff:169.254.169.254", "cloud metadata"},
        {"::ffff:0:10.0.0.1", "private"},
        {"::127.0.0.1", "loopback"},
        {"::10.0.0.1", "private"},
        {"64:ff9b::8.8.8.8", "public"},
        {"64:ff9b::127.0.0.1", "loopback"},
        {"64:ff9b::a9fe:a9fe", "cloud metadata"},
        {"64:ff9b:1::1", "local NAT64"},
        {"2002:7f00:1::", "loopback"},
        {"2002:a00:1::", "private"},
        {"2002:808:808::", "public"},
        {"2001::1", "Teredo"},
        {"2001:db8::1", "documentation"},
        {"2001:10::1", "protocol assignments"},
        {"100::1", "discard-only"},
        {"fc00::1", "unique local"},
        {"fd00:ec2::254", "cloud metadata"},
        {"fd12:3456::1", "unique local"},
        {"fe80::1", "link-local"},
        {"febf::1", "link-local"},
        {"fec0::1", "site-local"},
        {"ff02::1", "multicast"},
        {"4000::1", "reserved"},
    };
    for (const auto& [address, verdict] : table) {
        EXPECT_EQ(judge(address), verdict) << address;
    }
}

TEST(AddressGuard, LetsTheNetworksPassThatAreAllowed) {
    auto network = [](std::string_view text) { return Network::parse(text).value(); };
    AddressGuard guard({network("10.1.0.0/16"), network("127.0.0.1"), network("fd00::/8")});
    auto refusal = [&](std::string_view address) {
        return std::string(guard.refusal(asio::ip::make_address(std::string(address))).value_or("passes"));
    };
    EXPECT_EQ(refusal("10.1.255.1"), "passes");
    EXPECT_EQ(refusal("10.2.0.1"), "private");
    EXPECT_EQ(refusal("::ffff:10.1.0.1"), "passes");
    EXPECT_EQ(refusal("127.0.0.1"), "passes");
    EXPECT_EQ(refusal("127.0.0.2"), "loopback");
    EXPECT_EQ(refusal("fd00::1"), "passes");
    EXPECT_EQ(refusal("fe80::1"), "link-local");
    EXPECT_EQ(refusal("9.9.9.9"), "passes");
    EXPECT_TRUE(network("0.0.0.0/0").contains(asio::ip::make_address("1.2.3.4")));
    EXPECT_FALSE(network("0.0.0.0/0").contains(asio::ip::make_address("::1")));
}

TEST(Network, RefusesWhatIsNone) {
    for (auto bad :
         {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "fd00::/129", "example.org", "10.0.0/8"})
        EXPECT_FALSE(Network::parse(bad)) << bad;
}

TEST(Url, ParsesWhatCanBeCalled) {
    auto url = Url::parse("HTTPS://Example.ORG:8443/a?b=c#d").value();
    EXPECT_EQ(url, (Url{.is_secure = true, .host = "example.org", .port = 8443, .target = "/a?b=c"}));
    EXPECT_EQ(Url::parse("http://a").value(), (Url{.is_secure = false, .host = "a", .port = 80, .target = "/"}));
    EXPECT_EQ(Url::parse("http://a?x").value().target, "/?x");
    EXPECT_EQ(Url::parse("http://[::1]:81/").value(),
              (Url{.is_secure = false, .host = "::1", .port = 81, .target = "/"}));
    EXPECT_EQ(to_string(Url::parse("https://[::1]:443/x").value()), "https://[::1]/x");
    EXPECT_EQ(Url::parse("http://127.0.0.1/").value().host, "127.0.0.1");
}

TEST(Url, RefusesWhatProgramsReadDifferently) {
    for (auto bad : {"",
                     "example.org",
                     "ftp://a/",
                     "file:///etc/passwd",
                     "http://",
                     "http:///x",
                     "http://user@a/",
                     "http://a:b@c/",
                     "http://a b/",
                     "http://a\\@b/",
                     "http://a:0/",
                     "http://a:65536/",
                     "http://a:x/",
                     "http://a:/",
                     "http://[::1/",
                     "http://[::1]x/",
                     "http://[fe80::1%25eth0]/",
                     "http://[::1%eth0]/",
                     "http://2130706433/",
                     "http://0x7f000001/",
                     "http://0177.0.0.1/",
                     "http://127.1/",
                     "http://0x7f.1/",
                     "http://127.0.0.1./",
                     "http://127.0.0.08/",
                     "http://a..b/",
                     "http://.a/",
                     "http://\xC3\xA9/",
                     "http://a/\r\nX: y",
                     "javascript://a/"})
        EXPECT_FALSE(Url::parse(bad)) << bad;
}

TEST(Url, ResolvesRedirects) {
    auto url = Url::parse("https://a:8443/x/y?q").value();
    auto to = [&](std::string_view location) { return to_string(url.resolve(location).value()); };
    EXPECT_EQ(to("/z"), "https://a:8443/z");
    EXPECT_EQ(to("z?w"), "https://a:8443/x/z?w");
    EXPECT_EQ(to("?w"), "https://a:8443/x/y?w");
    EXPECT_EQ(to("//b/z"), "https://b/z");
    EXPECT_EQ(to("http://b/"), "http://b/");
    EXPECT_EQ(to("/login?to=https://c/"), "https://a:8443/login?to=https://c/");
    EXPECT_FALSE(url.resolve("file:///etc/passwd"));
}

}  // namespace
}  // namespace gsdb::http
