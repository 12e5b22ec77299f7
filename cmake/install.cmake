# The daemon into sbin, what people call into bin, what they read into share/doc.
foreach(program rootwalk rootwalkctl rootwalk-checkconf rootwalk-checkzone)
  if(NOT TARGET ${program})
    continue()
  endif()
  if(program STREQUAL "rootwalk")
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
  else()
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

install(FILES ctl/completion/rootwalkctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME rootwalkctl)
install(FILES ctl/completion/_rootwalkctl DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES docs/rootwalkctl.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES root-hints/named.root DESTINATION ${CMAKE_INSTALL_DATADIR}/rootwalk)
foreach(folder docs examples)
  if(IS_DIRECTORY ${CMAKE_SOURCE_DIR}/${folder})
    install(DIRECTORY ${folder}/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder})
  endif()
endforeach()
