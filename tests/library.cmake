# with sanitizers, programs of others would need their libraries
if(NOT HCSP_SANITIZE)
  hcsp_script_test(install LABELS sim
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_install.sh ${CMAKE_COMMAND} ${CMAKE_BINARY_DIR})
endif()
if(HCSP_PYTHON3 AND NOT HCSP_SANITIZE)
  foreach(_test python python_env python_tools python_examples policy_export cortex_m4)
    hcsp_script_test(${_test} LABELS sim
      COMMAND ${CMAKE_COMMAND} -E env HCSP_LIBRARY=$<TARGET_FILE:hcsp_shared>
              PYTHONPATH=${CMAKE_SOURCE_DIR}/hcsp/python PYTHONDONTWRITEBYTECODE=1
              ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/test_${_test}.py $<TARGET_FILE:hcsp>)
  endforeach()
endif()
