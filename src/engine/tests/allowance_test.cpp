#include "engine/allowance.hpp"

#include <gmock/gmock.h>

#include "integrations/git/tests/git_fixture.hpp"

namespace gsdb::engine {
namespace {

using testing::Contains;
using testing::IsSupersetOf;
using testing::Not;
namespace fs = std::filesystem;

TEST(WritablePlaces, AreTheHiddenOnesOfTheHomeButForWhatIsKept) {
    const git::TemporaryFolder folder;
    const fs::path home(folder.string());
    for (const auto* file : {".bashrc", ".ssh/id", ".cache/x", ".local/share/gsdb/secrets", ".local/share/other/x",
                             ".local/bin/x", "work/x", ".agent.json"}) {
        fs::create_directories((home / file).parent_path());
        folder.write(file, "");
    }
    const auto places = usual_writable_places(home, home / ".local/share/gsdb");
    EXPECT_THAT(places, IsSupersetOf({fs::path("/tmp"), fs::path("/dev/null"), home / ".cache", home / ".agent.json",
                                      home / ".local/bin", home / ".local/share/other"}));
    for (const auto* kept : {"", ".bashrc", ".ssh", ".local", ".local/share", ".local/share/gsdb", "work"})
        EXPECT_THAT(places, Not(Contains(home / kept))) << kept;
}

TEST(WritablePlaces, AreThoseOfTheMachineWhereThereIsNoHome) {
    EXPECT_THAT(usual_writable_places("/nonexistent", "/nonexistent/.gsdb"), Contains(fs::path("/dev/null")));
}

}  // namespace
}  // namespace gsdb::engine
