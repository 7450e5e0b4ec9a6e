hcsp_test(eval_skill LABELS sim threads long LINKS hcsp_eval TIMEOUT 300)
hcsp_test(calibrate LABELS sim threads long LINKS hcsp_eval PkgConfig::JANSSON TIMEOUT 300)
hcsp_test(measures LABELS sim LINKS hcsp_eval PkgConfig::JANSSON)
hcsp_test(robust LABELS sim threads LINKS hcsp_eval)
