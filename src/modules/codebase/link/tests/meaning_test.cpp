// What imports, base classes and calls of things outside mean.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/codebase/link/standard_names.hpp"
#include "modules/codebase/link/tests/program_calls.hpp"

namespace gsdb::codebase::link {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class Meaning {
  public:
    explicit Meaning(const ProgramText& program) : files_(files_of(program)) {
        Manifests manifests;
        for (const auto& [path, text] : program) manifests.add(path, text);
        links_ = link(files_, manifests);
    }

    std::vector<std::string> outside_calls() const {
        std::vector<std::string> all;
        for (const auto& c : links_.outside_calls)
            all.push_back(qualified_name(files_[c.file], {c.file, c.caller}) + " > " + text(links_.outside[c.outside]));
        return all;
    }
    std::vector<std::string> bases() const {
        std::vector<std::string> all;
        for (const auto& b : links_.bases)
            all.push_back(qualified_name(files_[b.file], {b.file, b.class_, true}) + " : " + text(b.base));
        return all;
    }
    std::vector<std::string> imports() const {
        std::vector<std::string> all;
        for (const auto& i : links_.imports) all.push_back(files_[i.file].path + " < " + text(i.target));
        return all;
    }
    std::vector<std::string> instantiations() const {
        std::vector<std::string> all;
        for (const auto& e : links_.instantiations)
            all.push_back(fmt::format("{} new {} by {}", qualified_name(files_[e.file], {e.file, e.caller}),
                                      qualified_name(files_[e.callee.file], e.callee), to_label(e.method)));
        return all;
    }

  private:
    std::string text(const Outside& o) const {
        return fmt::format("{}/{}", o.package.empty() ? extract::to_label(o.language) : o.package, o.name);
    }
    std::string text(const Target& t) const {
        switch (t.kind) {
            case Target::Kind::outside:
                return text(links_.outside[t.file]);
            case Target::Kind::file:
                return files_[t.file].path;
            default:
                return qualified_name(files_[t.file], {t.file, t.index, t.kind == Target::Kind::class_});
        }
    }
    std::vector<SourceFile> files_;
    Links links_;
};

TEST(OutsideCalls, SayThePackageAndTheName) {
    EXPECT_THAT(Meaning({{"main.py",
                          "import os.path, requests\n"
                          "from yaml.loader import load as read\n"
                          "from . import missing\n"
                          "def f(text):\n"
                          "    os.path.join(text)\n"
                          "    requests.get(text)\n"
                          "    read(text)\n"
                          "    print(text)\n"
                          "    missing.call()\n"
                          "    nowhere()\n"}})
                    .outside_calls(),
                ElementsAre("main.f > python/os.path.join", "main.f > requests/get", "main.f > yaml/loader.load",
                            "main.f > python/print"));
}

TEST(OutsideCalls, OfAResultOnlyThePackageIsKnown) {
    EXPECT_THAT(Meaning({{"main.py", "import requests\ndef f(): requests.get(1).json()\n"}}).outside_calls(),
                ElementsAre("main.f > requests/get", "main.f > requests/"));
}

TEST(OutsideCalls, NothingIsAnInstanceOfWhatOnlyDescribesTypes) {
    EXPECT_THAT(Meaning({{"main.py",
                          "from typing import Any\nfrom typing_extensions import Self\nfrom requests import Session\n"
                          "def f(a: Any, b: Self, c: Session):\n    a.x()\n    b.y()\n    c.get()\n"}})
                    .outside_calls(),
                ElementsAre("main.f > requests/Session.get"));
}

TEST(OutsideCalls, KnowScopesAndTheLibraryOfNode) {
    EXPECT_THAT(Meaning({{"main.js",
                          "import {readFile} from 'node:fs/promises';\n"
                          "import helper from '@scope/tools/part';\n"
                          "const lodash = require('lodash');\n"
                          "readFile(1); helper(2); lodash.map([], x => x); console.log(3); missing(4);\n"}})
                    .outside_calls(),
                ElementsAre("main > javascript/fs.promises.readFile", "main > @scope/tools/part", "main > lodash/map",
                            "main > javascript/console.log"));
}

TEST(Bases, AreFoundAcrossFilesAndOutside) {
    EXPECT_THAT(
        Meaning({{"a.py", "class A: pass\n"},
                 {"b.py", "from a import A\nimport abc\nclass B(A, abc.ABC): pass\nclass C(B, Exception): pass\n"}})
            .bases(),
        ElementsAre("b.B : a.A", "b.B : python/abc.ABC", "b.C : b.B", "b.C : python/Exception"));
}

TEST(Imports, BringFilesAndWhatIsInThem) {
    EXPECT_THAT(Meaning({{"pkg/__init__.py", "from .tools import *\n"},
                         {"pkg/tools.py", "def f(): pass\n"},
                         {"main.py", "import numpy as np\nfrom pkg.tools import f\nimport pkg.tools\n"}})
                    .imports(),
                ElementsAre("pkg/__init__.py < pkg/tools.py", "main.py < numpy/", "main.py < pkg.tools.f",
                            "main.py < pkg/tools.py", "main.py < pkg/tools.py"));
}

TEST(Instantiations, NameTheClassWhoeverHasTheConstructor) {
    EXPECT_THAT(Meaning({{"main.py",
                          "class A:\n    def __init__(self): pass\n"
                          "class B(A): pass\n"
                          "class C: pass\n"
                          "def f(): A(); B(); C()\n"}})
                    .instantiations(),
                ElementsAre("main.f new main.A by scope", "main.f new main.B by scope", "main.f new main.C by scope"));
}

TEST(StandardNames, AreThoseOfTheLanguage) {
    using extract::Language;
    EXPECT_TRUE(is_builtin_name(Language::python, "len"));
    EXPECT_FALSE(is_builtin_name(Language::python, "window"));
    EXPECT_TRUE(is_builtin_name(Language::typescript, "Promise"));
    EXPECT_TRUE(is_standard_module(Language::python, "os"));
    EXPECT_FALSE(is_standard_module(Language::python, "requests"));
    EXPECT_TRUE(is_standard_module(Language::javascript, "node:test"));
    EXPECT_TRUE(is_standard_module(Language::tsx, "fs"));
    EXPECT_FALSE(is_standard_module(Language::go, "fs"));
    EXPECT_FALSE(is_standard_module(Language::python, ""));
}

}  // namespace
}  // namespace gsdb::codebase::link
