// What Python programs call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/codebase/link/tests/program_calls.hpp"

namespace gsdb::codebase::link {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> python(const std::string& text) {
    return calls_of({{"main.py", text}});
}

TEST(PythonCalls, AVariableIsWhatItWasLastAssigned) {
    EXPECT_THAT(python("def f(): pass\n"
                       "def g(): pass\n"
                       "def once():\n"
                       "    a = f\n"
                       "    a()\n"
                       "    a = g\n"
                       "def last():\n"
                       "    a = f\n"
                       "    a = g\n"
                       "    a()\n"),
                ElementsAre("main.last > main.g", "main.once > main.f"));
}

TEST(PythonCalls, BranchesAndLoopsMayGiveEither) {
    EXPECT_THAT(python("def f(): pass\n"
                       "def g(): pass\n"
                       "def branch(x):\n"
                       "    a = f\n"
                       "    if x: a = g\n"
                       "    a()\n"
                       "def loop(x):\n"
                       "    a = f\n"
                       "    while x:\n"
                       "        a()\n"
                       "        a = g\n"
                       "def ended(x):\n"
                       "    a = f\n"
                       "    if x:\n"
                       "        a = g\n"
                       "        return\n"
                       "    a()\n"),
                ElementsAre("main.branch > main.f", "main.branch > main.g", "main.ended > main.f", "main.loop > main.f",
                            "main.loop > main.g"));
}

TEST(PythonCalls, ATryMayHaveRunInPart) {
    EXPECT_THAT(python("def f(): pass\n"
                       "def g(): pass\n"
                       "def h(x):\n"
                       "    a = f\n"
                       "    try:\n"
                       "        a = g\n"
                       "        x()\n"
                       "    except Exception:\n"
                       "        a()\n"),
                ElementsAre("main.h > main.f", "main.h > main.g"));
}

TEST(PythonCalls, FunctionsArePassedReturnedAndKept) {
    EXPECT_THAT(
        python("def f(): pass\n"
               "def call(it): it()\n"
               "def give(): return f\n"
               "class Box:\n"
               "    def __init__(self, content): self.content = content\n"
               "    def open(self): self.content()\n"
               "def use():\n"
               "    call(f)\n"
               "    give()()\n"
               "    Box(f).open()\n"
               "    {'k': f}['k']()\n"
               "    [None, f][1]()\n"),
        ElementsAre("main.Box.open > main.f", "main.call > main.f", "main.use > main.Box.__init__",
                    "main.use > main.Box.open", "main.use > main.call", "main.use > main.f", "main.use > main.give"));
}

TEST(PythonCalls, ItemsOfALiteralKeyAreToldApart) {
    EXPECT_THAT(python("def f(): pass\n"
                       "def g(): pass\n"
                       "table = {'f': f, 'g': g}\n"
                       "def one(): table['f']()\n"
                       "def some(key): table[key]()\n"),
                ElementsAre("main.one > main.f", "main.some > main.f", "main.some > main.g"));
}

TEST(PythonCalls, UsesOfADecoratorDoNotMix) {
    EXPECT_THAT(python("def plain(f): return f\n"
                       "def wrapping(f):\n"
                       "    def inner(): return f()\n"
                       "    return inner\n"
                       "@plain\n"
                       "def a(): pass\n"
                       "@plain\n"
                       "def b(): pass\n"
                       "@wrapping\n"
                       "def c(): pass\n"
                       "def use():\n"
                       "    a()\n"
                       "    c()\n"),
                ElementsAre("main > main.plain", "main > main.wrapping", "main.use > main.a",
                            "main.use > main.wrapping.inner", "main.wrapping.inner > main.c"));
}

TEST(PythonCalls, MethodsComeFromTheFirstClassThatHasThem) {
    EXPECT_THAT(python("class A:\n"
                       "    def m(self): pass\n"
                       "    def only_a(self): self.m()\n"
                       "class B(A): pass\n"
                       "class C(A):\n"
                       "    def m(self): super().m()\n"
                       "class D(B, C): pass\n"
                       "def use():\n"
                       "    D().m()\n"
                       "    D().only_a()\n"),
                ElementsAre("main.A.only_a > main.A.m", "main.A.only_a > main.C.m", "main.C.m > main.A.m",
                            "main.use > main.A.only_a", "main.use > main.C.m", "main.use > main.D"));
}

TEST(PythonCalls, WhatAClassDoesNotHaveIsInThoseBelow) {
    EXPECT_THAT(python("class Base:\n"
                       "    def run(self):\n"
                       "        self.step()\n"
                       "        self.nobody_has_it()\n"
                       "class A(Base):\n"
                       "    def step(self): pass\n"
                       "class B(A):\n"
                       "    def step(self): pass\n"
                       "class Other:\n"
                       "    def nobody_has_it(self): pass\n"),
                ElementsAre("main.Base.run > main.A.step", "main.Base.run > main.B.step"));
}

TEST(PythonCalls, AnnotationsSayWhatAParameterIs) {
    EXPECT_THAT(python("from typing import Optional, List\n"
                       "class A:\n"
                       "    def m(self): pass\n"
                       "def one(a: A): a.m()\n"
                       "def maybe(a: Optional['A']): a.m()\n"
                       "def many(all: List[A]):\n"
                       "    for a in all: a.m()\n"
                       "def made() -> A: ...\n"
                       "def use(x):\n"
                       "    made().m()\n"
                       "    if isinstance(x, A): x.m()\n"),
                ElementsAre("main.many > main.A.m", "main.maybe > main.A.m", "main.one > main.A.m",
                            "main.use > main.A.m", "main.use > main.made"));
}

TEST(PythonCalls, NamesComeThroughPackagesAndWildcards) {
    EXPECT_THAT(
        calls_of({{"app/__init__.py", "from .core import *\nfrom .core import helper as exported\n"},
                  {"app/core.py", "def helper(): pass\ndef other(): pass\n"},
                  {"app/use.py",
                   "from . import exported\nfrom app import other\nimport app.core\n"
                   "def a(): exported()\ndef b(): other()\ndef c(): app.core.helper()\n"}}),
        ElementsAre("app.use.a > app.core.helper", "app.use.b > app.core.other", "app.use.c > app.core.helper"));
}

TEST(PythonCalls, WhatIsImportedFromElsewhereIsNotLookedForHere) {
    EXPECT_THAT(
        calls_of({{"main.py",
                   "from elsewhere import run\nimport json\ndef use():\n    run()\n    json.loads('')\n    print()\n"},
                  {"other.py", "def run(): pass\ndef loads(x): pass\ndef print(): pass\n"}}),
        IsEmpty());
}

TEST(PythonCalls, ProtocolsAreCalledByStatements) {
    EXPECT_THAT(python("class A:\n"
                       "    def __enter__(self): return self\n"
                       "    def __exit__(self, *a): pass\n"
                       "    def __iter__(self): return self\n"
                       "    def __next__(self): return self.m\n"
                       "    def __call__(self): pass\n"
                       "    def m(self): pass\n"
                       "def use():\n"
                       "    with A() as a:\n"
                       "        for m in a: m()\n"
                       "        a()\n"),
                ElementsAre("main.use > main.A", "main.use > main.A.__call__", "main.use > main.A.__enter__",
                            "main.use > main.A.__exit__", "main.use > main.A.__iter__", "main.use > main.A.__next__",
                            "main.use > main.A.m"));
}

TEST(PythonCalls, GeneratorsGiveWhatTheyYield) {
    EXPECT_THAT(python("def f(): pass\n"
                       "def give():\n"
                       "    yield f\n"
                       "class Box:\n"
                       "    def __iter__(self):\n"
                       "        yield f\n"
                       "def loop():\n"
                       "    for each in give(): pass\n"
                       "def first(): next(give())()\n"
                       "def box():\n"
                       "    for each in Box(): each()\n"),
                ElementsAre("main.box > main.Box", "main.box > main.Box.__iter__", "main.box > main.f",
                            "main.first > main.f", "main.first > main.give", "main.loop > main.give"));
}

TEST(PythonCalls, APropertyGivesWhatItReturns) {
    EXPECT_THAT(python("class Engine:\n"
                       "    def start(self): pass\n"
                       "class Car:\n"
                       "    @property\n"
                       "    def engine(self): return Engine()\n"
                       "    @classmethod\n"
                       "    def make(cls): return cls()\n"
                       "def use(): Car.make().engine.start()\n"),
                ElementsAre("main.Car.engine > main.Engine", "main.Car.make > main.Car", "main.use > main.Car.make",
                            "main.use > main.Engine.start"));
}

TEST(Linking, DoesNotDependOnTheOrderOfFiles) {
    const ProgramText program{{"a.py", "from b import B\nclass A(B):\n    def m(self): self.n()\n"},
                              {"b.py", "from c import mixed\nclass B(mixed()):\n    def n(self): self.k()\n"},
                              {"c.py", "class C:\n    def k(self): pass\ndef mixed(): return C\n"}};
    auto reversed = program;
    std::ranges::reverse(reversed);
    const auto calls = calls_of(program);
    EXPECT_EQ(calls, calls_of(reversed));
    EXPECT_THAT(calls, ElementsAre("a.A.m > b.B.n", "b > c.mixed", "b.B.n > c.C.k"));
}

TEST(Linking, InheritanceInACircleEnds) {
    EXPECT_THAT(calls_of({{"a.py", "from b import B\nclass A(B):\n    def m(self): self.n()\n"},
                          {"b.py", "from a import A\nclass B(A):\n    def n(self): self.m()\n"}}),
                ElementsAre("a.A.m > b.B.n", "b.B.n > a.A.m"));
}

TEST(Linking, HostileProgramsEndSoon) {
    std::string classes = "class C0:\n    def m(self): pass\n";
    std::string chain = "def f(): pass\na0 = f\n";
    std::string table = "def f(): pass\nt = {}\n";
    for (int i = 1; i < 5000; ++i) {
        const auto [now, before] = std::pair(std::to_string(i), std::to_string(i - 1));
        classes += "class C" + now + "(C" + before + "): pass\n";
        chain += "a" + now + " = a" + before + "\n";
        table += "t['k" + now + "'] = f\n";
    }
    EXPECT_THAT(python(classes + "C50().m()\n"), ElementsAre("main > main.C0.m", "main > main.C50"));
    EXPECT_THAT(python(chain + "a4999()\n"), ElementsAre("main > main.f"));
    EXPECT_THAT(python(table + "t[x]()\nt['k4999']()\n"), ElementsAre("main > main.f"));
    EXPECT_THAT(python("def f(g): return f(f)(f)\nx = f(f)\nwhile x: x = x(x)\n"),
                ElementsAre("main > main.f", "main.f > main.f"));
    EXPECT_THAT(python("node = make()\nwhile node: node = node.next.next.next\n"), IsEmpty());
}

TEST(Linking, EveryCallIsFoundOrHasAReason) {
    const auto files =
        files_of({{"main.py", "import os\ndef f(x):\n    os.getcwd()\n    print(x)\n    x.run()\n    f(x)()\n"}});
    const auto links = link(files);
    EXPECT_EQ(links.edges.size(), 1U);
    std::vector<Unknown> reasons;
    for (const auto& unknown : links.unknown) reasons.push_back(unknown.reason);
    EXPECT_THAT(reasons, ElementsAre(Unknown::external, Unknown::builtin, Unknown::not_found, Unknown::not_found));
}

}  // namespace
}  // namespace gsdb::codebase::link
