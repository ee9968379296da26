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
