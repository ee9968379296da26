#include "modules/codebase/extract/attribute_macros.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

namespace gsdb::codebase::extract {
namespace {

/// The source as the parser gets it, with one space for each run of them.
std::string parsed(std::string_view source) {
    const auto copy = without_attribute_macros(source);
    if (copy) EXPECT_EQ(copy->size(), source.size());
    std::string result;
    for (const char c : copy ? *copy : std::string(source))
        if (c != ' ' || (!result.empty() && result.back() != ' ')) result += c;
    return result;
}

struct Case {
    const char* source;
    const char* parsed;
};

class Macros : public testing::TestWithParam<Case> {};

TEST_P(Macros, are_taken_out_where_a_declaration_goes_on) {
    EXPECT_EQ(parsed(GetParam().source), GetParam().parsed);
}

INSTANTIATE_TEST_SUITE_P(of_classes, Macros,
                         testing::Values(Case{"class MY_EXPORT A {};", "class A {};"},
                                         Case{"class MY_EXPORT(1, (2)) A : B {};", "class A : B {};"},
                                         Case{"struct MY_EXPORT A final : B {};", "struct A final : B {};"},
                                         Case{"class MY_EXPORT n::A {};", "class n::A {};"},
                                         Case{"struct MY_TAG x;", "struct MY_TAG x;"},
                                         Case{"struct MY_TAG { int a; };", "struct MY_TAG { int a; };"},
                                         Case{"struct MY_TAG f(void) {}", "struct MY_TAG f(void) {}"}));

INSTANTIATE_TEST_SUITE_P(
    of_functions, Macros,
    testing::Values(
        Case{"MY_API void f(int);", "void f(int);"}, Case{"MY_API(int) f(int x) { }", "MY_API(int) f(int x) { }"},
        Case{"extern MY_API type_t *f(void);", "extern type_t *f(void);"},
        Case{"MY_API void (f) (int);", "void (f) (int);"},
        Case{"MY_API type * (*f)(int) MY_ATTR;", "type * (*f)(int) ;"},
        Case{"MY_ATTR(a(1))\nint g(void);", "\nint g(void);"}, Case{"int MY_CALL f(void);", "int f(void);"},
        Case{"char *MY_ATTR(1) f(void);", "char * f(void);"}, Case{"void f(int) MY_ATTR(1, 2);", "void f(int) ;"},
        Case{"void f() MY_LOCKS MY_OTHER(x) { g(); }", "void f() { g(); }"},
        Case{"extern int f(void) __nonnull ((1)) MY_THROW;", "extern int f(void) ;"},
        Case{"void f(void) __attribute__((x));", "void f(void) __attribute__((x));"},
        Case{"namespace n MY_VISIBILITY(x) { MY_BEGIN\ntemplate <class T> class A;\nMY_END\n}",
             "namespace n { \ntemplate <class T> class A;\n \n}"},
        Case{"MY_BEGIN\nnamespace n {", "\nnamespace n {"}, Case{"A() MY_NOEXCEPT : a_(1) {}", "A() : a_(1) {}"},
        Case{"int f() const MY_LOCK;", "int f() const ;"}, Case{"int f() MY_LOCK{ g(); }", "int f() { g(); }"},
        Case{"Mutex m_ MY_GUARD(x);", "Mutex m_ ;"}, Case{"a<b> c MY_GUARD(x) = 1;", "a<b> c = 1;"},
        Case{"unsigned int MY_NAME(x);", "unsigned int MY_NAME(x);"},
        Case{"const type MY_NAME(x);", "const type MY_NAME(x);"}));

INSTANTIATE_TEST_SUITE_P(
    of_other_things_stay, Macros,
    testing::Values(Case{"MY_TYPE x;", "MY_TYPE x;"}, Case{"MY_TYPE *x = a;", "MY_TYPE *x = a;"},
                    Case{"MY_TYPE f(int x);", "MY_TYPE f(int x);"}, Case{"DWORD WINAPI_X f(int);", "DWORD f(int);"},
                    Case{"x = a * MY_VALUE;", "x = a * MY_VALUE;"},
                    Case{"enum { MY_A, MY_B = 1 };", "enum { MY_A, MY_B = 1 };"},
                    Case{"enum { MY_A };", "enum { MY_A };"}, Case{"enum { MY_A, MY_B };", "enum { MY_A, MY_B };"},
                    Case{"{ MY_CALL(x); f(y); }", "{ MY_CALL(x); f(y); }"},
                    Case{"{ MY_CALL(x) f(y); }", "{ MY_CALL(x) f(y); }"}, Case{"if (a) MY_CALL;", "if (a) MY_CALL;"},
                    Case{"for (;;) MY_CALL(x);", "for (;;) MY_CALL(x);"}, Case{"return MY_VALUE;", "return MY_VALUE;"},
                    Case{"case MY_VALUE: break;", "case MY_VALUE: break;"}, Case{"f(MY_VALUE, b);", "f(MY_VALUE, b);"},
                    Case{"\"MY_API void f();\"", "\"MY_API void f();\""},
                    Case{"// MY_API void f();\n", "// MY_API void f();\n"},
                    Case{"#define MY_X MY_API void f();\n", "#define MY_X MY_API void f();\n"},
                    Case{"unsigned MY_TYPE x;", "unsigned MY_TYPE x;"}, Case{"MY_A", "MY_A"}, Case{"MY_A(", "MY_A("},
                    Case{"MY_A (((", "MY_A ((("}, Case{"class MY_A", "class MY_A"}));

TEST(Macros, keep_lines_and_positions) {
    const std::string source = "MY_ATTR(\n  1)\nint f(void);\n";
    const auto copy = without_attribute_macros(source);
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->find("int f"), source.find("int f"));
    EXPECT_EQ(std::ranges::count(*copy, '\n'), 3);
}

TEST(Macros, of_several_lines_lose_their_comments) {
    EXPECT_EQ(parsed("#define A \\\n  x /* y */ \\\n  z\nint a; /* b */\n"),
              "#define A \\\n x \\\n z\nint a; /* b */\n");
    EXPECT_EQ(parsed("#define A x /* y */\n"), "#define A x /* y */\n");
    EXPECT_EQ(parsed("#define A \\\n x /* never \\\n closed"), "#define A \\\n x /* never \\\n closed");
}

TEST(Macros, cost_no_copy_where_there_are_none) {
    EXPECT_FALSE(without_attribute_macros("int main(void) { return LIMIT; }\n"));
}

}  // namespace
}  // namespace gsdb::codebase::extract
