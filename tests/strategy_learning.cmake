# decisions of strategies and the training of a population
hcsp_test(strategy_learning LABELS unit LINKS hcsp_stages)
# what checkpoints hold of those who learn
hcsp_test(learner_store LABELS unit LINKS hcsp_stages)
# how much teams can be exploited
hcsp_test(exploit LABELS unit LINKS hcsp_stages)
# games with a known answer in the place of volleyball
hcsp_library(test_known_game SOURCES support/known_game.c LINKS hcsp_selfplay test_support)
hcsp_test(known_learning LABELS unit LINKS test_known_game hcsp_stages)
hcsp_test(known_league LABELS unit LINKS test_known_game hcsp_stages)
# whole trainings take minutes under a sanitizer; their parts are tested there one by one
if(NOT HCSP_SANITIZE)
  hcsp_script_test(train_strategy LABELS sim TIMEOUT 400 COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train_strategy.sh $<TARGET_FILE:hcsp>)
endif()
