# decisions of strategies and the training of a population
hcsp_test(strategy_learning LABELS unit LINKS hcsp_stages)
hcsp_script_test(train_strategy LABELS sim threads TIMEOUT 400 COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train_strategy.sh $<TARGET_FILE:hcsp>)
