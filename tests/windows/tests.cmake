# SPDX-License-Identifier: Apache-2.0
# The tests of rdpath.exe, under wine: ./dev test windows.

find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
set(here ${CMAKE_CURRENT_LIST_DIR})
set(rooms cli render analyze rules proto attempt flow net file base)
set(wine ${here}/wine.sh ${CMAKE_BINARY_DIR}/wine)

function(windows_test name)
    add_test(NAME ${name} COMMAND ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 FIXTURES_REQUIRED wine)
endfunction()

# The folders and the registry of a Windows of the tests' own.
add_test(NAME wine COMMAND ${wine} wineboot --init)
set_tests_properties(wine PROPERTIES FIXTURES_SETUP wine TIMEOUT 120)

# ---- the same answers as elsewhere, byte for byte ------------------------------------------------

windows_test(windows.same Python3::Interpreter ${here}/test_same.py
    ${CMAKE_SOURCE_DIR}/build/dev/rdpath ${wine} $<TARGET_FILE:rdpath>)
set_tests_properties(windows.same PROPERTIES TIMEOUT 900)
windows_test(windows.files Python3::Interpreter ${here}/test_files.py
    ${wine} $<TARGET_FILE:rdpath>)

add_executable(fake_pktmon ${here}/fake_pktmon.c)
add_library(fake_wpcap SHARED ${here}/fake_wpcap.c)
add_library(fake_npcap SHARED ${here}/fake_npcap.c)
add_executable(limited ${here}/limited.c)
target_link_options(limited PRIVATE -municode)
windows_test(windows.pktmon Python3::Interpreter ${here}/test_pktmon.py
    $<TARGET_FILE:fake_pktmon> $<TARGET_FILE:fake_wpcap> ${here}/wine.sh
    ${CMAKE_BINARY_DIR}/wine-pktmon $<TARGET_FILE:rdpath> $<TARGET_FILE:limited>)

# wine's services belong to the namespace in which they were started: a prefix of its own.
add_executable(caller ${here}/caller.c)
target_link_libraries(caller PRIVATE ws2_32)
windows_test(windows.capture Python3::Interpreter ${here}/test_capture.py ${here}/wine.sh
    ${CMAKE_BINARY_DIR}/wine-net $<TARGET_FILE:rdpath> $<TARGET_FILE:caller>
    ${CMAKE_SOURCE_DIR}/build/dev/rdpath $<TARGET_FILE:fake_npcap>)

windows_test(windows.console Python3::Interpreter ${here}/test_console.py
    ${CMAKE_BINARY_DIR}/wine $<TARGET_FILE:rdpath>)
windows_test(windows.probe Python3::Interpreter ${here}/test_probe.py ${here}/wine.sh
    ${CMAKE_BINARY_DIR}/wine-probe $<TARGET_FILE:rdpath> ${CMAKE_SOURCE_DIR}/build/dev/rdpath)

# ---- unit: all that Windows' runtime can build ---------------------------------------------------

# What only POSIX has, or another end that is OpenSSL.
set(foreign "sys/wait|unistd\\.h|popen|mkdtemp|mkstemp|open_memstream|render_samples|tls_session"
    "|openssl/|against_tshark|mapped\\.h|pcap_library")
string(JOIN "" foreign ${foreign})

file(GLOB unit_tests CONFIGURE_DEPENDS unit/test_*.c)
foreach(source IN LISTS unit_tests)
    get_filename_component(name ${source} NAME_WE)
    file(STRINGS ${source} reasons REGEX "${foreign}" LIMIT_COUNT 1)
    if(reasons)
        continue()
    endif()
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${rooms}
        PkgConfig::cmocka PkgConfig::jansson PkgConfig::zlib PkgConfig::zstd)
    string(REPLACE "test_" "unit." test ${name})
    windows_test(${test} ${wine} $<TARGET_FILE:${name}>)
endforeach()
target_link_options(test_tls_trace PRIVATE LINKER:--wrap=inner_bytes,--wrap=inner_gap)
