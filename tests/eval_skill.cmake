hcsp_test(eval_skill LABELS sim threads LINKS hcsp_eval TIMEOUT 300)
