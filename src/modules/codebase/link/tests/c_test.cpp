// What C and C++ programs call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/codebase/link/tests/program_calls.hpp"

namespace gsdb::codebase::link {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> c(const std::string& text) {
    return calls_of({{"main.c", text}});
}
std::vector<std::string> cpp(const std::string& text) {
    return calls_of({{"main.cpp", text}});
}

TEST(CCalls, StaticFunctionsAreOfTheirFile) {
    EXPECT_THAT(
        calls_of({{"a.c", "static int helper(void) { return 1; }\nint a(void) { return helper() + shared(); }\n"},
                  {"b.c", "static int helper(void) { return 2; }\nint shared(void) { return helper(); }\n"},
                  {"util.h", "static inline int twice(int x) { return x; }\nint a(void);\n"},
                  {"main.c", "#include \"util.h\"\nint main(void) { return twice(a()) + printf(\"\"); }\n"}}),
        ElementsAre("a.a > a.helper", "a.a > b.shared", "b.shared > b.helper", "main.main > a.a",
                    "main.main > util.twice"));
}

TEST(CCalls, PointersToFunctionsAreFollowed) {
    EXPECT_THAT(
        c("int f(int x) { return x; }\nint g(int x) { return x; }\nint apply(int (*h)(int)) { return (*h)(1); }\n"
          "int a(void) { int (*p)(int) = &f; p(1); p = g; return p(2); }\nint b(void) { return apply(f); }\n"
          "int (*table[])(int) = { f, g };\nint d(void) { return table[1](3); }\nint e(int i) { return table[i](3); "
          "}\n"),
        ElementsAre("main.a > main.f", "main.a > main.g", "main.apply > main.f", "main.b > main.apply",
                    "main.d > main.g", "main.e > main.f", "main.e > main.g"));
}

TEST(CCalls, FieldsOfStructsAreToldApart) {
    EXPECT_THAT(
        calls_of({{"dev.h",
                   "struct ops { int (*read)(int); int (*write)(int); };\nstruct dev { const struct ops *ops; };\n"},
                  {"disk.c",
                   "#include \"dev.h\"\nstatic int disk_read(int x) { return x; }\nstatic int disk_write(int x) { "
                   "return x; }\n"
                   "const struct ops disk_ops = { .read = disk_read, .write = disk_write };\n"},
                  {"use.c",
                   "#include \"dev.h\"\nextern const struct ops disk_ops;\nint known(void) { struct dev d; d.ops = "
                   "&disk_ops; return d.ops->read(1); }\n"
                   "int outside(struct dev *d) { return d->ops->write(1); }\n"}}),
        ElementsAre("use.known > disk.disk_read", "use.outside > disk.disk_write"));
}

TEST(CCalls, OfTwoProgramsInAFolderTheNearestIsMeant) {
    EXPECT_THAT(calls_of({{"one/main.c", "int main(void) { return run(); }\n"},
                          {"one/run.c", "int run(void) { return 1; }\n"},
                          {"two/main.c", "int main(void) { return run(); }\n"},
                          {"two/run.c", "int run(void) { return 2; }\n"}}),
                ElementsAre("one.main.main > one.run.run", "two.main.main > two.run.run"));
}

TEST(CCalls, TheLibraryCallsWhatItIsGiven) {
    EXPECT_THAT(c("static int cmp(const void *a, const void *b) { return 0; }\nstatic void bye(void) {}\nvoid m(int "
                  "*x) { qsort(x, 1, 4, cmp); atexit(bye); other(cmp); }\n"),
                ElementsAre("main.m > main.bye", "main.m > main.cmp"));
}

constexpr auto shapes = R"(
class Shape { public: virtual double area() const = 0; virtual void draw() { area(); } virtual ~Shape() {} };
class Circle : public Shape { public: Circle(int r) : r_(r) { init(); } double area() const override { return 1; } void init() {} int r_; };
class Square : public Shape { public: double area() const override { return 2; } void draw() override { Shape::draw(); } };
class Unused : public Shape { public: double area() const override { return 3; } };
)";

TEST(CppCalls, VirtualCallsGoToTheClassThatWasMade) {
    const auto calls =
        cpp(std::string(shapes) +
            "void show(const Shape& s) { s.area(); }\nvoid one() { Circle c(1); show(c); }\n"
            "void two() { Shape* s = new Square; s->draw(); delete s; }\nvoid outside(Shape* s) { s->area(); }\n");
    EXPECT_THAT(calls, Contains("main.one > main.Circle.Circle"));
    EXPECT_THAT(calls, Contains("main.Circle.Circle > main.Circle.init"));
    EXPECT_THAT(calls, Contains("main.show > main.Circle.area"));
    EXPECT_THAT(calls, Not(Contains("main.show > main.Square.area")));
    EXPECT_THAT(calls, Contains("main.two > main.Square.draw"));
    EXPECT_THAT(calls, Contains("main.Square.draw > main.Shape.draw"));
    EXPECT_THAT(calls, Contains("main.two > main.Shape.~Shape"));
    EXPECT_THAT(calls, Contains("main.outside > main.Circle.area"));
    EXPECT_THAT(calls, Contains("main.outside > main.Square.area"));
    EXPECT_THAT(calls, Not(Contains("main.outside > main.Unused.area")));
}

TEST(CppCalls, MethodsOutsideOfTheirClass) {
    EXPECT_THAT(
        calls_of(
            {{"inc/a.h",
              "namespace n { class A { public: A(); void f(); static void s(); private: void g(); }; void free(); }\n"},
             {"src/a.cpp",
              "#include \"a.h\"\nnamespace n { A::A() { f(); } void A::f() { g(); free(); } void A::g() { s(); } void "
              "free() {} }\nvoid n::A::s() { n::free(); }\n"},
             {"src/main.cpp",
              "#include \"a.h\"\nusing namespace n;\nint main() { A a; a.f(); n::A::s(); free(); }\n"}}),
        ElementsAre("src.a.n.A.A > src.a.n.A.f", "src.a.n.A.f > src.a.n.A.g", "src.a.n.A.f > src.a.n.free",
                    "src.a.n.A.g > src.a.n.A.s", "src.a.n.A.s > src.a.n.free", "src.main.main > src.a.n.A.A",
                    "src.main.main > src.a.n.A.f", "src.main.main > src.a.n.A.s", "src.main.main > src.a.n.free"));
}

TEST(CppCalls, NamespacesAreSearchedFromWithin) {
    EXPECT_THAT(
        cpp("void f() {}\nnamespace a { void f() {} namespace b { void g() { f(); ::f(); } } }\nnamespace c { void h() "
            "{ f(); a::b::g(); } }\n"),
        ElementsAre("main.a.b.g > main.a.f", "main.a.b.g > main.f", "main.c.h > main.a.b.g", "main.c.h > main.f"));
}

TEST(CppCalls, LambdasAndObjectsAreCalled) {
    EXPECT_THAT(cpp("int inc(int x) { return x; }\nstruct Add { int operator()(int x) const { return inc(x); } "
                    "};\ntemplate <class F> int apply(F f) { return f(1); }\n"
                    "int a() { auto f = [](int x) { return inc(x); }; return f(1); }\nint b() { Add add; return "
                    "add(1); }\nint c() { return apply([](int x) { return inc(x); }) + apply(inc); }\n"
                    "void d(std::vector<int> v) { std::for_each(v.begin(), v.end(), [](int x) { inc(x); }); "
                    "std::thread t([] { inc(4); }); }\n"
                    "struct S { std::function<int(int)> f; int run() { return f(1); } };\nint e() { S s; s.f = inc; "
                    "return s.run(); }\n"),
                ElementsAre("main.Add.operator() > main.inc", "main.S.run > main.inc", "main.a > main.a.<lambda1>",
                            "main.a.<lambda1> > main.inc", "main.apply > main.c.<lambda2>", "main.apply > main.inc",
                            "main.b > main.Add", "main.b > main.Add.operator()", "main.c > main.apply",
                            "main.c.<lambda2> > main.inc", "main.d > main.d.<lambda3>", "main.d > main.d.<lambda4>",
                            "main.d.<lambda3> > main.inc", "main.d.<lambda4> > main.inc", "main.e > main.S",
                            "main.e > main.S.run"));
}

TEST(CppCalls, OverloadsDifferByTheirNumberOfArguments) {
    EXPECT_THAT(cpp("struct P { void one() {} void two() {} void f(int) { one(); } void f(int, int y = 1) { two(); } "
                    "};\nvoid m(P& p) { p.f(1, 2); }\n"),
                ElementsAre("main.P.f > main.P.one", "main.P.f > main.P.two", "main.m > main.P.f"));
}

TEST(CppCalls, SmartPointersAndContainersGiveWhatIsInThem) {
    const auto calls = cpp(std::string(shapes) +
                           "void m() { std::vector<std::unique_ptr<Shape>> all; "
                           "all.push_back(std::make_unique<Circle>(1)); for (auto& s : all) s->area(); }\n"
                           "void n(std::shared_ptr<Square> s) { s->draw(); }\n");
    EXPECT_THAT(calls, Contains("main.m > main.Circle.Circle"));
    EXPECT_THAT(calls, Contains("main.m > main.Circle.area"));
    EXPECT_THAT(calls, Not(Contains("main.m > main.Square.area")));
    EXPECT_THAT(calls, Contains("main.n > main.Square.draw"));
}

TEST(CppCalls, OperatorsAreMethods) {
    EXPECT_THAT(cpp("struct V { V operator+(const V& o) const { return o.self(); } V self() const { return *this; } "
                    "int& operator[](int i) { return at(i); } int& at(int i); };\n"
                    "void m() { V a, b; V c = a + b; c.self(); c[1]; }\n"),
                ElementsAre("main.V.operator+ > main.V.self", "main.m > main.V", "main.m > main.V.operator+",
                            "main.m > main.V.operator[]", "main.m > main.V.self"));
}

TEST(CppCalls, FieldsAndBasesAreConstructed) {
    EXPECT_THAT(cpp("struct A { A(int) {} };\nstruct B { B() {} };\nint f() { return 1; }\nstruct C : A { B b; int x = "
                    "f(); C() : A(1), b() {} };\nvoid m() { new C(); }\n"),
                ElementsAre("main.C.C > main.A.A", "main.C.C > main.B.B", "main.C.C > main.f", "main.m > main.C.C"));
}

TEST(CppCalls, WhatIsNotThereIsNotGuessed) {
    EXPECT_THAT(cpp("struct S { void close() {} };\nvoid m(std::fstream& x) { x.close(); other::close(); "
                    "lib::S().close(); }\n"),
                IsEmpty());
}

}  // namespace
}  // namespace gsdb::codebase::link
