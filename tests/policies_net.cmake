# inference and policy files
hcsp_test(net LABELS unit det LINKS pol)
hcsp_test(policy_file LABELS unit LINKS pol PkgConfig::JANSSON)

hcsp_fuzz(policy READER pol)
