# SPDX-License-Identifier: Apache-2.0
# The style and the script of the HTML report stand in files of their own. They become strings of
# the program, each with the source expression that allows it and nothing else (CSP 3, 2.3.1).

set(page_digits A B C D E F G H I J K L M N O P Q R S T U V W X Y Z a b c d e f g h i j k l m n o p
    q r s t u v w x y z 0 1 2 3 4 5 6 7 8 9 + /)

# Hexadecimal digits of 32 bytes as base64 (RFC 4648 section 4), which ends in one "=".
function(page_base64 out hex)
    string(APPEND hex 00)
    set(base64 "")
    foreach(at RANGE 0 60 6)
        string(SUBSTRING ${hex} ${at} 6 group)
        foreach(shift IN ITEMS 18 12 6 0)
            math(EXPR digit "(0x${group} >> ${shift}) & 63")
            list(GET page_digits ${digit} character)
            string(APPEND base64 "${character}")
        endforeach()
    endforeach()
    string(SUBSTRING "${base64}" 0 43 base64)
    set(${out} "${base64}=" PARENT_SCOPE)
endfunction()

# page_string(OUT NAME FILE): the C of html_NAME and html_NAME_source.
function(page_string out name file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(SHA256 ${file} sum)
    page_base64(base64 ${sum})
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "((0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,)(0x..,))" "\\1\n"
        bytes "${bytes}")
    set(${out} "const char html_${name}_source[] = \"'sha256-${base64}'\";\n\
const char html_${name}[] = {\n${bytes}0};\n" PARENT_SCOPE)
endfunction()

function(room_page room folder)
    page_string(style style ${CMAKE_SOURCE_DIR}/${folder}/page.css)
    page_string(script script ${CMAKE_SOURCE_DIR}/${folder}/page.js)
    set(source ${CMAKE_BINARY_DIR}/${room}_page.c)
    file(GENERATE OUTPUT ${source} CONTENT "#include \"${folder}/html.h\"\n${style}${script}")
    target_sources(${room} PRIVATE ${source})
endfunction()
