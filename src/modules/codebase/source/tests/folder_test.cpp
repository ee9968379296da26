#include "modules/codebase/source/folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>

#include "modules/codebase/source/tests/temporary_folder.hpp"

namespace gsdb::codebase::source {
namespace {

using testing::ElementsAre;

std::vector<std::string> paths_of(const Listing& listing) {
    std::vector<std::string> paths;
    for (const auto& entry : listing.entries) paths.push_back(entry.path);
    return paths;
}

Listing list(const std::string& path, const ListOptions& options = {}) {
    return value_or_throw(value_or_throw(open_folder(path))->list(options));
}

TEST(Folder, ListsEveryFileWithItsBlobId) {
    TemporaryFolder folder;
    folder.write("b.txt", "hello\n");
    folder.write("a/empty", "");
    folder.write("a-b", "x");
    folder.write("caf\xE9", "y");
    ::chmod((folder.path() / "a-b").c_str(), 0755);
    const auto listing = list(folder.string(), {.threads = 2});
    ASSERT_THAT(paths_of(listing), ElementsAre("a-b", "a/empty", "b.txt", "caf\xE9"));
    EXPECT_EQ(listing.entries[0].kind, EntryKind::executable);
    EXPECT_EQ(to_string(listing.entries[1].id), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    EXPECT_EQ(to_string(listing.entries[2].id), "ce013625030ba8dba906f756967f9e9ca394464a");
    EXPECT_EQ(listing.entries[2].size, 6U);
    EXPECT_EQ(listing.state, State{});
}

TEST(Folder, HonoursIgnoreFiles) {
    TemporaryFolder folder;
    folder.write(".gitignore", "*.o\n/out/\n");
    folder.write("a.o", "");
    folder.write("out/x", "");
    folder.write("sub/.gitignore", "!b.o\nout\n");
    folder.write("sub/b.o", "");
    folder.write("sub/out/y", "");
    folder.write("sub/c.c", "");
    folder.write(".git/config", "");
    folder.write("sub/.git", "gitdir: elsewhere");
    const auto listing = list(folder.string());
    EXPECT_THAT(paths_of(listing), ElementsAre(".gitignore", "sub/.gitignore", "sub/b.o", "sub/c.c"));
    EXPECT_THAT(listing.ignored, ElementsAre("a.o", "out/", "sub/out/"));
}

TEST(Folder, NeverFollowsLinks) {
    TemporaryFolder folder;
    TemporaryFolder outside;
    outside.write("secret", "s3cret");
    folder.write("real/file", "x");
    std::filesystem::create_symlink("..", folder.path() / "real/up");
    std::filesystem::create_symlink("loop", folder.path() / "loop");
    std::filesystem::create_symlink(outside.path(), folder.path() / "out");
    std::filesystem::create_symlink(outside.path() / "secret", folder.path() / "secret");
    auto tree = value_or_throw(open_folder(folder.string()));
    const auto listing = value_or_throw(tree->list());
    ASSERT_THAT(paths_of(listing), ElementsAre("loop", "out", "real/file", "real/up", "secret"));
    EXPECT_EQ(listing.entries[4].kind, EntryKind::symlink);
    const auto target = tree->read(listing.entries[4], 1000);
    ASSERT_TRUE(target);
    EXPECT_EQ(as_text(target->bytes), (outside.path() / "secret").string());
    EXPECT_EQ(target->id, listing.entries[4].id);

    // A folder on the way becomes a link to the outside after the listing.
    std::filesystem::remove_all(folder.path() / "real");
    std::filesystem::create_symlink(outside.path(), folder.path() / "real");
    outside.write("file", "outside");
    const auto read = tree->read(listing.entries[2], 1000);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ProblemKind::vanished);
}

TEST(Folder, ReportsSpecialFilesAndDoesNotBlockOnThem) {
    TemporaryFolder folder;
    folder.write("file", "x");
    ASSERT_EQ(::mkfifo((folder.path() / "fifo").c_str(), 0600), 0);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX};
    const auto name = (folder.path() / "socket").string();
    std::ranges::copy(name, address.sun_path);
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    auto tree = value_or_throw(open_folder(folder.string()));
    const auto listing = value_or_throw(tree->list());
    ::close(listener);
    ASSERT_THAT(paths_of(listing), ElementsAre("file"));
    EXPECT_THAT(listing.problems, ElementsAre(Problem{"fifo", ProblemKind::special_file, "a FIFO"},
                                              Problem{"socket", ProblemKind::special_file, "a socket"}));

    // A FIFO takes the file's place after the listing.
    std::filesystem::remove(folder.path() / "file");
    ASSERT_EQ(::mkfifo((folder.path() / "file").c_str(), 0600), 0);
    EXPECT_EQ(tree->read(listing.entries[0], 1000).error().kind, ProblemKind::vanished);
}

TEST(Folder, ReadsWhatIsThereNow) {
    TemporaryFolder folder;
    folder.write("a", "one");
    folder.write("b", "two");
    auto tree = value_or_throw(open_folder(folder.string()));
    const auto listing = value_or_throw(tree->list());
    folder.write("a", "three");
    std::filesystem::remove(folder.path() / "b");
    const auto a = tree->read(listing.entries[0], 1000);
    ASSERT_TRUE(a);
    EXPECT_EQ(as_text(a->bytes), "three");
    EXPECT_EQ(a->id, hash_blob(as_bytes("three")));
    EXPECT_NE(a->id, listing.entries[0].id);
    EXPECT_EQ(tree->read(listing.entries[1], 1000).error().kind, ProblemKind::vanished);
    EXPECT_EQ(tree->read(listing.entries[0], 4).error().kind, ProblemKind::too_large);
}

TEST(Folder, HashesLongFilesInPieces) {
    TemporaryFolder folder;
    const std::string content(40 << 20, 'z');
    folder.write("long", content);
    EXPECT_EQ(list(folder.string()).entries.at(0).id, hash_blob(as_bytes(content)));
    EXPECT_TRUE(list(folder.string(), {.hash_bytes_max = 1 << 20}).entries.at(0).id.is_null());
}

TEST(Folder, CanBeStopped) {
    TemporaryFolder folder;
    folder.write("a", "x");
    std::stop_source stop;
    stop.request_stop();
    const auto listing = value_or_throw(open_folder(folder.string()))->list({.stop = stop.get_token()});
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().code, "source.interrupted");
}

TEST(Folder, RefusalsNameThePathAndTheRemedy) {
    TemporaryFolder folder;
    folder.write("file", "x");
    const std::pair<std::string, std::string> cases[] = {
        {"missing", "source.not_found"}, {"file", "source.not_a_folder"}, {"empty", "source.empty_folder"}};
    std::filesystem::create_directory(folder.path() / "empty");
    for (const auto& [name, code] : cases) {
        const auto refused = open_folder((folder.path() / name).string());
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().code, code);
        EXPECT_THAT(refused.error().message, testing::HasSubstr(name));
        EXPECT_FALSE(refused.error().hint.empty());
    }
}

TEST(Folder, GoesOnWithoutWhatItMayNotRead) {
    TemporaryFolder folder;
    folder.write("closed/x", "x");
    folder.write("open", "y");
    folder.write("secret", "z");
    ::chmod((folder.path() / "closed").c_str(), 0);
    ::chmod((folder.path() / "secret").c_str(), 0);
    const WithoutRoot without_root(folder);
    const auto listing = list(folder.string());
    ASSERT_THAT(paths_of(listing), ElementsAre("open", "secret"));
    EXPECT_TRUE(listing.entries[1].id.is_null());
    EXPECT_THAT(listing.problems, ElementsAre(Problem{"closed", ProblemKind::unreadable_folder, "Permission denied"},
                                              Problem{"secret", ProblemKind::unreadable, "Permission denied"}));
}

}  // namespace
}  // namespace gsdb::codebase::source
