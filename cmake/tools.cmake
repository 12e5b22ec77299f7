# Targets for those who work on the source: format, format-check.
file(GLOB_RECURSE formatted CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
     dns/*.[ch] cache/*.[ch] dnssec/*.[ch] zones/*.[ch] config/*.[ch] root-hints/*.[ch] resolver/*.[ch] server/*.[ch] ctl/*.[ch] tests/*.[ch])
find_program(CLANG_FORMAT clang-format)
if(CLANG_FORMAT AND formatted)
  add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${formatted} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
  add_custom_target(format-check COMMAND ${CLANG_FORMAT} --dry-run -Werror ${formatted}
                    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
endif()
