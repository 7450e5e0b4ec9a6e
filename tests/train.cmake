hcsp_script_test(train LABELS sim long COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train.sh $<TARGET_FILE:hcsp>)
hcsp_test(gradient LABELS unit LINKS hcsp_learn)
hcsp_test(learn LABELS unit threads LINKS hcsp_learn test_allocations ${CMAKE_DL_LIBS})
hcsp_test(tasks LABELS unit LINKS hcsp_tasks)
