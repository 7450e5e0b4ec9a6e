hcsp_script_test(train LABELS sim long COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train.sh $<TARGET_FILE:hcsp>)
hcsp_script_test(engine LABELS sim COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_engine.sh $<TARGET_FILE:hcsp>)
# what every environment must do
hcsp_test(env LABELS unit threads LINKS hcsp_selfplay)
hcsp_test(gradient LABELS unit LINKS hcsp_learn)
hcsp_test(product LABELS unit LINKS krn)
hcsp_test(ppo LABELS unit LINKS hcsp_learn)
hcsp_test(learn LABELS unit threads LINKS hcsp_learn test_allocations ${CMAKE_DL_LIBS})
hcsp_test(tasks LABELS unit LINKS hcsp_tasks)
