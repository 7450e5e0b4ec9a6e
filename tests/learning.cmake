# a minute of each stage must improve: apart from the default run, tests/run.sh --long
find_program(HCSP_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(HCSP_PYTHON3 python3)
if(HCSP_PYTHON3 AND NOT HCSP_SANITIZE)
  foreach(_stage skills strategy coself)
    hcsp_script_test(learning_${_stage} LABELS learning long-run TIMEOUT 1800
      COMMAND ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/learning.py $<TARGET_FILE:hcsp> ${_stage})
  endforeach()
endif()
