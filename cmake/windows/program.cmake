# SPDX-License-Identifier: Apache-2.0
# What only a program of Windows has: wmain(), an icon, a manifest, its version.
enable_language(RC)
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

set(resources ${CMAKE_BINARY_DIR}/resources)
configure_file(${CMAKE_CURRENT_LIST_DIR}/rdpath.manifest ${resources}/rdpath.manifest @ONLY)
configure_file(${CMAKE_CURRENT_LIST_DIR}/rdpath.rc.in ${resources}/rdpath.rc @ONLY)
add_custom_command(OUTPUT ${resources}/rdpath.ico DEPENDS ${CMAKE_CURRENT_LIST_DIR}/icon.py
    COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/icon.py ${resources}/rdpath.ico)
set_source_files_properties(${resources}/rdpath.rc PROPERTIES
    OBJECT_DEPENDS "${resources}/rdpath.ico;${resources}/rdpath.manifest")
target_sources(rdpath PRIVATE ${resources}/rdpath.rc)
target_include_directories(rdpath PRIVATE ${resources})
target_link_options(rdpath PRIVATE -municode)
