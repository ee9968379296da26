# gsdb_layer(NAME DEPENDS ... LIBRARIES ...)
#
# Declares the folder as the library gsdb_NAME made of its *.cpp files, and its tests/ folder as up to four test
# programs, one for each suffix. The suffix says what a test needs: _test nothing, _pgtest a PostgreSQL,
# _apitest the running server, _chaostest the patience to kill things. test_*.cpp in the folder itself is what tests of
# other folders use, too: it is not part of the library.
function(gsdb_layer name)
    cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES;TEST_DEPENDS;EXTRA_SOURCES" ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "/test_[^/]*$")
    list(APPEND sources ${arg_EXTRA_SOURCES})
    list(TRANSFORM arg_DEPENDS PREPEND gsdb_)
    if(sources)
        add_library(gsdb_${name} STATIC ${sources})
        target_include_directories(gsdb_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
        target_link_libraries(gsdb_${name} PUBLIC ${arg_DEPENDS} ${arg_LIBRARIES} PRIVATE gsdb_warnings)
        gsdb_use_precompiled(gsdb_${name} program)
        if(arg_EXTRA_SOURCES)
            set_source_files_properties(${arg_EXTRA_SOURCES} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
        endif()
    else()
        add_library(gsdb_${name} INTERFACE)
        target_include_directories(gsdb_${name} INTERFACE ${PROJECT_SOURCE_DIR}/src)
        target_link_libraries(gsdb_${name} INTERFACE ${arg_DEPENDS} ${arg_LIBRARIES})
    endif()
    if(NOT GSDB_TESTS)
        return()
    endif()
    list(TRANSFORM arg_TEST_DEPENDS PREPEND gsdb_)
    foreach(suffix test pgtest apitest chaostest)
        file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tests/*_${suffix}.cpp)
        if(tests)
            set(program ${name}_${suffix})
            add_executable(${program} ${tests})
            target_link_libraries(${program} PRIVATE gsdb_${name} ${arg_TEST_DEPENDS} gsdb_warnings GTest::gmock_main)
            if(suffix STREQUAL "test")
                gsdb_use_precompiled(${program} tests)
            else()
                gsdb_use_precompiled(${program} waiting_tests)
                target_compile_options(${program} PRIVATE ${GSDB_WAITING_TEST_OPTIONS})
            endif()
            gsdb_register_test(${program} ${suffix} $<TARGET_FILE:${program}>)
        endif()
    endforeach()
endfunction()

# Those that take a minute or more, the longest first: ctest starts them in this order, so that none is left to run alone
# at the end. It goes by what it measured once there was a run in the build folder.
set(GSDB_LONG_TESTS engine_pgtest engine_services_pgtest module_codebase_pgtest e2e_workflow migrate_pgtest e2e_external
    e2e_first_run engine_plans_pgtest e2e_api e2e_task module_tasks_pgtest e2e_backup e2e_psql cluster_pgtest e2e_events
    queryc_pgtest module_codebase_extract_test module_codebase_flow_test e2e_index e2e_history
    e2e_maintenance e2e_home sql_split_15 sql_unified_15 app_pgtest e2e_quality e2e_code pg_pgtest
    module_events_pgtest module_identity_pgtest e2e_workflow_http e2e_workflow_gates process_test
    module_codebase_measure_test module_projects_pgtest git_test)

# Registers a command as a test; gtest programs leave their case counts where `./dev test` adds them up.
function(gsdb_register_test name label)
    add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    list(REVERSE GSDB_LONG_TESTS)
    list(FIND GSDB_LONG_TESTS ${name} place)
    math(EXPR cost "${place} + 1")
    set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT 900 COST ${cost}
        ENVIRONMENT "GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/test-results/${name}.xml;GSDB_BUILD_DIR=${CMAKE_BINARY_DIR}")
endfunction()

# Registers a command as a test on another PostgreSQL than Debian's: NAME_VERSION, skipped where it is not installed.
# Their label is `versions`.
function(gsdb_register_test_on_postgres version name)
    gsdb_register_test(${name}_${version} versions
        ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tools/postgres/postgres.py run ${version} ${ARGN})
    set_tests_properties(${name}_${version} PROPERTIES SKIP_RETURN_CODE 77)
endfunction()
