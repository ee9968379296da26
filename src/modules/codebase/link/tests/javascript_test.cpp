// What JavaScript and TypeScript programs call.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/codebase/link/tests/program_calls.hpp"

namespace gsdb::codebase::link {
namespace {

using testing::ElementsAre;

std::vector<std::string> javascript(const std::string& text) {
    return calls_of({{"main.js", text}});
}

TEST(JavaScriptCalls, FunctionsArePassedReturnedAndKept) {
    EXPECT_THAT(javascript("function f() {}\n"
                           "function call(it) { it(); }\n"
                           "function give() { return f; }\n"
                           "function use() {\n"
                           "  call(f);\n"
                           "  give()();\n"
                           "  const table = { f };\n"
                           "  table.f();\n"
                           "  [null, f][1]();\n"
                           "}\n"),
                ElementsAre("main.call > main.f", "main.use > main.call", "main.use > main.f", "main.use > main.give"));
}

TEST(JavaScriptCalls, InstancesOfOneClassAreToldApartWhereCodeRunsOnce) {
    EXPECT_THAT(javascript("function f() {}\n"
                           "function g() {}\n"
                           "class Box { constructor(content) { this.content = content; } }\n"
                           "const first = new Box(f);\n"
                           "const second = new Box(g);\n"
                           "second.content();\n"),
                ElementsAre("main > main.Box.constructor", "main > main.g"));
}

TEST(JavaScriptCalls, MembersComeThroughPrototypes) {
    EXPECT_THAT(javascript("class A { constructor() {} m() { this.n(); } n() {} }\n"
                           "class B extends A { constructor() { super(); } n() { super.n(); } }\n"
                           "function Old() {}\n"
                           "Old.prototype.run = function () {};\n"
                           "function use() { new B().m(); new Old().run(); }\n"),
                ElementsAre("main.A.m > main.A.n", "main.A.m > main.B.n", "main.B.constructor > main.A.constructor",
                            "main.B.n > main.A.n", "main.use > main.A.m", "main.use > main.B.constructor",
                            "main.use > main.Old", "main.use > main.run"));
}

TEST(JavaScriptCalls, AClassMayInheritFromWhatACallGives) {
    EXPECT_THAT(javascript("class A { constructor() {} m() {} }\n"
                           "function mix(base) { return class Mixed extends base { n() { this.m(); } }; }\n"
                           "function pick() { return mix(A); }\n"
                           "class B extends pick() {}\n"
                           "function use() { const b = new B(); b.m(); b.n(); }\n"),
                ElementsAre("main > main.pick", "main.mix.Mixed.n > main.A.m", "main.pick > main.mix",
                            "main.use > main.A.constructor", "main.use > main.A.m", "main.use > main.mix.Mixed.n"));
}

TEST(JavaScriptCalls, TheConstructorOfAnInstanceIsItsClass) {
    EXPECT_THAT(javascript("class A {\n"
                           "  constructor() {}\n"
                           "  static make() { return new A(); }\n"
                           "  again() { return this.constructor.make(); }\n"
                           "  twin() { return new this.constructor(); }\n"
                           "}\n"),
                ElementsAre("main.A.again > main.A.make", "main.A.make > main.A.constructor",
                            "main.A.twin > main.A.constructor"));
}

TEST(JavaScriptCalls, AClassIsMadeAnInstanceOfByNewAndByItsElement) {
    EXPECT_THAT(
        calls_of({{"main.jsx",
                   "class A { constructor() {} }\n"
                   "function B() { return <A/>; }\n"
                   "function call(it) { it(); }\n"
                   "function use() { call(A); call(B); return <B/>; }\n"}}),
        ElementsAre("main.B > main.A.constructor", "main.call > main.B", "main.use > main.B", "main.use > main.call"));
}

TEST(JavaScriptCalls, ThisIsTheReceiverOfTheCall) {
    EXPECT_THAT(javascript("const o = { a() { this.b(); }, b() {} };\n"
                           "function use() { o.a(); (() => o.b())(); }\n"
                           "function free() { this.b(); }\n"
                           "free.call(o);\n"),
                ElementsAre("main > main.free", "main.a > main.b", "main.free > main.b", "main.use > main.a",
                            "main.use > main.use.<arrow1>", "main.use.<arrow1> > main.b"));
}

TEST(JavaScriptCalls, ModulesOfBothKinds) {
    EXPECT_THAT(
        calls_of({{"lib/index.js", "export * from './core.js';\nexport { helper as renamed } from './core.js';\n"},
                  {"lib/core.js", "export function helper() {}\nexport default function main() {}\n"},
                  {"old.js", "function run() {}\nmodule.exports = { run };\n"},
                  {"use.js",
                   "import { helper, renamed } from './lib';\nimport start from './lib/core.js';\n"
                   "const { run } = require('./old');\n"
                   "function a() { helper(); } function b() { renamed(); } function c() { start(); run(); }\n"}}),
        ElementsAre("use.a > lib.core.helper", "use.b > lib.core.helper", "use.c > lib.core.main", "use.c > old.run"));
}

TEST(JavaScriptCalls, CollectionsCallWhatTheyAreGiven) {
    EXPECT_THAT(javascript("function f(x) {}\n"
                           "function g(x) {}\n"
                           "function use(list) {\n"
                           "  [f].forEach(each => each());\n"
                           "  Promise.resolve(g).then(it => it());\n"
                           "}\n"),
                ElementsAre("main.use > main.use.<arrow1>", "main.use > main.use.<arrow2>",
                            "main.use.<arrow1> > main.f", "main.use.<arrow2> > main.g"));
}

TEST(JavaScriptCalls, MethodsOfACollectionAreNotWhatIsInIt) {
    EXPECT_THAT(javascript("function f() {}\n"
                           "function use(unknown) {\n"
                           "  const all = [];\n"
                           "  all.push(f);\n"
                           "  unknown.map(() => f());\n"
                           "}\n"),
                ElementsAre("main.use > main.use.<arrow1>", "main.use.<arrow1> > main.f"));
}

TEST(JavaScriptCalls, AMemberOfAPrototypeHidesThoseAbove) {
    EXPECT_THAT(
        javascript("function f() {}\n"
                   "function g() {}\n"
                   "function Parent() {}\n"
                   "Parent.prototype.m = f;\n"
                   "function Child() {}\n"
                   "Child.prototype = Object.create(Parent.prototype);\n"
                   "class Base { m() {} }\n"
                   "class Mixed extends Base {}\n"
                   "Object.assign(Mixed.prototype, { m: g });\n"
                   "function use() { new Child().m(); new Mixed().m(); }\n"),
        ElementsAre("main.use > main.Child", "main.use > main.Mixed", "main.use > main.f", "main.use > main.g"));
}

TEST(JavaScriptCalls, APrototypeMayBeReplaced) {
    EXPECT_THAT(javascript("function f() {}\n"
                           "function Old(n) { this.n = n; }\n"
                           "Old.prototype.hi = function () { this.n(); };\n"
                           "function New() { Old.call(this, f); }\n"
                           "New.prototype = Object.create(Old.prototype);\n"
                           "function use() { new New().hi(); }\n"),
                ElementsAre("main.New > main.Old", "main.hi > main.f", "main.use > main.New", "main.use > main.hi"));
}

TEST(TypeScriptCalls, PackagesOfTheCodebaseAndPathsAreFound) {
    EXPECT_THAT(
        calls_of(
            {{"package.json", R"({"name": "root", "workspaces": ["packages/*"]})"},
             {"packages/math/package.json",
              R"({"name": "@org/math", "main": "dist/index.js", "exports": {".": {"types": "./lib/math.ts"}}})"},
             {"packages/math/lib/math.ts", "export function add() {}\n"},
             {"packages/math/extra.ts", "export function more() {}\n"},
             {"app/tsconfig.json",
              "{ // paths\n \"compilerOptions\": {\"baseUrl\": \"./src\", \"paths\": {\"@/*\": [\"*\"], \"only\": "
              "[\"x/only.ts\"],}, }, }"},
             {"app/src/x/only.ts", "export function only() {}\n"},
             {"app/src/main.ts",
              "import { add } from '@org/math';\nimport { more } from '@org/math/extra';\nimport { only } from "
              "'only';\n"
              "import { only as same } from '@/x/only';\nimport { only as based } from 'x/only';\nimport { gone } from "
              "'@org/math-other';\n"
              "function a() { add(); } function b() { more(); } function c() { only(); } function d() { same(); }\n"
              "function e() { based(); } function f() { gone(); }\n"}}),
        ElementsAre("app.src.main.a > packages.math.lib.math.add", "app.src.main.b > packages.math.extra.more",
                    "app.src.main.c > app.src.x.only.only", "app.src.main.d > app.src.x.only.only",
                    "app.src.main.e > app.src.x.only.only"));
}

TEST(TypeScriptCalls, TypesSayWhatAReceiverIs) {
    EXPECT_THAT(calls_of({{"main.ts",
                           "class Engine { start(): void {} }\n"
                           "class Car {\n"
                           "  constructor(private engine: Engine) {}\n"
                           "  drive() { this.engine.start(); }\n"
                           "}\n"
                           "function one(e: Engine) { e.start(); }\n"
                           "async function later(): Promise<Engine> { throw 0; }\n"
                           "async function use(all: Engine[]) {\n"
                           "  (await later()).start();\n"
                           "  for (const e of all) e.start();\n"
                           "}\n"}}),
                ElementsAre("main.Car.drive > main.Engine.start", "main.one > main.Engine.start",
                            "main.use > main.Engine.start", "main.use > main.later"));
}

}  // namespace
}  // namespace gsdb::codebase::link
