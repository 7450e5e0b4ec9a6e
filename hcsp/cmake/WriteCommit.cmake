# Run at each build: cmake -DSOURCE=folder -DOUT=header -P WriteCommit.cmake
# Writes the commit of the source tree; an unchanged header keeps its date, so nothing is rebuilt.
cmake_minimum_required(VERSION 3.25)
set(_commit unknown)
find_program(_git git)
if(_git AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${_git} rev-parse --verify HEAD WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE _head RESULT_VARIABLE _rc OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(_rc EQUAL 0)
    set(_commit ${_head})
    execute_process(COMMAND ${_git} status --porcelain --untracked-files=no
      WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE _changed ERROR_QUIET)
    if(_changed)
      string(APPEND _commit "+")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define HCSP_COMMIT \"@_commit@\"\n" @ONLY)
