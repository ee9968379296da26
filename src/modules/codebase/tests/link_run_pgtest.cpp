// The graph in the database: that it is what linking found, that what did not change is not written again, and that a
// history of changes ends in the rows that a first run would have made.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "index_fixture.hpp"
#include "modules/codebase/graph_summary.hpp"
#include "modules/codebase/link_run.hpp"
#include "modules/codebase/symbol_id.hpp"

namespace gsdb::codebase {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

class LinkRun : public IndexFixture {
  protected:
    std::vector<std::string> edges(const std::string& kind) {
        return ask(
            "select concat_ws(' ', path, source, '>', coalesce(target_path, target_package, target_origin::text), "
            "target, '@' || line) from codebase.edges where kind = '" +
            kind + "' order by 1");
    }
    /// All that the graph of a codebase says now, without what tells one codebase from another.
    std::vector<std::string> graph_of(const std::string& codebase) {
        return ask(
            "select concat_ws('|', path, source, source_kind, kind, target, target_kind, target_origin, target_path, "
            "target_package, line, \"column\", "
            "length_bytes, method, confidence) from codebase.edges where codebase = '" +
            codebase +
            "' union all "
            "select concat_ws('|', 'unresolved', path, ordinal, reason) from codebase.unresolved_references where "
            "codebase = '" +
            codebase + "' order by 1");
    }

    MemoryTree tree_{"/sample",
                     {{"a.py",
                       "import requests\n\n\nclass A:\n    def f(self):\n        self.g()\n\n    def g(self):\n        "
                       "requests.get(1)\n"},
                      {"b.py",
                       "from a import A\n\n\nclass B(A):\n    def g(self):\n        pass\n\n\ndef run():\n    "
                       "B().f()\n    unknown()\n"},
                      {"README.md", "Words.\n"}}};
};

INSTANTIATE_TEST_SUITE_P(Layouts, LinkRun, testing::Values(migrate::LayoutKind::split, migrate::LayoutKind::unified),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(LinkRun, WritesWhatCallsInheritsOverridesAndImportsWhat) {
    const auto summary = index(tree_);
    ASSERT_TRUE(summary.links);
    EXPECT_EQ(summary.links->files, 2);
    EXPECT_EQ(summary.links->files_changed, 2);
    EXPECT_THAT(edges("call"), ElementsAre("a.py A.f > a.py A.g @6", "a.py A.f > b.py B.g @6",
                                           "a.py A.g > requests get @9", "b.py run > a.py A.f @10"));
    EXPECT_THAT(edges("instantiate"), ElementsAre("b.py run > b.py B @10"));
    EXPECT_THAT(edges("inherit"), ElementsAre("b.py B > a.py A @4"));
    EXPECT_THAT(edges("override"), ElementsAre("b.py B.g > a.py A.g @5"));
    EXPECT_THAT(edges("import"), ElementsAre("a.py  > requests  @1", "b.py  > a.py  @1", "b.py  > a.py A @1"));
    EXPECT_THAT(ask("select path, name, line, reason from codebase.unresolved_references"),
                ElementsAre("b.py|unknown|11|not_found"));
}

TEST_P(LinkRun, NumbersSymbolsAsTheDatabaseDoes) {
    index(tree_);
    EXPECT_THAT(
        ask("select qualified_name from codebase.symbols where id <> codebase.symbol_id(coalesce(codebase_id::text, "
            "ecosystem || ':' || package, language), path, kind, qualified_name, overload)"),
        IsEmpty());
    EXPECT_THAT(ask("select count(*) from codebase.symbols"), ElementsAre("10"));
}

TEST_P(LinkRun, LeavesWhatDidNotChange) {
    index(tree_);
    tree_.files["README.md"] = "Other words.\n";
    EXPECT_FALSE(index(tree_).links) << "no file changed whose calls are followed";
    tree_.files["b.py"] = "# A line more.\n" + tree_.files["b.py"];
    const auto summary = index(tree_);
    ASSERT_TRUE(summary.links);
    EXPECT_EQ(summary.links->files_changed, 1);
    // Of b.py only what stands outside of functions has moved.
    EXPECT_THAT(ask("select s.path, s.qualified_name from codebase.relationships r join codebase.symbols s on s.id = "
                    "r.source_id where r.first_run > 1 group by 1, 2"),
                ElementsAre("b.py|"));
    EXPECT_THAT(edges("call"), Contains("b.py run > a.py A.f @11"));
}

TEST_P(LinkRun, EndsWhatIsGoneAndChangesWhatOthersMean) {
    index(tree_);
    tree_.files["b.py"] = "from a import A\n\n\ndef run():\n    A().f()\n";
    EXPECT_EQ(index(tree_).links->files_changed, 2) << "a call in a.py means something else now";
    EXPECT_THAT(edges("call"),
                ElementsAre("a.py A.f > a.py A.g @6", "a.py A.g > requests get @9", "b.py run > a.py A.f @5"));
    EXPECT_THAT(edges("override"), IsEmpty());
    tree_.files.erase("a.py");
    index(tree_);
    EXPECT_THAT(ask("select distinct path, kind, target_package from codebase.edges order by kind"),
                ElementsAre("b.py|call|a", "b.py|import|a"))
        << "a module that is not there is taken for a package";
    EXPECT_THAT(ask("select path from codebase.file_resolutions where last_run is null"), ElementsAre("b.py"));
}

TEST_P(LinkRun, FollowsManifests) {
    MemoryTree tree(
        "/manifests",
        {{"web/tsconfig.json", R"({"compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["library/*"]}}})"},
         {"web/library/tool.ts", "export function tool() {}\n"},
         {"web/app.ts", "import {tool} from '@lib/tool';\nexport function run() { tool(); }\n"}});
    index(tree);
    EXPECT_THAT(edges("call"), ElementsAre("web/app.ts run > web/library/tool.ts tool @2"));
    tree.files["web/tsconfig.json"] = "{}";
    index(tree);
    EXPECT_THAT(edges("call"), Not(Contains(testing::HasSubstr("library/tool.ts"))));
}

TEST_P(LinkRun, GivesTheGraphThatItWrote) {
    auto files = tree_.files;
    files["c.py"] =
        "from . import a, missing\nfrom b import *\n\n\ndef deco(f):\n    return f\n\n\n@deco\ndef late():\n    "
        "x = a.A()\n    x.f()\n    x.other().more()\n    super().nothing()\n    (lambda: y)()\n";
    files["web/one.js"] =
        "import two, {three as four} from './two.js';\nimport 'x';\nexport * from './two.js';\n"
        "class K extends two { constructor() { super(); this.go?.(); new four(); } }\n"
        "list.map(four); `${four}`(); new Unknown.Thing(); tag`x`; import('./two.js');\n";
    files["web/two.js"] = "import './one.js';\nexport default class {}\nexport function three() { gone(); }\n";
    files["J.java"] =
        "package p; class J extends Base { J() { super(1); this.run(); } void run() { new J().run(); "
        "other.call(); Map.<A>of(); J::run; } }\n";
    files["g.go"] = "package g\nimport \"fmt\"\nfunc F() { fmt.Println(h()); x.Y(); func() {}() }\n";
    files["r.rs"] = "mod s; use s::t; fn f() { t(); s::u::<i32>(); a.b(); println!(\"{}\", v()); }\n";
    files["s.rs"] = "pub fn t() {} pub fn u<T>() { t() }\n";
    files["m.c"] = "#include \"m.h\"\nint main(void) { return m(1) + MACRO(2) + (*p)(3); }\n";
    files["m.h"] = "int m(int);\n";
    MemoryTree tree("/several", files);
    const auto codebase = index(tree).codebase;
    const auto [linked, loaded] = run_task(database_.transaction(
        {.organization = default_organization()},
        [&](pg::TransactionOf<Database>& tx) -> Task<std::pair<GraphSummary, GraphSummary>> {
            auto result = co_await link_codebase(
                tx, {.organization = default_organization(), .codebase = codebase, .run_number = 2});
            co_return std::pair(std::move(result.graph),
                                co_await load_graph_summary(tx, default_organization(), codebase));
        }));
    EXPECT_GT(loaded.uses.size(), 15);
    EXPECT_TRUE(linked.uses == loaded.uses);
    EXPECT_THAT(linked.imports, testing::ElementsAreArray(loaded.imports));
    EXPECT_THAT(loaded.imports, Contains(FileImport{"web/one.js", "web/two.js", 1}));
    EXPECT_THAT(linked.unresolved_names, testing::ElementsAreArray(loaded.unresolved_names));
}

TEST_P(LinkRun, EndsWhereAFirstRunWould) {
    std::mt19937 random(GetParam() == migrate::LayoutKind::split ? 1 : 2);
    const auto pick = [&](std::size_t count) { return random() % count; };
    const auto module = [&](std::size_t number) {
        std::string text;
        for (std::size_t i = 0; i < 2; ++i)
            text += fmt::format("from m{} import f{}, C{}\n", pick(8), pick(4), pick(4));
        for (std::size_t i = 0; i < 4; ++i) {
            text += fmt::format("class C{}(C{}):\n    def go(self, x):\n        self.go(x)\n        x()\n", i, pick(4));
            text +=
                fmt::format("def f{}(x=None):\n    C{}().go(f{})\n    return f{}(x)\n", i, pick(4), pick(4), pick(4));
        }
        return fmt::format("# {}\n", number) + text;
    };
    MemoryTree edited("/edited");
    for (std::size_t i = 0; i < 6; ++i) edited.files[fmt::format("m{}.py", i)] = module(i);
    for (std::size_t step = 0; step < 25; ++step) {
        const auto path = fmt::format("m{}.py", pick(8));
        if (pick(4) == 0)
            edited.files.erase(path);
        else
            edited.files[path] = module(step);
        index(edited);
    }
    MemoryTree clean("/clean", edited.files);
    const auto of_edited = index(edited).name;
    const auto of_clean = index(clean).name;
    EXPECT_NE(of_edited, of_clean);
    const auto rows = graph_of(of_clean);
    EXPECT_FALSE(rows.empty());
    EXPECT_EQ(graph_of(of_edited), rows);
}

}  // namespace
}  // namespace gsdb::codebase
