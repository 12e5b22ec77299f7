# What was found and decided, at the end of configuring.
function(yes_or_no variable condition)
  if(${condition})
    set(${variable} "yes" PARENT_SCOPE)
  else()
    set(${variable} "no" PARENT_SCOPE)
  endif()
endfunction()

string(TOLOWER "${CMAKE_BUILD_TYPE}" build_type)
yes_or_no(werror ROOTWALK_WERROR)
yes_or_no(sanitize ROOTWALK_SANITIZE)
yes_or_no(fuzz ROOTWALK_FUZZ)
yes_or_no(coverage ROOTWALK_COVERAGE)
yes_or_no(tests ROOTWALK_TESTS)
yes_or_no(hardening ROOTWALK_HARDENED)
message(STATUS "rootwalk ${PROJECT_VERSION}
     build              ${build_type}, ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}
     libuv              ${LIBUV_VERSION}
     OpenSSL            ${OPENSSL_VERSION}
     ldns               ${LDNS_VERSION}
     libmicrohttpd      ${MICROHTTPD_VERSION}
     ncursesw           ${NCURSES_VERSION}
     fstrm, protobuf-c  ${FSTRM_VERSION}, ${PROTOBUF_C_VERSION}
     cmocka             ${CMOCKA_VERSION}
     hardened           ${hardening}
     warnings stop it   ${werror}
     sanitizers         ${sanitize}
     fuzz targets       ${fuzz}
     coverage           ${coverage}
     tests              ${tests}
     installs into      ${CMAKE_INSTALL_PREFIX}")
