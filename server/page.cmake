# cmake -DFROM=page.html -DTO=page_html.c -P page.cmake: the page as an array.
file(READ ${FROM} octets HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${octets}")
string(REGEX REPLACE "((0x..,){20})" "\\1\n    " octets "${octets}")
file(WRITE ${TO} "#include \"server/page.h\"\n\nconst char page_html[] = {\n    ${octets}0x00};\nconst size_t page_html_length = sizeof page_html - 1;\n")
