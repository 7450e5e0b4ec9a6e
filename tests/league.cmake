# payoff tables and their game theory, teams against each other
hcsp_test(league LABELS unit LINKS hcsp_league)
hcsp_test(eval_teams LABELS sim threads LINKS hcsp_eval)
