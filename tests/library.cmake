# with sanitizers, programs of others would need their libraries
if(NOT HCSP_SANITIZE)
  hcsp_script_test(install LABELS sim
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_install.sh ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR})
endif()
# misuse from Python must not touch a wrong byte: the library is loaded into a Python that knows no
# sanitizer, whose runtime therefore comes first
if(HCSP_PYTHON3 AND HCSP_SANITIZE MATCHES address AND CMAKE_C_COMPILER_ID MATCHES Clang)
  execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=libclang_rt.asan-${CMAKE_SYSTEM_PROCESSOR}.so
    OUTPUT_VARIABLE _runtime OUTPUT_STRIP_TRAILING_WHITESPACE)
  foreach(_test python python_env python_tools)
    hcsp_script_test(${_test} LABELS sim TIMEOUT 300
      COMMAND ${CMAKE_COMMAND} -E env HCSP_LIBRARY=$<TARGET_FILE:hcsp_shared> HCSP_SANITIZED=1 LD_PRELOAD=${_runtime}
              ASAN_OPTIONS=detect_leaks=0 PYTHONPATH=${CMAKE_SOURCE_DIR}/hcsp/python PYTHONDONTWRITEBYTECODE=1
              ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/test_${_test}.py $<TARGET_FILE:hcsp>)
  endforeach()
endif()
if(HCSP_PYTHON3 AND NOT HCSP_SANITIZE)
  foreach(_test python python_env python_tools python_examples policies_page policy_export cortex_m4)
    hcsp_script_test(${_test} LABELS sim
      COMMAND ${CMAKE_COMMAND} -E env HCSP_LIBRARY=$<TARGET_FILE:hcsp_shared>
              PYTHONPATH=${CMAKE_SOURCE_DIR}/hcsp/python PYTHONDONTWRITEBYTECODE=1
              ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/test_${_test}.py $<TARGET_FILE:hcsp>)
  endforeach()
endif()
