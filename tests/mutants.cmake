# every fault of tests/mutants still has its one place in the sources; tests/mutants/run.sh plants them
find_program(HCSP_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(HCSP_PYTHON3 python3)
if(HCSP_PYTHON3)
  hcsp_script_test(mutants LABELS style
    COMMAND ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/mutants/mutants.py --check)
endif()
