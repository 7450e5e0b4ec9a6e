hcsp_test(assets LABELS unit LINKS sim_game)
