# CUDA without a GPU: the real kernels/cuda, compiled against stand-ins for the CUDA runtime and
# cuBLAS (tests/cuda_shim) that do all work on the processor. Kernels are C++, so that these tests
# need a C++ compiler beside the C compiler, and nothing else does.
if(NOT CMAKE_CXX_COMPILER AND CMAKE_C_COMPILER_ID MATCHES Clang)
  get_filename_component(_folder ${CMAKE_C_COMPILER} DIRECTORY)
  find_program(HCSP_CLANGXX NAMES clang++ HINTS ${_folder})
  if(HCSP_CLANGXX)
    set(CMAKE_CXX_COMPILER ${HCSP_CLANGXX})
  endif()
endif()
include(CheckLanguage)
check_language(CXX)

hcsp_library(test_toy_learner SOURCES support/toy_learner.c support/device_pair.c LINKS hcsp_learn test_support)

hcsp_script_test(cuda_configure LABELS unit
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_cuda_configure.sh ${CMAKE_COMMAND})

# the same on the GPU that is there; skipped where there is none
if(HCSP_CUDA_FOUND)
  foreach(_name ops thinker resident match)
    add_executable(test_cuda_gpu_${_name} test_cuda_${_name}.c)
    target_compile_definitions(test_cuda_gpu_${_name} PRIVATE TEST_GPU)
    target_link_libraries(test_cuda_gpu_${_name} PRIVATE test_support test_toy_learner hcsp_learn PkgConfig::CMOCKA hcsp_options)
    add_test(NAME cuda_gpu_${_name} COMMAND test_cuda_gpu_${_name})
    hcsp_test_properties(cuda_gpu_${_name} gpu 300)
  endforeach()
endif()

if(NOT CMAKE_CXX_COMPILER)
  message(STATUS "CUDA tests: skipped, no C++ compiler here (./hcsp/setup.sh --tests installs one)")
else()
  enable_language(CXX)
  set(_shim ${CMAKE_CURRENT_SOURCE_DIR}/cuda_shim)
  # libcublas.so.0, which kernels/cuda/blas.c opens as it opens the true one
  add_library(cuda_shim SHARED cuda_shim/shim.c)
  set_target_properties(cuda_shim PROPERTIES OUTPUT_NAME cublas SOVERSION 0)
  target_include_directories(cuda_shim PUBLIC ${_shim})
  target_link_libraries(cuda_shim PRIVATE PkgConfig::OPENBLAS hcsp_options)

  add_library(krn_cuda_shim_host OBJECT
    ${CMAKE_SOURCE_DIR}/kernels/cuda/device.c ${CMAKE_SOURCE_DIR}/kernels/cuda/blas.c)
  target_compile_definitions(krn_cuda_shim_host PRIVATE
    KRN_CUDA_LIBRARIES="${CMAKE_CURRENT_BINARY_DIR}")
  target_link_libraries(krn_cuda_shim_host PUBLIC cuda_shim PRIVATE hcsp_options)

  set(_kernels ${CMAKE_SOURCE_DIR}/kernels/cuda/kernels.cu ${CMAKE_SOURCE_DIR}/kernels/cuda/fused.cu)
  add_library(krn_cuda_shim_kernels OBJECT ${_kernels} cuda_shim/faulty_kernels.cpp)
  set_source_files_properties(${_kernels} PROPERTIES LANGUAGE CXX)
  set_target_properties(krn_cuda_shim_kernels PROPERTIES CXX_STANDARD 14 CXX_EXTENSIONS OFF)
  target_include_directories(krn_cuda_shim_kernels PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(krn_cuda_shim_kernels PRIVATE -Wall -Wextra -Wshadow -Wconversion
    -Wdouble-promotion -fno-rtti -fno-math-errno -ffp-contract=fast
    $<$<BOOL:${HCSP_WERROR}>:-Werror> $<$<BOOL:${HCSP_NATIVE}>:-march=native>)
  if(HCSP_SANITIZE)
    target_compile_options(krn_cuda_shim_kernels PRIVATE -fsanitize=${HCSP_SANITIZE}
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
  endif()
  target_link_libraries(krn_cuda_shim_kernels PUBLIC cuda_shim)

  # tasks on a GPU, which have the processor's bits: nothing is contracted
  set(_env skill match act)
  list(TRANSFORM _env REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/hcsp/env/cuda/\\1.cu")
  add_library(env_cuda_shim OBJECT ${_env})
  set_source_files_properties(${_env} PROPERTIES LANGUAGE CXX)
  set_target_properties(env_cuda_shim PROPERTIES CXX_STANDARD 14 CXX_EXTENSIONS OFF)
  target_include_directories(env_cuda_shim PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(env_cuda_shim PRIVATE -Wall -Wextra -Wshadow -Wconversion
    -Wdouble-promotion -fno-rtti -fno-math-errno -ffp-contract=off
    $<$<BOOL:${HCSP_WERROR}>:-Werror> $<$<BOOL:${HCSP_NATIVE}>:-march=native>)
  if(HCSP_SANITIZE)
    target_compile_options(env_cuda_shim PRIVATE -fsanitize=${HCSP_SANITIZE}
      -fno-sanitize-recover=all -fno-omit-frame-pointer)
  endif()
  target_link_libraries(env_cuda_shim PUBLIC cuda_shim)

  set(_links env_cuda_shim krn_cuda_shim_host krn_cuda_shim_kernels test_toy_learner hcsp_learn ${CMAKE_DL_LIBS})
  hcsp_test(cuda_ops LABELS unit long TIMEOUT 300 LINKS ${_links})
  hcsp_test(cuda_device LABELS unit long TIMEOUT 300 LINKS ${_links})
  hcsp_test(cuda_thinker LABELS unit long TIMEOUT 300 LINKS ${_links})
  hcsp_test(cuda_resident LABELS unit TIMEOUT 300 LINKS ${_links})
  hcsp_test(cuda_match LABELS unit TIMEOUT 300 LINKS ${_links})
  hcsp_test(cuda_ahead LABELS unit TIMEOUT 300 LINKS ${_links} hcsp_selfplay)
  set_target_properties(test_cuda_ops test_cuda_device test_cuda_thinker test_cuda_resident test_cuda_match
    test_cuda_ahead PROPERTIES LINKER_LANGUAGE CXX)

  # nothing past its end: an update with all kernels, short enough for the sanitizers
  hcsp_script_test(cuda_short LABELS unit COMMAND test_cuda_device short)

  # nothing read before it was written: kernels get their memory as malloc gives it
  find_program(HCSP_VALGRIND valgrind)
  option(HCSP_MEMCHECK "Run the device's tests under valgrind, too (a minute and a half)" OFF)
  if(HCSP_VALGRIND AND HCSP_MEMCHECK AND NOT HCSP_SANITIZE)
    # 132: an instruction of this processor that valgrind does not know
    hcsp_script_test(cuda_memcheck LABELS unit TIMEOUT 600
      COMMAND sh -c "'${HCSP_VALGRIND}' -q --error-exitcode=9 '$<TARGET_FILE:test_cuda_device>' short || (test $? -eq 132 && exit 77 || exit 9)")
  endif()

  # the program itself with these devices
  get_target_property(_sources hcsp SOURCES)
  list(TRANSFORM _sources PREPEND ${CMAKE_SOURCE_DIR}/hcsp/)
  get_target_property(_libraries hcsp LINK_LIBRARIES)
  add_executable(hcsp_cuda_shim ${_sources})
  target_link_libraries(hcsp_cuda_shim PRIVATE env_cuda_shim krn_cuda_shim_host krn_cuda_shim_kernels ${_libraries})
  set_target_properties(hcsp_cuda_shim PROPERTIES LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR})
  hcsp_script_test(cuda_gpu_script LABELS unit
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_gpu_script.sh $<TARGET_FILE:hcsp_cuda_shim>)
  if(NOT HCSP_SANITIZE)
    hcsp_script_test(cuda_train LABELS sim TIMEOUT 300
      COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_cuda_train.sh $<TARGET_FILE:hcsp_cuda_shim> $<TARGET_FILE:hcsp>)
  endif()
endif()
