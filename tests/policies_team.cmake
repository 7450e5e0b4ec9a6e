# option tables, strategies, teams
hcsp_test(options LABELS unit LINKS pol)
hcsp_test(bot LABELS unit LINKS pol)
hcsp_test(strategy LABELS unit LINKS pol)
hcsp_test(situation LABELS unit LINKS pol)
hcsp_test(team LABELS unit LINKS pol)
hcsp_test(court LABELS unit LINKS pol)
hcsp_test(court_play LABELS unit LINKS pol)
hcsp_test(volley LABELS unit LINKS pol)

hcsp_fuzz(options READER pol)
hcsp_fuzz(team READER pol)
