#include "modules/codebase/packages/imports.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "modules/codebase/packages/names.hpp"

namespace gsdb::codebase::packages {

namespace {

/// A package and what it is imported by, several separated by spaces.
struct Known {
    std::string_view package, names;
};

// Well-known packages whose modules have another name, from the files that they install (RECORD, top_level.txt). In
// order, for a binary search.
constexpr std::array python_modules{
    Known{"antlr4-python3-runtime", "antlr4"},
    Known{"apache-airflow", "airflow"},
    Known{"apache-beam", "apache_beam"},
    Known{"argon2-cffi", "argon2"},
    Known{"attrs", "attr attrs"},
    Known{"azure-identity", "azure.identity"},
    Known{"babel", "babel"},
    Known{"beautifulsoup4", "bs4"},
    Known{"biopython", "Bio"},
    Known{"cython", "Cython cython"},
    Known{"discord-py", "discord"},
    Known{"django-allauth", "allauth"},
    Known{"django-cors-headers", "corsheaders"},
    Known{"django-crispy-forms", "crispy_forms"},
    Known{"django-debug-toolbar", "debug_toolbar"},
    Known{"django-environ", "environ"},
    Known{"django-extensions", "django_extensions"},
    Known{"django-filter", "django_filters"},
    Known{"django-guardian", "guardian"},
    Known{"django-redis", "django_redis"},
    Known{"django-storages", "storages"},
    Known{"djangorestframework", "rest_framework"},
    Known{"djangorestframework-simplejwt", "rest_framework_simplejwt"},
    Known{"dnspython", "dns"},
    Known{"docker-py", "docker"},
    Known{"email-validator", "email_validator"},
    Known{"faiss-cpu", "faiss"},
    Known{"fonttools", "fontTools"},
    Known{"fusepy", "fuse"},
    Known{"gitpython", "git gitdb"},
    Known{"google-api-python-client", "googleapiclient apiclient"},
    Known{"google-auth", "google.auth google.oauth2"},
    Known{"google-generativeai", "google.generativeai"},
    Known{"grpcio", "grpc"},
    Known{"grpcio-tools", "grpc_tools"},
    Known{"importlib-metadata", "importlib_metadata"},
    Known{"jinja2", "jinja2"},
    Known{"jupyter-client", "jupyter_client"},
    Known{"kafka-python", "kafka"},
    Known{"launchpadlib", "launchpadlib"},
    Known{"levenshtein", "Levenshtein"},
    Known{"markdown", "markdown"},
    Known{"markupsafe", "markupsafe"},
    Known{"matplotlib", "matplotlib mpl_toolkits pylab"},
    Known{"mkdocs-material", "material"},
    Known{"msgpack-python", "msgpack"},
    Known{"mysql-connector-python", "mysql"},
    Known{"mysqlclient", "MySQLdb"},
    Known{"newrelic", "newrelic"},
    Known{"opencv-contrib-python", "cv2"},
    Known{"opencv-python", "cv2"},
    Known{"opencv-python-headless", "cv2"},
    Known{"paho-mqtt", "paho"},
    Known{"pillow", "PIL"},
    Known{"pip", "pip"},
    Known{"progressbar2", "progressbar"},
    Known{"protobuf", "google.protobuf"},
    Known{"psycopg2-binary", "psycopg2"},
    Known{"pycrypto", "Crypto"},
    Known{"pycryptodome", "Crypto"},
    Known{"pycryptodomex", "Cryptodome"},
    Known{"pygithub", "github"},
    Known{"pygments", "pygments"},
    Known{"pyinotify", "pyinotify"},
    Known{"pyjwt", "jwt"},
    Known{"pymupdf", "fitz pymupdf"},
    Known{"pymysql", "pymysql"},
    Known{"pynacl", "nacl"},
    Known{"pyopenssl", "OpenSSL"},
    Known{"pyserial", "serial"},
    Known{"pytest", "pytest _pytest py"},
    Known{"python-dateutil", "dateutil"},
    Known{"python-decouple", "decouple"},
    Known{"python-docx", "docx"},
    Known{"python-dotenv", "dotenv"},
    Known{"python-gitlab", "gitlab"},
    Known{"python-jose", "jose"},
    Known{"python-json-logger", "pythonjsonlogger"},
    Known{"python-ldap", "ldap"},
    Known{"python-levenshtein", "Levenshtein"},
    Known{"python-magic", "magic"},
    Known{"python-multipart", "multipart python_multipart"},
    Known{"python-pptx", "pptx"},
    Known{"python-slugify", "slugify"},
    Known{"python-socketio", "socketio"},
    Known{"python-telegram-bot", "telegram"},
    Known{"pytorch-lightning", "pytorch_lightning"},
    Known{"pywin32",
          "win32api win32con win32com win32file win32gui pythoncom pywintypes win32event win32service win32pipe"},
    Known{"pyyaml", "yaml _yaml"},
    Known{"pyzmq", "zmq"},
    Known{"rdkit-pypi", "rdkit"},
    Known{"ruamel-yaml", "ruamel.yaml"},
    Known{"scikit-image", "skimage"},
    Known{"scikit-learn", "sklearn"},
    Known{"sentry-sdk", "sentry_sdk"},
    Known{"setuptools", "setuptools pkg_resources _distutils_hack"},
    Known{"slack-sdk", "slack_sdk"},
    Known{"speechrecognition", "speech_recognition"},
    Known{"sphinx-rtd-theme", "sphinx_rtd_theme"},
    Known{"sqlalchemy", "sqlalchemy"},
    Known{"tensorflow-cpu", "tensorflow"},
    Known{"tensorflow-gpu", "tensorflow"},
    Known{"typing-extensions", "typing_extensions"},
    Known{"umap-learn", "umap"},
    Known{"unittest-xml-reporting", "xmlrunner"},
    Known{"websocket-client", "websocket"},
    Known{"wxpython", "wx"},
    Known{"xlsxwriter", "xlsxwriter"},
    Known{"zope-interface", "zope.interface"},
};
static_assert(std::ranges::is_sorted(python_modules, {}, &Known::package));

// Java packages of well-known artifacts that do not begin with their group.
constexpr std::array java_packages{
    Known{"cglib:cglib", "net.sf.cglib"},
    Known{"ch.qos.logback:logback-classic", "ch.qos.logback"},
    Known{"com.fasterxml.jackson.core:jackson-annotations", "com.fasterxml.jackson.annotation"},
    Known{"com.fasterxml.jackson.core:jackson-databind", "com.fasterxml.jackson.databind"},
    Known{"com.github.ben-manes.caffeine:caffeine", "com.github.benmanes.caffeine"},
    Known{"com.google.code.findbugs:jsr305", "javax.annotation"},
    Known{"com.google.code.gson:gson", "com.google.gson"},
    Known{"com.google.guava:guava", "com.google.common com.google.thirdparty"},
    Known{"com.google.guava:guava-testlib",
          "com.google.common.testing com.google.common.collect.testing com.google.common.escape.testing"},
    Known{"com.google.inject:guice", "com.google.inject"},
    Known{"com.google.protobuf:protobuf-java", "com.google.protobuf"},
    Known{"com.google.truth:truth", "com.google.common.truth"},
    Known{"com.squareup.okhttp3:okhttp", "okhttp3"},
    Known{"com.squareup.okio:okio", "okio"},
    Known{"com.squareup.retrofit2:retrofit", "retrofit2"},
    Known{"commons-cli:commons-cli", "org.apache.commons.cli"},
    Known{"commons-codec:commons-codec", "org.apache.commons.codec"},
    Known{"commons-io:commons-io", "org.apache.commons.io"},
    Known{"commons-lang:commons-lang", "org.apache.commons.lang"},
    Known{"commons-logging:commons-logging", "org.apache.commons.logging"},
    Known{"io.reactivex.rxjava3:rxjava", "io.reactivex.rxjava3"},
    Known{"jakarta.servlet:jakarta.servlet-api", "jakarta.servlet"},
    Known{"javax.inject:javax.inject", "javax.inject"},
    Known{"javax.servlet:javax.servlet-api", "javax.servlet"},
    Known{"javax.servlet:servlet-api", "javax.servlet"},
    Known{"joda-time:joda-time", "org.joda.time"},
    Known{"junit:junit", "org.junit junit"},
    Known{"log4j:log4j", "org.apache.log4j"},
    Known{"mysql:mysql-connector-java", "com.mysql"},
    Known{"net.java.dev.jna:jna", "com.sun.jna"},
    Known{"org.apache.commons:commons-lang3", "org.apache.commons.lang3"},
    Known{"org.apache.httpcomponents:httpclient", "org.apache.http"},
    Known{"org.apache.httpcomponents:httpcore", "org.apache.http"},
    Known{"org.hamcrest:hamcrest", "org.hamcrest"},
    Known{"org.junit.jupiter:junit-jupiter", "org.junit.jupiter"},
    Known{"org.junit.jupiter:junit-jupiter-api", "org.junit.jupiter"},
    Known{"org.mockito:mockito-core", "org.mockito"},
    Known{"org.projectlombok:lombok", "lombok"},
    Known{"org.slf4j:slf4j-api", "org.slf4j"},
    Known{"org.yaml:snakeyaml", "org.yaml.snakeyaml"},
};
static_assert(std::ranges::is_sorted(java_packages, {}, &Known::package));

template <class Table>
std::vector<std::string> known_names(const Table& table, std::string_view package) {
    const auto found = std::ranges::lower_bound(table, package, {}, &Known::package);
    std::vector<std::string> names;
    if (found == table.end() || found->package != package) return names;
    for (const auto name : words_of(found->names)) names.emplace_back(name);
    return names;
}

std::string with(std::string_view text, char from, char to) {
    std::string changed(text);
    std::ranges::replace(changed, from, to);
    return changed;
}

std::vector<std::string> python_names(std::string_view package) {
    auto names = known_names(python_modules, package);
    if (!names.empty()) return names;
    names = {with(package, '-', '_')};
    // Packages of a namespace have its dots for hyphens: google-cloud-storage is google.cloud.storage.
    for (const std::string_view space :
         {"google-", "azure-", "zope-", "sphinxcontrib-", "backports-", "jaraco-", "ruamel-", "repoze-"})
        if (package.starts_with(space)) names.push_back(with(package, '-', '.'));
    // Habits of naming: python-x, x-python, pyx and x-py are imported as x.
    for (const std::string_view beginning : {"python-", "py-"})
        if (package.starts_with(beginning)) names.push_back(with(package.substr(beginning.size()), '-', '_'));
    for (const std::string_view end : {"-python", "-py", "-binary"})
        if (package.ends_with(end)) names.push_back(with(package.substr(0, package.size() - end.size()), '-', '_'));
    return names;
}

/// The group, and what of the artifact's name the packages often have besides.
std::vector<std::string> java_names(std::string_view package) {
    auto names = known_names(java_packages, package);
    if (!names.empty()) return names;
    return {std::string(package.substr(0, package.find(':')))};
}

/// `a.b.c`, `a.b`, `a`.
std::vector<std::string> beginnings(std::string_view path, char separator) {
    std::vector<std::string> all;
    for (;;) {
        all.emplace_back(path);
        const auto cut = path.rfind(separator);
        if (cut == std::string_view::npos || cut == 0) return all;
        path = path.substr(0, cut);
    }
}

}  // namespace

std::vector<std::string> import_names(Ecosystem ecosystem, std::string_view package, std::string_view given) {
    switch (ecosystem) {
        case Ecosystem::npm:
        case Ecosystem::go:
            return {std::string(given.empty() ? package : given)};
        case Ecosystem::cargo:
            return {with(given.empty() ? package : given, '-', '_')};
        case Ecosystem::pypi:
            return python_names(package);
        case Ecosystem::maven:
            return java_names(package);
        default:
            return {};
    }
}

bool is_certain(Ecosystem ecosystem, std::string_view package) {
    if (ecosystem == Ecosystem::maven) return !known_names(java_packages, package).empty();
    if (ecosystem == Ecosystem::pypi) return !known_names(python_modules, package).empty();
    return ecosystem == Ecosystem::npm || ecosystem == Ecosystem::go || ecosystem == Ecosystem::cargo;
}

std::vector<std::string> import_beginnings(Ecosystem ecosystem, std::string_view imported) {
    switch (ecosystem) {
        case Ecosystem::go:
            return beginnings(imported, '/');
        case Ecosystem::pypi:
        case Ecosystem::maven:
            return beginnings(imported, '.');
        case Ecosystem::cargo:
            return {std::string(imported.substr(0, imported.find("::")))};
        default:
            return {std::string(imported)};
    }
}

namespace {

bool begins_with_word(std::string_view text, std::initializer_list<std::string_view> words,
                      std::string_view separator) {
    return std::ranges::any_of(words, [&](std::string_view word) {
        return text.starts_with(word) &&
               (text.size() == word.size() || text.substr(word.size()).starts_with(separator));
    });
}

/// Names of packages have no capitals, schemes and signs
/// (https://docs.npmjs.com/cli/v10/configuring-npm/package-json#name). What bundlers resolve themselves often looks
/// like one: @/x, ~/x, virtual:x, @site/x of Docusaurus.
bool is_no_npm_package(std::string_view name) {
    if (begins_with_word(name, {"@site", "@theme", "@generated", "@docusaurus", "@theme-original", "@theme-init", "@"},
                         "/"))
        return true;
    const auto scope = name.starts_with('@') ? name.find('/') : 0;
    if (scope == std::string_view::npos || (name.starts_with('@') && scope < 2)) return true;
    return name.empty() || std::ranges::any_of(name, [](char c) {
               return (std::isalnum(static_cast<unsigned char>(c)) == 0 &&
                       std::string_view("@/-_.").find(c) == std::string_view::npos) ||
                      static_cast<unsigned char>(c) >= 0x80;
           });
}

}  // namespace

bool is_no_package(Ecosystem ecosystem, std::string_view imported) {
    switch (ecosystem) {
        case Ecosystem::npm:
            return is_no_npm_package(imported);
        case Ecosystem::pypi:  // known to type checkers alone, or the program itself
            return imported.empty() || begins_with_word(imported, {"_typeshed", "__main__", "__future__"}, ".");
        case Ecosystem::go:
            // https://go.dev/ref/mod#module-path: what may be fetched has a dot before the first slash.
            return imported.substr(0, imported.find('/')).find('.') == std::string_view::npos;
        case Ecosystem::maven:
            return begins_with_word(imported,
                                    {"java",
                                     "jdk",
                                     "sun",
                                     "com.sun",
                                     "org.w3c.dom",
                                     "org.xml.sax",
                                     "org.ietf.jgss",
                                     "javax.accessibility",
                                     "javax.crypto",
                                     "javax.imageio",
                                     "javax.lang.model",
                                     "javax.management",
                                     "javax.naming",
                                     "javax.net",
                                     "javax.print",
                                     "javax.script",
                                     "javax.security",
                                     "javax.sound",
                                     "javax.sql",
                                     "javax.swing",
                                     "javax.tools",
                                     "javax.xml",
                                     "javax.annotation.processing"},
                                    ".");
        case Ecosystem::cargo:
            // Paths may begin with any name that is in scope; the compiler finds what is missing.
            return true;
        default:
            return true;
    }
}

}  // namespace gsdb::codebase::packages
