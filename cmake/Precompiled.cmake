# gsdb_use_precompiled(TARGET program|tests|waiting_tests)
#
# Gives a target the headers of others that most files include (the standard library, fmt, Asio, Boost.JSON; of tests
# also GoogleMock), parsed once for all. They took two fifths of the time to compile. Headers of this house are not among
# them: an edit would compile everything again. A file still includes what it uses, as it compiles without this, too:
# -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON.
set(GSDB_PRECOMPILED_FOLDER ${CMAKE_CURRENT_LIST_DIR}/precompiled)
# CMake would also name the header that the result was made of, by its full path, which another checkout does not share.
set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)

function(gsdb_add_precompiled name)
    cmake_parse_arguments(arg "" "" "HEADERS;LIBRARIES" ${ARGN})
    add_library(gsdb_precompiled_${name} OBJECT ${GSDB_PRECOMPILED_FOLDER}/empty.cpp)
    target_precompile_headers(gsdb_precompiled_${name} PRIVATE ${arg_HEADERS})
    # Without a time in it, the result depends on the headers alone, which is what ccache goes by.
    target_compile_options(gsdb_precompiled_${name} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_link_libraries(gsdb_precompiled_${name} PRIVATE gsdb_warnings ${arg_LIBRARIES})
    if(CCACHE)
        set_target_properties(gsdb_precompiled_${name} PROPERTIES
            CXX_COMPILER_LAUNCHER ${GSDB_PRECOMPILED_FOLDER}/compile_and_sum.sh)
    endif()
endfunction()

set(headers <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <cstddef> <cstdint> <cstdlib> <cstring>
    <deque> <exception> <expected> <filesystem> <fstream> <functional> <iterator> <map> <memory> <mutex> <optional> <random>
    <ranges> <set> <span> <sstream> <stdexcept> <stop_token> <string> <string_view> <system_error> <thread> <tuple>
    <unordered_map> <unordered_set> <utility> <variant> <vector>
    <fmt/format.h> <fmt/ranges.h>
    <boost/asio/awaitable.hpp> <boost/asio/basic_waitable_timer.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp>
    <boost/asio/redirect_error.hpp> <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp>
    <boost/json.hpp>)
gsdb_add_precompiled(program HEADERS ${headers} LIBRARIES asio fmt::fmt Boost::json)
if(GSDB_TESTS)
    foreach(kind tests waiting_tests)
        gsdb_add_precompiled(${kind} HEADERS ${headers} <gmock/gmock.h> LIBRARIES asio fmt::fmt Boost::json GTest::gmock)
        # Made with the flags of what uses it, and programs are compiled with others than libraries.
        set_target_properties(gsdb_precompiled_${kind} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
        target_compile_options(gsdb_precompiled_${kind} PRIVATE -fPIE)
    endforeach()
    target_compile_options(gsdb_precompiled_waiting_tests PRIVATE ${GSDB_WAITING_TEST_OPTIONS})
endif()

function(gsdb_use_precompiled target name)
    target_precompile_headers(${target} REUSE_FROM gsdb_precompiled_${name})
endfunction()
