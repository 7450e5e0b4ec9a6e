hcsp_test(mujoco_log LABELS unit LINKS sim_game)
hcsp_test(world LABELS sim threads LINKS sim_game)
hcsp_test(flight LABELS sim threads LINKS pol)
hcsp_test(worlds LABELS sim threads LINKS sim_game)
