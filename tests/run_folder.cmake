# the run folder: who may open it, figures, dashboard, checkpoints
hcsp_test(run_folder LABELS unit LINKS hcsp_run)
hcsp_test(run_inputs LABELS unit LINKS hcsp_run)
hcsp_test(run_metrics LABELS unit LINKS hcsp_run)
hcsp_test(run_dashboard LABELS unit LINKS hcsp_run)
hcsp_test(run_checkpoint LABELS unit LINKS hcsp_run)

hcsp_fuzz(checkpoint READER hcsp_run)
