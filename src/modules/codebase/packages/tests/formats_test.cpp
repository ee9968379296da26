// Cargo, Go, Maven, Gradle, Ruby, PHP, .NET, C and C++.

#include <gmock/gmock.h>

#include "package_rows.hpp"

namespace gsdb::codebase::packages {
namespace {

using testing::UnorderedElementsAre;

TEST(Cargo, InheritsFromTheWorkspaceAndFindsItsVersions) {
    EXPECT_THAT(rows_of({{"Cargo.toml", R"([workspace]
members = ["crates/*"]
[workspace.dependencies]
serde = { version = "1", features = ["derive"] }
rnd = { package = "rand", version = "0.8" }
own = { path = "crates/own" }
)"},
                         {"crates/own/Cargo.toml", "[package]\nname = 'own'\nlicense = 'MIT'\n"},
                         {"crates/a/Cargo.toml", R"([package]
name = "a"
[dependencies]
serde.workspace = true
rnd = { workspace = true }
own = { workspace = true }
log = { version = "0.4", optional = true }
fork = { git = "https://user:pw@host.test/fork" }
syn = "2"
[dev-dependencies]
quickcheck = "1"
[target.'cfg(unix)'.dependencies]
libc = "0.2"
[build-dependencies]
cc = "1"
)"},
                         {"Cargo.lock", R"(version = 3
[[package]]
name = "a"
version = "0.1.0"
dependencies = ["syn 2.0.1", "serde"]
[[package]]
name = "serde"
version = "1.0.190"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "syn"
version = "1.0.9"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "syn"
version = "2.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
[[package]]
name = "fork"
version = "0.3.0"
source = "git+https://host.test/fork#abc"
)"}}),
                UnorderedElementsAre(
                    "+Cargo.toml runtime syn; locked 1.0.9; in Cargo.lock",
                    "crates/a/Cargo.toml:6 runtime own any; local", "crates/a/Cargo.toml:15 build cc 1",
                    "crates/a/Cargo.toml:8 runtime fork any; locked 0.3.0; in Cargo.lock; from https://host.test/fork",
                    "crates/a/Cargo.toml:13 runtime libc 0.2; when cfg(unix)", "crates/a/Cargo.toml:7 optional log 0.4",
                    "crates/a/Cargo.toml:11 development quickcheck 1", "crates/a/Cargo.toml:5 runtime rand 0.8; as rnd",
                    "crates/a/Cargo.toml:4 runtime serde 1; locked 1.0.190; in Cargo.lock",
                    "crates/a/Cargo.toml:9 runtime syn 2; locked 2.0.1; in Cargo.lock"));
}

TEST(Go, ReadsModulesWithTheirReplacements) {
    EXPECT_THAT(rows_of({{"go.mod", R"(module example.test/app

go 1.24

require (
	github.com/a/b v1.2.3
	github.com/c/d v0.1.0 // indirect
	"github.com/quoted/q" v1.0.0
)

require golang.org/x/tools v0.5.0

tool golang.org/x/tools/cmd/stringer

replace github.com/c/d => ../d

replace (
	github.com/a/b v1.2.3 => github.com/fork/b v1.2.4
)
)"},
                         {"go.sum",
                          "golang.org/x/tools v0.5.0 h1:x=\ngolang.org/x/tools v0.5.0/go.mod h1:y=\ngolang.org/x/tools "
                          "v0.4.0/go.mod h1:z=\n"}}),
                UnorderedElementsAre(
                    "go.mod:6 runtime github.com/a/b v1.2.3; locked v1.2.4; in go.mod; from https://github.com/fork/b",
                    "go.mod:8 runtime github.com/quoted/q v1.0.0; locked v1.0.0; in go.mod",
                    "go.mod:11 runtime golang.org/x/tools v0.5.0; locked v0.5.0; in go.sum; run by tool"));
    EXPECT_THAT(problems_of({{"go.mod", "require x\n"}, {"go.sum", "a b\n"}}),
                UnorderedElementsAre("go.mod:1 a requirement without a version",
                                     "go.sum:1 not a module, a version and a hash"));
}

TEST(Maven, FillsInFromParentsAndProperties) {
    EXPECT_THAT(
        rows_of({{"pom.xml", R"(<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <groupId>org.own</groupId><artifactId>parent</artifactId><version>1.0</version>
  <properties><guava.version>33.0</guava.version></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13</version><scope>test</scope></dependency>
    <dependency><groupId>org.bom</groupId><artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
</project>)"},
                 {"core/pom.xml", R"(<project>
  <parent><groupId>org.own</groupId><artifactId>parent</artifactId><version>1.0</version></parent>
  <artifactId>core</artifactId>
  <dependencies>
    <dependency>
      <groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>${guava.version}</version>
    </dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>parent</artifactId><version>${project.version}</version></dependency>
    <dependency><groupId>x</groupId><artifactId>servlet</artifactId><version>${unknown}</version><scope>provided</scope></dependency>
  </dependencies>
  <build><plugins><plugin><artifactId>maven-jar-plugin</artifactId><version>3</version></plugin></plugins></build>
  <profiles><profile><id>ci</id><dependencies><dependency><groupId>c</groupId><artifactId>i</artifactId><version>1</version></dependency></dependencies></profile></profiles>
</project>)"}}),
        UnorderedElementsAre(
            "core/pom.xml:13 runtime c:i 1; when profile ci", "core/pom.xml:9 runtime org.own:parent 1.0; local",
            "core/pom.xml:5 runtime com.google.guava:guava 33.0", "core/pom.xml:8 test junit:junit 4.13",
            "core/pom.xml:12 build org.apache.maven.plugins:maven-jar-plugin 3; run by plugin of Maven",
            "core/pom.xml:10 peer x:servlet ${unknown}"));
}

TEST(Maven, RefusesEntities) {
    EXPECT_THAT(
        problems_of(
            {{"pom.xml",
              "<!DOCTYPE p [<!ENTITY a \"b\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>\n<project>&a;&c;</project>"}}),
        UnorderedElementsAre("pom.xml:1 it declares entities"));
    EXPECT_THAT(problems_of({{"pom.xml", "<project>\n<a>\n</project>"}}),
                UnorderedElementsAre("pom.xml:3 mismatched tag"));
}

TEST(Gradle, ReadsLiteralDeclarationsAndCatalogues) {
    EXPECT_THAT(
        rows_of(
            {{"build.gradle.kts", R"(plugins {
    id("org.jetbrains.kotlin.jvm") version "1.9.0"
    alias(libs.plugins.shadow)
}
val ktorVersion = "2.3.0"
dependencies {
    implementation("com.google.guava:guava:33.0-jre")
    implementation("io.ktor:ktor-core:$ktorVersion")
    // implementation("no:no:1")
    testImplementation(libs.junit.jupiter)
    api(project(":other"))
    implementation(platform("org.bom:bom:1"))
    kapt("x:processor:1")
}
)"},
             {"app/build.gradle",
              "dependencies {\n  compileOnly group: 'g', name: 'a', version: '1'\n  implementation 'b:c'\n  "
              "implementation libs.nowhere\n}\n"},
             {"gradle/libs.versions.toml",
              "[versions]\njunit = '5.10'\n[libraries]\njunit-jupiter = { module = 'org.junit.jupiter:junit-jupiter', "
              "version.ref = 'junit' }\n[plugins]\nshadow = 'com.shadow:8.0'\n"},
             {"gradle.lockfile",
              "# header\ncom.google.guava:guava:33.0-jre=compileClasspath\nd:e:1=testRuntimeClasspath\nempty=x\n"}}),
        UnorderedElementsAre(
            "app/build.gradle:3 runtime b:c any", "app/build.gradle:2 peer g:a 1",
            "build.gradle.kts:7 runtime com.google.guava:guava 33.0-jre; locked 33.0-jre; in gradle.lockfile",
            "build.gradle.kts:3 build com.shadow:com.shadow.gradle.plugin 8.0; run by plugin of Gradle",
            "+build.gradle.kts test d:e; locked 1; in gradle.lockfile",
            "build.gradle.kts:8 runtime io.ktor:ktor-core 2.3.0",
            "build.gradle.kts:12 runtime org.bom:bom 1; run by versions of others",
            "build.gradle.kts:2 build org.jetbrains.kotlin.jvm:org.jetbrains.kotlin.jvm.gradle.plugin 1.9.0; "
            "run by plugin of Gradle",
            "build.gradle.kts:10 test org.junit.jupiter:junit-jupiter 5.10",
            "build.gradle.kts:13 build x:processor 1; run by annotation processor"));
}

TEST(Ruby, ReadsGemfiles) {
    EXPECT_THAT(
        rows_of({{"Gemfile",
                  "source 'https://rubygems.org'\ngem 'rails', '~> 7.0', '>= 7.0.4'\ngroup :test do\n  gem "
                  "\"rspec\"\nend\ngem 'own', path: '.'\ngem 'g', git: 'https://u:p@host.test/g.git'\n"},
                 {"Gemfile.lock",
                  "GIT\n  remote: https://u:p@host.test/g.git\n  revision: abc\n  specs:\n    g (1.0)\n\nGEM\n "
                  " remote: https://rubygems.org/\n  specs:\n    rack (2.2)\n    rails (7.0.5)\n      rack (>= "
                  "2)\n\nDEPENDENCIES\n  rails (~> 7.0)\n"}}),
        UnorderedElementsAre("Gemfile:7 runtime g any; locked 1.0; in Gemfile.lock; from https://host.test/g.git",
                             "Gemfile:6 runtime own any; local", "+Gemfile runtime rack; locked 2.2; in Gemfile.lock",
                             "Gemfile:2 runtime rails ~> 7.0, >= 7.0.4; locked 7.0.5; in Gemfile.lock",
                             "Gemfile:4 test rspec any"));
}

TEST(Php, ReadsComposer) {
    EXPECT_THAT(
        rows_of(
            {{"composer.json",
              R"({"name": "own/app", "require": {"php": ">=8", "ext-json": "*", "Monolog/Monolog": "^3"}, "require-dev": {"phpunit/phpunit": "^10"}, "scripts": {"test": "phpunit --x"}})"},
             {"composer.lock",
              R"({"packages": [{"name": "monolog/monolog", "version": "3.4.0", "license": ["MIT"]}, {"name": "psr/log", "version": "3.0.0"}],
                             "packages-dev": [{"name": "phpunit/phpunit", "version": "10.1", "bin": ["bin/phpunit"]}]})"}}),
        UnorderedElementsAre(
            "composer.json:1 runtime monolog/monolog ^3; locked 3.4.0; in composer.lock; licence MIT",
            "composer.json:1 development phpunit/phpunit ^10; locked 10.1; in composer.lock; run by script test",
            "+composer.json runtime psr/log; locked 3.0.0; in composer.lock"));
}

TEST(DotNet, ReadsProjectsWithCentralVersions) {
    EXPECT_THAT(
        rows_of(
            {{"src/A.csproj",
              "<Project Sdk=\"x\">\n<ItemGroup>\n<PackageReference Include=\"Serilog\" />\n<PackageReference "
              "Include=\"Newtonsoft.Json\" Version=\"13.0.1\"/>\n<PackageReference "
              "Include=\"Tool\"><Version>1</Version><PrivateAssets>all</PrivateAssets></PackageReference>\n</"
              "ItemGroup></Project>"},
             {"Directory.Packages.props",
              "<Project><PropertyGroup><V>3.1</V></PropertyGroup><ItemGroup><PackageVersion Include=\"Serilog\" "
              "Version=\"$(V)\" /></ItemGroup></Project>"},
             {"src/packages.lock.json",
              R"({"version": 1, "dependencies": {"net8.0": {"Serilog": {"type": "Direct", "resolved": "3.1.1"}, "Deep": {"type": "Transitive", "resolved": "1.0"}}}})"}}),
        UnorderedElementsAre("+src/A.csproj runtime deep; locked 1.0; in src/packages.lock.json",
                             "src/A.csproj:4 runtime newtonsoft.json 13.0.1",
                             "src/A.csproj:3 runtime serilog 3.1; locked 3.1.1; in src/packages.lock.json",
                             "src/A.csproj:5 development tool 1"));
}

TEST(Cpp, ReadsVcpkgConanAndCMake) {
    EXPECT_THAT(
        rows_of(
            {{"vcpkg.json",
              R"({"name": "app", "dependencies": ["fmt", {"name": "zlib", "version>=": "1.3", "platform": "windows"}], "features": {"x": {"dependencies": ["curl"]}}})"},
             {"conanfile.txt",
              "[requires]\nboost/1.83.0@user/ch\n[tool_requires]\ncmake/3.27\n[options]\nboost/*:shared=True\n"},
             {"CMakeLists.txt",
              "# find_package(No)\nfind_package(Boost 1.81 REQUIRED COMPONENTS json)\nfind_package(\n  "
              "ZLIB)\nfind_package(${X})\n"}}),
        UnorderedElementsAre("CMakeLists.txt:2 runtime Boost 1.81", "CMakeLists.txt:3 optional ZLIB any",
                             "conanfile.txt:2 runtime boost 1.83.0", "conanfile.txt:4 build cmake 3.27; run by tool",
                             "vcpkg.json:1 optional curl any; when feature x", "vcpkg.json:1 runtime fmt any",
                             "vcpkg.json:1 runtime zlib >=1.3; when windows"));
}

}  // namespace
}  // namespace gsdb::codebase::packages
