# SPDX-License-Identifier: Apache-2.0
# What a room is to the build.

# Every source of the project is compiled with these.
add_library(house INTERFACE)
target_include_directories(house INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(house INTERFACE _GNU_SOURCE)
target_compile_options(house INTERFACE
    -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
    -Wpointer-arith -Wvla -Wformat=2 $<$<BOOL:${RDPATH_WERROR}>:-Werror>)

# Windows' own words for formats are not those of the C that is linked; the other builds check them.
if(WIN32)
    target_compile_options(house INTERFACE -Wno-format)
endif()

# A finding ends the program. With UBSan gcc warns of conversions that are not in the source:
# -Wconversion is left to the other presets.
if(RDPATH_SANITIZE)
    set(sanitize -fsanitize=address,undefined$<$<BOOL:${RDPATH_FUZZ}>:,fuzzer-no-link>)
    target_compile_options(house INTERFACE ${sanitize} -fno-sanitize-recover=all -O1 -g
        -fno-omit-frame-pointer -Wno-conversion)
    target_link_options(house INTERFACE ${sanitize})
endif()

# The files of the other system: x_windows.c beside x_posix.c, x_linux.c or x_openssl.c.
if(WIN32)
    set(foreign_twins "_(posix|linux|openssl)\\.c$")
else()
    set(foreign_twins "_windows\\.c$")
endif()

# The first word of each row, ROW(word, ...), is a file of the folder. Editing the registry
# configures anew. A row without its file is told here, and style.registries fails.
function(registry_sources out folder registry)
    set(def ${CMAKE_SOURCE_DIR}/${folder}/${registry})
    set(sources "")
    if(EXISTS ${def})
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${def})
        file(STRINGS ${def} rows REGEX "^[A-Z_]+\\([A-Za-z0-9_]+")
        foreach(row IN LISTS rows)
            string(REGEX REPLACE "^[A-Z_]+\\(([A-Za-z0-9_]+).*" "\\1" word "${row}")
            string(TOLOWER ${word} word)
            if(EXISTS ${CMAKE_SOURCE_DIR}/${folder}/${word}.c)
                list(APPEND sources ${CMAKE_SOURCE_DIR}/${folder}/${word}.c)
            else()
                message(WARNING "${folder}/${registry} has the row ${word}: "
                    "write ${folder}/${word}.c or take the row out.")
            endif()
        endforeach()
    endif()
    set(${out} ${sources} PARENT_SCOPE)
endfunction()

function(room name folder)
    cmake_parse_arguments(PARSE_ARGV 2 room "" "REGISTRY" "KNOWS")
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.c)
    list(FILTER sources EXCLUDE REGEX "${foreign_twins}")
    list(FILTER sources EXCLUDE REGEX "/cli/(main|entry_.*)\\.c$") # the program, not the room
    if(room_REGISTRY)
        registry_sources(rows ${folder} ${room_REGISTRY})
        list(APPEND sources ${rows})
        list(REMOVE_DUPLICATES sources)
    endif()
    if(sources)
        add_library(${name} STATIC ${sources})
        target_link_libraries(${name} PUBLIC house ${room_KNOWS})
    else()
        add_library(${name} INTERFACE) # a room without furniture yet
        target_link_libraries(${name} INTERFACE house ${room_KNOWS})
    endif()
endfunction()

# A library of the system belongs to the one room that calls it.
function(knows_library name)
    get_target_property(type ${name} TYPE)
    if(NOT type STREQUAL INTERFACE_LIBRARY)
        target_link_libraries(${name} PRIVATE ${ARGN})
    endif()
endfunction()

function(knows_headers name)
    get_target_property(type ${name} TYPE)
    if(NOT type STREQUAL INTERFACE_LIBRARY)
        target_include_directories(${name} SYSTEM PRIVATE ${ARGN})
    endif()
endfunction()
