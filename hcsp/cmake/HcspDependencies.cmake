# Imported targets for the libraries of the component list. Everything is a Debian package except
# MuJoCo, which hcsp/setup.sh unpacks into .deps/mujoco.
find_package(PkgConfig REQUIRED)

if(MUJOCO_DIR)
  set(_mujoco_dir ${MUJOCO_DIR})
else()
  set(_mujoco_dir ${CMAKE_SOURCE_DIR}/.deps/mujoco)
endif()
file(GLOB _mujoco_lib ${_mujoco_dir}/libmujoco.so* ${_mujoco_dir}/lib/libmujoco.so*)
if(NOT _mujoco_lib OR NOT EXISTS ${_mujoco_dir}/include/mujoco/mjbatch.h)
  message(FATAL_ERROR "No MuJoCo 4.0.1 in ${_mujoco_dir}: run ./hcsp/setup.sh, or give -DMUJOCO_DIR=")
endif()
list(GET _mujoco_lib 0 _mujoco_lib)
add_library(mujoco::mujoco SHARED IMPORTED)
set_target_properties(mujoco::mujoco PROPERTIES
  IMPORTED_LOCATION ${_mujoco_lib}
  INTERFACE_INCLUDE_DIRECTORIES ${_mujoco_dir}/include)

pkg_check_modules(CYAML REQUIRED IMPORTED_TARGET libcyaml)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial)
pkg_check_modules(OPENBLAS REQUIRED IMPORTED_TARGET openblas)
# GLPK has no pkg-config module
find_path(GLPK_INCLUDE_DIR glpk.h REQUIRED)
find_library(GLPK_LIBRARY glpk REQUIRED)
add_library(glpk::glpk UNKNOWN IMPORTED)
set_target_properties(glpk::glpk PROPERTIES
  IMPORTED_LOCATION ${GLPK_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${GLPK_INCLUDE_DIR})
if(HCSP_TESTS)
  pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
endif()

# MPI, when the machine has it: trainings and measurements can then run on several machines
# (hcsp/fleet/README.md). One line says what was found; the programs themselves do without.
set(HCSP_MPI AUTO CACHE STRING "Several machines: AUTO (where mpicc is found), ON or OFF")
set_property(CACHE HCSP_MPI PROPERTY STRINGS AUTO ON OFF)
set(MPI_C_FOUND OFF)
if(HCSP_MPI STREQUAL "OFF")
  message(STATUS "MPI: off; the program runs on one machine")
else()
  find_package(MPI QUIET COMPONENTS C)
  if(MPI_C_FOUND)
    message(STATUS "MPI: ${MPI_C_COMPILER}, libhcsp_mpi.so is built")
  elseif(HCSP_MPI STREQUAL "ON")
    message(FATAL_ERROR "MPI: no mpicc here: run ./hcsp/setup.sh --mpi")
  else()
    message(STATUS "MPI: no mpicc here; the program runs on one machine")
  endif()
endif()
