// A repository that others change while it is listed and read.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "integrations/git/source.hpp"
#include "integrations/git/tests/git_fixture.hpp"
#include "modules/codebase/source/blob_id.hpp"

namespace gsdb::git {
namespace {

using namespace codebase::source;

const GitHome git_home;

// Everything a file of this test may hold: one letter, repeated, so that a mixture is seen.
std::string content_of(std::mt19937& random) {
    return std::string(1 + random() % 40'000, static_cast<char>('a' + random() % 26));
}

// Opens a file for writing and never through a link: what a link of this test names must not be touched.
void put(const std::filesystem::path& path, int flags, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0644);
    if (file < 0) return;
    [[maybe_unused]] const auto written = ::write(file, text.data(), text.size());
    ::close(file);
}

void shorten(const std::filesystem::path& path, off_t size) {
    const int file = ::open(path.c_str(), O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return;
    [[maybe_unused]] const int done = ::ftruncate(file, size);
    ::close(file);
}

// Rewrites, truncates, appends, removes, links and renames until it is told to stop. `outside` is a file that must
// neither be read nor written.
void mutate(const GitFolder& folder, const std::string& outside, std::uint32_t seed, const std::atomic<bool>& stop) {
    std::mt19937 random(seed);
    while (!stop) {
        const auto path = folder.path() / ("d" + std::to_string(random() % 5)) / ("f" + std::to_string(random() % 20));
        std::error_code ignored;
        switch (random() % 7) {
            case 0:
            case 1:
                put(path, O_TRUNC, content_of(random));
                break;
            case 2:
                put(path, O_APPEND, content_of(random));
                break;
            case 3:
                std::filesystem::remove(path, ignored);
                break;
            case 4: {
                const auto other = folder.path() / ("new" + std::to_string(seed));
                put(other, O_TRUNC, content_of(random));
                std::filesystem::rename(other, path, ignored);
                break;
            }
            case 5:
                std::filesystem::remove(path, ignored);
                std::filesystem::create_symlink(outside, path, ignored);
                break;
            case 6:
                shorten(path, static_cast<off_t>(random() % 1000));
                break;
        }
    }
}

TEST(ChangingTree, EveryContentIsWhatItsIdSays) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    GitFolder folder, elsewhere;
    elsewhere.write("secret", "SECRET");
    const auto outside = elsewhere.string() + "/secret";
    folder.git("init -q");
    std::mt19937 random(seed);
    for (int d = 0; d < 5; ++d) {
        for (int f = 0; f < 20; ++f)
            folder.write("d" + std::to_string(d) + "/f" + std::to_string(f), content_of(random));
    }
    folder.commit_all();
    std::atomic<bool> stop = false;
    std::jthread first([&] { mutate(folder, outside, seed + 1, stop); });
    std::jthread second([&] { mutate(folder, outside, seed + 2, stop); });
    std::jthread committer([&] {
        while (!stop)
            shell_result("cd " + folder.string() +
                         " && git add -A >/dev/null 2>&1 && git commit -qm x >/dev/null 2>&1");
    });
    std::atomic<int> reads = 0, changed = 0, vanished = 0;
    for (int round = 0; round < 15; ++round) {
        auto tree = value_or_throw(open_source(folder.string()));
        const auto listing = value_or_throw(tree->list({.threads = 2}));
        std::atomic<std::size_t> next = 0;
        std::vector<std::jthread> readers;
        for (int i = 0; i < 4; ++i) {
            readers.emplace_back([&] {
                for (std::size_t n = next++; n < listing.entries.size(); n = next++) {
                    const auto& entry = listing.entries[n];
                    const auto content = tree->read(entry, 10 << 20);
                    if (!content) {
                        EXPECT_NE(content.error().kind, ProblemKind::unreadable) << entry.path << content.error().cause;
                        ++vanished;
                        continue;
                    }
                    ++reads;
                    if (content->id != entry.id) ++changed;
                    EXPECT_EQ(hash_blob(content->bytes), content->id) << entry.path;
                    EXPECT_EQ(as_text(content->bytes).find("SECRET"), std::string_view::npos) << "a link was followed";
                }
            });
        }
    }
    stop = true;
    EXPECT_GT(reads, 100);
    EXPECT_GT(changed, 0) << "the test met no change, so it showed nothing";
    EXPECT_GT(vanished, 0);
    EXPECT_EQ(shell("cat " + outside), "SECRET");
}

TEST(ChangingTree, ACommitDoesNotChange) {
    GitFolder folder;
    folder.git("init -q");
    for (int f = 0; f < 200; ++f)
        folder.write("f" + std::to_string(f), std::string(static_cast<std::size_t>(f) * 50, 'x'));
    folder.commit_all();
    auto tree = value_or_throw(open_source(folder.string(), {.rev = "HEAD"}));
    const auto listing = value_or_throw(tree->list({.threads = 4}));
    std::atomic<bool> stop = false;
    std::jthread repacker([&] {
        while (!stop) {
            folder.write("f0", "changed");
            shell_result("cd " + folder.string() +
                         " && git commit -qam x >/dev/null 2>&1; git repack -adq >/dev/null 2>&1");
        }
    });
    for (int round = 0; round < 10; ++round) {
        std::atomic<std::size_t> next = 0;
        std::vector<std::jthread> readers;
        for (int i = 0; i < 4; ++i) {
            readers.emplace_back([&] {
                for (std::size_t n = next++; n < listing.entries.size(); n = next++) {
                    const auto content = tree->read(listing.entries[n], 1 << 20);
                    ASSERT_TRUE(content) << content.error().cause;
                    EXPECT_EQ(content->id, listing.entries[n].id);
                    EXPECT_EQ(hash_blob(content->bytes), content->id);
                    EXPECT_EQ(content->bytes.size(), listing.entries[n].size);
                }
            });
        }
    }
    stop = true;
}

}  // namespace
}  // namespace gsdb::git
