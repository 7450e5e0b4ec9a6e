hcsp_test(report LABELS unit LINKS hcsp_page)
