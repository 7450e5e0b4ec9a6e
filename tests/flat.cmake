# teams that fly without skills
hcsp_test(flat LABELS unit threads LINKS hcsp_eval)
