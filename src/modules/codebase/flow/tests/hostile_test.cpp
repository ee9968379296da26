// Files that no one would write: the flow of each is made within bounds, and all of its numbers are good.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>
#include <string>

#include "modules/codebase/flow/make_flow.hpp"
#include "modules/codebase/flow/tests/parsed.hpp"

namespace gsdb::codebase::flow {
namespace {

using extract::Language;

constexpr Language followed[] = {Language::python, Language::javascript, Language::typescript,
                                 Language::tsx,    Language::java,       Language::go,
                                 Language::rust,   Language::c,          Language::cpp};

bool is_typed(Language language) {
    return language != Language::python && language != Language::javascript && language != Language::typescript &&
           language != Language::tsx;
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    text.reserve(part.size() * times);
    for (std::size_t i = 0; i < times; ++i) text += part;
    return text;
}

/// What operand `b` of an op numbers.
Index count_of_b(const FileFlow& flow, OpCode code) {
    switch (code) {
        case OpCode::load:
        case OpCode::store:
        case OpCode::reference:
            return static_cast<Index>(flow.names.size());
        case OpCode::super:
            return static_cast<Index>(flow.classes.size());
        default:
            return static_cast<Index>(flow.node_functions.size());
    }
}

Index count_of_a(const FileFlow& flow, OpCode code) {
    switch (code) {
        case OpCode::function:
            return static_cast<Index>(flow.functions.size());
        case OpCode::class_:
            return static_cast<Index>(flow.classes.size());
        case OpCode::literal:
        case OpCode::global:
            return static_cast<Index>(flow.names.size());
        case OpCode::container:
            return 3;
        case OpCode::call:
            return static_cast<Index>(flow.calls.size());
        case OpCode::import:
            return static_cast<Index>(flow.imports.size());
        default:
            return static_cast<Index>(flow.node_functions.size());
    }
}

void expect_sound_ops(const FileFlow& flow) {
    const auto nodes = static_cast<Index>(flow.node_functions.size());
    const auto expect_below = [](Index index, Index count) { ASSERT_TRUE(index == none || index < count); };
    Index position = 0;
    for (Index i = 0; i < flow.functions.size(); ++i) {
        ASSERT_EQ(flow.functions[i].first_op, position);
        position += flow.functions[i].op_count;
    }
    ASSERT_EQ(position, flow.ops.size()) << "every op is of a function";
    for (const auto& op : flow.ops) {
        expect_below(op.target, nodes);
        expect_below(op.a, count_of_a(flow, op.code));
        expect_below(op.b, count_of_b(flow, op.code));
        expect_below(op.c, nodes);
        ASSERT_NE(op.a == none && op.code != OpCode::super, true);
    }
}

void expect_sound(const FileFlow& flow) {
    const auto nodes = static_cast<Index>(flow.node_functions.size());
    const auto functions = static_cast<Index>(flow.functions.size());
    for (const auto function : flow.node_functions) ASSERT_LT(function, functions);
    for (Index i = 1; i < functions; ++i) {
        const auto& f = flow.functions[i];
        ASSERT_LT(f.name, flow.names.size());
        ASSERT_LT(f.parent, functions);
        ASSERT_LT(f.result, nodes);
        ASSERT_LE(f.first_parameter + f.parameter_count, flow.parameters.size());
    }
    for (const auto& parameter : flow.parameters) ASSERT_LT(parameter.node, nodes);
    for (const auto& c : flow.classes) {
        ASSERT_LT(c.name, flow.names.size());
        ASSERT_LE(c.first_base + c.base_count, flow.bases.size());
        ASSERT_LE(c.first_member + c.member_count, flow.members.size());
    }
    for (const auto& call : flow.calls) {
        ASSERT_TRUE(call.callee == none || call.callee < nodes);
        ASSERT_LE(call.first_argument + call.argument_count, flow.arguments.size());
    }
    for (const auto& each : flow.exports) ASSERT_TRUE(each.name < flow.names.size() && each.node < nodes);
    expect_sound_ops(flow);
}

FileFlow sound_flow_of(std::string_view source, Language language) {
    auto flow = flow_of(source, language);
    expect_sound(flow);
    return flow;
}

class Hostile : public testing::TestWithParam<Language> {};
INSTANTIATE_TEST_SUITE_P(languages, Hostile, testing::ValuesIn(followed),
                         [](const auto& instance) { return std::string(to_label(instance.param)); });

/// A file in which a statement stands.
std::string file_of(std::string_view statement, Language language) {
    if (language == Language::java) return "class A { void m() { " + std::string(statement) + "; } }";
    if (language == Language::c || language == Language::cpp) return "void m() { " + std::string(statement) + "; }";
    if (language == Language::rust) return "fn m() { " + std::string(statement) + "; }";
    if (language == Language::go) return "package a\nfunc m() { " + std::string(statement) + "\n}";
    return std::string(statement) + "\n";
}

TEST_P(Hostile, empty_file) {
    EXPECT_EQ(sound_flow_of("", GetParam()).functions.size(), 1);
}

TEST_P(Hostile, nesting_has_a_limit_that_is_told) {
    for (const std::string_view open : {"(", "[", "f(", "a[", "{a:", "-"})
        sound_flow_of(file_of("x = " + repeated(open, 20'000), GetParam()), GetParam());
    for (const std::string_view open : {"[", "("}) {
        if (open == "[" && is_typed(GetParam())) continue;
        const auto close = open == "[" ? "]" : ")";
        const auto source = "x = " + repeated(open, 20'000) + "1" + repeated(close, 20'000);
        EXPECT_FALSE(sound_flow_of(file_of(source, GetParam()), GetParam()).is_complete) << open;
    }
}

TEST_P(Hostile, nesting_of_blocks_has_a_limit_that_is_told) {
    if (!is_typed(GetParam())) return;
    for (const std::string_view open : {"{", "if (a) {", "while (a) {"}) {
        const auto source = repeated(open, 20'000) + "x = y;" + repeated("}", 20'000);
        sound_flow_of(file_of(source, GetParam()), GetParam());
    }
}

TEST_P(Hostile, long_chains) {
    const bool leans_left_without_end = GetParam() != Language::python;
    // What is no Java the grammar of Java recovers from in quadratic time: a minute for a chain as long as the others.
    const std::size_t links = GetParam() == Language::java ? 5'000 : 20'000;
    for (const std::string_view link : {".b().c", "[0](1)", ".b"}) {
        const auto flow = sound_flow_of(file_of("a" + repeated(link, links) + "()", GetParam()), GetParam());
        if (link.find(")(") == std::string_view::npos || !is_typed(GetParam()))
            EXPECT_EQ(flow.is_complete, leans_left_without_end) << link;
    }
    EXPECT_TRUE(sound_flow_of(file_of("x = " + repeated("f() + ", 20'000) + "1", GetParam()), GetParam()).is_complete);
}

TEST_P(Hostile, long_lists) {
    if (is_typed(GetParam())) {
        const auto calls = sound_flow_of(file_of(repeated("f(g);\n", 40'000), GetParam()), GetParam());
        EXPECT_TRUE(calls.is_complete);
        EXPECT_THAT(calls.ops.size(), testing::Lt(300'000U));
        return;
    }
    const auto flow = sound_flow_of("x = [\n" + repeated("  f,\n", 40'000) + "]\n", GetParam());
    EXPECT_TRUE(flow.is_complete);
    EXPECT_THAT(flow.ops.size(), testing::Lt(80'010U));
}

constexpr std::string_view python_source = R"(
import a.b as c
from .d import *
@dec(1)
class A(B, metaclass=M):
    x: "C" = f
    async def m(self, *a, b=1, **k):
        try:
            with self.y(a) as (z, w):
                yield [v for v in z if v()]
        except E as e:
            raise e.n from None
        for i, (j, *l) in k.items():
            global g
            g = lambda q: q[1:2] + (i := j)
        return super().m(*a, **k) if isinstance(self, B) else None
)";

constexpr std::string_view javascript_source = R"(
import a, {b as c} from './d'; export * as e from 'f';
class A extends m(B) { #p = () => this; static s = 1; static { s(); } get x() { return super.x }
  constructor({q, r: [t] = []}, ...u) { super(...u); this.v = q; } async *[Symbol.iterator]() { yield* this.w; } }
const {g, ...h} = {i: function () {}, ['j']: l, k() {}, ...n};
outer: for (const [o, p] of a?.b?.(c)?.[d]) { switch (o) { case 1: break outer; default: p = `x${o}`; continue; } }
try { if (x instanceof A && y) throw new A(); else z ||= function () { arguments; }; } catch { w++; } finally { v(); }
module.exports = require('r').s; export default async (x) => await import('z');
)";

constexpr std::string_view typescript_source = R"(
@Dec() export abstract class A<T> extends B<T> implements C { constructor(private x: D[], y?: E | null) { super(); }
  @In() p: Map<string, F> = <any>q; abstract m(a: Promise<T>): void; static n(this: A, a: [G, H?]): typeof I { return a!; } }
declare namespace N.M { function f(): O; const g: { h: P }; } enum Q { a = 'b', c }
function o(a: string): void; function o(a: any) { return (a as R).s satisfies T; }
export = N; import t = require('u'); import v = N.M; export type { W } from 'w'; type X = X[] | Promise<X>; let x: X;
)";

constexpr std::string_view tsx_source = R"(
const a = <A.B c={d} {...e}>{f(() => <g h="i">text</g>)}<></></A.B>;
)";

constexpr std::string_view java_source = R"(
package a.b; import c.D; import static e.F.*;
@Ann(x = 1) public abstract class A<T extends B<T>> extends B<T> implements C, D.E { static final Map<String, List<A>> m = new HashMap<>();
  static { f(); } { this.g = x -> x; } private int[] h[] = {{1}, {2}}; A(T... ts) { super(ts); } A() { this(null); }
  <R> R n(Function<? super T, R> q) throws X { for (var i : q.all()) { if (i instanceof A a && a.b()) continue; else break; } return q.apply(null); }
  enum Op { ADD(1) { int go() { return super.go(); } }, SUB; int go() { return switch (this) { case ADD -> 1; default -> { yield 2; } }; } }
  record P(int x, B y) implements C { P { h(x); } } interface I { default void j() { I.super.k(); } }
  void o(Object u) { try (var r = new R(); s) { synchronized (u) { u = new B() { void z() { A.this.w = u; } }; } } catch (X | Y e) { throw e; } finally { l(); }
    do { u = (C & D) v[0].w::y; } while (!(u instanceof P(int x, var y))); outer: for (int i = 0, j; i < 3; i++) { int[] k = new int[i][]; } class L {} new L(); } }
)";

constexpr std::string_view go_source = R"(
package a
import ( "fmt"; b "c/d/v2"; . "e" )
type A[T any] struct { *b.B; C; f, g func(int) (x, y int); h map[string][]A[int] }
type I interface { C; ~int | string; m(x ...int) (r error) }
type F func(A[int]) ; type G = A[string]
var x, y = f(), 1; const ( k = iota; l )
func (a *A[T]) m(p, q int, r ...string) (s *A[T], err error) { defer func() { recover() }(); go a.n(r...); return }
func init() {}
func g[T I](t T) (T, func()) { for i := range 3 { _ = i }; for k, v := range t.h { t.h[k] = v }; for i := 0; i < 3; i++ { if x := f(); x != nil { continue } else if y { break } }
  switch z := any(t).(type) { case *A[int]: z.m(1); case b.B, nil: default: }; switch { case x: fallthrough; default: }
  select { case v, ok := <-c: v.x(ok); case c <- 1: default: }; label: goto label
  w := []A[int]{{f: f}, {h: map[string][]A[int]{"a": {{}}}}}; w[0].f, x = func() {}, &A[int]{nil, C{}}; u := (*A[int]).m; u(a.(*A[int]), 1); var v struct{ a int }; type L struct{}
  return g[T](x[1:2:3])[0].(T), (<-c).b.C(1)(2) }
)";

constexpr std::string_view rust_source = R"(
use a::{self, b::{C as D, *}, e}; pub use super::f::G; mod h; mod i { use super::*; pub fn j() { self::k(); super::l::<u8>(1); } mod n { fn o() {} } }
#[derive(Debug)] pub struct P<'a, T: Q + 'a> where T: R { s: Vec<Box<dyn T>>, t: Option<(u8, fn(i32) -> P)>, } struct U(u8, pub V); enum W { X, Y(U), Z { a: u8 } }
trait Q: R { type A; const B: u8 = 1; fn c(&self) -> u8; fn d(self: Box<Self>) where Self: Sized { self.c(); } fn e() -> Self; }
impl<'a, T> Q for P<'a, T> where T: Q { fn c(&self) -> u8 { T::e(); <T as Q>::e(); Self::e().s[0].t?.0 } }
impl<T: Q> R for T { fn g(mut self, (a, b): (u8, U), U(c, d): U) -> impl Fn(u8) -> u8 { move |x| { a = x; b.0 + c } } }
macro_rules! m { ($x:expr) => { $x.f() }; } static mut S: u8 = f(); const C: [u8; 2] = [1; 2]; type T = W; union O { a: u8 } extern "C" { fn q(); }
async unsafe fn main() { let W::Y(U(a, ..)) | W::Z { a } = w else { return }; if let Some(x) = y && x > 1 { } else if z { } else { }
  'l: while let Some(ref mut k) = i.next().await? { for (i, &v) in w.iter().enumerate() { continue 'l; } break; }
  let r = match r { W::X => |a| b(a), W::Z { a: 1..=2 } if f() => loop { break 1 }, n @ (1 | 2) => { unsafe { S += 1 } } _ => return, };
  let p = P { s: vec![f(1), g().h(2)?, &x.y], ..Default::default() }; println!("{}", p.s[0].go(f(m!(x)), self::h::i())); x.0.1 = -*y as u8; (p.s)(1)[2] = !z; fn inner() { struct L; impl L { fn n() {} } L::n() } }
)";

constexpr std::string_view c_source = R"(
#include <stdio.h>
#define M(x) f(x)
typedef struct node { int v, *w; struct node *next; int (*cb)(struct node *, void *); union { int a; } u; } node_t; typedef int (*fn)(int); enum e { A = 1, B };
static const struct ops { fn read; int (*write)(int); } o = { .read = g, h }, *p = &o; extern int x; static fn table[] = { [A] = g, h, { 0 } };
int *f(node_t *n, int (*cb)(int), ...); static inline int g(int a) { return a ? g(a - 1) : (*table[a])(a); }
#if X
int h(void) { node_t n = { 1, .cb = (void *)f }, *m; m->next->cb(&n, 0), (*n.cb)(m, 0); for (int i = 0; i < 3; i++) { switch (i) { case 1: case 2: break; default: goto out; } }
#else
int h(void) {
#endif
  do { struct { int q; } s; s.q = sizeof(int); } while (0); out: return ((fn)g)(table[0](1)) + (struct ops){ g }.read(2); }
)";

constexpr std::string_view cpp_source = R"(
namespace a::b { using namespace std; using c::d; namespace { template <class T, int N = 1> class P : public Q<T>, private virtual r::S { public: explicit P(T t = T()) : Q<T>(t), f{1} {} virtual ~P() = default;
  virtual int m(int x = f()) const = 0; static int n; int f = g(); T operator()(int) const { return this->f; } P& operator+=(const P&) { return *this; } struct I { void j(); } i; enum class E { A }; friend void k(P&); }; } }
template <> void a::b::P<int>::I::j() { auto l = [this, &x, y = std::move(z)](auto&&... p) mutable -> int { return q(p...); }; l(1)(2); }
int a::b::P<int>::n = f<int>(1); using U = std::vector<std::unique_ptr<a::b::P<int>>>; extern "C" { int ext(void); }
int main() try { U u{1, {2}}; for (auto& [s, t] : u) s->m<int>(t); P<int> p(1), *r = new (buf) P<int>{2}; delete[] r; if (auto v = dynamic_cast<Q*>(r); v) throw E(1); int (P::*w)(int) const = &P::m; (p.*w)(1); p[1] << 2; return static_cast<int>(p(3)); } catch (const E& e) { e.what(); } catch (...) { throw; }
)";

std::string source_of(Language language) {
    if (language == Language::c) return std::string(c_source);
    if (language == Language::cpp) return std::string(cpp_source);
    if (language == Language::rust) return std::string(rust_source);
    if (language == Language::go) return std::string(go_source);
    if (language == Language::java) return std::string(java_source);
    if (language == Language::python) return std::string(python_source);
    auto source = std::string(javascript_source);
    if (language != Language::javascript) source += typescript_source;
    if (language != Language::typescript) source += tsx_source;
    return source;
}

TEST_P(Hostile, truncated_sources) {
    const auto source = source_of(GetParam());
    EXPECT_TRUE(sound_flow_of(source, GetParam()).is_complete);
    for (std::size_t length = 0; length < source.size(); length += 3)
        sound_flow_of(source.substr(0, length), GetParam());
}

TEST_P(Hostile, mutated_sources) {
    std::mt19937 random(4711);
    const auto source = source_of(GetParam());
    const std::string_view alphabet = "(){}[]<>;:,.#@!*&=+-/\\\"'`$ \n\tabcfundefclassimport0123\xC3\xA4\xFF\0";
    for (int round = 0; round < 400; ++round) {
        auto mutated = source;
        for (auto changes = random() % 8 + 1; changes-- > 0;) {
            const auto at = random() % mutated.size();
            if (random() % 3 == 0)
                mutated.erase(at, random() % 20);
            else if (random() % 2 == 0)
                mutated.insert(at, source, random() % source.size(), random() % 40);
            else
                mutated[at] = alphabet[random() % alphabet.size()];
            if (mutated.empty()) break;
        }
        SCOPED_TRACE(mutated);
        sound_flow_of(mutated, GetParam());
    }
}

TEST(HostileJavascript, what_leans_to_the_left_or_right_is_complete) {
    for (const auto& source :
         {"x = " + repeated("a ? b : ", 20'000) + "c;", "x = " + repeated("a || ", 20'000) + "b;",
          "if (" + repeated("a instanceof B && ", 20'000) + "c) a.d();",
          "if (a) b();" + repeated(" else if (a) { x = f; }", 20'000), "x = (" + repeated("a, ", 20'000) + "b);"})
        EXPECT_TRUE(sound_flow_of(source, Language::javascript).is_complete) << source.substr(0, 40);
}

/// Ops for each byte of the source: what grows faster than the source shows here.
double ops_for_each_byte(std::string_view source, Language language) {
    return static_cast<double>(sound_flow_of(source, language).ops.size()) / static_cast<double>(source.size());
}

TEST(HostileJavascript, work_grows_with_the_source_alone) {
    std::string breaks = "for (;;) {";
    std::string cases = "switch (x) {";
    for (int i = 0; i < 3000; ++i) {
        breaks += fmt::format("if (c) {{ x{0} = f; x{0} = g; break; }} x{0} = h;\n", i);
        cases += fmt::format("case {0}: x{0} = f; x{0} = g; break;\n", i);
    }
    EXPECT_THAT(ops_for_each_byte(breaks + "}", Language::javascript), testing::Lt(1.0));
    EXPECT_THAT(ops_for_each_byte(cases + "}", Language::javascript), testing::Lt(1.0));
    std::string aliases = "let x: A0; class A2000 {}\n";
    for (int i = 0; i < 2000; ++i) aliases += fmt::format("type A{} = A{} | A{}[];\n", i, i + 1, i + 1);
    EXPECT_THAT(ops_for_each_byte(aliases, Language::typescript), testing::Lt(1.0));
}

}  // namespace
}  // namespace gsdb::codebase::flow
