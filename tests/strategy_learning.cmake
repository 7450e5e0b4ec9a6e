# decisions of strategies and the training of a population
hcsp_test(strategy_learning LABELS unit LINKS hcsp_stages)
# what checkpoints hold of those who learn
hcsp_test(learner_store LABELS unit LINKS hcsp_stages)
# how much teams can be exploited
hcsp_test(exploit LABELS unit LINKS hcsp_stages)
# whole trainings take minutes under a sanitizer; their parts are tested there one by one
if(NOT HCSP_SANITIZE)
  hcsp_script_test(train_strategy LABELS sim TIMEOUT 400 COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train_strategy.sh $<TARGET_FILE:hcsp>)
endif()
