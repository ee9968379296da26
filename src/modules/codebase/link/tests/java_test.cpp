// What Java programs call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/codebase/link/tests/program_calls.hpp"

namespace gsdb::codebase::link {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// The calls of a program in one file of the package `p`.
std::vector<std::string> java(const std::string& text) {
    auto calls = calls_of({{"p/Main.java", "package p;\n" + text}});
    for (auto& call : calls)
        for (std::size_t at = 0; (at = call.find("p.", at)) != std::string::npos;)
            if (at == 0 || call[at - 1] == ' ')
                call.erase(at, 2);
            else
                ++at;
    return calls;
}

TEST(JavaCalls, AreNamedByPackageClassAndMethod) {
    EXPECT_THAT(
        calls_of({{"a/b/Foo.java",
                   "package a.b; public class Foo { void bar() { baz(); Other.qux(); }\n"
                   "  void baz() {} static class In { void go() { Runnable r = () -> Other.qux(); r.run(); } } }\n"
                   "class Other { static void qux() {} }\n"}}),
        ElementsAre("a.b.Foo.In.go > a.b.Foo.In.go.<lambda1>", "a.b.Foo.In.go.<lambda1> > a.b.Other.qux",
                    "a.b.Foo.bar > a.b.Foo.baz", "a.b.Foo.bar > a.b.Other.qux"));
}

TEST(JavaCalls, ImportsSayWhatANameMeans) {
    EXPECT_THAT(
        calls_of(
            {{"src/a/A.java",
              "package a; public class A { public static void f() {} public static class N { public void g() {} } }"},
             {"src/b/B.java", "package b; import a.A; class B { void m() { A.f(); new A.N().g(); } }"},
             {"src/b/C.java", "package b; import a.*; class C { void m() { A.f(); } }"},
             {"src/b/D.java",
              "package b; import static a.A.f; import a.A.N; class D { void m() { f(); new N().g(); } }"},
             {"src/b/E.java", "package b; import static a.A.*; class E { void m(D d) { f(); a.A.f(); d.m(); } }"}}),
        ElementsAre("src.b.B.m > src.a.A.N.<init>", "src.b.B.m > src.a.A.N.g", "src.b.B.m > src.a.A.f",
                    "src.b.C.m > src.a.A.f", "src.b.D.m > src.a.A.N.<init>", "src.b.D.m > src.a.A.N.g",
                    "src.b.D.m > src.a.A.f", "src.b.E.m > src.a.A.f", "src.b.E.m > src.b.D.m"));
}

TEST(JavaCalls, ANameOfTheLibraryIsNotLookedForElsewhere) {
    EXPECT_THAT(calls_of({{"a/List.java", "package a; public class List { public void add(Object o) {} }"},
                          {"b/B.java", "package b; import java.util.List; class B { void m(List l) { l.add(1); } }"}}),
                IsEmpty());
}

constexpr auto shapes = R"(
interface Shape { double area(); default String info() { return name() + area(); } String name(); }
abstract class Base implements Shape { public String name() { return ""; } }
class Circle extends Base { public double area() { return 1; } }
class Square extends Base { public double area() { return 2; } public String name() { return "s"; } }
class Unused extends Base { public double area() { return 3; } }
)";

TEST(JavaCalls, AVirtualCallGoesToTheClassThatWasMade) {
    EXPECT_THAT(java(std::string(shapes) + "class Main { void one() { Shape s = new Circle(); s.area(); s.info(); }\n"
                                           "  void two() { Shape s = new Square(); s.name(); } }"),
                ElementsAre("Circle.<init> > Base.<init>", "Main.one > Circle.<init>", "Main.one > Circle.area",
                            "Main.one > Shape.info", "Main.two > Square.<init>", "Main.two > Square.name",
                            "Shape.info > Base.name", "Shape.info > Circle.area", "Square.<init> > Base.<init>",
                            "Unused.<init> > Base.<init>"));
}

TEST(JavaCalls, ADeclaredTypeStandsForWhatIsMadeOfIt) {
    const auto calls =
        java(std::string(shapes) +
             "class Main { void made() { new Circle(); new Square(); }\n"
             "  void outside(Shape s, java.util.List<Base> all) { s.area(); for (Base b : all) b.name(); } }");
    EXPECT_THAT(calls, Contains("Main.outside > Circle.area"));
    EXPECT_THAT(calls, Contains("Main.outside > Square.area"));
    EXPECT_THAT(calls, Contains("Main.outside > Square.name"));
    EXPECT_THAT(calls, Contains("Main.outside > Base.name"));
    EXPECT_THAT(calls, Not(Contains("Main.outside > Unused.area")));
}

TEST(JavaCalls, WithoutAnImplementationTheDeclarationIsMeant) {
    EXPECT_THAT(java("interface Out { void put(); } class Main { void m(Out o) { o.put(); } }"),
                ElementsAre("Main.m > Out.put"));
}

TEST(JavaCalls, WhatIsPassedCountsMoreThanWhatIsDeclared) {
    const auto calls = java(std::string(shapes) +
                            "class Main { static void draw(Shape s) { s.area(); }\n"
                            "  public static void main(String[] a) { draw(new Circle()); new Square(); } }");
    EXPECT_THAT(calls, Contains("Main.draw > Circle.area"));
    EXPECT_THAT(calls, Not(Contains("Main.draw > Square.area")));
}

TEST(JavaCalls, ACastLetsThroughWhatFits) {
    const auto calls = java(std::string(shapes) +
                            "class Main { void m(boolean b) { Object o = b ? new Circle() : new Square();\n"
                            "  if (o instanceof Circle c) c.area(); ((Square) o).name(); } }");
    EXPECT_THAT(calls, Contains("Main.m > Circle.area"));
    EXPECT_THAT(calls, Not(Contains("Main.m > Square.area")));
    EXPECT_THAT(calls, Contains("Main.m > Square.name"));
    EXPECT_THAT(calls, Not(Contains("Main.m > Base.name")));
}

TEST(JavaCalls, OverloadsAreChosenByTheArguments) {
    EXPECT_THAT(
        java("class A { void f(int x) { i(); } void f(String x) { s(); } void f(Object x) { o(); } void f(int x, "
             "int... y) { v(); }\n"
             "  void i() {} void s() {} void o() {} void v() {} }\n"
             "class B extends A { void f(String x) { super.f(x); } }\n"
             "class C { void m() { new A().f(1); } void n() { new B().f(\"\"); } void k() { new A().f(1, 2, 3); } }"),
        ElementsAre("A.f > A.i", "A.f > A.o", "A.f > A.s", "A.f > A.v", "B.<init> > A.<init>", "B.f > A.f",
                    "C.k > A.<init>", "C.k > A.f", "C.m > A.<init>", "C.m > A.f", "C.n > B.<init>", "C.n > B.f"));
}

TEST(JavaCalls, AnOverloadOfAnotherNumberOfArgumentsIsNotMeant) {
    EXPECT_THAT(java("class A { void f() {} } class B extends A { void f(int x) { f(); } }"),
                ElementsAre("B.<init> > A.<init>", "B.f > A.f"));
}

TEST(JavaCalls, ConstructorsCallThoseAbove) {
    EXPECT_THAT(
        java("class A { A(int x) { init(); } void init() {} }\n"
             "class B extends A { final Helper h = new Helper(); B() { this(1); } B(int x) { super(x); } void init() "
             "{} }\n"
             "class Helper {} class Main { static Object o = new B(); static { start(); } static void start() {} }"),
        ElementsAre("A.<init> > B.init", "B.<init> > A.<init>", "B.<init> > B.<init>", "B.<init> > Helper.<init>",
                    "Main.<clinit> > B.<init>", "Main.<clinit> > Main.start"));
}

TEST(JavaCalls, TheFirstUseOfAClassInitialisesIt) {
    EXPECT_THAT(
        java("class Conf { static int size = load(); static int load() { return 1; } static final int max = 3; }\n"
             "class Plain { static final int max = 3; static void f() {} }\n"
             "class Main { int m() { Plain.f(); return Conf.size; } }"),
        ElementsAre("Conf.<clinit> > Conf.load", "Main.m > Conf.<clinit>", "Main.m > Plain.f"));
}

TEST(JavaCalls, AFieldAndAMethodMayHaveTheSameName) {
    EXPECT_THAT(java("class A { Runnable run = () -> x(); void x() {} A run() { return this; } void m() { run().y(); "
                     "run.run(); } void y() {} }"),
                ElementsAre("A.<init>.<lambda1> > A.x", "A.m > A.<init>.<lambda1>", "A.m > A.run", "A.m > A.y"));
}

TEST(JavaCalls, LambdasAndReferencesAreCalledWhereTheirInterfaceIs) {
    EXPECT_THAT(java("import java.util.function.*;\n"
                     "interface Op { int on(int x); default Op twice() { return x -> on(on(x)); } }\n"
                     "class P { P() {} int len() { return 1; } static int zero(P p) { return 0; } }\n"
                     "class Main { static int inc(int x) { return x; }\n"
                     "  void m() { Op a = Main::inc; a.on(1); Op b = x -> inc(x); b.twice().on(2); }\n"
                     "  void n(P p) { Function<P, Integer> f = P::len; f.apply(p); Supplier<P> s = P::new; "
                     "s.get().len(); ToIntFunction<P> z = P::zero; z.applyAsInt(p);\n"
                     "    Supplier<Integer> bound = p::len; bound.get(); } }"),
                ElementsAre("Main.m > Main.inc", "Main.m > Op.twice", "Main.m > Op.twice.<lambda1>",
                            "Main.m.<lambda2> > Main.inc", "Main.n > P.<init>", "Main.n > P.len", "Main.n > P.zero",
                            "Op.twice.<lambda1> > Main.m.<lambda2>"));
}

TEST(JavaCalls, TheLibraryCallsWhatItIsGiven) {
    EXPECT_THAT(
        java("import java.util.*; import java.util.concurrent.*;\n"
             "class Item { int key() { return 1; } void show() {} }\n"
             "class Main { void a(List<Item> l) { l.forEach(Item::show); }\n"
             "  void b() { new ArrayList<>(List.of(new Item())).stream().map(i -> i.key()).filter(k -> "
             "ok(k)).forEach(k -> done()); }\n"
             "  void c() { Executors.newFixedThreadPool(1).submit(() -> done()); new Thread(this::done).start(); }\n"
             "  void d(Map<String, Item> m) { m.get(\"a\").show(); m.values().iterator().next().key(); }\n"
             "  void e() { Optional.of(new Item()).map(Item::key).orElseGet(() -> none()); }\n"
             "  boolean ok(int k) { return true; } void done() {} int none() { return 0; } }\n"
             "class Job extends Thread { public void run() { go(); } void go() {} static void all() { new "
             "Job().start(); } }"),
        ElementsAre("Job.all > Job.<init>", "Job.all > Job.run", "Job.run > Job.go", "Main.a > Item.show",
                    "Main.b > Item.<init>", "Main.b > Main.b.<lambda1>", "Main.b > Main.b.<lambda2>",
                    "Main.b > Main.b.<lambda3>", "Main.b.<lambda1> > Item.key", "Main.b.<lambda2> > Main.ok",
                    "Main.b.<lambda3> > Main.done", "Main.c > Main.c.<lambda4>", "Main.c > Main.done",
                    "Main.c.<lambda4> > Main.done", "Main.d > Item.key", "Main.d > Item.show", "Main.e > Item.<init>",
                    "Main.e > Item.key", "Main.e > Main.e.<lambda5>", "Main.e.<lambda5> > Main.none"));
}

TEST(JavaCalls, ATableOfFunctionsIsReadByItsKeys) {
    EXPECT_THAT(
        java("import java.util.*;\n"
             "class Main { Map<String, Runnable> t = new HashMap<>(); void fill() { t.put(\"a\", this::f); "
             "t.put(\"b\", this::g); }\n"
             "  void one() { t.get(\"a\").run(); } void any(String k) { t.get(k).run(); } void f() {} void g() {} }"),
        ElementsAre("Main.any > Main.f", "Main.any > Main.g", "Main.one > Main.f"));
}

TEST(JavaCalls, InnerLocalAndAnonymousClasses) {
    EXPECT_THAT(java("class Main { void out() {} class In { void go() { out(); own(); } void own() {} }\n"
                     "  void m() { new In().go(); class L { void l() { out(); } } new L().l();\n"
                     "    Runnable r = new Runnable() { public void run() { out(); Main.this.out(); } }; r.run(); } }"),
                ElementsAre("Main.In.go > Main.In.own", "Main.In.go > Main.out", "Main.m > Main.In.<init>",
                            "Main.m > Main.In.go", "Main.m > Main.m.<anonymous1>.<init>",
                            "Main.m > Main.m.<anonymous1>.run", "Main.m > Main.m.L.<init>", "Main.m > Main.m.L.l",
                            "Main.m.<anonymous1>.run > Main.out", "Main.m.L.l > Main.out"));
}

TEST(JavaCalls, EnumsAndRecords) {
    EXPECT_THAT(java("enum Op { ADD { int on() { return plus(); } }, SUB; int on() { return 0; } static int plus() { "
                     "return 1; } }\n"
                     "record P(Op op) { P { check(); } static void check() {} int on() { return op().on(); } }\n"
                     "class Main { void a() { Op.ADD.on(); } void b() { for (Op o : Op.values()) o.on(); } void c() { "
                     "new P(Op.SUB).on(); } }"),
                ElementsAre("Main.a > Op.<clinit>", "Main.a > Op.ADD.on", "Main.b > Op.<clinit>", "Main.b > Op.ADD.on",
                            "Main.b > Op.on", "Main.b > Op.values", "Main.c > Op.<clinit>", "Main.c > P.<init>",
                            "Main.c > P.on", "Op.<clinit> > Op.<init>", "Op.<clinit> > Op.ADD.<init>",
                            "Op.ADD.<init> > Op.<init>", "Op.ADD.on > Op.plus", "P.<init> > P.check", "P.on > Op.on",
                            "P.on > P.op"));
}

TEST(JavaCalls, SwitchesBindWhatTheirPatternsSay) {
    const auto calls = java(std::string(shapes) +
                            "class Main { void m(Object o) { switch (o) { case Circle c -> c.area(); case Square s -> "
                            "s.name(); default -> none(); } }\n"
                            "  void none() {} void made() { new Circle(); new Square(); } }");
    EXPECT_THAT(calls, Contains("Main.m > Circle.area"));
    EXPECT_THAT(calls, Contains("Main.m > Square.name"));
    EXPECT_THAT(calls, Contains("Main.m > Main.none"));
    EXPECT_THAT(calls, Not(Contains("Main.m > Square.area")));
}

TEST(JavaCalls, StatementsCallWhatTheyImply) {
    EXPECT_THAT(
        java("import java.util.*; class R implements AutoCloseable { public void close() { free(); } void free() {} }\n"
             "class N implements Iterable<String>, Iterator<String> { public Iterator<String> iterator() { return "
             "this; }\n"
             "  public boolean hasNext() { return false; } public String next() { return null; } }\n"
             "class Main { void a() { try (R r = new R()) { r.free(); } } void b() { for (String s : new N()) {} } }"),
        ElementsAre("Main.a > R.<init>", "Main.a > R.close", "Main.a > R.free", "Main.b > N.<init>",
                    "Main.b > N.hasNext", "Main.b > N.iterator", "Main.b > N.next", "R.close > R.free"));
}

TEST(JavaCalls, GenericContainersKeepWhatIsPutIn) {
    const auto calls = java(std::string(shapes) +
                            "class Box<T> { private T v; void set(T v) { this.v = v; } T get() { return v; } }\n"
                            "class Main { public static void main(String[] a) { Box<Shape> b = new Box<>(); b.set(new "
                            "Circle()); b.get().area();\n"
                            "  Box<Shape> c = new Box<>(); c.set(new Square()); c.get().name(); } }");
    EXPECT_THAT(calls, Contains("Main.main > Circle.area"));
    EXPECT_THAT(calls, Not(Contains("Main.main > Square.area")));
    EXPECT_THAT(calls, Contains("Main.main > Square.name"));
}

}  // namespace
}  // namespace gsdb::codebase::link
