#include "modules/codebase/flow/make_flow.hpp"

namespace gsdb::codebase::flow {

bool is_followed(extract::Language language) {
    using extract::Language;
    return language == Language::python || language == Language::javascript || language == Language::typescript ||
           language == Language::tsx || language == Language::java || language == Language::go ||
           language == Language::rust || language == Language::c || language == Language::cpp;
}

FileFlow make_flow(TSNode root, std::string_view source, extract::Language language) {
    FileFlow flow;
    flow.language = language;
    if (language == extract::Language::python)
        follow_python(flow, root, source);
    else if (language == extract::Language::java)
        follow_java(flow, root, source);
    else if (language == extract::Language::go)
        follow_go(flow, root, source);
    else if (language == extract::Language::rust)
        follow_rust(flow, root, source);
    else if (language == extract::Language::c || language == extract::Language::cpp)
        follow_c(flow, root, source);
    else if (is_followed(language))
        follow_javascript(flow, root, source);
    return flow;
}

}  // namespace gsdb::codebase::flow
