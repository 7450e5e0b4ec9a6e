# several processes that share work; MPI itself is not compiled for the thread sanitizer, which would
# report its locks
if(HCSP_SANITIZE MATCHES "thread")
  return()
endif()
add_executable(fleet_ranks fleet_ranks.c)
target_link_libraries(fleet_ranks PRIVATE hcsp_fleet hcsp_options)
hcsp_script_test(fleet LABELS unit COMMAND
  ${CMAKE_CURRENT_SOURCE_DIR}/test_fleet.sh $<TARGET_FILE:hcsp> $<TARGET_FILE:fleet_ranks>)
foreach(_part measures trainings kills)
  hcsp_script_test(fleet_${_part} LABELS sim long TIMEOUT 900 COMMAND
    ${CMAKE_CURRENT_SOURCE_DIR}/test_fleet_runs.sh $<TARGET_FILE:hcsp> ${_part})
endforeach()
hcsp_script_test(fleet_hosts LABELS sim COMMAND
  ${CMAKE_CURRENT_SOURCE_DIR}/test_fleet_hosts.sh $<TARGET_FILE:hcsp>)
