#include "modules/codebase/extract/languages.hpp"

#include <gmock/gmock.h>

#include <set>
#include <string>

namespace gsdb::codebase::extract {
namespace {

struct Case {
    const char* path;
    const char* content;
    Language language;
};

class Detection : public testing::TestWithParam<Case> {};

TEST_P(Detection, tells_the_language) {
    const auto& [path, content, language] = GetParam();
    EXPECT_EQ(to_label(detect_language(path, content)), to_label(language)) << path << ": " << content;
}

INSTANTIATE_TEST_SUITE_P(
    by_name, Detection,
    testing::Values(Case{"src/a.c", "", Language::c}, Case{"a.cc", "", Language::cpp}, Case{"a.C", "", Language::cpp},
                    Case{"dir.py/b.ipp", "", Language::cpp}, Case{"a.py", "", Language::python},
                    Case{"a.pyi", "", Language::python}, Case{"SConstruct", "", Language::python},
                    Case{"a.js", "", Language::javascript}, Case{"a.mjs", "", Language::javascript},
                    Case{"a.cjs", "", Language::javascript}, Case{"a.jsx", "", Language::javascript},
                    Case{"a.d.ts", "", Language::typescript}, Case{"a.mts", "", Language::typescript},
                    Case{"a.tsx", "", Language::tsx}, Case{"a.go", "", Language::go}, Case{"a.rs", "", Language::rust},
                    Case{"a.java", "", Language::java}, Case{"A.JAVA", "", Language::java},
                    Case{"x/CMakeLists.txt", "", Language::cmake}, Case{"notes.txt", "", Language::plain_text},
                    Case{"Makefile", "", Language::makefile}, Case{"Dockerfile.dev", "", Language::dockerfile},
                    Case{"tsconfig.json", "", Language::jsonc}, Case{"package.json", "", Language::json},
                    Case{"config.h.in", "#define A 1\n", Language::c}, Case{"a.unheard-of", "", Language::unknown},
                    Case{".", "", Language::unknown}, Case{"", "", Language::unknown},
                    Case{"a.", "", Language::unknown}, Case{"Makefile.am", "", Language::makefile}));

INSTANTIATE_TEST_SUITE_P(
    by_shebang, Detection,
    testing::Values(Case{"tool", "#!/usr/bin/python3.11\n", Language::python},
                    Case{"tool", "#!/usr/bin/env -S python3 -u\nimport os\n", Language::python},
                    Case{"tool", "#!/usr/bin/env LANG=C node\r\n", Language::javascript},
                    Case{"tool", "#! /bin/sh\n", Language::shell}, Case{"tool", "#!/usr/bin/env\n", Language::unknown},
                    Case{"tool", "#!", Language::unknown}, Case{"tool", "\xEF\xBB\xBF#!/bin/bash\n", Language::shell},
                    Case{"tool.py", "#!/bin/sh\n", Language::python}, Case{"tool", "echo\n", Language::unknown}));

INSTANTIATE_TEST_SUITE_P(
    by_content, Detection,
    testing::Values(
        Case{"a.h", "#include <stdio.h>\nint f(void);\n", Language::c},
        Case{"a.h", "#include <vector>\n", Language::cpp}, Case{"a.h", "#include \"b.hpp\"\n", Language::cpp},
        Case{"a.h", "/* class C in a comment\n class D */\nint class;\n", Language::c},
        Case{"a.h", "#ifdef __cplusplus\nextern \"C\" {\nnamespace x {\n#endif\nint f();\n", Language::c},
        Case{"a.h", "#if defined(__cplusplus)\nclass A;\n#else\ntypedef struct A A;\n#endif\n", Language::c},
        Case{"a.h", "namespace a {\n", Language::cpp}, Case{"a.h", "template <class T>\n", Language::cpp},
        Case{"a.h", "struct A {\n  public:\n", Language::cpp}, Case{"a.h", "class Foo;\n", Language::cpp},
        Case{"a.h", "int template = 3;\nint using(int x);\n", Language::c},
        Case{"a.h", "// -*- C++ -*-\n", Language::cpp}, Case{"a.h", "@interface A\n", Language::objective_c},
        Case{"a.h", "", Language::c}, Case{"a.ts", "const a = 1;\n", Language::typescript},
        Case{"a.ts", "<?xml version=\"1.0\"?>\n<!DOCTYPE TS>\n", Language::qt_translation},
        Case{"a.m", "#import <A/A.h>\n", Language::objective_c}, Case{"a.m", "x = 1;\n", Language::matlab},
        Case{"a.t", "use strict;\n", Language::perl}, Case{"a.pl", ":- module(a, []).\n", Language::prolog}));

TEST(LanguageTable, has_unique_labels_that_lead_back) {
    std::set<std::string_view> labels;
    for (const auto& row : all_languages()) {
        EXPECT_TRUE(labels.insert(row.label).second) << row.label;
        EXPECT_EQ(language_from_label(row.label), row.language);
    }
    EXPECT_EQ(language_from_label("no such"), Language::unknown);
}

TEST(LanguageTable, gives_each_extension_to_one_language) {
    std::set<std::string> seen;
    for (const auto& row : all_languages()) {
        for (auto rest = std::string(row.extensions) + " "; !rest.empty(); rest.erase(0, rest.find(' ') + 1))
            if (const auto word = rest.substr(0, rest.find(' ')); !word.empty())
                EXPECT_TRUE(seen.insert(word).second) << word;
    }
}

}  // namespace
}  // namespace gsdb::codebase::extract
