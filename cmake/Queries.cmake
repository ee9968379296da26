# gsdb_queries(TARGET FOLDER TAG)
#
# Makes FOLDER/sql/queries/*.sql, as FOLDER/sql/queries.lock.json describes them, into typed C++ of TARGET:
# `#include "modules/identity/queries.hpp"` for the folder src/modules/identity. TAG is the module's tag type below
# gsdb, as pg::Database<...> takes it: identity::Database. Without a single .sql file nothing happens.
#
# A statement that changed since it was locked fails the build; the message says which, and `./dev gen` mends it.
function(gsdb_queries target folder tag)
    get_filename_component(folder ${folder} ABSOLUTE)
    file(GLOB files CONFIGURE_DEPENDS ${folder}/sql/queries/*.sql ${folder}/sql/queries/types.toml)
    if(NOT files)
        return()
    endif()
    file(RELATIVE_PATH include_folder ${PROJECT_SOURCE_DIR}/src ${folder})
    set(generated ${CMAKE_BINARY_DIR}/generated)
    set(header ${include_folder}/queries.hpp)
    set(source ${generated}/${include_folder}/queries.cpp)
    set(lock ${folder}/sql/queries.lock.json)
    set(ids ${PROJECT_SOURCE_DIR}/src/base/uuid.hpp)
    # The list of files is a dependency of its own, so that a file that disappears is noticed, too.
    file(CONFIGURE OUTPUT ${source}.files CONTENT "${files}" @ONLY)
    # A lock that is not there yet is like an empty one: the generator then says what to do.
    file(GLOB lock_if_exists CONFIGURE_DEPENDS ${lock})
    # The stamp stands for both: a header whose text stays the same keeps its time, and what includes it is not rebuilt.
    add_custom_command(OUTPUT ${source}.stamp
        BYPRODUCTS ${generated}/${header} ${source}
        COMMAND queryc generate --sql ${folder}/sql/queries --lock ${lock} --ids ${ids} --tag ${tag}
            --header ${generated}/${header} --source ${source} --header-name ${header}
        COMMAND ${CMAKE_COMMAND} -E touch ${source}.stamp
        DEPENDS queryc ${files} ${source}.files ${lock_if_exists} ${ids}
        COMMENT "Generating ${header}" VERBATIM)
    add_custom_target(${target}_queries DEPENDS ${source}.stamp)
    set_source_files_properties(${source} PROPERTIES GENERATED TRUE)
    target_sources(${target} PRIVATE ${source})
    target_include_directories(${target} PUBLIC ${generated})
    add_dependencies(${target} ${target}_queries)
    if(GSDB_TESTS)
        gsdb_require_executed_statements(${target} ${folder})
    endif()
endfunction()

# The module's tests together must execute each of its statements: TARGET gsdb_module_x has the test programs
# module_x_pgtest and so on, which record what they ran; the test module_x_statements_executed looks for the rest.
function(gsdb_require_executed_statements target folder)
    string(REGEX REPLACE "^gsdb_" "" name ${target})
    set(recorded "")
    foreach(suffix pgtest apitest chaostest)
        if(TARGET ${name}_${suffix})
            target_link_libraries(${name}_${suffix} PRIVATE gsdb_statement_recorder $<TARGET_OBJECTS:gsdb_statement_recorder>)
            set_tests_properties(${name}_${suffix} PROPERTIES FIXTURES_SETUP ${name}_statements)
            list(APPEND recorded ${CMAKE_BINARY_DIR}/executed-statements/${name}_${suffix}.txt)
        endif()
    endforeach()
    get_filename_component(module ${folder} NAME)
    gsdb_register_test(${name}_statements_executed pgtest
        $<TARGET_FILE:queryc> executed --module ${module} --sql ${folder}/sql/queries ${recorded})
    set_tests_properties(${name}_statements_executed PROPERTIES FIXTURES_REQUIRED ${name}_statements)
endfunction()
