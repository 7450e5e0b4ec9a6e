# payoff tables and their game theory, teams against each other
hcsp_test(league LABELS unit long LINKS hcsp_league)
hcsp_test(eval_teams LABELS sim threads long LINKS hcsp_eval)
hcsp_test(tactics LABELS sim LINKS hcsp_eval)
