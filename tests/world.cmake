hcsp_test(world LABELS sim threads LINKS sim_game)
