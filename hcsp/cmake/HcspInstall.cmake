# cmake --install: programs, library, header, data, pages. The tree can be moved: programs and the
# library find MuJoCo by $ORIGIN and the data from where they lie (sim/base/home.c).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_private ${CMAKE_INSTALL_LIBDIR}/hcsp)
set(_data ${CMAKE_INSTALL_DATADIR}/hcsp)
file(RELATIVE_PATH _from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR}/hcsp)
set_target_properties(hcsp hcsp-view PROPERTIES INSTALL_RPATH "$ORIGIN/${_from_bin}")
set_target_properties(hcsp_shared PROPERTIES INSTALL_RPATH "$ORIGIN/hcsp")

install(TARGETS hcsp hcsp-view RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
if(TARGET hcsp_mpi)
  install(TARGETS hcsp_mpi LIBRARY DESTINATION ${_private} COMPONENT runtime)
endif()
install(TARGETS hcsp_shared EXPORT hcsp
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT devel
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT devel)
get_target_property(_mujoco mujoco::mujoco IMPORTED_LOCATION)
get_filename_component(_mujoco_folder ${_mujoco} DIRECTORY)
install(FILES ${_mujoco} DESTINATION ${_private} COMPONENT runtime)
install(DIRECTORY assets configs DESTINATION ${_data} COMPONENT runtime)
install(DIRECTORY ${CMAKE_BINARY_DIR}/three DESTINATION ${_data}/assets COMPONENT runtime OPTIONAL)
install(DIRECTORY policies DESTINATION ${_data} COMPONENT runtime
  FILES_MATCHING PATTERN "*.safetensors" PATTERN "*.yaml" PATTERN "*.json" PATTERN "README.md"
  PATTERN classical EXCLUDE)
# pages that the header, messages and help() name
foreach(_page sim/README.md sim/record/README.md hcsp/README.md hcsp/fleet/README.md hcsp/python/README.md
    hcsp/python/TUTORIAL.md)
  cmake_path(GET _page PARENT_PATH _folder)
  install(FILES ${_page} DESTINATION ${_data}/${_folder} COMPONENT runtime)
endforeach()
install(FILES LICENSE hcsp/python/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT devel)

# a wheel brings the library that learning opens (kernels/cpu/openblas.c); of what HDF5 wants for S3
# auditwheel takes stand-ins (hcsp/python/README.md)
if(HCSP_WHEEL)
  foreach(_name curl:4 crypto:3)
    string(REPLACE ":" ";" _name ${_name})
    list(POP_BACK _name _version)
    add_library(offline_${_name} SHARED hcsp/install/offline.c)
    target_link_options(offline_${_name} PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/hcsp/install/offline.map)
    set_target_properties(offline_${_name} PROPERTIES OUTPUT_NAME ${_name} SOVERSION ${_version}
      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/offline)
  endforeach()
  list(GET OPENBLAS_LINK_LIBRARIES 0 _openblas)
  file(REAL_PATH ${_openblas} _openblas)
  install(FILES ${_openblas} DESTINATION ${_private} RENAME libopenblas.so.0 COMPONENT runtime)
endif()

# pkg-config and find_package(hcsp): both from where they lie, too
file(RELATIVE_PATH _to_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(hcsp/install/hcsp.pc.in ${CMAKE_BINARY_DIR}/hcsp.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/hcsp.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT devel)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/hcsp-config-version.cmake
  COMPATIBILITY SameMinorVersion)
set(_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/hcsp)
install(EXPORT hcsp NAMESPACE hcsp:: FILE hcsp-config.cmake DESTINATION ${_cmake} COMPONENT devel)
install(FILES ${CMAKE_BINARY_DIR}/hcsp-config-version.cmake DESTINATION ${_cmake} COMPONENT devel)

# manual pages say what the programs say of themselves: help2man asks every command
find_program(HCSP_HELP2MAN help2man)
if(HCSP_HELP2MAN)
  set(_pages ${CMAKE_BINARY_DIR}/man1)
  add_custom_command(OUTPUT ${_pages}/hcsp.1
    COMMAND ${CMAKE_SOURCE_DIR}/hcsp/install/pages.sh ${HCSP_HELP2MAN} $<TARGET_FILE_DIR:hcsp> ${_pages}
    DEPENDS hcsp hcsp-view hcsp/install/pages.sh COMMENT "Manual pages" VERBATIM)
  add_custom_target(pages ALL DEPENDS ${_pages}/hcsp.1)
  install(DIRECTORY ${_pages} DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT devel)
else()
  message(STATUS "Manual pages: no help2man here; none are installed")
endif()
install(FILES hcsp/install/hcsp.bash RENAME hcsp
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT devel)
install(FILES hcsp/install/_hcsp DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT devel)

set(CPACK_PACKAGE_NAME hcsp)
set(CPACK_PACKAGE_VENDOR hcsp)
set(CPACK_PACKAGE_CONTACT "the hcsp authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "3v3 drone volleyball: simulation, self-play training, viewer")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${_mujoco_folder})
# opened while running: OpenBLAS for learning, EGL and Mesa for pictures
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libopenblas0-pthread, libegl1")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libegl-mesa0, libgl1-mesa-dri, ffmpeg")
set(CPACK_STRIP_FILES ON)
include(CPack)
