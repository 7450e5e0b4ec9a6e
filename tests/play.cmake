hcsp_test(play LABELS sim threads LINKS pol)
hcsp_test(nonfinite LABELS sim threads LINKS hcsp_eval)
hcsp_test(step LABELS sim LINKS pol test_allocations ${CMAKE_DL_LIBS})

# figures of a match against a count of its own from the log
find_program(HCSP_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(HCSP_PYTHON3 python3)
if(HCSP_PYTHON3)
  hcsp_script_test(recount LABELS sim
    COMMAND ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/recount.py $<TARGET_FILE:hcsp>
            stage2_court stage1_plus 8 4 psro_uniform stage1_plus 12 2 stage3 stage2 12 3)
  # the page's examples
  hcsp_script_test(log_examples LABELS sim
    COMMAND ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/log_examples.py $<TARGET_FILE:hcsp>)
endif()
