# model-based skills
hcsp_test(ballistics LABELS unit LINKS pol)
hcsp_test(classical LABELS sim LINKS pol)
