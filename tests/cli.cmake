hcsp_script_test(config_keys LABELS unit COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_config_keys.sh $<TARGET_FILE:hcsp>)
hcsp_script_test(cli LABELS sim COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_cli.sh $<TARGET_FILE:hcsp>)
hcsp_script_test(environment LABELS sim COMMAND
  ${CMAKE_CURRENT_SOURCE_DIR}/test_environment.sh $<TARGET_FILE:hcsp> $<TARGET_FILE:hcsp-view>)
