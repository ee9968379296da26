// Questions to a graph that an index run made.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/error.hpp"
#include "base/run_task.hpp"
#include "memory_tree.hpp"
#include "modules/codebase/comparison.hpp"
#include "modules/codebase/context.hpp"
#include "modules/codebase/dead_code.hpp"
#include "modules/codebase/explanation.hpp"
#include "modules/codebase/history_questions.hpp"
#include "modules/codebase/index_run.hpp"
#include "modules/codebase/package_questions.hpp"
#include "modules/codebase/questions.hpp"
#include "modules/codebase/search.hpp"
#include "queryc/testing/migrated_databases.hpp"

namespace gsdb::codebase {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Questions : public testing::Test {
  protected:
    Questions() {
        MemoryTree tree("/sample", files_);
        SystemClock clock;
        codebase_ = run_task(run_index(database_, default_organization(), tree, clock, {})).codebase;
    }

    SymbolId id(const std::string& text) { return run_task(find_symbol(database_, scope_, text)).id; }
    std::string code_of_refusal(const std::string& text) {
        try {
            id(text);
        } catch (const Failure& failure) {
            return failure.error().code;
        }
        return "none";
    }
    std::vector<std::string> ask(const std::string& text, Walk direction, int depth = 1) {
        std::vector<std::string> lines;
        for (const auto& step : run_task(walk(database_, scope_, id(text), direction, {.depth_max = depth})))
            lines.push_back(fmt::format("{} {} {}:{}", step.depth, step.symbol.label(), step.path, step.line));
        return lines;
    }

    const std::map<std::string, std::string> files_{
        {"shop/cart.py",
         "import requests\nfrom shop.price import Price\n\n\n"
         "class Cart:\n"
         "    \"\"\"What is to be bought.\"\"\"\n\n"
         "    def total(self):\n        return Price().sum()\n\n"
         "    def send(self):\n        requests.post(self.total())\n"},
        {"shop/price.py",
         "import shop.cart\n\n\n"
         "class Base:\n    def sum(self):\n        return 0\n\n\n"
         "class Price(Base):\n    def sum(self):\n        return self.one()\n\n"
         "    def one(self):\n        return 1\n"},
        {"main.py", "from shop.cart import Cart\n\n\ndef total():\n    Cart().send()\n"}};
    queryc::ModuleDatabase module_database_{"codebase"};
    pg::Database<Database> database_{pg::Pool({.connect = module_database_.login()})};
    Scope scope_{.organization = default_organization()};
    CodebaseId codebase_;
};

TEST_F(Questions, FindSymbolsByAllThatNamesThem) {
    EXPECT_EQ(run_task(find_symbol(database_, scope_, "Cart.total")).label(), "shop/cart.py:Cart.total");
    EXPECT_EQ(run_task(find_symbol(database_, scope_, "Cart")).documentation, "What is to be bought.");
    EXPECT_EQ(id("cart.py:Cart.total"), id("shop/cart.py:Cart.total"));
    EXPECT_EQ(run_task(find_symbol(database_, scope_, "total")).label(), "main.py:total")
        << "the exact name comes first";
    EXPECT_EQ(run_task(find_symbol(database_, scope_, "shop/cart.py")).label(), "shop/cart.py");
    EXPECT_EQ(run_task(find_symbol(database_, scope_, "requests.post")).package, "requests");
    EXPECT_EQ(id("shop/cart.py:9"), id("Cart.total")) << "the innermost function of a line";
    EXPECT_EQ(id("cart.py:6"), id("Cart")) << "or class";
    EXPECT_EQ(code_of_refusal("shop/cart.py:1"), "codebase.symbol_not_found") << "no function is there";
    EXPECT_EQ(code_of_refusal("shop/cart.py:99"), "codebase.symbol_not_found");
}

TEST_F(Questions, SearchNamesByTheirParts) {
    const auto found = [&](const std::string& text, int limit = 10) {
        std::vector<std::string> names;
        for (const auto& symbol : run_task(search_names(database_, scope_, text, limit))) names.push_back(symbol.name);
        return names;
    };
    EXPECT_THAT(found("tot"), ElementsAre("total", "Cart.total"));
    EXPECT_THAT(found("PRI"), ElementsAre("Price"));
    EXPECT_THAT(found("s"), ElementsAre("Base.sum", "Price.sum", "Cart.send", "Base"))
        << "names that begin with it first";
    EXPECT_THAT(found("totl"), ElementsAre("total", "Cart.total")) << "no name has it, and this one is like it";
    EXPECT_THAT(found("Cart."), ElementsAre("Cart"));
    EXPECT_THAT(found("art.to"), ElementsAre("Cart.total"));
    EXPECT_THAT(found("total", 1), ElementsAre("total"));
    EXPECT_THAT(found("%"), IsEmpty());
    EXPECT_THAT(found(""), IsEmpty());
}

TEST_F(Questions, RefuseWhatIsNotOneSymbol) {
    EXPECT_EQ(code_of_refusal("nothing"), "codebase.symbol_not_found");
    EXPECT_EQ(code_of_refusal("sum"), "codebase.symbol_is_ambiguous");
    EXPECT_EQ(code_of_refusal(""), "codebase.symbol_not_found");
    EXPECT_EQ(code_of_refusal("art.py:Cart"), "codebase.symbol_not_found") << "a path ends at a slash";
    EXPECT_EQ(code_of_refusal("rice.sum"), "codebase.symbol_not_found") << "a name ends at a dot";
}

TEST_F(Questions, WalkTheGraph) {
    EXPECT_THAT(ask("Price.one", Walk::callers), ElementsAre("1 shop/price.py:Price.sum shop/price.py:11"));
    EXPECT_THAT(ask("Price.one", Walk::callers, 9),
                ElementsAre("1 shop/price.py:Price.sum shop/price.py:11", "2 shop/cart.py:Cart.total shop/cart.py:9",
                            "3 shop/cart.py:Cart.send shop/cart.py:12", "4 main.py:total main.py:5"));
    EXPECT_THAT(ask("Cart.send", Walk::callees),
                ElementsAre("1 shop/cart.py:Cart.total shop/cart.py:12", "1 requests:post shop/cart.py:12"));
    EXPECT_THAT(ask("Base", Walk::subtypes, 5), ElementsAre("1 shop/price.py:Price shop/price.py:9"));
    EXPECT_THAT(ask("Price", Walk::supertypes, 5), ElementsAre("1 shop/price.py:Base shop/price.py:9"));
    EXPECT_THAT(ask("shop/cart.py", Walk::dependents),
                ElementsAre("1 main.py main.py:1", "1 shop/price.py shop/price.py:1"));
    EXPECT_THAT(ask("Base.sum", Walk::impact), ElementsAre("1 shop/price.py:Price.sum shop/price.py:10"));
}

TEST_F(Questions, FindChainsOfCalls) {
    const auto steps = run_task(call_path(database_, scope_, id("main.py:total"), id("Price.one"), {.depth_max = 20}));
    std::vector<std::string> names;
    for (const auto& step : steps) names.push_back(step.symbol.label());
    EXPECT_THAT(names, ElementsAre("shop/cart.py:Cart.send", "shop/cart.py:Cart.total", "shop/price.py:Price.sum",
                                   "shop/price.py:Price.one"));
    EXPECT_THAT(run_task(call_path(database_, scope_, id("Price.one"), id("Cart"), {.depth_max = 20})), IsEmpty());
}

TEST_F(Questions, ListMentionsAndCycles) {
    std::vector<std::string> places;
    for (const auto& m : run_task(mentions_of(database_, scope_, id("Cart"), 10)))
        places.push_back(fmt::format("{} {}:{}", m.kind, m.path, m.line));
    EXPECT_THAT(places, ElementsAre("import main.py:1", "instantiate main.py:5"));
    EXPECT_THAT(run_task(import_cycles(database_, default_organization(), codebase_)),
                ElementsAre(ElementsAre("shop/cart.py", "shop/price.py")));
}

class MemoryContents final : public source::Contents {
  public:
    explicit MemoryContents(const std::map<std::string, std::string>& files) : files_(files) {}
    std::expected<Bytes, source::Problem> read(const std::string& path, const source::ObjectId& id,
                                               std::uint64_t) const override {
        const auto found = files_.find(path);
        if (found == files_.end() || source::hash_blob(as_bytes(found->second), id.algorithm) != id)
            return std::unexpected(source::Problem{path, source::ProblemKind::vanished, "it has changed"});
        return Bytes(as_bytes(found->second).begin(), as_bytes(found->second).end());
    }

  private:
    const std::map<std::string, std::string>& files_;
};

TEST_F(Questions, SearchWhatDocumentationSays) {
    const auto found = [&](const std::string& words) {
        std::vector<std::string> names;
        for (const auto& symbol : run_task(search_documentation(database_, scope_, words, 10)))
            names.push_back(symbol.name);
        return names;
    };
    EXPECT_THAT(found("bought"), ElementsAre("Cart"));
    EXPECT_THAT(found("Price"), ElementsAre("Price")) << "the name and the signature say something, too";
    EXPECT_THAT(found("bought sold"), IsEmpty()) << "every word";
    EXPECT_THAT(found("bought or price"), UnorderedElementsAre("Cart", "Price"));
    EXPECT_THAT(found("the"), IsEmpty()) << "a word that says nothing";
    EXPECT_THAT(found(""), IsEmpty());
}

TEST_F(Questions, SearchLinesOfTheSource) {
    auto files = files_;
    const auto found = [&](const std::string& text, int rows_max = 10) {
        return run_task(search_source(
            database_, scope_, [&](const std::string&) { return std::make_unique<MemoryContents>(files); }, text,
            rows_max, 2));
    };
    const auto lines = [](const SourceLines& answer) {
        std::vector<std::string> all;
        for (const auto& l : answer.lines) all.push_back(fmt::format("{}:{}:{} {}", l.path, l.line, l.column, l.text));
        return all;
    };
    EXPECT_THAT(lines(found("total()")),
                ElementsAre("main.py:4:5 def total():", "shop/cart.py:12:28 requests.post(self.total())"));
    EXPECT_THAT(lines(found("CART", 1)), IsEmpty()) << "with a capital the case counts";
    EXPECT_THAT(lines(found("cart", 1)), ElementsAre("main.py:1:11 from shop.cart import Cart"))
        << "a line once, up to the limit";
    EXPECT_THAT(lines(found("return", 2)),
                ElementsAre("shop/cart.py:9:9 return Price().sum()", "shop/price.py:6:9 return 0"));
    files.erase("main.py");
    const auto without = found("total()");
    EXPECT_EQ(without.files_read, 2);
    ASSERT_EQ(without.problems.size(), 1U);
    EXPECT_EQ(without.problems.front().path, "main.py");
}

TEST_F(Questions, GatherTheCodeAroundAFunction) {
    const auto gather = [&](std::int64_t tokens, std::map<std::string, std::string> files) {
        const auto context = run_task(context_of(
            database_, scope_, [&](const std::string&) { return std::make_unique<MemoryContents>(files); },
            "Cart.total", tokens));
        EXPECT_LE(context.tokens, tokens);
        std::vector<std::string> pieces;
        for (const auto& p : context.pieces)
            pieces.push_back(fmt::format("{} {} {}-{}{}: {}", to_label(p.role), p.symbol.name, p.start_line, p.end_line,
                                         p.is_whole ? " whole" : "", p.text));
        return std::pair(pieces, context);
    };
    const auto [pieces, context] = gather(100'000, files_);
    EXPECT_THAT(pieces,
                ElementsAre("subject Cart.total 8-9 whole:     def total(self):\n        return Price().sum()\n",
                            HasSubstr("around Cart 5-12: class Cart\n    What is to be bought.\n    def total(self)\n"),
                            HasSubstr("callee Price.sum 10-11 whole:     def sum(self):\n"),
                            HasSubstr("callee Price 9-14: class Price(Base)\n    def sum(self)\n    def one(self)\n"),
                            HasSubstr("caller Cart.send 11-12 whole:     def send(self):\n"),
                            HasSubstr("callee Price.one 13-14 whole:     def one(self):\n"),
                            HasSubstr("caller total 4-5 whole: def total():\n")))
        << "what is there is not there a second time";
    EXPECT_THAT(context.unreadable, IsEmpty());

    const auto small = gather(60, files_);
    EXPECT_EQ(small.first.front(), pieces.front()) << "the subject comes first";
    EXPECT_GT(small.second.left_out, 0);

    auto changed = files_;
    changed["shop/price.py"] += "# changed\n";
    const auto [outlined, incomplete] = gather(100'000, changed);
    EXPECT_THAT(outlined, Contains(HasSubstr("callee Price 9-14: class Price(Base)\n    def sum(self)\n")))
        << "what the file no longer holds is given by signature";
    EXPECT_EQ(incomplete.unreadable.size(), 1);
    EXPECT_THROW(run_task(context_of(database_, scope_, nullptr, "shop/cart.py", 100)), Failure);
}

TEST_F(Questions, ExplainAFunction) {
    const auto e = run_task(explain(database_, scope_, "Price.one"));
    EXPECT_EQ(std::tuple(e.callers, e.callers_in_all, e.callees, e.tests, e.impacted), std::tuple(1, 4, 0, 0, 4));
    ASSERT_TRUE(e.figures);
    EXPECT_EQ(std::tuple(e.figures->cyclomatic_complexity, e.figures->functions, e.figures->simpler),
              std::tuple(std::optional(1), 6, 0));
    EXPECT_FALSE(e.has_history);
    const auto price = run_task(explain(database_, scope_, "Price"));
    EXPECT_EQ(std::tuple(price.supertypes, price.subtypes), std::tuple(1, 0));
    EXPECT_EQ(run_task(explain(database_, scope_, "requests.post")).callers, 1);
}

TEST_F(Questions, CompareRuns) {
    const auto changes = [&](const std::string& before, const std::string& after) {
        const auto comparison = run_task(compare(database_, default_organization(), codebase_, before, after));
        std::vector<std::string> lines;
        for (const auto& c : comparison.elements)
            lines.push_back(fmt::format("{} {}:{}{}", to_label(c.kind), c.path, c.name, c.breaks_api() ? " !" : ""));
        for (const auto& l : comparison.links) lines.push_back(fmt::format("{} +{} -{}", l.kind, l.added, l.removed));
        return lines;
    };
    EXPECT_THAT(changes("", ""), Contains("added shop/cart.py:Cart.total")) << "before the first run was nothing";
    auto files = files_;
    files["main.py"] =
        "from shop.cart import Cart\n\n\ndef total(cart):\n    cart.send()\n\n\ndef more():\n    total(Cart())\n";
    MemoryTree tree("/sample", files);
    SystemClock clock;
    run_task(run_index(database_, default_organization(), tree, clock, {}));
    EXPECT_THAT(changes("", ""),
                ElementsAre("changed main.py:total !", "added main.py:more", "call +1 -0", "instantiate +1 -1"));
    EXPECT_THAT(changes("2", "1"),
                ElementsAre("changed main.py:total !", "removed main.py:more !", "call +0 -1", "instantiate +1 -1"));
    EXPECT_THAT(changes("1", "1"), IsEmpty());
    EXPECT_THROW(changes("never", ""), Failure);
}

TEST_F(Questions, AnswerNothingOfAHistoryThatIsNotStored) {
    const auto path = run_task(find_path(database_, scope_, "shop/cart.py"));
    EXPECT_FALSE(path.has_history);
    EXPECT_THAT(run_task(hotspots(database_, scope_, 10)), IsEmpty());
    EXPECT_THAT(run_task(owners_of(database_, default_organization(), path)).owners, IsEmpty());
    EXPECT_THAT(run_task(co_changes_of(database_, default_organization(), path, {})), IsEmpty());
}

TEST_F(Questions, TellPackagesThatNobodyUsesOrNothingAsksFor) {
    MemoryTree tree("/needs",
                    {{"Cargo.toml",
                      "[package]\nname = \"x\"\nversion = \"0.1.0\"\n\n[dependencies]\nserde_json = \"1\"\n"
                      "rand = \"0.8\"\n"},
                     {"src/main.rs", "fn main() {\n    serde_json::to_string(&1);\n}\n"},
                     {"pyproject.toml", "[project]\nname = \"y\"\nversion = \"1\"\ndependencies = [\"requests\"]\n"},
                     {"tool.py", "import requests\nimport helper\nimport yaml\n"},
                     {"tests/helper.py", "x = 1\n"}});
    SystemClock clock;
    const auto codebase = run_task(run_index(database_, default_organization(), tree, clock, {})).codebase;
    const auto answer = run_task(packages_of(database_, {.organization = default_organization(), .codebase = codebase},
                                             {.unused = true, .missing = true}));
    std::vector<std::string> unused, missing;
    for (const auto& p : answer.packages) unused.push_back(p.dependency.name);
    for (const auto& m : answer.missing) missing.push_back(m.missing.name);
    EXPECT_THAT(unused, ElementsAre("rand")) << "a path begins with serde_json";
    EXPECT_THAT(missing, ElementsAre("yaml")) << "helper is a file";
}

TEST_F(Questions, StayInTheirOrganization) {
    scope_.organization = *OrganizationId::parse("00000000-0000-7000-8000-00000000000b");
    EXPECT_EQ(code_of_refusal("Cart"), "codebase.symbol_not_found");
    EXPECT_EQ(code_of_refusal("requests.post"), "codebase.symbol_not_found");
}

TEST_F(Questions, FindWhatNothingReaches) {
    MemoryTree tree("/dead", {{"app.py",
                               "import json\nimport threading\n\n\n"
                               "def used(): helper()\n"
                               "def helper(): pass\n"
                               "def dead(): dead_too()\n"
                               "def dead_too(): dead()\n"
                               "def passed(): pass\n"
                               "def stored(): pass\n"
                               "@json.register\ndef registered(): pass\n\n\n"
                               "class Known(Exception): pass\n"
                               "class Color:\n    RED = 1\n"
                               "class Unused:\n    def method(self): pass\n"
                               "class Encoder(json.JSONEncoder):\n    def default(self, o): return self.inner(o)\n    "
                               "def inner(self, o): pass\n    def never(self): pass\n"
                               "class Special(Encoder):\n    def encode(self, o): pass\n"
                               "class Shape:\n    def area(self): pass\n    def unused(self): pass\n"
                               "class Square(Shape):\n    def area(self): pass\n\n\n"
                               "def run(shape: Shape):\n    try:\n        shape.area()\n    except Known:\n        "
                               "print(Color.RED, Special)\n\n\n"
                               "threading.Thread(target=passed)\nHANDLERS = {'a': stored}\nused()\nrun(Square())\n"},
                              {"test_app.py", "def test_it(): pass\n"}});
    SystemClock clock;
    const auto codebase = run_task(run_index(database_, default_organization(), tree, clock, {})).codebase;
    std::vector<std::string> names;
    for (const auto& d : run_task(dead_code(database_, default_organization(), codebase)))
        names.push_back(fmt::format("{} {}", d.name, d.dead_callers));
    EXPECT_THAT(names, ElementsAre("dead 1", "dead_too 1", "Unused 0", "Shape.unused 0"));
}

}  // namespace
}  // namespace gsdb::codebase
