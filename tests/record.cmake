# match logs
hcsp_library(test_rallies SOURCES support/rallies.c LINKS sim_record)
hcsp_library(test_schema1 SOURCES support/schema1.c LINKS sim_record PkgConfig::HDF5)
hcsp_library(test_broken_logs SOURCES support/broken_logs.c LINKS PkgConfig::HDF5)
hcsp_test(record_log LABELS unit LINKS sim_record test_rallies)
hcsp_test(record_schema1 LABELS unit LINKS sim_record test_rallies test_played test_schema1)
hcsp_test(record_broken LABELS unit LINKS sim_record test_rallies test_broken_logs test_schema1)
hcsp_library(test_played SOURCES support/played.c LINKS sim_record)
hcsp_test(record_replay LABELS unit LINKS sim_record test_played)
hcsp_test(record_crash LABELS crash LINKS sim_record test_played test_rallies)
hcsp_test(record_export LABELS unit LINKS sim_record test_rallies)
hcsp_test(log_observe LABELS sim LINKS hcsp_eval)
hcsp_fuzz(log READER sim_record LINKS test_rallies)

# the log that test_record_log leaves behind, read by Python
# the system's Python first: it has the h5py that setup.sh --tests installs
find_program(HCSP_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(HCSP_PYTHON3 python3)
if(HCSP_PYTHON3)
  hcsp_script_test(record_python LABELS unit
    COMMAND ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/read_match.py
            ${CMAKE_CURRENT_BINARY_DIR}/run/record_log/round/00000.h5)
  set_tests_properties(record_log PROPERTIES FIXTURES_SETUP match_log)
  set_tests_properties(record_python PROPERTIES FIXTURES_REQUIRED match_log)
endif()
if(HCSP_PYTHON3)
  hcsp_script_test(replay_page LABELS sim gl
    COMMAND ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/test_replay_page.py $<TARGET_FILE:hcsp>)
endif()
