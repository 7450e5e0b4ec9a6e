# the floor
hcsp_test(base_status LABELS unit LINKS sim_base)
hcsp_test(base_rng LABELS unit LINKS sim_base)
hcsp_test(base_config LABELS unit LINKS sim_base)
hcsp_test(base_log LABELS unit LINKS sim_base)
hcsp_test(base_cores LABELS unit LINKS sim_base)
hcsp_test(base_shell LABELS unit LINKS sim_base)
hcsp_test(base_pool LABELS unit threads LINKS sim_base test_allocations)
hcsp_test(base_file LABELS unit LINKS sim_base)
if(TARGET test_base_file)
  # each system call of file.c goes through the test, which lets the n-th one fail
  foreach(_call open read write fsync close rename ftruncate fstat lseek pread mkdir)
    target_link_options(test_base_file PRIVATE -Wl,--wrap=${_call})
  endforeach()
endif()

hcsp_fuzz(config READER sim_base)

# the source tree itself
hcsp_script_test(check_layers LABELS style
  COMMAND ${CMAKE_SOURCE_DIR}/tests/check_layers.sh --self-test)
hcsp_script_test(check_skips LABELS style
  COMMAND ${CMAKE_SOURCE_DIR}/tests/check_skips.sh --self-test)
hcsp_script_test(check_format LABELS style COMMAND ${CMAKE_SOURCE_DIR}/tests/check_format.sh)
hcsp_script_test(check_citations LABELS style
  COMMAND ${CMAKE_SOURCE_DIR}/tests/check_citations.sh --self-test)
hcsp_script_test(setup LABELS style COMMAND ${CMAKE_SOURCE_DIR}/tests/test_setup.sh)
