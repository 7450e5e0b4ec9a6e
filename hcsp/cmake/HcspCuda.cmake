# CUDA, when the machine has its toolkit: sets HCSP_CUDA_FOUND, and hcsp_cuda_object() compiles a
# kernel file. One line says what was found. nvcc is called by itself, not as a language of CMake's:
# that would make every program of ours link by way of it.
set(HCSP_CUDA AUTO CACHE STRING "GPU training: AUTO (where nvcc is found), ON or OFF")
set_property(CACHE HCSP_CUDA PROPERTY STRINGS AUTO ON OFF)
set(HCSP_CUDA_ARCHITECTURES "" CACHE STRING
  "Compute capabilities of the GPUs, e.g. 80;90; default: those from 75 to 100 that nvcc knows")

# says why there is no CUDA, which is an error when it was asked for
function(_hcsp_no_cuda why)
  if(HCSP_CUDA STREQUAL "ON")
    message(FATAL_ERROR "CUDA: ${why}")
  endif()
  message(STATUS "CUDA: ${why}; training runs on the processor alone")
endfunction()

# whether nvcc and its host compiler make a program's object; remembered
function(_hcsp_try_nvcc)
  if(HCSP_NVCC_WORKS STREQUAL HCSP_NVCC)
    return()
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/cuda/try.cu "__global__ void kernel(float *x) { *x = 1; }\n")
  execute_process(COMMAND ${HCSP_NVCC} -c try.cu -o try.o WORKING_DIRECTORY ${CMAKE_BINARY_DIR}/cuda
    RESULT_VARIABLE _rc OUTPUT_QUIET ERROR_FILE ${CMAKE_BINARY_DIR}/cuda/try.log)
  if(_rc EQUAL 0)
    set(HCSP_NVCC_WORKS ${HCSP_NVCC} CACHE INTERNAL "")
  endif()
endfunction()

# HCSP_CUDA_CODE: flags for the GPUs, and code for later ones
function(_hcsp_cuda_code)
  set(_wanted ${HCSP_CUDA_ARCHITECTURES})
  if(NOT _wanted)
    execute_process(COMMAND ${HCSP_NVCC} --list-gpu-code OUTPUT_VARIABLE _known)
    foreach(_number 75 80 86 89 90 100)
      if(_known MATCHES "sm_${_number}([^0-9]|$)")
        list(APPEND _wanted ${_number})
      endif()
    endforeach()
  endif()
  foreach(_number ${_wanted})
    list(APPEND _flags -gencode=arch=compute_${_number},code=sm_${_number})
  endforeach()
  # what later GPUs compile for themselves
  list(GET _wanted -1 _last)
  list(APPEND _flags -gencode=arch=compute_${_last},code=compute_${_last})
  set(HCSP_CUDA_CODE ${_flags} PARENT_SCOPE)
  list(JOIN _wanted " sm_" _text)
  set(HCSP_CUDA_TEXT "sm_${_text}" PARENT_SCOPE)
endfunction()

set(HCSP_CUDA_FOUND OFF)
if(HCSP_CUDA STREQUAL "OFF")
  message(STATUS "CUDA: off; training runs on the processor alone")
elseif(HCSP_CUDA STREQUAL "AUTO" AND HCSP_SANITIZE)
  message(STATUS "CUDA: not with sanitizers; training runs on the processor alone")
else()
  find_program(HCSP_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH /usr/local/cuda /opt/cuda PATH_SUFFIXES bin)
  if(NOT HCSP_NVCC)
    _hcsp_no_cuda("no nvcc here")
  else()
    get_filename_component(_nvcc ${HCSP_NVCC} REALPATH)
    get_filename_component(_bin ${_nvcc} DIRECTORY)
    get_filename_component(HCSP_CUDA_ROOT ${_bin} DIRECTORY)
    find_path(HCSP_CUDA_INCLUDE cublas_v2.h HINTS ${HCSP_CUDA_ROOT} PATH_SUFFIXES include targets/x86_64-linux/include)
    find_library(HCSP_CUDART cudart_static HINTS ${HCSP_CUDA_ROOT} PATH_SUFFIXES lib64 lib targets/x86_64-linux/lib)
    _hcsp_try_nvcc()
    if(NOT HCSP_NVCC_WORKS STREQUAL HCSP_NVCC)
      _hcsp_no_cuda("${HCSP_NVCC} does not compile (see ${CMAKE_BINARY_DIR}/cuda/try.log)")
    elseif(NOT HCSP_CUDA_INCLUDE OR NOT HCSP_CUDART)
      _hcsp_no_cuda("${HCSP_NVCC} is there, but not cublas_v2.h or libcudart_static.a")
    else()
      _hcsp_cuda_code()
      get_filename_component(HCSP_CUDA_LIBRARIES ${HCSP_CUDART} DIRECTORY)
      set(HCSP_CUDA_FOUND ON)
      message(STATUS "CUDA: ${HCSP_NVCC}, code for ${HCSP_CUDA_TEXT}")
    endif()
  endif()
endif()

# hcsp_cuda_object(out source flags...): compiles a .cu file
function(hcsp_cuda_object out source)
  get_filename_component(_name ${source} NAME_WE)
  set(_object ${CMAKE_CURRENT_BINARY_DIR}/${_name}.cu.o)
  add_custom_command(OUTPUT ${_object}
    COMMAND ${HCSP_NVCC} -std=c++14 -O3 -lineinfo -Werror=cross-execution-space-call ${ARGN} ${HCSP_CUDA_CODE} -I${CMAKE_SOURCE_DIR}
            -Xcompiler=-Wall,-Wextra,-Wno-unknown-pragmas,-fPIC -MD -MF ${_object}.d
            -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${_object}
    DEPENDS ${source} DEPFILE ${_object}.d COMMENT "Building CUDA object ${source}" VERBATIM)
  set_source_files_properties(${_object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  set(${out} ${_object} PARENT_SCOPE)
endfunction()
