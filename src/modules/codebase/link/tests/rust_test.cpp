// What Rust programs call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/codebase/link/tests/program_calls.hpp"

namespace gsdb::codebase::link {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> rust(const std::string& text) {
    return calls_of({{"main.rs", text}});
}

TEST(RustCalls, PathsGoThroughModules) {
    EXPECT_THAT(
        calls_of({{"src/main.rs",
                   "mod a; use a::b::deep as d; use a::*;\nfn main() { d(); top(); a::top(); crate::a::b::deep(); }\n"},
                  {"src/a/mod.rs", "pub mod b;\npub fn top() { self::own(); b::deep(); }\nfn own() {}\n"},
                  {"src/a/b.rs", "pub fn deep() { super::top(); crate::main(); }\n"}}),
        ElementsAre("src.a.b.deep > src.a.top", "src.a.b.deep > src.main.main", "src.a.top > src.a.b.deep",
                    "src.a.top > src.a.own", "src.main.main > src.a.b.deep", "src.main.main > src.a.top"));
}

TEST(RustCalls, ReexportsAndOtherCrates) {
    EXPECT_THAT(
        calls_of({{"one/Cargo.toml", "[package]\nname = \"my-one\"\n"},
                  {"one/src/lib.rs", "mod inner;\npub use inner::T;\n"},
                  {"one/src/inner.rs", "pub struct T;\nimpl T { pub fn new() -> T { T } pub fn go(&self) {} }\n"},
                  {"two/src/main.rs", "use my_one::T;\nfn main() { T::new().go(); other::T::new(); }\n"}}),
        ElementsAre("two.src.main.main > one.src.inner.T.go", "two.src.main.main > one.src.inner.T.new"));
}

TEST(RustCalls, ModulesWithinAFile) {
    EXPECT_THAT(rust("fn f() {}\nmod m { pub fn g() { super::f(); h(); } fn h() {} pub mod n { use super::super::*; "
                     "pub fn i() { f(); } } }\n"
                     "mod tests { use super::*; fn t() { f(); m::g(); m::n::i(); } }\n"),
                ElementsAre("main.m.g > main.f", "main.m.g > main.m.h", "main.m.n.i > main.f", "main.tests.t > main.f",
                            "main.tests.t > main.m.g", "main.tests.t > main.m.n.i"));
}

constexpr auto shapes = R"(
trait Shape { fn area(&self) -> f64; fn twice(&self) -> f64 { self.area() } fn make() -> Self; }
struct Circle { r: f64 }
struct Square;
struct Unused;
impl Shape for Circle { fn area(&self) -> f64 { 1.0 } fn make() -> Self { Circle { r: 1.0 } } }
impl Shape for Square { fn area(&self) -> f64 { 2.0 } fn make() -> Self { Square } }
impl Shape for Unused { fn area(&self) -> f64 { 3.0 } }
impl Circle { fn new() -> Self { Self { r: 1.0 } } }
)";

TEST(RustCalls, TraitsGoToTheTypesThatThereAre) {
    const auto calls =
        rust(std::string(shapes) +
             "fn dynamic(s: &dyn Shape) { s.area(); }\nfn generic<T: Shape>(s: T) { s.twice(); }\n"
             "fn main() { dynamic(&Circle::new()); generic(Square); }\nfn outside(b: Box<dyn Shape>) { b.area(); }\n");
    EXPECT_THAT(calls, Contains("main.dynamic > main.Circle.area"));
    EXPECT_THAT(calls, Not(Contains("main.dynamic > main.Square.area")));
    EXPECT_THAT(calls, Contains("main.generic > main.Shape.twice"));
    EXPECT_THAT(calls, Contains("main.Shape.twice > main.Square.area"));
    EXPECT_THAT(calls, Not(Contains("main.Shape.twice > main.Unused.area")));
    EXPECT_THAT(calls, Contains("main.outside > main.Circle.area"));
    EXPECT_THAT(calls, Contains("main.outside > main.Square.area"));
    EXPECT_THAT(calls, Not(Contains("main.outside > main.Unused.area")));
}

TEST(RustCalls, AssociatedFunctionsAndMethodsByPath) {
    EXPECT_THAT(rust("struct T;\nimpl T { fn new() -> Self { Self::help(); T } fn help() {} fn go(&self) {} }\n"
                     "fn main() { let t = T::new(); T::go(&t); let f = T::help; f(); t.go(); }\n"),
                ElementsAre("main.T.new > main.T.help", "main.main > main.T.go", "main.main > main.T.help",
                            "main.main > main.T.new"));
}

TEST(RustCalls, AFieldAndAMethodMayHaveTheSameName) {
    EXPECT_THAT(rust("struct T { run: fn() }\nimpl T { fn run(&self) { (self.run)(); } }\nfn f() {}\nfn main() { T { "
                     "run: f }.run(); }\n"),
                ElementsAre("main.T.run > main.f", "main.main > main.T.run"));
}

TEST(RustCalls, VariantsKeepWhatIsInThem) {
    EXPECT_THAT(
        rust("struct A; struct B;\nimpl A { fn a(&self) {} }\nimpl B { fn b(&self) {} fn a(&self) {} }\nenum E { "
             "One(A), Two { b: B }, Three }\n"
             "fn run(e: E) { match e { E::One(x) => x.a(), E::Two { b } => b.b(), E::Three => {} } }\n"
             "fn main() { run(E::One(A)); run(E::Two { b: B }); if let Some(x) = Some(A) { x.a(); } }\n"),
        ElementsAre("main.main > main.A.a", "main.main > main.run", "main.run > main.A.a", "main.run > main.B.b"));
}

TEST(RustCalls, ClosuresAreCalledByWhatTakesThem) {
    EXPECT_THAT(
        rust("fn f(x: i32) -> i32 { x }\nfn apply<F: Fn(i32)>(g: F) { g(1) }\n"
             "fn a() { apply(|x| { f(x); }); }\nfn b(v: Vec<i32>) { v.iter().map(|x| f(*x)).filter(|x| ok(x)).count(); "
             "}\nfn ok(_: &i32) -> bool { true }\n"
             "fn c() { load().map(f).unwrap_or_else(|| none()); }\nfn load() -> Option<i32> { None }\nfn none() -> i32 "
             "{ 0 }\n"),
        ElementsAre("main.a > main.apply", "main.a.<closure1> > main.f",
                    "main.apply > main.a.<closure1>", "main.b > main.b.<closure2>", "main.b > main.b.<closure3>",
                    "main.b.<closure2> > main.f", "main.b.<closure3> > main.ok", "main.c > main.c.<closure4>",
                    "main.c > main.f", "main.c > main.load", "main.c.<closure4> > main.none"));
}

TEST(RustCalls, WhatMacrosAreGivenIsCalled) {
    EXPECT_THAT(rust("struct T;\nimpl T { fn n(&self) -> i32 { 1 } fn new() -> T { T } }\nfn f(x: i32) -> i32 { x }\n"
                     "fn main() { let t = T::new(); println!(\"{}\", f(t.n())); assert_eq!(T::new().n(), 1); for u in "
                     "vec![T::new()] { u.n(); } }\n"),
                ElementsAre("main.main > main.T.n", "main.main > main.T.new", "main.main > main.f"));
}

TEST(RustCalls, OperatorsAndIteratorsAreMethods) {
    EXPECT_THAT(rust("use std::ops::Add;\nstruct V;\nimpl Add for V { fn add(self, o: V) -> V { o.len(); V } }\nimpl V "
                     "{ fn len(&self) {} }\n"
                     "struct It;\nimpl Iterator for It { type Item = V; fn next(&mut self) -> Option<V> { Some(V) } }\n"
                     "fn main() { let v = V + V; v.len(); for x in It { x.len(); } }\n"),
                ElementsAre("main.V.add > main.V.len", "main.main > main.It.next", "main.main > main.V.add",
                            "main.main > main.V.len"));
}

TEST(RustCalls, ItemsWithinFunctions) {
    EXPECT_THAT(rust("fn main() { struct L; impl L { fn go(&self) { f(); } } fn f() {} L.go(); f(); }\n"),
                ElementsAre("main.main > main.main.L.go", "main.main > main.main.f", "main.main.L.go > main.main.f"));
}

TEST(RustCalls, WhatIsNotThereIsNotGuessed) {
    EXPECT_THAT(rust("use serde::T;\nstruct S;\nimpl S { fn close(&self) {} fn new() -> S { S } }\nfn main(x: T) { "
                     "x.close(); T::new().close(); serde::new(); }\n"),
                IsEmpty());
}

}  // namespace
}  // namespace gsdb::codebase::link
