// What Go programs call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/codebase/link/tests/program_calls.hpp"

namespace gsdb::codebase::link {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> go(const std::string& text) {
    return calls_of({{"main.go", "package main\n" + text}});
}

TEST(GoCalls, PackagesAreFoldersAndSeeAllOfTheirFiles) {
    EXPECT_THAT(calls_of({{"go.mod", "module example.com/app\n\ngo 1.22\n"},
                          {"main.go",
                           "package main\nimport (\"example.com/app/util\"; \"fmt\")\nfunc main() { util.Do(); "
                           "other(); fmt.Do() }\n"},
                          {"other.go", "package main\nfunc other() {}\n"},
                          {"util/a.go", "package util\nfunc Do() { hidden() }\n"},
                          {"util/b.go", "package util\nfunc hidden() {}\n"}}),
                ElementsAre("main.main > main.other", "main.main > util.Do", "util.Do > util.hidden"));
}

TEST(GoCalls, WithoutGoModTheEndOfThePathTells) {
    EXPECT_THAT(calls_of({{"cmd/main.go", "package main\nimport u \"x.org/p/util\"\nfunc main() { u.Do() }\n"},
                          {"util/a.go", "package util\nfunc Do() {}\n"}}),
                ElementsAre("cmd.main > util.Do"));
}

TEST(GoCalls, MethodsAreFoundInAnyFileOfThePackage) {
    EXPECT_THAT(calls_of({{"p/type.go", "package p\ntype T struct{}\n"},
                          {"p/methods.go",
                           "package p\nfunc (t *T) A() { t.b() }\nfunc (t T) b() {}\nfunc use(t *T) { t.A() }\n"}}),
                ElementsAre("p.T.A > p.T.b", "p.use > p.T.A"));
}

constexpr auto shapes = R"(
type Shape interface { Area() float64 }
type Circle struct{}
type Square struct{}
type Unused struct{}
func (c Circle) Area() float64 { return 1 }
func (s *Square) Area() float64 { return 2 }
func (u Unused) Area() float64 { return 3 }
)";

TEST(GoCalls, AnInterfaceIsWhatHasItsMethods) {
    const auto calls = go(std::string(shapes) +
                          "func draw(s Shape) { s.Area() }\nfunc one() { draw(Circle{}) }\n"
                          "func outside(s Shape) { s.Area() }\nfunc two() *Square { return &Square{} }\n");
    EXPECT_THAT(calls, ElementsAre("main.draw > main.Circle.Area", "main.one > main.draw",
                                   "main.outside > main.Circle.Area", "main.outside > main.Square.Area"));
}

TEST(GoCalls, EmbeddedTypesGiveTheirMethods) {
    EXPECT_THAT(
        go(std::string(shapes) + "type Base struct{}\nfunc (b *Base) Log() { b.write() }\nfunc (b *Base) write() {}\n"
                                 "type Page struct { *Base; Shape }\nfunc (p *Page) write() {}\n"
                                 "func m() { p := &Page{Base: &Base{}, Shape: Circle{}}; p.Log(); p.Area() }\n"),
        ElementsAre("main.Base.Log > main.Base.write", "main.m > main.Base.Log", "main.m > main.Circle.Area"));
}

TEST(GoCalls, FunctionsAreValues) {
    EXPECT_THAT(go("func f() {}\nfunc g() {}\nfunc apply(h func()) { h() }\ntype S struct { hook func() }\n"
                   "func a() { x := f; x(); x = g; x() }\nfunc b() { apply(f) }\n"
                   "func c() { t := map[string]func(){\"f\": f, \"g\": g}; t[\"g\"]() }\n"
                   "func d() { s := S{hook: f}; s.hook() }\nfunc e() (func(), error) { return g, nil }\nfunc h() { r, "
                   "_ := e(); r() }\n"
                   "func i() { func() { f() }(); named := func() { g() }; defer named() }\n"),
                ElementsAre("main.a > main.f", "main.a > main.g", "main.apply > main.f", "main.b > main.apply",
                            "main.c > main.g", "main.d > main.f", "main.h > main.e", "main.h > main.g",
                            "main.i > main.i.<func1>", "main.i > main.i.named", "main.i.<func1> > main.f",
                            "main.i.named > main.g"));
}

TEST(GoCalls, MethodsAreValues) {
    EXPECT_THAT(
        go("type T struct{}\nfunc (t *T) m() {}\nfunc a(t *T) { f := t.m; f() }\nfunc b(t *T) { f := (*T).m; f(t) }\n"),
        ElementsAre("main.a > main.T.m", "main.b > main.T.m"));
}

TEST(GoCalls, AFunctionTypeMayHaveMethods) {
    EXPECT_THAT(
        go("type Handler interface { Serve() }\ntype Func func()\nfunc (f Func) Serve() { f() }\nfunc hello() {}\n"
           "func serve(h Handler) { h.Serve() }\nfunc m() { serve(Func(hello)) }\n"),
        ElementsAre("main.Func.Serve > main.hello", "main.m > main.serve", "main.serve > main.Func.Serve"));
}

TEST(GoCalls, AStructThatIsEmbeddedIsNoFunction) {
    EXPECT_THAT(
        go("type Title func() string\ntype Path struct{ s string }\nfunc (p *Path) Path() string { return p.s }\n"
           "type Page struct{ *Path; Title }\nfunc title() string { return \"\" }\n"
           "func m() { p := Page{Title: Title(title)}; p.Path.Path(); p.Title() }\nfunc n(p Page) { p.Path() }\n"),
        ElementsAre("main.m > main.Path.Path", "main.m > main.title"));
}

TEST(GoCalls, AFieldIsNoMethodThatAnInterfaceAsksFor) {
    const auto calls =
        go("type Named interface { Name() string }\ntype A struct{}\nfunc (a A) Name() string { return \"\" }\n"
           "type B struct{ Name func() string }\nfunc f() string { return \"\" }\n"
           "func m(x any) { x.(Named).Name() }\nfunc n() { m(A{}); m(B{Name: f}) }\n");
    EXPECT_THAT(calls, ElementsAre("main.m > main.A.Name", "main.n > main.m"));
}

TEST(GoCalls, SwitchesAndAssertionsSayMore) {
    const auto calls = go(std::string(shapes) +
                          "func m(s Shape) { switch v := s.(type) { case Circle: v.Area() } }\n"
                          "func n(s any) { if q, ok := s.(*Square); ok { q.Area() } }\n"
                          "func made() { m(Circle{}); m(&Square{}); n(Circle{}); n(&Square{}) }\n");
    EXPECT_THAT(calls, Contains("main.m > main.Circle.Area"));
    EXPECT_THAT(calls, Not(Contains("main.m > main.Square.Area")));
    EXPECT_THAT(calls, Contains("main.n > main.Square.Area"));
    EXPECT_THAT(calls, Not(Contains("main.n > main.Circle.Area")));
}

TEST(GoCalls, ChannelsAndGoroutines) {
    EXPECT_THAT(go("func f() {}\nfunc send(c chan func()) { c <- f }\nfunc m() { c := make(chan func()); go send(c); g "
                   ":= <-c; g() }\n"),
                ElementsAre("main.m > main.f", "main.m > main.send"));
}

TEST(GoCalls, TheLibraryCallsWhatItIsGiven) {
    EXPECT_THAT(go("import \"sort\"\nfunc less() bool { return true }\nfunc m(x []int) { sort.Slice(x, func(i, j int) "
                   "bool { return less() }) }\n"),
                ElementsAre("main.m > main.m.<func1>", "main.m.<func1> > main.less"));
}

TEST(GoCalls, GenericFunctionsCallWhatTheyGet) {
    EXPECT_THAT(go("func each[T any](xs []T, f func(T)) { for _, x := range xs { f(x) } }\nfunc p(i int) {}\nfunc m() "
                   "{ each[int]([]int{1}, p) }\n"),
                ElementsAre("main.each > main.p", "main.m > main.each"));
}

TEST(GoCalls, VariablesOfAPackageAreShared) {
    EXPECT_THAT(calls_of({{"a.go", "package main\nvar hook = first\nfunc first() {}\nfunc second() {}\n"},
                          {"b.go", "package main\nfunc m() { hook() }\nfunc set() { hook = second }\n"}}),
                ElementsAre("main.m > main.first", "main.m > main.second"));
}

TEST(GoCalls, WhatIsNotThereIsNotGuessed) {
    EXPECT_THAT(
        go("import \"other.org/x\"\ntype T struct{}\nfunc (t T) Close() {}\nfunc m() { x.Close(); x.New().Close() }\n"),
        IsEmpty());
}

}  // namespace
}  // namespace gsdb::codebase::link
