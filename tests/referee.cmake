hcsp_library(test_rules SOURCES support/rules.c LINKS sim_game)
hcsp_test(referee LABELS unit LINKS sim_game test_rules)
hcsp_test(obs LABELS unit LINKS sim_game)
hcsp_fuzz(referee LINKS sim_game test_rules)
