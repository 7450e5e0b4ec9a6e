# skills and strategies that learn together
hcsp_test(coself LABELS unit LINKS hcsp_stages)
hcsp_test(coself_skill LABELS unit LINKS hcsp_stages)
hcsp_script_test(train_coself LABELS sim long COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train_coself.sh $<TARGET_FILE:hcsp>)
# strikes of matches
hcsp_test(strikes LABELS unit LINKS hcsp_stages)
