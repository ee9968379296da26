#include "modules/projects/repository_name.hpp"

#include <gmock/gmock.h>

namespace gsdb::projects {
namespace {

RepositoryName github(std::string clone_url) {
    return {.provider = "github",
            .name_space = "octo",
            .name = "hello",
            .clone_url = std::move(clone_url),
            .web_url = "https://github.com/octo/hello"};
}

TEST(RemoteUrl, FormsOfOneRepositoryHaveOneName) {
    for (auto url :
         {"https://github.com/octo/hello.git", "https://github.com/octo/hello", "https://GitHub.com/octo/hello/"})
        EXPECT_EQ(parse_remote_url(url), github("https://github.com/octo/hello.git")) << url;
    for (auto url : {"git@github.com:octo/hello.git", "github.com:octo/hello", "ssh://git@github.com/octo/hello.git"})
        EXPECT_EQ(parse_remote_url(url), github("ssh://github.com/octo/hello.git")) << url;
}

TEST(RemoteUrl, LosesUserAndPassword) {
    EXPECT_EQ(parse_remote_url("https://me:s3cret@github.com/octo/hello.git"),
              github("https://github.com/octo/hello.git"));
    EXPECT_EQ(parse_remote_url("https://token@github.com/octo/hello.git?x=1"),
              github("https://github.com/octo/hello.git"));
}

TEST(RemoteUrl, HostsAndGroupsAreTheNamespace) {
    auto nested = parse_remote_url("https://gitlab.com/group/sub/tool.git");
    ASSERT_TRUE(nested);
    EXPECT_EQ(nested->provider, "gitlab");
    EXPECT_EQ(nested->name_space, "group/sub");
    auto own = parse_remote_url("ssh://git@code.example.org:2222/team/tool.git");
    ASSERT_TRUE(own);
    EXPECT_EQ(own->provider, "git");
    EXPECT_EQ(own->name_space, "code.example.org/team");
    EXPECT_EQ(own->clone_url, "ssh://code.example.org:2222/team/tool.git");
    EXPECT_EQ(own->web_url, std::nullopt);
    EXPECT_EQ(parse_remote_url("https://code.example.org/tool.git")->name_space, "code.example.org");
}

TEST(RemoteUrl, OtherTextsAreNone) {
    for (auto url : {"", "hello", "/srv/git/hello.git", "./a:b", "https://github.com", "https://github.com/",
                     "https:///x", "git@github.com:", "https://github.com/.git"})
        EXPECT_EQ(parse_remote_url(url), std::nullopt) << url;
}

TEST(RemoteUrl, OfAFolderIsTheFolder) {
    EXPECT_EQ(parse_remote_url("file:///srv/git/hello"), name_of_folder("/srv/git/hello"));
}

TEST(Folder, IsNamedByItsPath) {
    RepositoryName expected{
        .provider = "local", .name_space = "/srv/code", .name = "hello", .clone_url = "/srv/code/hello", .web_url = {}};
    for (auto path : {"/srv/code/hello", "/srv/code/hello/", "/srv/code/./x/../hello"})
        EXPECT_EQ(name_of_folder(path), expected) << path;
    EXPECT_EQ(name_of_folder("/").name, "root");
}

TEST(Slug, KeepsWhatUrlsKeep) {
    EXPECT_EQ(to_slug("My Project!"), "my-project");
    EXPECT_EQ(to_slug("--a__b--"), "a-b");
    EXPECT_EQ(to_slug("Über Café"), "ber-caf");
    EXPECT_EQ(to_slug("¡!"), "unnamed");
    EXPECT_EQ(to_slug(""), "unnamed");
    EXPECT_EQ(to_slug(std::string(99, 'a') + " b").size(), 99);
    EXPECT_EQ(to_slug(std::string(300, 'a')).size(), 100);
}

}  // namespace
}  // namespace gsdb::projects
