// Python's manifests and lock files.

#include <gmock/gmock.h>

#include "package_rows.hpp"

namespace gsdb::codebase::packages {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST(Python, ReadsStandardMetadata) {
    EXPECT_THAT(rows_of({{"pyproject.toml", R"(
[project]
name = "My_App"
dependencies = [
    "Requests[socks] >=2.8.1, == 2.8.* ; python_version < '2.7'",
    "Zope.Interface",
    "here @ file:///x",
    "there @ git+https://token@host.test/there.git@v1",
    "my-app[all]",
]
[project.optional-dependencies]
fast = ["uvloop>=0.1; sys_platform != 'win32'"]
[dependency-groups]
tests = ["attrs>=7", {include-group = "lint"}]
lint = ["ruff"]
[build-system]
requires = ["hatchling"]
[tool.uv.sources]
ruff = { git = "https://user:pw@host.test/ruff" }
)"}}),
                UnorderedElementsAre(
                    "pyproject.toml:7 runtime here any; local", "pyproject.toml:14 test attrs >=7",
                    "pyproject.toml:17 build hatchling any",
                    "pyproject.toml:5 runtime requests >=2.8.1, == 2.8.*; when python_version < '2.7'",
                    "pyproject.toml:15 development ruff any; from https://host.test/ruff",
                    "pyproject.toml:8 runtime there any; from git+https://host.test/there.git@v1",
                    "pyproject.toml:12 optional uvloop >=0.1; when (sys_platform != 'win32') and extra == 'fast'",
                    "pyproject.toml:6 runtime zope-interface any"));
}

TEST(Python, ReadsPoetryWithItsLockFile) {
    EXPECT_THAT(
        rows_of({{"pyproject.toml", R"([tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.10"
Django = "^4.2"
rich = { version = "^13", optional = true, markers = "sys_platform == 'linux'" }
local = { path = "../local" }
numpy = [{ version = "<2", python = "<3.9" }, { version = ">=2", python = ">=3.9" }]
[tool.poetry.group.test.dependencies]
attrs = "*"
)"},
                 {"poetry.lock", R"([[package]]
name = "Django"
version = "4.2.7"
[[package]]
name = "asgiref"
version = "3.7"
[[package]]
name = "attrs"
version = "23.1"
groups = ["test"]
[[package]]
name = "numpy"
version = "1.24"
[[package]]
name = "numpy"
version = "2.1"
[[package]]
name = "local"
version = "0.1"
[package.source]
type = "directory"
url = "../local"
)"}}),
        UnorderedElementsAre("pyproject.toml:7 runtime local any; local",
                             "+pyproject.toml runtime asgiref; locked 3.7; in poetry.lock",
                             "pyproject.toml:10 test attrs any; locked 23.1; in poetry.lock",
                             "pyproject.toml:5 runtime django ^4.2; locked 4.2.7; in poetry.lock",
                             "pyproject.toml:8 runtime numpy <2; locked 1.24; in poetry.lock; when python <3.9",
                             "pyproject.toml:8 runtime numpy >=2; locked 2.1; in poetry.lock; when python >=3.9",
                             "pyproject.toml:6 optional rich ^13; when sys_platform == 'linux'"));
}

TEST(Python, ReadsLockFilesOfUvForAllMembers) {
    EXPECT_THAT(rows_of({{"pyproject.toml", "[project]\nname = 'root'\ndependencies = ['member', 'idna']\n"},
                         {"packages/m/pyproject.toml", "[project]\nname = 'member'\ndependencies = ['anyio>=4']\n"},
                         {"other/pyproject.toml", "[project]\nname = 'other'\ndependencies = ['anyio>=4']\n"},
                         {"uv.lock", R"(version = 1
[[package]]
name = "root"
version = "1"
source = { virtual = "." }
[[package]]
name = "member"
version = "1"
source = { editable = "packages/m" }
[[package]]
name = "anyio"
version = "4.1"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "idna"
version = "3"
source = { git = "https://key@host.test/idna?rev=1#abc" }
)"}}),
                UnorderedElementsAre(
                    "pyproject.toml:3 runtime member any; local", "other/pyproject.toml:3 runtime anyio >=4",
                    "packages/m/pyproject.toml:3 runtime anyio >=4; locked 4.1; in uv.lock",
                    "pyproject.toml:3 runtime idna any; locked 3; in uv.lock; from https://host.test/idna#abc"));
}

TEST(Python, ReadsRequirements) {
    EXPECT_THAT(rows_of({{"requirements.txt", R"(# what it needs
--index-url https://user:pw@own.test/simple
-r base.txt
Flask==2.0 \
    --hash=sha256:00 \
    --hash=sha256:11
requests[security]>=2,<3 ; python_version < "3.8"  # note
-e git+https://user:pw@host.test/lib.git@v2#egg=My_Lib&subdirectory=x
git+https://host.test/tool.git
./local
https://host.test/files/wheel_name-1.0-py3-none-any.whl
name @ https://host.test/n.zip
)"},
                         {"dev-requirements.txt", "-c constraints.txt\nBlack\n"},
                         {"constraints.txt", "black==23.1\nunused==1\n"}}),
                UnorderedElementsAre("dev-requirements.txt:2 development black any; locked 23.1; in constraints.txt",
                                     "requirements.txt:4 runtime flask ==2.0",
                                     "requirements.txt:8 runtime my-lib any; from git+https://host.test/lib.git@v2",
                                     "requirements.txt:12 runtime name any; from https://host.test/n.zip",
                                     "requirements.txt:7 runtime requests >=2,<3; when python_version < \"3.8\"",
                                     "requirements.txt:9 runtime tool any; from git+https://host.test/tool.git",
                                     "requirements.txt:11 runtime wheel-name any; from "
                                     "https://host.test/files/wheel_name-1.0-py3-none-any.whl"));
    EXPECT_THAT(problems_of({{"requirements.txt", "ok\nThis is no requirement\n"}}),
                UnorderedElementsAre("requirements.txt:2 'This is no requirement' is no requirement"));
}

TEST(Python, TakesCompiledRequirementsForALockFile) {
    const std::string compiled =
        "# This file is autogenerated by pip-compile with Python 3.11\nasgiref==3.7\n    # via django\ndjango==4.2.7\n";
    EXPECT_THAT(rows_of({{"requirements.in", "django>=4\n"}, {"requirements.txt", compiled}}),
                UnorderedElementsAre("+requirements.in runtime asgiref; locked 3.7; in requirements.txt",
                                     "requirements.in:1 runtime django >=4; locked 4.2.7; in requirements.txt"));
    EXPECT_THAT(
        rows_of({{"requirements.txt", compiled}}),
        UnorderedElementsAre("requirements.txt:2 runtime asgiref ==3.7", "requirements.txt:4 runtime django ==4.2.7"));
}

TEST(Python, ReadsSetupCfgAndPipenv) {
    EXPECT_THAT(
        rows_of({{"setup.cfg",
                  "[metadata]\nname = x\n[options]\ninstall_requires =\n    six\n    # words\n    attrs>=20; "
                  "python_version<'4'\n[options.extras_require]\nfast =\n    uvloop\n"}}),
        UnorderedElementsAre("setup.cfg:7 runtime attrs >=20; when python_version<'4'", "setup.cfg:5 runtime six any",
                             "setup.cfg:10 optional uvloop any; when extra == 'fast'"));
    EXPECT_THAT(
        rows_of(
            {{"Pipfile",
              "[packages]\nrequests = \"*\"\nlib = {git = 'https://u:p@host.test/lib.git', ref = "
              "'abc'}\n[dev-packages]\nattrs = {version='>=1', markers=\"os_name == 'nt'\"}\n[scripts]\nserve = "
              "'requests --x'\n"},
             {"Pipfile.lock",
              R"({"_meta": {}, "default": {"requests": {"version": "==2.31.0"}, "lib": {"git": "https://u:p@host.test/lib.git", "ref": "abc"}, "idna": {"version": "==3.4"}},
                             "develop": {"attrs": {"version": "==23.1"}}})"}}),
        UnorderedElementsAre("Pipfile:5 development attrs >=1; locked 23.1; in Pipfile.lock; when os_name == 'nt'",
                             "+Pipfile runtime idna; locked 3.4; in Pipfile.lock",
                             "Pipfile:3 runtime lib any; locked abc; in Pipfile.lock; from https://host.test/lib.git",
                             "Pipfile:2 runtime requests any; locked 2.31.0; in Pipfile.lock; run by script serve"));
}

TEST(Python, SaysWhatItCannotRead) {
    EXPECT_THAT(problems_of({{"pyproject.toml", "[project\n"}}),
                UnorderedElementsAre(testing::StartsWith("pyproject.toml:1 ")));
    EXPECT_THAT(problems_of({{"pyproject.toml", "[project]\nname='x'\ndependencies = ['a b c']\n"}}),
                UnorderedElementsAre("pyproject.toml:3 'a b c' is no requirement"));
    EXPECT_THAT(problems_of({{"uv.lock", "package = 3\n"}}), IsEmpty());
}

}  // namespace
}  // namespace gsdb::codebase::packages
