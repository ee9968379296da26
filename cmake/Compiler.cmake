# clang only: g++ 12 miscompiles coroutines that take aggregate temporaries (each is destroyed twice, found by
# AddressSanitizer), and Debian 12 has no newer g++. docs/decisions/0002-clang-only.md has the reproduction.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
    message(FATAL_ERROR
        "gsdb needs clang 19 or newer, this is ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.\n"
        "g++ 12 miscompiles coroutines that take aggregate temporaries: they are destroyed twice at run time.\n"
        "Remedy: ./dev setup, then configure with a preset: cmake --preset dev")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
    # The base folder lets a second checkout or build folder reuse what the first compiled.
    # The last two are for precompiled headers (Precompiled.cmake): what clang checks by itself need not be hashed again.
    set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
        CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1 ${CCACHE})
    set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_compile_options(-fno-omit-frame-pointer)
add_link_options(-fuse-ld=lld)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
    add_link_options(-Wl,--gc-sections)
elseif(GSDB_SANITIZE)
    # -O1 halves the run time of the sanitized tests for little compile time; g1 keeps the lines of a stack trace.
    set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
    # What mostly waits for a server gains nothing from it, and is half of what there is to compile.
    set(GSDB_WAITING_TEST_OPTIONS -O0)
    add_compile_options(-fsanitize=${GSDB_SANITIZE} -fno-sanitize-recover=all)
    if(GSDB_SANITIZE MATCHES "undefined")
        # A fifth of the time to compile, for what AddressSanitizer finds as well (null pointers, ends of objects) and for
        # alignment, which no processor that we build for minds.
        add_compile_options(-fno-sanitize=null,object-size,alignment)
    endif()
    add_link_options(-fsanitize=${GSDB_SANITIZE})
    if(GSDB_SANITIZE MATCHES "address")
        # Asio keeps coroutine frames in a recycling allocator that hides use-after-free from the sanitizer.
        add_compile_definitions(BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
    endif()
endif()

add_library(gsdb_warnings INTERFACE)
target_compile_options(gsdb_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wimplicit-fallthrough -Wno-c23-extensions -Wno-missing-designated-field-initializers
    -Wno-missing-field-initializers)
