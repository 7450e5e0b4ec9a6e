# teams that fly without skills: how they play, what they are paid, how they learn
hcsp_test(flat LABELS unit threads LINKS hcsp_eval)
hcsp_test(flat_task LABELS unit LINKS hcsp_stages)
# whole trainings take minutes under a sanitizer; their parts are tested there one by one
if(NOT HCSP_SANITIZE)
  hcsp_script_test(train_flat LABELS sim long TIMEOUT 300 COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train_flat.sh $<TARGET_FILE:hcsp>)
endif()
hcsp_script_test(eval_paper LABELS sim long TIMEOUT 300 COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_eval_paper.sh $<TARGET_FILE:hcsp>)
# what trainings leave behind
hcsp_test(deploy LABELS unit LINKS hcsp_stages)
