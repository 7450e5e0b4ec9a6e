# decisions of strategies and the training of a population
hcsp_test(strategy_learning LABELS unit LINKS hcsp_stages)
# what checkpoints hold of those who learn
hcsp_test(learner_store LABELS unit LINKS hcsp_stages)
# the choice that neither side sees of the other, as a matrix game
hcsp_test(guess LABELS unit LINKS hcsp_stages)
# how much teams can be exploited
hcsp_test(exploit LABELS unit LINKS hcsp_stages)
# games with a known answer in the place of volleyball
hcsp_library(test_known_game SOURCES support/known_game.c LINKS hcsp_selfplay test_support)
hcsp_test(known_learning LABELS unit LINKS test_known_game hcsp_stages)
hcsp_test(known_league LABELS unit LINKS test_known_game hcsp_stages)
# the reports that test_known_league leaves behind, in a browser
find_program(HCSP_PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(HCSP_PYTHON3 python3)
if(HCSP_PYTHON3)
  hcsp_script_test(report_page LABELS unit
    COMMAND ${HCSP_PYTHON3} ${CMAKE_CURRENT_SOURCE_DIR}/test_report_page.py
            ${CMAKE_CURRENT_BINARY_DIR}/run/known_league)
  set_tests_properties(known_league PROPERTIES FIXTURES_SETUP league_reports)
  set_tests_properties(report_page PROPERTIES FIXTURES_REQUIRED league_reports)
endif()
# whole trainings take minutes under a sanitizer; their parts are tested there one by one
if(NOT HCSP_SANITIZE)
  hcsp_script_test(train_strategy LABELS sim TIMEOUT 400 COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/test_train_strategy.sh $<TARGET_FILE:hcsp>)
endif()
