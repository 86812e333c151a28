# SPDX-License-Identifier: Apache-2.0
# The libraries that Windows lacks, from the sources that sources.sh put into build/. They are few
# and small enough to be compiled here like a room, under the names that pkg-config gives them.
set(sources ${CMAKE_SOURCE_DIR}/build/windows-sources)

function(foreign_library name folder)
    cmake_parse_arguments(PARSE_ARGV 2 it "" "" "SOURCES;INCLUDES;DEFINES")
    list(TRANSFORM it_SOURCES PREPEND ${sources}/${folder}/)
    list(TRANSFORM it_INCLUDES PREPEND ${sources}/${folder}/)
    file(GLOB files ${it_SOURCES})
    if(NOT files)
        message(FATAL_ERROR "expected the sources of ${folder} in ${sources}, found none: "
            "run ./dev build windows, which fetches them")
    endif()
    add_library(foreign_${name} STATIC EXCLUDE_FROM_ALL ${files})
    target_compile_options(foreign_${name} PRIVATE -w)
    target_compile_definitions(foreign_${name} PRIVATE ${it_DEFINES})
    target_include_directories(foreign_${name} SYSTEM PUBLIC ${it_INCLUDES})
    add_library(PkgConfig::${name} ALIAS foreign_${name})
endfunction()

# jansson: what its configuration would find out about this compiler.
set(JSON_INLINE inline)
set(JSON_INT_T "long long")
set(JSON_STRTOINT strtoll)
set(JSON_INTEGER_FORMAT "\"lld\"")
set(JSON_HAVE_LOCALECONV 1)
set(JSON_HAVE_ATOMIC_BUILTINS 1)
set(JSON_HAVE_SYNC_BUILTINS 1)
foreach(type IN ITEMS STDINT_H INT32_T UINT32_T UINT16_T UINT8_T SSIZE_T LOCALE_H SETLOCALE)
    set(HAVE_${type} 1)
endforeach()
set(JANSSON_INITIAL_HASHTABLE_ORDER 3)
foreach(header IN ITEMS jansson_config.h jansson_private_config.h)
    configure_file(${sources}/jansson/cmake/${header}.cmake ${CMAKE_BINARY_DIR}/jansson/${header})
endforeach()
foreign_library(jansson jansson SOURCES src/*.c INCLUDES src
    DEFINES HAVE_CONFIG_H=1 HAVE_STDINT_H=1)
target_include_directories(foreign_jansson SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/jansson)

foreign_library(zlib zlib INCLUDES .
    SOURCES adler32.c crc32.c deflate.c inffast.c inflate.c inftrees.c trees.c zutil.c)

# Its assembly is for other systems' calling convention.
foreign_library(zstd libzstd INCLUDES lib DEFINES ZSTD_DISABLE_ASM ZSTD_LEGACY_SUPPORT=0
    SOURCES lib/common/*.c lib/compress/*.c lib/decompress/*.c)

foreign_library(cmocka cmocka SOURCES src/cmocka.c INCLUDES include
    DEFINES HAVE_IO_H HAVE_MALLOC_H HAVE_INTTYPES_H HAVE_SIGNAL_H HAVE_STRINGS_H
        HAVE_STRUCT_TIMESPEC HAVE_GCC_THREAD_LOCAL_STORAGE PACKAGE="cmocka")

# Npcap is loaded at run time; what it offers is declared by the headers of libpcap, which know
# Windows. Those of this system stand among others of its own.
find_path(pcap_headers pcap/pcap.h PATHS /usr/include NO_CMAKE_FIND_ROOT_PATH REQUIRED)
file(COPY ${pcap_headers}/pcap DESTINATION ${CMAKE_BINARY_DIR}/headers)
