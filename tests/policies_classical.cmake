# model-based skills
hcsp_test(classical LABELS sim LINKS pol)
